// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/command.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace hearth::wasm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownBytes = 1500;  // of a failed command's output
constexpr const char* kOutputFile = "command.output";

/// This process's environment with what makes a compiler's output depend on the person taken out.
std::vector<std::string> steadyEnvironment() {
  std::vector<std::string> out{"LC_ALL=C", "TZ=UTC", "SOURCE_DATE_EPOCH=0"};
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string variable = *at;
    const std::string name = variable.substr(0, variable.find('='));
    if (name == "PATH" || name == "HOME" || name == "TMPDIR" || name.starts_with("CCACHE_")) out.push_back(variable);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string endOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  std::string text = all.str();
  if (text.size() > kShownBytes) text = "…" + text.substr(text.size() - kShownBytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Owns the actions of one posix_spawn.
class SpawnActions {
 public:
  explicit SpawnActions(const fs::path& folder) {
    ::posix_spawn_file_actions_init(&m_actions);
    ::posix_spawn_file_actions_addchdir_np(&m_actions, folder.c_str());
    ::posix_spawn_file_actions_addopen(&m_actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&m_actions, 1, kOutputFile, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&m_actions, 1, 2);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&m_actions); }
  const posix_spawn_file_actions_t* pointer() const { return &m_actions; }

 private:
  posix_spawn_file_actions_t m_actions;
};

}  // namespace

bool isInstalled(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::stringstream folders(path == nullptr ? "/usr/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && ::access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

Result<void> runCommand(const std::vector<std::string>& command, const fs::path& folder) {
  std::vector<std::string> words = command;
  std::vector<std::string> variables = steadyEnvironment();
  const SpawnActions actions(folder);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, command.front().c_str(), actions.pointer(), nullptr, pointers(words).data(),
                                   pointers(variables).data());
  if (error != 0) {
    return fail(ErrorCode::kNotFound, "cannot start " + command.front() + ": " + std::strerror(error),
                "Install it, or look at PATH");
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorCode::kInvalid, command.front() + " failed: " + endOf(folder / kOutputFile),
              "Is the module one that clang --target=wasm32-wasi made, and is there room on the disk?");
}

}  // namespace hearth::wasm
