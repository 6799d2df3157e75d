// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/machine_marks.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

// clang-format off
#include <winsock2.h>
#include <ws2ipdef.h>
#include <windows.h>
#include <iphlpapi.h>
#include <netioapi.h>
// clang-format on

#include "agent/platform/windows/text.h"

namespace hearth::agent {
namespace {

/// The UUID of the board is the type 1 structure of the firmware's SMBIOS table: at its eighth byte, sixteen bytes.
std::string boardUuid() {
  struct Table {
    std::uint8_t method, major, minor, revision;
    std::uint32_t length;
  };
  constexpr DWORD kProvider = 0x52534D42;  // 'RSMB'
  std::vector<std::uint8_t> bytes(::GetSystemFirmwareTable(kProvider, 0, nullptr, 0));
  if (bytes.size() <= sizeof(Table) ||
      ::GetSystemFirmwareTable(kProvider, 0, bytes.data(), static_cast<DWORD>(bytes.size())) != bytes.size()) {
    return {};
  }
  for (std::size_t at = sizeof(Table); at + 4 < bytes.size();) {
    const std::uint8_t type = bytes[at], length = bytes[at + 1];
    if (length < 4) return {};
    if (type == 1 && length >= 24 && at + 24 <= bytes.size()) {
      std::string text;
      for (std::size_t i = at + 8; i < at + 24; ++i) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(bytes[i]));
        text += digits;
      }
      return text.find_first_not_of("0f") == std::string::npos ? std::string() : text;  // not filled in
    }
    at += length;  // then its strings, up to two zero bytes
    while (at + 1 < bytes.size() && (bytes[at] != 0 || bytes[at + 1] != 0)) ++at;
    at += 2;
  }
  return {};
}

void addCards(std::vector<std::string>& marks) {
  MIB_IF_TABLE2* table = nullptr;
  if (::GetIfTable2(&table) != NO_ERROR) return;
  for (ULONG i = 0; i < table->NumEntries; ++i) {
    const MIB_IF_ROW2& card = table->Table[i];
    // The permanent address: what it answers to may change by itself.
    if (!card.InterfaceAndOperStatusFlags.HardwareInterface || card.PhysicalAddressLength != 6) continue;
    char text[32];
    const UCHAR* address = card.PermanentPhysicalAddress;
    std::snprintf(text, sizeof text, "card:%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1], address[2],
                  address[3], address[4], address[5]);
    marks.emplace_back(text);
  }
  ::FreeMibTable(table);
}

}  // namespace

/// `root` has no meaning here.
std::vector<std::string> machineMarks(const std::filesystem::path&) {
  std::vector<std::string> marks;
  if (const std::string board = boardUuid(); !board.empty()) marks.push_back("board:" + board);
  addCards(marks);
  const std::wstring system = registryText(L"SOFTWARE\\Microsoft\\Cryptography", L"MachineGuid");
  if (!system.empty()) marks.push_back("system:" + narrow(system));
  std::sort(marks.begin(), marks.end());
  marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
  return marks;
}

}  // namespace hearth::agent
