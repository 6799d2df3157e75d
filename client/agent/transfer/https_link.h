// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/transfer/https_client.h"
#include "agent/transfer/message_log.h"
#include "agent/transfer/server_link.h"
#include "wire/project.h"

namespace hearth::agent {

/// The server over HTTPS (docs/protocol.md). Keeps one connection for each thread that is busy at the same time and
/// uses the last one first, since a new connection costs the server as much as ninety requests. Thread-safe.
class HttpsLink : public ServerLink {
 public:
  /// `messages` (none: nobody looks) is told what is sent and received; it outlives the link.
  HttpsLink(Endpoint server, TlsIdentity identity, std::string proxy, MessageLog* messages = nullptr);
  ~HttpsLink() override;

  tl::expected<wire::SyncReply, SyncFailed> sync(const wire::SyncRequest& request) override;
  Result<void> download(AttemptId attempt, const Digest& digest, std::uint64_t offset, Sink& sink,
                        const std::atomic<bool>& cancelled) override;
  Result<void> upload(Upload what, AttemptId attempt, const Digest& digest, const std::filesystem::path& file,
                      std::uint64_t size, const std::atomic<bool>& cancelled) override;
  Result<wire::EnrolReply> renew(const wire::RenewRequest& request) override;
  Result<wire::ProjectView> project() override;
  void close() override { m_closed = true; }
  /// Without a client certificate; once, when the host joins.
  Result<wire::EnrolReply> enrol(const wire::EnrolRequest& request);

  /// Without a client certificate: whether a join token is good, and of what project. kNotFound: the server is too old
  /// to be asked.
  Result<wire::ProjectView> projectOf(const wire::ProjectRequest& request);

  /// Connections made from now on show this identity.
  void setIdentity(TlsIdentity identity);

 private:
  struct Connection {
    std::unique_ptr<HttpsClient> client;
    std::uint64_t generation = 0;
  };
  Result<HttpReply> perform(HttpRequest& request, const std::atomic<bool>* cancelled = nullptr);
  Result<wire::EnrolReply> postEnrolment(const std::string& path, std::string body);
  void note(const HttpRequest& request, const HttpReply& reply) const;
  Connection borrow();
  void giveBack(Connection connection);

  const Endpoint m_server;
  const std::string m_proxy;
  MessageLog* const m_messages;
  std::atomic<bool> m_closed = false;
  std::mutex m_mutex;  ///< guards what follows
  TlsIdentity m_identity;
  std::uint64_t m_generation = 0;
  std::vector<Connection> m_idle;
};

}  // namespace hearth::agent
