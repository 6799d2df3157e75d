// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "certs/authority.h"
#include "server/api/bounded_cache.h"
#include "server/http/message.h"

namespace hearth::server {

/// Tells which host calls, by the certificate that its connection showed: TLS has checked who signed it, the Dispatcher
/// checks key and revocation on every call. Reading a certificate costs more than all the rest of a call, so what was
/// read is kept. Any thread may call.
class AgentIdentities {
 public:
  AgentIdentities(std::function<Instant()> clock, Duration renewalGrace);

  /// The host, if its certificate is good now.
  Result<certs::HostCertificate> hostOf(const Peer& peer);
  /// The host, if its certificate is good or expired less than the grace ago.
  Result<certs::HostCertificate> renewingHostOf(const Peer& peer);

 private:
  Result<certs::HostCertificate> read(const Peer& peer);

  const std::function<Instant()> m_clock;
  const Duration m_renewalGrace;
  BoundedCache<std::string, certs::HostCertificate> m_read{20'000};  // by DER
};

/// An error unless the connection asked for the agents' server name.
Result<void> requireAgentName(const Peer& peer);

}  // namespace hearth::server
