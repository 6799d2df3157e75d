// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "bench/served_project.h"
#include "bench/tls_client.h"

namespace hearth::bench {

using Clock = std::chrono::steady_clock;

/// The bodies of a sync.
struct SyncBodies {
  std::string request;
  std::string reply;

  /// "request reply", in bytes.
  std::string sizes() const { return std::to_string(request.size()) + " " + std::to_string(reply.size()); }
};

/// A simulated host on its own connection: returns at each sync what the last one gave it and asks for as many again.
/// Its messages are pieced together and scanned, not built and parsed, since its time is taken from the server's on the
/// same machine. One thread. Ends the benchmark when a reply is not the one that it wants.
class SyncHost {
 public:
  /// Enrols, takes its first tasks and sends the one output that all its results name.
  SyncHost(const ServedProject& project, int number, std::uint32_t tasksPerSync);

  void send();
  /// Takes the reply; what it gave is done at once. Returns how many results of the request were accepted.
  std::size_t receive();

  int descriptor() const { return m_connection.descriptor(); }
  /// Of the last sync.
  SyncBodies bodies() const { return {m_request, m_reply}; }

 private:
  struct Given {
    std::uint64_t attempt = 0, batch = 0, index = 0, revision = 0;
  };
  void uploadOutput();
  std::size_t scan(std::string_view reply);

  TlsIdentity m_identity;
  TlsConnection m_connection;
  std::uint32_t m_tasksPerSync;
  std::string m_head;    ///< of the request's body, up to its first result
  std::string m_report;  ///< of each result, behind the numbers that name it
  std::string m_request;
  std::vector<Given> m_given;
  std::string m_reply;
};

struct Measured {
  std::uint64_t tasks = 0;
  std::uint64_t syncs = 0;
  double seconds = 0;
  std::vector<double> latencies;  ///< of syncs, in seconds

  double rate() const { return static_cast<double>(tasks) / seconds; }
  double percentile(double part);
};

/// A batch that the hosts do not come to the end of.
void submitLife(const ServedProject& project);

/// As many syncs as go: two threads keep one under way on each connection.
Measured driveFully(std::vector<SyncHost>& hosts, std::chrono::seconds time);
/// So many syncs a second, spread evenly. A latency counts from the time at which its sync was to be sent, so that a
/// server that stalls is not spared the requests that it held up.
Measured drivePaced(std::vector<SyncHost>& hosts, double syncsPerSecond, std::chrono::seconds time);

}  // namespace hearth::bench
