// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/time.h"

/// What the machine is, as the operating system says. One implementation a system.
namespace hearth::agent {

struct HostFacts {
  std::string name;               ///< host name
  std::string platform;           ///< "linux-x86_64"
  std::string processor;          ///< model, for people
  std::uint32_t processors = 1;   ///< that this process may use
  std::uint64_t memoryBytes = 0;  ///< of the machine, or of the control group that the agent is in
};
HostFacts detectHost();

/// The wall clock.
Instant wallClock();
/// Time since some moment, going on while the machine sleeps and never set back.
Duration bootClock();

/// A name of its own for each start of the machine; empty: there is none.
std::string bootName();

/// A seed that differs between hosts and starts.
std::uint64_t randomSeed();

/// The folder of the running program's file.
std::filesystem::path programFolder();
bool isRoot();
/// The folder where the agent keeps its state unless told otherwise.
std::filesystem::path defaultStateFolder();
/// The folder of the agent that is installed as a service of the machine.
std::filesystem::path serviceStateFolder();
/// Where that agent is controlled.
std::filesystem::path serviceControlSocket();

}  // namespace hearth::agent
