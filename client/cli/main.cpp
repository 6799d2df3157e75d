// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/command_line.h"
#include "cli/session.h"

namespace {

std::string fromEnvironment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

int run(int argc, char** argv) {
  using namespace hearth;
  const bool isTerminalDumb = fromEnvironment("TERM") == "dumb";
  cli::Context context{std::cout,
                       std::cerr,
                       {},
                       fromEnvironment("PATH"),
                       false,
                       ::isatty(STDOUT_FILENO) == 1 && !isTerminalDumb,
                       ::isatty(STDERR_FILENO) == 1 && !isTerminalDumb};
  auto folder = cli::configurationFolder(fromEnvironment("XDG_CONFIG_HOME"), fromEnvironment("HOME"));
  if (!folder) {
    cli::printError(context, folder.error());
    return cli::exitStatus(folder.error().code);
  }
  context.configuration = *std::move(folder);
  const int status = cli::runCommandLine(context, {argv + 1, argv + argc});
  std::cout.flush();
  if (std::cout) return status;
  std::cerr << "hearth: cannot write to standard output\n";
  return status == 0 ? static_cast<int>(cli::kExitFailed) : status;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of a write, not the end
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {  // of the standard library: out of memory, an unreadable file system
    std::cerr << "hearth: " << failure.what() << '\n';
    return hearth::cli::kExitFailed;
  }
}
