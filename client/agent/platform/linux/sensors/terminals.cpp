// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/terminals.h"

#include <algorithm>
#include <cctype>
#include <string>

#include <sys/stat.h>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {
namespace {

constexpr int kConsoles = 63;  // that the kernel may have

void look(const std::string& terminal, std::optional<Instant>& last) {
  struct stat facts {};
  if (::stat(terminal.c_str(), &facts) != 0) return;
  const Instant read{std::int64_t{facts.st_atim.tv_sec} * 1'000'000 + facts.st_atim.tv_nsec / 1'000};
  last = std::max(last.value_or(read), read);
}

bool isNumber(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char letter) { return std::isdigit(letter) != 0; });
}

}  // namespace

std::optional<Instant> lastTyped(const std::filesystem::path& root) {
  std::optional<Instant> last;
  const std::string console = (root / "dev/tty").string();
  // By name, since a listing of all devices costs ten times as much.
  for (int number = 1; number <= kConsoles; ++number) look(console + std::to_string(number), last);
  for (const auto& terminal : entriesOf(root / "dev/pts", "")) {
    if (isNumber(terminal.filename().string())) look(terminal.string(), last);
  }
  return last;
}

}  // namespace hearth::agent
