// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli_support.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cli/command_line.h"

namespace hearth::test {
namespace fs = std::filesystem;

namespace {

template <typename T>
T sure(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

}  // namespace

Folder::Folder() : m_folder(sure(cli::TemporaryFolder::make())) {}

fs::path Folder::write(const std::string& name, const std::string& text, unsigned mode) const {
  const fs::path file = path() / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  ::chmod(file.c_str(), mode);
  return file;
}

std::string readAll(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Ran runProgram(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  const Folder folder;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, (folder / "out").c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (folder / "err").c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, command[0].c_str(), &actions, nullptr, pointers(command).data(),
                                   pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot run " + command[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), readAll(folder / "out"),
          readAll(folder / "err")};
}

Ran runHearth(const fs::path& configuration, const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  cli::Context context{out, err, configuration, "/usr/bin:/bin", false, false, false};
  const int status = cli::runCommandLine(context, arguments);
  return {status, out.str(), err.str()};
}

}  // namespace hearth::test
