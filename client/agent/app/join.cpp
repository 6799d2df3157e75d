// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/join.h"

#include <utility>

#include <unistd.h>

#include "agent/app/host_offer.h"
#include "agent/app/settled_speed.h"
#include "agent/platform/files.h"
#include "agent/platform/speed.h"
#include "agent/transfer/https_link.h"
#include "base/limits.h"
#include "certs/authority.h"
#include "certs/join_link.h"
#include "certs/signing.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kKeyBytes = 16 * limits::kKiB;

/// The key of an earlier membership or of a try that broke off: the server knows a host by its key, so a token that was
/// used for it is not needed a second time.
Result<std::string> keyFor(const StateFolder& folder, const Result<AgentIdentity>& present) {
  if (present) return present->privateKeyPem;
  if (auto pending = readSmallFile(folder.pendingKey(), kKeyBytes)) return pending;
  auto key = certs::newPrivateKey();
  if (!key) return key;
  HEARTH_TRY(writeFileDurably(folder.pendingKey(), *key, 0600));
  return key;
}

Result<void> checkSameProject(const AgentIdentity& present, const certs::JoinLink& link) {
  const auto authority = certs::fingerprint(present.authorityPem);
  if (authority && *authority == link.authority) return {};
  return fail(ErrorCode::kConflict, "this agent belongs to the project " + present.project + " already",
              "One agent serves one project for now: join the other with a folder of its own, "
              "`hearth-agent join LINK --dir DIR`.");
}

Result<void> checkReply(const wire::EnrolReply& reply, const certs::JoinLink& link, const std::string& key) {
  const auto authority = certs::fingerprint(reply.authorityPem);
  if (!authority || *authority != link.authority) {
    return fail(ErrorCode::kIntegrity, "the server's certificate authority is not the one of the join link",
                "Ask the project for a new join link.");
  }
  const auto root = certs::keyFingerprint(reply.rootKey);
  if (!root || *root != link.root) {
    return fail(ErrorCode::kIntegrity, "the server's package-signing key is not the one of the join link",
                "Do not run programs of this server. Ask the project's operator what happened.");
  }
  const auto request = certs::newSigningRequest(key, "host");
  const auto own = request ? certs::keyOfSigningRequest(*request) : Result<Digest>(tl::unexpected(request.error()));
  const auto certified = certs::keyOfCertificate(reply.certificatePem);
  if (!own || !certified || *own != *certified) {
    return fail(ErrorCode::kIntegrity, "the server's certificate is not for this host's key", "Try again.");
  }
  return {};
}

Result<wire::EnrolReply> enrol(HttpsLink& server, const certs::JoinLink& link, const HostDescription& description,
                               const std::string& key) {
  auto request = certs::newSigningRequest(key, description.name);
  if (!request) return fail(std::move(request).error());
  return server.enrol({{}, link.token, std::move(*request), description});
}

}  // namespace

Result<AgentIdentity> joinProject(const StateFolder& folder, const std::string& text, const std::string& name,
                                  const Environment& environment) {
  const auto link = certs::parseJoinLink(text);
  if (!link) return fail(link.error());
  const auto endpoint = parseEndpoint(link->server);
  if (!endpoint) return fail(endpoint.error());
  const auto lock = lockFile(folder.lock());
  if (!lock) return fail(lock.error());
  const auto present = loadIdentity(folder);
  if (present) HEARTH_TRY(checkSameProject(*present, *link));
  if (!present && present.error().code != ErrorCode::kNotFound) return fail(present.error());

  auto key = keyFor(folder, present);
  if (!key) return fail(std::move(key).error());
  const std::string called = name.empty() && present ? present->name : name;
  // What the sandbox can do is found out by the daemon and told with its first sync.
  const std::uint32_t speed = settledSpeed(folder.speed(), measureSpeed());
  const HostDescription description = describeHost(called, {}, SandboxTier::kNone, speed, folder.root);
  HttpsLink server(*endpoint, TlsIdentity{{}, link->authority, {}, {}}, proxyFor(*endpoint, environment));
  auto reply = enrol(server, *link, description, *key);
  if (!reply && reply.error().code == ErrorCode::kForbidden) {
    // The host of this key was revoked: with a good token it may come back as a new host.
    key = certs::newPrivateKey();
    if (!key) return fail(std::move(key).error());
    HEARTH_TRY(writeFileDurably(folder.pendingKey(), *key, 0600));
    reply = enrol(server, *link, description, *key);
  }
  if (!reply) return fail(std::move(reply).error());
  HEARTH_TRY(checkReply(*reply, *link, *key));

  AgentIdentity identity{link->server,   reply->project,      description.name,      reply->host,
                         reply->rootKey, reply->authorityPem, reply->certificatePem, *key};
  HEARTH_TRY(storeIdentity(folder, identity));
  ::unlink(folder.pendingKey().c_str());
  return identity;
}

}  // namespace hearth::agent
