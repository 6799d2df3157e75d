// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/terminals.h"

#include <algorithm>
#include <system_error>

#include <sys/stat.h>

namespace hearth::agent {

/// Over the network; what is typed into a window is the display's.
std::optional<Instant> lastTyped(const std::filesystem::path& root) {
  std::optional<Instant> last;
  std::error_code error;
  for (std::filesystem::directory_iterator each(root / "dev", error), end; !error && each != end;
       each.increment(error)) {
    if (!each->path().filename().string().starts_with("ttys")) continue;
    struct stat facts {};
    if (::stat(each->path().c_str(), &facts) != 0) continue;
    const Instant read{std::int64_t{facts.st_atimespec.tv_sec} * 1'000'000 + facts.st_atimespec.tv_nsec / 1'000};
    last = std::max(last.value_or(read), read);
  }
  return last;
}

}  // namespace hearth::agent
