// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <future>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks/executors.h"

namespace hearth::attacks {
namespace {

using sandbox::RunEnd;
using sandbox::RunSpec;

class BareRun final : public sandbox::Run {
 public:
  BareRun(pid_t pid, std::function<void(RunEnd)> onEnd)
      : m_pid(pid), m_waiter([pid, onEnd = std::move(onEnd)] {
          int status = 0;
          ::waitpid(pid, &status, 0);
          RunEnd end;
          end.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
          end.exit = WIFSIGNALED(status) ? ExitKind::kSignal : status == 0 ? ExitKind::kOk : ExitKind::kExitCode;
          onEnd(std::move(end));
        }) {}
  ~BareRun() override {
    ::kill(m_pid, SIGKILL);
    m_waiter.join();
  }
  BareRun(const BareRun&) = delete;
  BareRun& operator=(const BareRun&) = delete;
  void freeze() override { ::kill(m_pid, SIGSTOP); }
  void checkpoint() override {}
  void thaw() override { ::kill(m_pid, SIGCONT); }
  void stop(std::string) override { ::kill(m_pid, SIGKILL); }
  Usage usage() const override { return {}; }

 private:
  pid_t m_pid;
  std::thread m_waiter;
};

class BareExecutor final : public sandbox::Executor {
 public:
  SandboxTier tier() const override { return SandboxTier::kNone; }
  const std::string& limitation() const override { return m_limitation; }
  Result<std::unique_ptr<sandbox::Run>> start(RunSpec spec, std::function<void(RunEnd)> onEnd) override {
    std::string program = spec.packageRoot.string() + spec.program;
    std::vector<char*> arguments{program.data()};
    for (auto& argument : spec.arguments) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    std::vector<std::string> variables;
    std::vector<char*> environment;
    for (const auto& [name, value] : spec.environment) variables.push_back(name + "=" + value);
    for (auto& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const int output = ::open(spec.standardOutput.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      const int error = ::open(spec.standardError.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (::dup2(output, 1) < 0 || ::dup2(error, 2) < 0 || ::chdir(spec.work.c_str()) != 0) ::_exit(125);
      ::execve(program.c_str(), arguments.data(), environment.data());
      ::_exit(126);
    }
    return std::unique_ptr<sandbox::Run>(std::make_unique<BareRun>(pid, std::move(onEnd)));
  }

 private:
  std::string m_limitation = "it confines nothing";
};

}  // namespace

std::unique_ptr<sandbox::Executor> makeBareExecutor() { return std::make_unique<BareExecutor>(); }

}  // namespace hearth::attacks
