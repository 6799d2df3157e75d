// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/terminals.h"

#include <algorithm>
#include <cctype>
#include <string>

#include <sys/stat.h>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {
namespace {

void look(const std::filesystem::path& terminal, std::optional<Instant>& last) {
  struct stat facts {};
  if (::stat(terminal.c_str(), &facts) != 0) return;
  const Instant read{std::int64_t{facts.st_atim.tv_sec} * 1'000'000 + facts.st_atim.tv_nsec / 1'000};
  last = std::max(last.value_or(read), read);
}

bool endsInNumber(const std::filesystem::path& path, std::size_t prefix) {
  const std::string name = path.filename().string();
  return name.size() > prefix && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix), name.end(),
                                             [](unsigned char letter) { return std::isdigit(letter) != 0; });
}

}  // namespace

std::optional<Instant> lastTyped(const std::filesystem::path& root) {
  std::optional<Instant> last;
  for (const auto& terminal : entriesOf(root / "dev", "tty")) {
    if (endsInNumber(terminal, 3)) look(terminal, last);
  }
  for (const auto& terminal : entriesOf(root / "dev/pts", "")) {
    if (endsInNumber(terminal, 0)) look(terminal, last);
  }
  return last;
}

}  // namespace hearth::agent
