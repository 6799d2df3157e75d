// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/requirements.h"

namespace hearth {

/// A device for computing that a host lends to tasks, one task at a time.
struct Gpu {
  std::string name;  ///< for people
  std::vector<DeviceApi> apis;
  std::uint64_t memoryBytes = 0;
  bool operator==(const Gpu&) const = default;
};

/// What an agent says of its machine; changes rarely.
struct HostDescription {
  std::string name;       ///< as its owner calls it
  std::string platform;   ///< "linux-x86_64"
  std::string processor;  ///< model name, for people
  std::string agent;      ///< version of the agent
  std::uint32_t processors = 1;
  std::uint64_t memoryBytes = 0;
  std::uint64_t diskBytes = 0;
  SandboxTier sandbox = SandboxTier::kNone;
  /// Of one processor, in millions of floating-point operations a second by the agent's own measure; 0: not measured.
  /// Only a first guess: what a host returns soon outweighs it.
  std::uint32_t speed = 0;
  RuntimeSet runtimes = {Runtime::kNative};
  std::vector<Gpu> gpus = {};
  bool operator==(const HostDescription&) const = default;
};

/// What a host can take on right now.
struct FreeResources {
  std::uint32_t tasks = 0;  ///< attempts it wants at most
  std::uint32_t processors = 0;
  std::uint64_t memoryBytes = 0;
  std::uint64_t diskBytes = 0;
  std::uint32_t gpus = 0;
  bool operator==(const FreeResources&) const = default;
};

/// A volunteer's machine as the project knows it. `key` is the SHA-256 of its public key (SubjectPublicKeyInfo): a
/// certificate that carries another key is not this host.
struct Host {
  HostId id;
  AccountId account;
  Digest key;
  HostDescription description;
  Instant enrolled;
  bool revoked = false;
  GroupId group = {};  ///< none: it is public
  bool operator==(const Host&) const = default;
};

/// A join token: whoever shows its secret may enrol `usesLeft` hosts for `account` until it expires.
struct JoinToken {
  Digest secretHash;
  AccountId account;
  std::uint32_t usesLeft = 1;
  Instant expires;
  GroupId group = {};  ///< that the hosts will be in
  bool operator==(const JoinToken&) const = default;
};

}  // namespace hearth
