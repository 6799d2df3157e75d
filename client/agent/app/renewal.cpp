// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/renewal.h"

#include <utility>

#include "certs/authority.h"

namespace hearth::agent {

Result<AgentIdentity> renewIdentity(const ProjectFolder& folder, AgentIdentity identity, ServerLink& link) {
  auto request = certs::newSigningRequest(identity.privateKeyPem, identity.name);
  if (!request) return fail(std::move(request).error());
  auto reply = link.renew({{}, std::move(*request)});
  if (!reply) return fail(std::move(reply).error());
  const auto before = certs::keyOfCertificate(identity.certificatePem);
  const auto now = certs::keyOfCertificate(reply->certificatePem);
  if (!before || !now || *before != *now) {
    return fail(ErrorCode::kIntegrity, "the new certificate is for another key", "Tell the project's operator.");
  }
  // The authority and the root key are those that were joined: a renewal does not change whom we trust.
  identity.certificatePem = std::move(reply->certificatePem);
  HEARTH_TRY(storeIdentity(folder, identity));
  return identity;
}

}  // namespace hearth::agent
