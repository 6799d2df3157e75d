// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "agent/platform/files.h"
#include "base/result.h"

namespace hearth::agent {

/// The agent's own folder: who it is, what it holds, what it does. Only its owner can read what is in it; others may
/// pass through to a task's own folder and to the control socket. A plain value.
struct StateFolder {
  std::filesystem::path root;

  std::filesystem::path identity() const { return root / "identity.json"; }
  std::filesystem::path pendingKey() const { return root / "joining.pem"; }
  std::filesystem::path lock() const { return root / "lock"; }
  std::filesystem::path journal() const { return root / "journal.db"; }
  std::filesystem::path control() const { return root / "control.sock"; }
  std::filesystem::path log() const { return root / "log" / "agent.log"; }
  std::filesystem::path cache() const { return root / "cache"; }
  std::filesystem::path packages() const { return root / "packages"; }
  std::filesystem::path images() const { return root / "images"; }
  std::filesystem::path tasks() const { return root / "tasks"; }
  std::filesystem::path speed() const { return root / "speed"; }
  std::filesystem::path scratch() const { return root / "scratch"; }

  /// Makes the folder where needed. As root, the process becomes the folder's owner where that is somebody else.
  static Result<StateFolder> open(const std::filesystem::path& root);
  /// Makes the folders that a running agent needs.
  Result<void> prepare() const;
};

}  // namespace hearth::agent
