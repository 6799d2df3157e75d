// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/ticket_key_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace hearth::server {
namespace {

constexpr std::size_t kFileBytes = 4096;
constexpr std::size_t kKeys = 8;
constexpr std::size_t kSecretDigits = 2 * sizeof(TicketKey);
constexpr std::string_view kDigits = "0123456789abcdef";

struct DatedKey {
  Instant made;
  TicketKey key;
};

void appendHex(std::string& text, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) text.append({kDigits[byte >> 4U], kDigits[byte & 15U]});
}

bool takeHex(std::string_view& text, std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + 2) return false;
    text.remove_prefix(2);
  }
  return true;
}

/// "SECONDS HEX", a line.
std::optional<DatedKey> parseLine(std::string_view line) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seconds);
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (error != std::errc{} || line.size() != kSecretDigits + 1 || line.front() != ' ') return std::nullopt;
  line.remove_prefix(1);
  DatedKey dated{Instant{} + Duration::seconds(seconds), {}};
  const bool whole = takeHex(line, dated.key.name) && takeHex(line, dated.key.mac) && takeHex(line, dated.key.cipher);
  return whole ? std::optional(dated) : std::nullopt;
}

std::vector<DatedKey> readKeys(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 077U) != 0) return {};
  const auto text = readTextFile(file, kFileBytes);
  std::vector<DatedKey> keys;
  for (std::string_view rest = text ? *text : std::string_view(); !rest.empty();) {
    const std::size_t end = rest.find('\n');
    if (const auto key = parseLine(rest.substr(0, end))) keys.push_back(*key);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return keys;
}

std::string textOf(const std::vector<DatedKey>& keys) {
  std::string text;
  for (const DatedKey& each : keys) {
    text += std::to_string(each.made.micros / 1'000'000) + " ";
    appendHex(text, each.key.name);
    appendHex(text, each.key.mac);
    appendHex(text, each.key.cipher);
    text += "\n";
  }
  return text;
}

}  // namespace

Result<TicketKeys> keepTicketKeys(const DataFolder& folder, Instant now) {
  std::vector<DatedKey> keys = readKeys(folder.ticketKeys());
  const std::size_t known = keys.size();
  // Those of the future were made by a clock that was wrong: nobody knows when they end.
  std::erase_if(keys, [now](const DatedKey& each) {
    return each.made > now || now - each.made >= kTicketKeyLife + kTicketKeyLife;
  });
  std::sort(keys.begin(), keys.end(), [](const DatedKey& a, const DatedKey& b) { return a.made > b.made; });
  const bool old = keys.empty() || now - keys.front().made >= kTicketKeyLife;
  if (old) keys.insert(keys.begin(), DatedKey{now, newTicketKey()});
  if (keys.size() > kKeys) keys.resize(kKeys);
  if (old || keys.size() != known) HEARTH_TRY(writeFileDurably(folder.ticketKeys(), textOf(keys), 0600));
  TicketKeys wanted;
  for (const DatedKey& each : keys) wanted.push_back(each.key);
  return wanted;
}

}  // namespace hearth::server
