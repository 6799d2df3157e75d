// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/peer.h"

#include <algorithm>
#include <memory>

// clang-format off
#include <winsock2.h>
#include <afunix.h>
#include <windows.h>
#include <wtsapi32.h>
// clang-format on

#include "agent/platform/sessions.h"

namespace hearth::agent {
namespace {

// Accounts of Windows have no numbers that tell them apart, so a peer's is how it stands to the agent.
constexpr std::uint32_t kAdministrator = 0, kSameUser = 1, kSomebodyElse = 2, kAtConsole = 3;
/// The local group whose members may control the agent of this machine.
constexpr const wchar_t* kGroup = L"Hearth";
constexpr std::uint32_t kInGroup = 1;

struct CloseObject {
  void operator()(void* handle) const { ::CloseHandle(handle); }
};
using Handle = std::unique_ptr<void, CloseObject>;

Handle tokenOf(HANDLE process) {
  HANDLE token = nullptr;
  return Handle(::OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token) != 0 ? token : nullptr);
}

/// What TokenUser holds; the identity in it lives as long.
std::vector<std::uint8_t> userOf(HANDLE token) {
  DWORD bytes = 0;
  ::GetTokenInformation(token, TokenUser, nullptr, 0, &bytes);
  std::vector<std::uint8_t> user(bytes);
  if (bytes == 0 || ::GetTokenInformation(token, TokenUser, user.data(), bytes, &bytes) == 0) return {};
  return user;
}

bool sameUser(HANDLE one, HANDLE other) {
  const auto first = userOf(one), second = userOf(other);
  if (first.empty() || second.empty()) return false;
  return ::EqualSid(reinterpret_cast<const TOKEN_USER*>(first.data())->User.Sid,
                    reinterpret_cast<const TOKEN_USER*>(second.data())->User.Sid) != 0;
}

/// CheckTokenMembership wants a token that can be impersonated.
bool isMember(HANDLE token, PSID group) {
  HANDLE duplicate = nullptr;
  if (::DuplicateToken(token, SecurityIdentification, &duplicate) == 0) return false;
  const Handle owned(duplicate);
  BOOL member = FALSE;
  return ::CheckTokenMembership(duplicate, group, &member) != 0 && member != 0;
}

bool isMember(HANDLE token, WELL_KNOWN_SID_TYPE known) {
  std::uint8_t group[SECURITY_MAX_SID_SIZE];
  DWORD bytes = sizeof group;
  return ::CreateWellKnownSid(known, nullptr, group, &bytes) != 0 && isMember(token, group);
}

bool isInGroup(HANDLE token) {
  std::uint8_t group[SECURITY_MAX_SID_SIZE];
  wchar_t domain[256];
  DWORD bytes = sizeof group, letters = 256;
  SID_NAME_USE kind{};
  return ::LookupAccountNameW(nullptr, kGroup, group, &bytes, domain, &letters, &kind) != 0 && kind == SidTypeAlias &&
         isMember(token, group);
}

}  // namespace

Result<Peer> peerOf(int socket) {
  ULONG process = 0;
  DWORD bytes = 0;
  if (::WSAIoctl(static_cast<SOCKET>(socket), SIO_AF_UNIX_GETPEERPID, nullptr, 0, &process, sizeof process, &bytes,
                 nullptr, nullptr) != 0) {
    return fail(ErrorCode::kIo, "cannot ask who is at the other end: error " + std::to_string(::WSAGetLastError()));
  }
  const Handle opened(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process));
  const Handle token = opened ? tokenOf(opened.get()) : nullptr;
  const Handle own = tokenOf(::GetCurrentProcess());
  if (!token || !own) {
    return fail(ErrorCode::kIo, "cannot ask who runs process " + std::to_string(process) + ": error " +
                                    std::to_string(::GetLastError()));
  }
  Peer peer;
  DWORD session = 0;
  const bool atConsole =
      ::ProcessIdToSessionId(process, &session) != 0 && session != 0 && session == ::WTSGetActiveConsoleSessionId();
  peer.user = atConsole ? kAtConsole : kSomebodyElse;
  if (sameUser(token.get(), own.get())) peer.user = kSameUser;
  // Of an administrator only a process that was raised counts: membership that is not enabled is none.
  if (isMember(token.get(), WinLocalSystemSid) || isMember(token.get(), WinBuiltinAdministratorsSid)) {
    peer.user = kAdministrator;
  }
  if (isInGroup(token.get())) peer.groups.push_back(kInGroup);
  return peer;
}

Peer ownIdentity() { return {kSameUser, {kInGroup}}; }

bool hasActiveSession(std::uint32_t user) { return user == kAtConsole; }

/// A service of Windows runs as its own account from the start.
Result<void> becomeOwnerOf(const char*) { return {}; }

}  // namespace hearth::agent
