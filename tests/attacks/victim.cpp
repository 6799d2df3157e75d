// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/victim.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks/world.h"

namespace hearth::attacks {
namespace {

char secretOfVictim[32] = "the victim's secret";
int cryTo = -1;

void cry(int number) {
  const char byte = static_cast<char>(number);
  const ssize_t written = ::write(cryTo, &byte, 1);
  static_cast<void>(written);
}

/// Between fork and its end in a process with threads: system calls only.
[[noreturn]] void live(uid_t user, int cries) {
  cryTo = cries;
  for (const int number : {SIGUSR1, SIGURG, SIGTERM, SIGIO}) ::signal(number, cry);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::geteuid() == 0) {
    ::syscall(SYS_setgroups, 0, nullptr);
    ::syscall(SYS_setresgid, user, user, user);
    ::syscall(SYS_setresuid, user, user, user);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  ::prctl(PR_SET_DUMPABLE, 1);  // as what never changed its user
  cry('r');
  for (;;) ::pause();
}

}  // namespace

Victim::Victim(uid_t user) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) giveUp("no pipe for a victim");
  m_pid = ::fork();
  if (m_pid == 0) live(user, ends[1]);
  ::close(ends[1]);
  m_cries = ends[0];
  char readiness = 0;
  if (m_pid < 0 || ::read(m_cries, &readiness, 1) != 1) giveUp("no victim can be planted");
  m_nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(m_pid));
  ::prlimit(m_pid, RLIMIT_NOFILE, nullptr, &m_files);
}

Victim::~Victim() {
  ::kill(m_pid, SIGKILL);
  ::waitpid(m_pid, nullptr, 0);
  ::close(m_cries);
}

std::string Victim::secret() {
  char text[32];
  std::snprintf(text, sizeof text, "%lx", reinterpret_cast<unsigned long>(&secretOfVictim));
  return text;
}

std::string Victim::harm(std::chrono::milliseconds patience) const {
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(m_pid), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0) {
    return "the victim is dead";
  }
  pollfd cries{m_cries, POLLIN, 0};
  if (::poll(&cries, 1, static_cast<int>(patience.count())) > 0) return "the victim was sent a signal";
  if (::getpriority(PRIO_PROCESS, static_cast<id_t>(m_pid)) != m_nice) return "the victim's priority was changed";
  rlimit files{};
  ::prlimit(m_pid, RLIMIT_NOFILE, nullptr, &files);
  if (files.rlim_cur != m_files.rlim_cur) return "the victim's limits were changed";
  return {};
}

}  // namespace hearth::attacks
