// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "agent/platform/files.h"
#include "base/result.h"

namespace hearth::agent {

/// What belongs to one project, and goes with it. A plain value.
struct ProjectFolder {
  std::filesystem::path root;

  std::filesystem::path identity() const { return root / "identity.json"; }
  std::filesystem::path journal() const { return root / "journal.db"; }
  std::filesystem::path cache() const { return root / "cache"; }
  std::filesystem::path packages() const { return root / "packages"; }
  std::filesystem::path images() const { return root / "images"; }
  std::filesystem::path tasks() const { return root / "tasks"; }

  /// Makes the folders that a running agent needs.
  Result<void> prepare() const;
  /// Removes it with all that is in it.
  Result<void> remove() const;
  /// Removes what was held of tasks, results that were not returned among it.
  Result<void> dropWork() const;
};

/// The agent's own folder: what it does, and a folder for each project that it has joined. Only its owner can read what
/// is in it; others may pass through to a task's own folder and to the control socket. A plain value.
struct StateFolder {
  std::filesystem::path root;

  std::filesystem::path lock() const { return root / "lock"; }
  std::filesystem::path control() const { return root / "control.sock"; }
  std::filesystem::path preferences() const { return root / "agent.toml"; }
  std::filesystem::path log() const { return root / "log" / "agent.log"; }
  std::filesystem::path clock() const { return root / "clock"; }
  std::filesystem::path speed() const { return root / "speed"; }
  std::filesystem::path scratch() const { return root / "scratch"; }
  std::filesystem::path projects() const { return root / "projects"; }
  /// The key of a try to join that broke off; `authority` is the fingerprint of the project's.
  std::filesystem::path pendingKey(const std::string& authority) const {
    return projects() / (".joining-" + authority.substr(0, 16) + ".pem");
  }
  /// A folder that is not there yet, named after a project.
  ProjectFolder newProject(const std::string& name) const;

  /// Makes the folder where needed. As root, the process becomes the folder's owner where that is somebody else.
  static Result<StateFolder> open(const std::filesystem::path& root);
  /// Makes the folders that a running agent needs, and removes what a killed one left behind. The lock is held.
  Result<void> prepare() const;
};

}  // namespace hearth::agent
