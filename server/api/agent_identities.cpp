// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/agent_identities.h"

#include <utility>

namespace hearth::server {
namespace {

constexpr Duration kClockSkew = Duration::minutes(5);
constexpr const char* kJoinAgain = "Ask for a join link of the project and run: hearth-agent join LINK";

}  // namespace

Result<void> requireAgentName(const Peer& peer) {
  if (peer.agentName) return {};
  return fail(ErrorCode::kForbidden, "This call is for agents only, and this connection is not an agent's.",
              "Agents connect with the server name '" + std::string(certs::kAgentServerName) +
                  "'. People's calls are those under /api/v1.");
}

AgentIdentities::AgentIdentities(std::function<Instant()> clock, Duration renewalGrace)
    : m_clock(std::move(clock)), m_renewalGrace(renewalGrace) {}

Result<certs::HostCertificate> AgentIdentities::read(const Peer& peer) {
  HEARTH_TRY(requireAgentName(peer));
  if (peer.certificateDer.empty()) {
    return fail(ErrorCode::kUnauthorized, "This call needs the certificate that the host got when it joined.",
                kJoinAgain);
  }
  if (auto known = m_read.find(peer.certificateDer)) return *known;
  auto certificate = certs::readHostCertificate(peer.certificateDer);
  if (!certificate) {
    return fail(ErrorCode::kUnauthorized, "The certificate shown is not a host's: " + certificate.error().message,
                kJoinAgain);
  }
  m_read.put(peer.certificateDer, *certificate);
  return certificate;
}

Result<certs::HostCertificate> AgentIdentities::hostOf(const Peer& peer) {
  auto certificate = renewingHostOf(peer);
  if (!certificate) return certificate;
  if (peer.certificateExpired || certificate->notAfter <= m_clock()) {
    return fail(ErrorCode::kUnauthorized, "This host's certificate has expired.",
                "Renew it with the same key: POST /agent/v1/renew. Agents do so by themselves; update an agent that "
                "does not.");
  }
  return certificate;
}

Result<certs::HostCertificate> AgentIdentities::renewingHostOf(const Peer& peer) {
  auto certificate = read(peer);
  if (!certificate) return certificate;
  const Instant now = m_clock();
  if (now + kClockSkew < certificate->notBefore) {
    return fail(ErrorCode::kUnauthorized, "This host's certificate is not valid yet.",
                "Check the clocks of the host and of the server.");
  }
  if (certificate->notAfter + m_renewalGrace <= now) {
    return fail(ErrorCode::kUnauthorized, "This host's certificate expired too long ago to be renewed.", kJoinAgain);
  }
  return certificate;
}

}  // namespace hearth::server
