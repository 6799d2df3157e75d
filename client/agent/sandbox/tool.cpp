// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/tool.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/unique_fd.h"

extern char** environ;

namespace hearth::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 4096;

/// Reads until the other end is closed; false when that did not come in time.
bool readToTheEnd(int from, std::string& text, Clock::time_point until) {
  std::array<char, 1024> buffer;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd wait{from, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return false;
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got <= 0) return got == 0;
    text.append(buffer.data(), std::min(static_cast<std::size_t>(got), kMostBytes - text.size()));
  }
}

pid_t spawn(std::vector<std::string>& words, int output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  ::posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&streams, output, 1);
  ::posix_spawn_file_actions_addopen(&streams, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  if (::posix_spawn(&pid, words.front().c_str(), &streams, nullptr, arguments.data(), environ) != 0) pid = -1;
  ::posix_spawn_file_actions_destroy(&streams);
  return pid;
}

}  // namespace

std::optional<std::string> runTool(std::vector<std::string> words, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t pid = spawn(words, writer.number());
  if (pid < 0) return std::nullopt;
  writer.reset();
  std::string text;
  if (!readToTheEnd(reader.number(), text, until)) ::kill(pid, SIGKILL);
  int status = -1;
  if (::waitpid(pid, &status, 0) != pid || status != 0) return std::nullopt;
  return text;
}

}  // namespace hearth::sandbox
