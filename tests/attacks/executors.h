// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "attacks/catalogue.h"
#include "attacks/world.h"
#include "sandbox/executor.h"

namespace hearth::attacks {

/// What stands around an attack: by it an attack's control and its judgement are chosen.
enum class Walls {
  kNothing,
  kNamespaces,
  kProcess,
  kMachine,
  kTakenMachine,  ///< a virtual machine whose own system attacks
  kModule,        ///< those of a WebAssembly module, and no others
};

/// One executor that the suite can attack. Add a line to executors() for a new one.
struct ExecutorKind {
  std::string name;
  Walls walls = Walls::kNamespaces;
  const std::vector<Attack>& (*attacks)() = catalogue;
  bool isDear = false;  ///< by an agent of root only where HEARTH_EVERY_ATTACK is set
  /// In the main process, before an agent is forked: what only it may make. Returns why there can be none here; empty:
  /// it is ready.
  std::function<std::string(const World&, uid_t agent)> prepare;
  /// In the agent's process, before it drops its rights.
  std::function<void(const World&)> enter;
  /// In the agent's process, as the agent's user.
  std::function<Result<std::unique_ptr<sandbox::Executor>>(const World&)> make;
  /// In the main process, when the agent is gone: what was left; empty: nothing.
  std::function<std::string(const World&)> cleanUp;
};

const std::vector<ExecutorKind>& executors();

/// What confines nothing: with the usual programs, and with those of moduleAttacks() as usual programs.
const std::vector<ExecutorKind>& foils();

/// The same with the suite's program in a container image.
Result<std::unique_ptr<sandbox::Executor>> inImage(const World& world, std::unique_ptr<sandbox::Executor> inner);

/// Runs programs with nothing around them: the foil. It shows that the attacks would work.
std::unique_ptr<sandbox::Executor> makeBareExecutor();

}  // namespace hearth::attacks
