// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/downloads.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "server/blob/posix_file.h"
#include "server/http/file_response.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMost = 100;
constexpr std::size_t kNameLetters = 200;

/// A name that needs no care in a path, an address or a page.
bool isPlain(std::string_view name) {
  return !name.empty() && name.size() <= kNameLetters && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("._+~-").find(c) != std::string_view::npos;
         });
}

std::optional<DownloadFor> systemOf(std::string_view name) {
  if (!isPlain(name)) return std::nullopt;
  if (name.ends_with(".deb")) return DownloadFor::kDebian;
  if (name.ends_with(".exe") || name.ends_with(".msi")) return DownloadFor::kWindows;
  if (name.ends_with(".pkg") || name.ends_with(".dmg")) return DownloadFor::kMac;
  return std::nullopt;
}

}  // namespace

std::vector<Download> listDownloads(const fs::path& folder, DownloadFor system) {
  std::vector<Download> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (systemOf(name) != system || entry->is_symlink(error) || !entry->is_regular_file(error)) continue;
    found.push_back({name, entry->file_size(error)});
    if (found.size() == kMost) break;
  }
  std::sort(found.begin(), found.end(), [](const Download& a, const Download& b) { return a.name < b.name; });
  return found;
}

Response downloadResponse(const Request& request, const fs::path& folder, std::string_view name) {
  const Error missing{ErrorCode::kNotFound, "There is no such file here.", "See /join for what there is."};
  if (!systemOf(name)) return problemResponse(missing);
  Descriptor file(::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!file || ::fstat(file.number(), &facts) != 0 || !S_ISREG(facts.st_mode)) return problemResponse(missing);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  const std::string etag = "\"" + std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec) +
                           "-" + std::to_string(size) + "\"";
  Response response = fileResponse(request, file.release(), size, etag, "application/octet-stream");
  response.headers.emplace_back("content-disposition", "attachment; filename=\"" + std::string(name) + "\"");
  return response;
}

}  // namespace hearth::server
