// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/zip_format.h"

#include <algorithm>
#include <chrono>

namespace hearth::server::zip {
namespace {

constexpr std::uint64_t kFull32 = 0xFFFFFFFF;
constexpr std::uint64_t kFull16 = 0xFFFF;
constexpr std::uint16_t kVersion = 45;                // that knows zip64
constexpr std::uint16_t kMadeBy = 3 << 8 | kVersion;  // under Unix: the attributes hold a mode
constexpr std::uint16_t kFlags = 1 << 3 | 1 << 11;    // the checksum follows; the name is UTF-8
constexpr std::uint32_t kFileMode = 0100644U << 16;
constexpr std::uint16_t kZip64 = 1;

void put16(std::string& out, std::uint64_t value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}
void put32(std::string& out, std::uint64_t value) {
  put16(out, value);
  put16(out, value >> 16);
}
void put64(std::string& out, std::uint64_t value) {
  put32(out, value);
  put32(out, value >> 32);
}

bool isLarge(const Entry& entry) { return entry.size >= kFull32; }
bool isFar(const Entry& entry) { return entry.offset >= kFull32; }

/// Date and time as DOS kept them: from 1980 on, in steps of two seconds.
void putTime(std::string& out, Instant when) {
  using namespace std::chrono;
  const sys_seconds time{std::max(seconds(when.micros / 1'000'000), seconds(315'532'800))};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  put16(out, static_cast<std::uint64_t>(clock.hours().count() << 11 | clock.minutes().count() << 5 |
                                        clock.seconds().count() / 2));
  put16(out, static_cast<std::uint64_t>(static_cast<int>(date.year()) - 1980) << 9 |
                 static_cast<unsigned>(date.month()) << 5 | static_cast<unsigned>(date.day()));
}

std::uint64_t farBytes(const Entry& entry) { return (isLarge(entry) ? 16 : 0) + (isFar(entry) ? 8 : 0); }

}  // namespace

std::uint64_t headBytes(const Entry& entry) { return 30 + entry.name.size() + (isLarge(entry) ? 20 : 0); }

void appendHead(std::string& out, const Entry& entry) {
  const std::uint64_t shown = isLarge(entry) ? kFull32 : entry.size;
  put32(out, 0x04034B50);
  put16(out, kVersion);
  put16(out, kFlags);
  put16(out, 0);  // stored
  putTime(out, entry.modified);
  put32(out, 0);
  put32(out, shown);
  put32(out, shown);
  put16(out, entry.name.size());
  put16(out, isLarge(entry) ? 20 : 0);
  out += entry.name;
  if (!isLarge(entry)) return;
  put16(out, kZip64);
  put16(out, 16);
  put64(out, entry.size);
  put64(out, entry.size);
}

std::uint64_t tailBytes(const Entry& entry) { return isLarge(entry) ? 24 : 16; }

void appendTail(std::string& out, const Entry& entry) {
  put32(out, 0x08074B50);
  put32(out, entry.checksum);
  for (int i = 0; i < 2; ++i) isLarge(entry) ? put64(out, entry.size) : put32(out, entry.size);
}

std::uint64_t directoryBytes(const Entry& entry) {
  const std::uint64_t far = farBytes(entry);
  return 46 + entry.name.size() + (far == 0 ? 0 : 4 + far);
}

void appendDirectory(std::string& out, const Entry& entry) {
  const std::uint64_t far = farBytes(entry);
  const std::uint64_t shown = isLarge(entry) ? kFull32 : entry.size;
  put32(out, 0x02014B50);
  put16(out, kMadeBy);
  put16(out, kVersion);
  put16(out, kFlags);
  put16(out, 0);
  putTime(out, entry.modified);
  put32(out, entry.checksum);
  put32(out, shown);
  put32(out, shown);
  put16(out, entry.name.size());
  put16(out, far == 0 ? 0 : 4 + far);
  put16(out, 0);  // no comment
  put16(out, 0);  // on this disk
  put16(out, 0);  // not known to be text
  put32(out, kFileMode);
  put32(out, isFar(entry) ? kFull32 : entry.offset);
  out += entry.name;
  if (far == 0) return;
  put16(out, kZip64);
  put16(out, far);
  for (int i = 0; i < 2 && isLarge(entry); ++i) put64(out, entry.size);
  if (isFar(entry)) put64(out, entry.offset);
}

void appendEnd(std::string& out, std::uint64_t entries, std::uint64_t directoryOffset, std::uint64_t bytes) {
  put32(out, 0x06064B50);
  put64(out, 44);
  put16(out, kMadeBy);
  put16(out, kVersion);
  put32(out, 0);
  put32(out, 0);
  put64(out, entries);
  put64(out, entries);
  put64(out, bytes);
  put64(out, directoryOffset);
  put32(out, 0x07064B50);  // where that record stands
  put32(out, 0);
  put64(out, directoryOffset + bytes);
  put32(out, 1);
  put32(out, 0x06054B50);
  put16(out, 0);
  put16(out, 0);
  put16(out, std::min(entries, kFull16));
  put16(out, std::min(entries, kFull16));
  put32(out, std::min(bytes, kFull32));
  put32(out, std::min(directoryOffset, kFull32));
  put16(out, 0);
}

}  // namespace hearth::server::zip
