// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hearth::attacks {

/// Runs whoever asks out of the suite: what cannot be set up cannot be tested.
[[noreturn]] void giveUp(const std::string& why);
std::string readText(const std::filesystem::path& file);
void writeText(const std::filesystem::path& file, const std::string& text);

/// What is planted for one agent: an owner's home, the agent's own files, another task's, sockets that services listen
/// on, a terminal; and the package with the hostile program. Made by the suite's main process before the agent is
/// forked; removed, with what was left of it, when destroyed.
class World {
 public:
  /// `user`: whom the home and the tasks belong to. `agent`: whom the agent's files belong to.
  World(uid_t user, uid_t agent);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const std::filesystem::path& base() const { return m_base; }
  std::filesystem::path package() const { return m_base / "package"; }
  std::filesystem::path closed() const { return m_base / "closed"; }
  std::filesystem::path image() const { return closed() / "image"; }    ///< where an executor unpacks one
  std::filesystem::path machine() const { return m_base / "machine"; }  ///< where an executor puts a virtual one
  const std::string& token() const { return m_token; }
  const std::string& terminal() const { return m_terminal; }
  uid_t user() const { return m_user; }

  /// Puts what is the owner's into the package too, and lets attacks look for it there: that must be seen.
  void handIn();
  /// In the agent's process, before it drops its rights: its terminal, and descriptors that it forgot to close on exec.
  void leakIntoThisProcess();
  /// A word of an attack with its placeholders filled in.
  std::string expand(std::string word) const;
  /// Everything that must be afterwards as it was before, by name.
  std::map<std::string, std::string> look() const;
  /// Processes of the hostile program that are there, whatever they call themselves.
  std::vector<pid_t> hostileProcesses() const;

 private:
  void plantFiles() const;
  void plantSockets();
  void own(const std::filesystem::path& folder, uid_t user) const;

  std::filesystem::path m_base, m_seen;  ///< m_seen: where attacks take it to be
  std::string m_token, m_tmp, m_shared, m_terminal;
  uid_t m_user, m_agent;
  int m_port = 0, m_master = -1;
  std::vector<int> m_sockets;
};

}  // namespace hearth::attacks
