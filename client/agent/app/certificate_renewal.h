// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/app/identity.h"
#include "agent/transfer/https_link.h"
#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// Keeps the certificate of one project fresh as long as it lives. Lives on the loop's thread; a call to the server
/// blocks a thread of its own.
class CertificateRenewal {
 public:
  /// `expires` is told the end of the present certificate whenever that changes. The link outlives this.
  CertificateRenewal(boost::asio::io_context& context, ProjectFolder folder, AgentIdentity identity, HttpsLink& link,
                     std::function<void(Instant until)> expires,
                     std::function<void(bool warning, const std::string& text)> log);
  ~CertificateRenewal();
  CertificateRenewal(const CertificateRenewal&) = delete;
  CertificateRenewal& operator=(const CertificateRenewal&) = delete;

  /// Looks now, and from then on every hour.
  void check();
  /// The project was joined once more: from now on this is who we are there.
  void use(const AgentIdentity& identity);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
