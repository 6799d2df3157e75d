// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/join.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <unistd.h>

#include "agent/app/host_offer.h"
#include "agent/app/settled_speed.h"
#include "agent/platform/files.h"
#include "agent/platform/machine_marks.h"
#include "agent/platform/speed.h"
#include "agent/transfer/https_link.h"
#include "base/limits.h"
#include "certs/authority.h"
#include "certs/join_link.h"
#include "certs/signing.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kMostProjects = 32;
constexpr std::size_t kKeyBytes = 16 * limits::kKiB;

Result<std::string> freshKey(const std::filesystem::path& pendingKey) {
  auto key = certs::newPrivateKey();
  if (!key) return key;
  HEARTH_TRY(writeFileDurably(pendingKey, *key, 0600));
  return key;
}

/// The key of an earlier membership or of a try that broke off: the server knows a host by its key, so a token that was
/// used for it is not needed a second time.
Result<std::string> keyFor(const std::filesystem::path& pendingKey, const Joined* present) {
  if (present != nullptr) return present->identity.privateKeyPem;
  if (auto pending = readSmallFile(pendingKey, kKeyBytes)) return pending;
  return freshKey(pendingKey);
}

/// The membership of the project that the link is for, if there is one.
const Joined* presentIn(const std::vector<Joined>& joined, const certs::JoinLink& link) {
  for (const Joined& each : joined) {
    const auto authority = certs::fingerprint(each.identity.authorityPem);
    if (authority && *authority == link.authority) return &each;
  }
  return nullptr;
}

/// Projects are told apart by their names: a second one of the same name is called after its server, too.
std::string nameAmong(const std::vector<Joined>& joined, const Joined* present, const std::string& name,
                      const std::string& server) {
  const bool taken = std::any_of(joined.begin(), joined.end(),
                                 [&](const Joined& each) { return &each != present && each.identity.project == name; });
  return taken ? name + " at " + server : name;
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

/// Enrols with the key and checks what the server says.
Result<AgentIdentity> enrolAs(const StateFolder& folder, const certs::JoinLink& link, const std::string& called,
                              std::string& key, const Environment& environment) {
  const auto endpoint = parseEndpoint(link.server);
  if (!endpoint) return fail(endpoint.error());
  // What the sandbox can do is found out by the daemon and told with its first sync.
  const std::uint32_t speed = settledSpeed(folder.speed(), measureSpeed());
  const HostDescription description = describeHost(called, {}, SandboxTier::kNone, speed, folder.root);
  HttpsLink server(*endpoint, TlsIdentity{{}, link.authority, {}, {}}, proxyFor(*endpoint, environment));
  auto reply = enrol(server, link, description, key);
  if (!reply && reply.error().code == ErrorCode::kForbidden) {
    // The host of this key was revoked: with a good token it may come back as a new host.
    auto fresh = freshKey(folder.pendingKey(link.authority.hex()));
    if (!fresh) return fail(std::move(fresh).error());
    key = std::move(*fresh);
    reply = enrol(server, link, description, key);
  }
  if (!reply) return fail(std::move(reply).error());
  HEARTH_TRY(checkReply(*reply, link, key));
  return AgentIdentity{link.server,    reply->project,      description.name,      reply->host,
                       reply->rootKey, reply->authorityPem, reply->certificatePem, key,
                       link.token,     machineMarks()};
}

}  // namespace

Result<AgentIdentity> joinProject(const StateFolder& folder, const std::string& text, const std::string& name,
                                  const Environment& environment) {
  const auto link = certs::parseJoinLink(text);
  if (!link) return fail(link.error());
  const auto lock = lockFile(folder.lock());
  if (!lock) return fail(lock.error());
  auto joined = joinWithLock(folder, text, name, environment);
  if (!joined) return fail(std::move(joined).error());
  return std::move(joined->identity);
}

Result<Joined> joinWithLock(const StateFolder& folder, const std::string& text, const std::string& name,
                            const Environment& environment) {
  const auto link = certs::parseJoinLink(text);
  if (!link) return fail(link.error());
  const auto joined = joinedProjects(folder);
  if (!joined) return fail(joined.error());
  const Joined* present = presentIn(*joined, *link);
  if (present == nullptr && joined->size() >= kMostProjects) {
    return fail(ErrorCode::kTooLarge, "this agent has joined " + std::to_string(joined->size()) + " projects already",
                "Leave one of them with `hearth-agent leave NAME`.");
  }
  const auto pendingKey = folder.pendingKey(link->authority.hex());
  auto key = keyFor(pendingKey, present);
  if (!key) return fail(std::move(key).error());
  const std::string called = name.empty() && present != nullptr ? present->identity.name : name;
  auto identity = enrolAs(folder, *link, called, *key, environment);
  if (!identity) return fail(std::move(identity).error());
  identity->project = nameAmong(*joined, present, identity->project, identity->server);
  const ProjectFolder project = present != nullptr ? present->folder : folder.newProject(identity->project);
  HEARTH_TRY(makeFolder(project.root, 0711));
  HEARTH_TRY(storeIdentity(project, *identity));
  ::unlink(pendingKey.c_str());
  return Joined{project, std::move(*identity)};
}

Result<Prospect> inspectLink(const std::string& text, const Environment& environment) {
  const auto link = certs::parseJoinLink(text);
  if (!link) return fail(link.error());
  const auto endpoint = parseEndpoint(link->server);
  if (!endpoint) return fail(endpoint.error());
  HttpsLink server(*endpoint, TlsIdentity{{}, link->authority, {}, {}}, proxyFor(*endpoint, environment));
  auto view = server.projectOf({{}, link->token});
  if (!view && view.error().code == ErrorCode::kNotFound) view = wire::ProjectView{};
  if (!view) return fail(std::move(view).error());
  return Prospect{std::move(view->name), std::move(view->about), std::move(view->home), link->server, link->authority};
}

Result<AgentIdentity> becomeAnotherHost(const StateFolder& folder, const Joined& copied,
                                        const Environment& environment) {
  const AgentIdentity& old = copied.identity;
  const auto authority = certs::fingerprint(old.authorityPem);
  const auto root = certs::keyFingerprint(old.rootKey);
  if (!authority || !root || old.token.empty()) {
    return fail(ErrorCode::kForbidden, "there is no join token to enrol with", "Join again with a new link.");
  }
  const auto pendingKey = folder.pendingKey(authority->hex());
  auto key = keyFor(pendingKey, nullptr);
  if (!key) return fail(std::move(key).error());
  auto identity = enrolAs(folder, {old.server, old.token, *authority, *root}, old.name, *key, environment);
  if (!identity) return identity;
  identity->project = old.project;
  // What the disk's first machine held is that one's to finish.
  HEARTH_TRY(copied.folder.dropWork());
  HEARTH_TRY(storeIdentity(copied.folder, *identity));
  ::unlink(pendingKey.c_str());
  return identity;
}

}  // namespace hearth::agent
