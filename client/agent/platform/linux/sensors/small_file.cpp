// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/small_file.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace hearth::agent {

std::string smallFile(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return {};
  char bytes[4096];
  const ssize_t got = ::read(descriptor, bytes, sizeof bytes);
  ::close(descriptor);
  std::string text(bytes, static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::optional<double> numberIn(const std::filesystem::path& file) {
  const std::string text = smallFile(file);
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{}) return std::nullopt;
  return static_cast<double>(value);
}

std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& folder, const std::string& prefix) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) {
    if (each->path().filename().string().starts_with(prefix)) entries.push_back(each->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace hearth::agent
