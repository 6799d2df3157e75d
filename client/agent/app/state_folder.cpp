// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/state_folder.h"

#include <cctype>
#include <system_error>

#include "agent/platform/peer.h"
#include "sandbox/executor.h"

namespace hearth::agent {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLeaving = ".leaving-";
constexpr std::size_t kFolderLetters = 40;

/// Letters, digits and dashes of a name, for a folder.
std::string folderName(const std::string& project) {
  std::string name;
  for (const char letter : project.substr(0, kFolderLetters)) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  return name.empty() ? "project" : name;
}

}  // namespace

Result<StateFolder> StateFolder::open(const fs::path& root) {
  std::error_code error;
  StateFolder folder{fs::absolute(root, error)};
  HEARTH_TRY(becomeOwnerOf(folder.root.c_str()));
  fs::create_directories(folder.root.parent_path(), error);
  HEARTH_TRY(makeFolder(folder.root, 0711));
  HEARTH_TRY(makeFolder(folder.log().parent_path(), 0700));
  return folder;
}

ProjectFolder StateFolder::newProject(const std::string& name) const {
  const std::string wanted = folderName(name);
  std::error_code error;
  for (int number = 1;; ++number) {
    const fs::path folder = projects() / (number == 1 ? wanted : wanted + "-" + std::to_string(number));
    if (!fs::exists(folder, error)) return {folder};
  }
}

Result<void> StateFolder::prepare() const {
  HEARTH_TRY(makeFolder(projects(), 0711));
  std::error_code error;
  for (fs::directory_iterator each(projects(), error), end; !error && each != end; each.increment(error)) {
    if (each->path().filename().string().starts_with(kLeaving)) HEARTH_TRY(sandbox::removeWork(each->path()));
  }
  HEARTH_TRY(sandbox::removeWork(scratch()));  // what a killed agent left there
  return makeFolder(scratch(), 0711);
}

Result<void> ProjectFolder::prepare() const { return makeFolder(tasks(), 0711); }

/// Out of the way first, so that a removal that breaks off leaves no half of a project.
Result<void> ProjectFolder::remove() const {
  const fs::path leaving = root.parent_path() / (kLeaving + root.filename().string());
  HEARTH_TRY(sandbox::removeWork(leaving));
  std::error_code error;
  fs::rename(root, leaving, error);
  if (error) {
    return fail(ErrorCode::kIo, "cannot remove " + root.string() + ": " + error.message(),
                "Check who owns the agent's folder.");
  }
  return sandbox::removeWork(leaving);
}

Result<void> ProjectFolder::dropWork() const {
  std::error_code error;
  for (const char* ending : {"", "-wal", "-shm"}) {
    fs::remove(fs::path(journal().string() + ending), error);
    if (error) return fail(ErrorCode::kIo, "cannot remove " + journal().string() + ": " + error.message());
  }
  return sandbox::removeWork(tasks());
}

}  // namespace hearth::agent
