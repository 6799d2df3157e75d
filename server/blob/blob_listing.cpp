// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/blob_listing.h"

#include <string>
#include <system_error>

#include <sys/stat.h>

namespace hearth::server {

std::vector<Digest> blobsMadeBefore(const std::filesystem::path& folder, std::uint8_t begin, Instant madeBefore) {
  namespace fs = std::filesystem;
  constexpr char kDigits[] = "0123456789abcdef";
  const std::string outer{kDigits[begin >> 4], kDigits[begin & 15]};
  std::vector<Digest> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder / outer, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto digest = Digest::parse(entry->path().filename().string());
    struct stat info {};
    if (!digest || ::lstat(entry->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (Instant::ofUnixSeconds(info.st_mtim.tv_sec) < madeBefore) found.push_back(*digest);
  }
  return found;
}

}  // namespace hearth::server
