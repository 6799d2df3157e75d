// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/device_scan.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/unique_fd.h"

namespace hearth::devices {
namespace {

using sandbox::UniqueFd;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAnswerBytes = 256 * limits::kKiB;

/// A program of its own process group that is gone with this object, and all that it started with it.
class Child {
 public:
  Child(const std::string& program, const char* argument) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    m_answer = UniqueFd(ends[0]);
    const UniqueFd writer(ends[1]);
    const char* const arguments[] = {program.c_str(), argument, nullptr};
    m_pid = ::fork();
    if (m_pid != 0) return;
    ::setsid();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(writer.number(), 1);
    ::dup2(null, 2);
    ::execv(program.c_str(), const_cast<char* const*>(arguments));
    ::_exit(127);
  }
  ~Child() { (void)end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool started() const { return m_pid > 0; }
  int answer() const { return m_answer.number(); }
  /// Ends what is left of it; how the program itself ended, as waitpid() gives it.
  int end() {
    if (m_pid <= 0) return m_status;
    // Its group's number is its own as long as it was not reaped.
    ::kill(-m_pid, SIGKILL);
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, &m_status, 0);
    m_pid = -1;
    return m_status;
  }
  /// Waits until it ended by itself, at most until then.
  bool waitUntil(Clock::time_point until) const {
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(m_pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0) {
      if (Clock::now() >= until) return false;
      ::poll(nullptr, 0, 5);
    }
    return true;
  }

 private:
  pid_t m_pid = -1;
  int m_status = 0;
  UniqueFd m_answer;
};

/// Everything that it says until it closes its output; nothing where it says too much or takes too long.
Result<std::string> readAnswer(const Child& child, Clock::time_point until) {
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd wait{child.answer(), POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0)
      return fail(ErrorCode::kTimeout, "it did not answer");
    const ssize_t got = ::read(child.answer(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() + static_cast<std::size_t>(got) > kAnswerBytes)
      return fail(ErrorCode::kTooLarge, "it said too much");
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

Result<std::vector<Device>> ask(DeviceApi api, const ScanOptions& options) {
  const auto until = Clock::now() + std::chrono::microseconds(options.patience.micros);
  Child child(options.program.string(), deviceApiName(api));
  if (!child.started())
    return fail(ErrorCode::kExhausted, std::string("it cannot be started: ") + std::strerror(errno));
  auto text = readAnswer(child, until);
  if (text && !child.waitUntil(until)) text = fail(ErrorCode::kTimeout, "it did not end");
  const int status = child.end();
  if (!text) return fail(std::move(text).error());
  if (WIFSIGNALED(status)) {
    return fail(ErrorCode::kUnavailable, std::string("it crashed (") + ::strsignal(WTERMSIG(status)) + ")");
  }
  if (WEXITSTATUS(status) != 0)
    return fail(ErrorCode::kUnavailable, "it failed with exit code " + std::to_string(WEXITSTATUS(status)));
  return parseReport(*text, api, options);
}

/// Two APIs speak of one device when both name its place, or neither and its name.
bool isSame(const Device& one, const Device& other) {
  if (!one.place.empty() || !other.place.empty()) return one.place == other.place;
  return one.gpu.name == other.gpu.name && one.processor == other.processor;
}

void merge(std::vector<Device>& all, std::vector<Device> found) {
  for (Device& device : found) {
    const DeviceApi api = device.gpu.apis.front();
    const auto known = std::find_if(all.begin(), all.end(), [&](const Device& each) {
      const auto& apis = each.gpu.apis;
      return isSame(each, device) && std::find(apis.begin(), apis.end(), api) == apis.end();
    });
    if (known == all.end()) {
      all.push_back(std::move(device));
      continue;
    }
    known->gpu.apis.push_back(api);
    known->gpu.memoryBytes = std::max(known->gpu.memoryBytes, device.gpu.memoryBytes);
    known->nodes.insert(known->nodes.end(), device.nodes.begin(), device.nodes.end());
    std::sort(known->nodes.begin(), known->nodes.end());
    known->nodes.erase(std::unique(known->nodes.begin(), known->nodes.end()), known->nodes.end());
  }
}

}  // namespace

Scan scanDevices(const ScanOptions& options) {
  Scan scan;
  for (const DeviceApi api : {DeviceApi::kCuda, DeviceApi::kVulkan, DeviceApi::kOpenCl}) {
    auto found = ask(api, options);
    if (found) {
      merge(scan.devices, std::move(*found));
    } else {
      scan.problems.push_back("devices of " + std::string(deviceApiName(api)) +
                              " could not be looked for: " + found.error().message);
    }
  }
  std::erase_if(scan.devices, [&options](const Device& device) {
    return device.processor ? !options.processors : device.nodes.empty();
  });
  if (scan.devices.size() > limits::kGpus) scan.devices.resize(limits::kGpus);
  return scan;
}

}  // namespace hearth::devices
