// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/programs.h"

#include <cctype>
#include <memory>

#include <dirent.h>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kKeptLetters = 15;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

std::string runningProgram(const std::filesystem::path& root, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const std::string processes = (root / "proc").string();
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(processes.c_str()));
  if (!folder) return {};
  while (const struct dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
    const std::string running = smallFile(processes + "/" + entry->d_name + "/comm");
    for (const std::string& name : names) {
      if (!running.empty() && running == name.substr(0, kKeptLetters)) return name;
    }
  }
  return {};
}

}  // namespace hearth::agent
