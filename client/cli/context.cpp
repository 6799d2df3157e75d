// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/context.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <ostream>

#include "wire/problem.h"

namespace hearth::cli {

int exitStatus(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalid:
    case ErrorCode::kTooLarge:
      return kExitUsage;
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
      return kExitForbidden;
    case ErrorCode::kNotFound:
      return kExitNotFound;
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
      return kExitUnavailable;
    case ErrorCode::kIntegrity:
      return kExitIntegrity;
    case ErrorCode::kUnsupported:
      return kExitUnsupported;
    case ErrorCode::kConflict:
    case ErrorCode::kExhausted:
    case ErrorCode::kIo:
      return kExitFailed;
  }
  return kExitFailed;
}

Result<ApiClient> Context::connect() const {
  auto session = readSession(configuration);
  if (!session) return fail(std::move(session).error());
  return ApiClient(HttpClient(*std::move(session)));
}

Instant currentTime() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

void printError(const Context& context, const Error& error) {
  if (context.asJson) {
    context.err << wire::problemJson(error) << '\n';
    return;
  }
  context.err << "hearth: " << printable(error.message) << '\n';
  if (!error.hint.empty()) context.err << "  hint: " << printable(error.hint) << '\n';
}

void printWarning(const Context& context, std::string_view text) {
  context.err << "hearth: note: " << printable(text) << '\n';
}

std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F; },
      '?');
  return clean;
}

void printTable(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  // Columns are counted in characters, not bytes, so that names with accents stay in line.
  const auto width = [](const std::string& cell) {
    return static_cast<std::size_t>(
        std::count_if(cell.begin(), cell.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
  };
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string cell = printable(row[i]);
      std::replace(cell.begin(), cell.end(), '\n', ' ');
      out << cell;
      if (i + 1 < row.size()) out << std::string(widths[i] - width(cell) + 2, ' ');
    }
    out << '\n';
  }
}

std::string formatInstant(Instant instant) {
  if (instant == Instant{}) return "-";
  const std::time_t seconds = static_cast<std::time_t>(instant.inUnixSeconds());
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return "-";
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return {text.data(), size};
}

std::string roleNames(RoleSet roles) {
  std::string names;
  for (const Role role : {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor}) {
    if (roles.has(role)) names += (names.empty() ? "" : ", ") + std::string(name(role));
  }
  return names.empty() ? "none" : names;
}

std::string shortDigest(std::string_view hex) { return std::string(hex.substr(0, 12)); }

}  // namespace hearth::cli
