// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "bench/tls_client.h"
#include "model/batch.h"

namespace hearth::bench {

/// A project in a temporary folder, served by a real hearthd process on a free port of loopback; stopped and removed by
/// the destructor.
class ServedProject {
 public:
  /// With `start` false nobody serves it yet: its database may be filled first.
  explicit ServedProject(bool start = true);
  ~ServedProject();
  ServedProject(const ServedProject&) = delete;
  ServedProject& operator=(const ServedProject&) = delete;

  /// Starts hearthd; returns when it listens, at most `patience` later.
  void start(std::chrono::seconds patience = std::chrono::seconds(10));
  /// SIGKILL.
  void kill();

  std::uint16_t port() const { return m_port; }
  const std::filesystem::path& folder() const { return m_folder; }
  const std::string& authorityPem() const { return m_authorityPem; }
  const std::string& joinToken() const { return m_joinToken; }
  const std::string& joinLink() const { return m_joinLink; }
  std::string bearer() const { return "Authorization: Bearer " + m_adminToken + "\r\n"; }

  /// A connection as a person.
  TlsConnection person() const;
  /// A joined host's identity.
  TlsIdentity enrolHost(const std::string& name) const;
  /// Uploads bytes as the admin's data.
  Digest upload(TlsConnection& connection, std::string_view bytes) const;
  /// A spec that names a package signed by the project's root key, one output "out" and no files.
  BatchSpec signedSpec(TlsConnection& connection, const std::string& name) const;
  std::uint64_t submit(TlsConnection& connection, const BatchSpec& spec) const;

  /// Resident memory of the server process now, and the highest since it was asked to forget the highest.
  std::uint64_t residentBytes() const;
  std::uint64_t peakResidentBytes() const;
  void forgetPeak() const;
  /// Processor seconds that the server process used so far.
  double processorSeconds() const;

 private:
  bool answers() const;

  std::filesystem::path m_folder;
  std::uint16_t m_port = 0;
  pid_t m_process = -1;
  std::string m_authorityPem, m_joinLink, m_joinToken, m_adminToken;
};

/// Processor seconds that a process used so far.
double processorSeconds(pid_t process);

/// One line of output.
void printFigure(const std::string& figure, double value, const std::string& unit, double ceiling, double ratio,
                 const std::vector<std::pair<std::string, std::string>>& conditions);

}  // namespace hearth::bench
