// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sstream>
#include <string>

#include "db/store.h"
#include "support/store_backends.h"
#include "support/store_sample.h"

/// All that a store tells, as text: two stores that went through the same changes give the same.
namespace hearth::tests {

class StoreText {
 public:
  static std::string of(db::Store& store, db::ReadStore& read) {
    StoreText text;
    text.snapshot(must(store.restore()));
    for (const db::BatchRecord& batch : must(read.batches({}, {}, kAll))) text.batch(read, batch);
    for (const Account& account : must(read.accounts({}, kAll))) text.account(read, account);
    text.directory(read);
    for (std::uint64_t i = 0; i < kDigests; ++i) text.secrets(read, digestOf(i), i);
    return text.m_out.str();
  }

 private:
  static constexpr std::size_t kAll = 1'000'000;
  static constexpr std::uint64_t kAccountsShown = 5;
  static constexpr std::uint64_t kDigests = 64;  ///< seeds of sample digests that the tests use for secrets and data

  template <typename... Values>
  void line(const Values&... values) {
    ((m_out << values << ' '), ...);
    m_out << '\n';
  }

  static std::string show(const Host& h) {
    std::ostringstream out;
    const HostDescription& d = h.description;
    out << h.id.value << ' ' << h.account.value << ' ' << h.key.hex() << ' ' << d.name << ' ' << d.platform << ' '
        << d.processor << ' ' << d.agent << ' ' << d.processors << ' ' << d.memoryBytes << ' ' << d.diskBytes << ' '
        << static_cast<int>(d.sandbox) << ' ' << d.speed << ' ' << h.enrolled.micros << ' ' << h.revoked << ' '
        << d.runtimes.bits << ' ' << h.group.value;
    for (const Gpu& gpu : d.gpus) {
      out << " [" << gpu.name << ' ' << gpu.memoryBytes;
      for (const DeviceApi api : gpu.apis) out << ' ' << static_cast<int>(api);
      out << ']';
    }
    return out.str();
  }
  static std::string show(const Group& g) {
    std::ostringstream out;
    out << g.id.value << ' ' << g.name << ' ' << g.owner.value << ' ' << g.guests << ' ' << g.beyond << ' '
        << g.quota.attempts << ' ' << g.quota.batches << ' ' << g.created.micros;
    for (const AccountId member : g.members) out << " m" << member.value;
    return out.str();
  }
  static std::string show(const Lease& l) {
    std::ostringstream out;
    out << l.attempt.value << ' ' << l.task.batch.value << '/' << l.task.index << " r" << l.revision << " h"
        << l.host.value << ' ' << l.leased.micros;
    return out.str();
  }
  static std::string show(const AttemptRecord& r) {
    std::ostringstream out;
    out << show(r.lease) << ' ' << static_cast<int>(r.state) << ' ' << r.ended.micros << ' '
        << static_cast<int>(r.report.exit) << ' ' << r.report.exitCode << ' ' << r.report.reason << ' '
        << r.report.usage.wall.micros << ' ' << r.report.usage.processor.micros << ' ' << r.report.usage.memoryPeakBytes
        << ' ' << r.report.standardOutput.hex() << ' ' << r.report.standardError.hex();
    for (const FileRef& f : r.report.outputs)
      out << " [" << f.path << ' ' << f.digest.hex() << ' ' << f.size << ' ' << f.executable << ']';
    return out.str();
  }
  static std::string show(const TaskPut& t) {
    std::ostringstream out;
    out << t.task.batch.value << '/' << t.task.index << ' ' << static_cast<int>(t.state) << " r" << t.revision << ' '
        << t.failures << ' ' << t.canonical.value << ' ' << t.reason;
    return out.str();
  }
  static std::string show(const BatchPlan& p) {
    std::ostringstream out;
    const Requirements& r = p.requirements;
    const BatchPolicy& o = p.policy;
    out << p.owner.value << ' ' << p.name << ' ' << p.tasks << ' ' << r.platform << ' ' << r.processors << ' '
        << r.memoryBytes << ' ' << r.diskBytes << ' ' << static_cast<int>(r.sandbox) << ' ' << o.quorum << ' '
        << o.retries << ' ' << o.deadline.micros << ' ' << o.atOnce << ' ' << o.stopAfterFailures << ' ' << o.priority
        << ' ' << o.weight << ' ' << static_cast<int>(o.distinct) << ' ' << p.application << ' '
        << static_cast<int>(r.runtime) << ' ' << r.gpus << ' ' << static_cast<int>(r.gpuApi) << ' '
        << static_cast<int>(p.where) << ' ' << p.group.value;
    return out.str();
  }
  static std::string show(const BatchProgress& p) {
    std::ostringstream out;
    out << p.batch.value << ' ' << static_cast<int>(p.state) << ' ' << p.reason << ' ' << p.cursor << ' ' << p.certified
        << ' ' << p.failed << ' ' << p.ended.micros;
    return out.str();
  }

  void snapshot(const Snapshot& s) {
    line("counters", s.counters.batches, s.counters.hosts, s.counters.attempts, s.counters.groups);
    for (const auto& b : s.batches)
      line("open batch", b.batch.value, show(b.plan), show(b.progress), b.created.micros, b.idempotencyKey);
    for (const Lease& l : s.leases) line("lease", show(l));
    for (const auto& t : s.tasks) {
      line("active task", show(t.task));
      for (const AttemptRecord& r : t.records) line("  record", show(r));
    }
    for (const CheckpointPut& c : s.checkpoints)
      line("checkpoint", c.task.batch.value, c.task.index, c.attempt.value, c.checkpoint.digest.hex(),
           c.checkpoint.size, c.passedOn);
    for (const Host& h : s.hosts) line("host", show(h));
    for (const AccountWeightPut& w : s.accountWeights) line("account weight", w.account.value, w.weight);
    for (const JoinToken& t : s.joinTokens)
      line("join token", t.secretHash.hex(), t.account.value, t.usesLeft, t.expires.micros, t.group.value);
    for (const Group& g : s.groups) line("group", show(g));
    for (const AccountQuotaPut& q : s.quotas)
      line("quota", q.account.value, q.quota.attempts, q.quota.batches, q.quota.bytes);
  }

  void batch(db::ReadStore& read, const db::BatchRecord& b) {
    line("batch", b.batch.value, show(b.plan), show(b.progress), b.created.micros);
    line("  spec", must(read.batchSpec(b.batch)).value_or("none"));
    for (const TaskState state :
         {TaskState::kPending, TaskState::kActive, TaskState::kCertified, TaskState::kFailed, TaskState::kCancelled}) {
      for (const TaskPut& t : must(read.tasks(b.batch, state, 0, kAll))) {
        line("  task", show(t));
        const std::optional<db::TaskRecord> whole = must(read.task(t.task));
        for (const AttemptRecord& r : whole->attempts) line("    attempt", show(r));
      }
    }
    for (const db::CertifiedResult& r : must(read.results(b.batch, 0, kAll))) line("  result", r.index, show(r.record));
  }

  void account(db::ReadStore& read, const Account& a) {
    line("account", a.id.value, a.name, static_cast<int>(a.roles.bits), a.created.micros);
    for (const Host& h : must(read.hosts(a.id, {}, kAll))) line("  host", show(h));
    for (const KeyApproval& k : must(read.keyApprovals(a.name))) approval(k);
    identity(read, a.id);
    for (const Group& g : must(read.groupsOf(a.id))) {
      line("  of group", show(must(read.group(g.id)).value()), show(must(read.groupByName(g.name)).value()));
      for (const Host& h : must(read.groupHosts(g.id, {}, kAll))) line("    host", h.id.value);
    }
    if (const auto q = must(read.quota(a.id))) line("  quota", q->attempts, q->batches, q->bytes);
    line("  stored", must(read.dataBytes(a.id)));
    for (std::uint64_t i = 0; i < kDigests; ++i)
      if (must(read.mayUse(a.id, digestOf(i)))) line("  may use", i);
  }

  void identity(db::ReadStore& read, AccountId account) {
    for (const TokenKind kind : {TokenKind::kToken, TokenKind::kSession}) {
      for (const AccessToken& t : must(read.accessTokens(account, kind, kAll)))
        line("  access", t.secretHash.hex(), static_cast<int>(t.kind), static_cast<int>(t.scope), t.madeBy,
             t.lastSeen.micros);
    }
    if (const auto c = must(read.credential(account)))
      line("  password", c->password.cost.logN, c->password.cost.r, c->password.cost.p, c->password.salt,
           c->password.hash, c->set.micros);
    if (const auto f = must(read.secondFactor(account)))
      line("  second factor", f->secret, f->confirmed, f->lastStep, f->created.micros);
    line("  recovery codes", must(read.recoveryCodesLeft(account)));
    for (const Identity& i : must(read.identities(account))) {
      line("  identity", i.issuer, i.subject, i.label, i.created.micros);
      line("  whose", must(read.identity(i.issuer, i.subject))->account.value);
    }
  }

  void approval(const KeyApproval& k) {
    line("approval", static_cast<int>(k.role), k.key, k.account, k.expires.micros, k.signer, k.signature);
  }

  void directory(db::ReadStore& read) {
    for (const KeyApproval& k : must(read.keyApprovals(""))) approval(k);
    for (const db::KeyRequest& r : must(read.keyRequests()))
      line("key request", r.account.value, r.accountName, r.key, r.created.micros);
    for (const Invitation& i : must(read.invitations(kAll)))
      line("invitation", i.secretHash.hex(), i.label, static_cast<int>(i.roles.bits), i.usesLeft, i.madeBy.value,
           i.created.micros, i.expires.micros);
    for (const db::AppVersion& v : must(read.appVersions())) {
      line("app version", v.name, v.version, v.package.hex(), v.signature.signer, v.signature.signature,
           v.created.micros, must(read.appVersion(v.name, ""))->version);
      for (const KeyApproval& k : v.signature.approvals) approval(k);
    }
    for (const Draft& d : must(read.draftsUntouchedSince(Instant::farFuture(), kAll))) {
      line("draft", d.id, d.owner.value, d.name, d.manifest, d.trial.value, d.batch.value, d.created.micros,
           d.changed.micros);
      for (const FileRef& f : must(read.draftFiles(d.id, "", kAll)))
        line("  file", f.path, f.digest.hex(), f.size, f.executable);
    }
    for (const UploadRecord& u : must(read.uploadsBefore(Instant::farFuture(), kAll)))
      line("upload", u.id, u.owner.value, u.size, u.metadata, u.draft, u.path, u.complete, u.digest.hex(),
           u.created.micros);
    for (std::uint64_t account = 1; account <= kAccountsShown; ++account) {
      const Contribution sum = must(read.contribution({account}));
      line("contribution", account, sum.tasks, sum.processorTime.micros, must(read.listed({account})));
    }
    for (const Leader& l : must(read.leaders(kAll))) line("leader", l.name, l.tasks, l.processorTime.micros);
    for (const db::BatchRecord& b : must(read.untallied(kAll))) line("untallied", b.batch.value);
    for (const db::AuditEntry& e : must(read.audit(0, kAll)))
      line("audit", e.number, e.entry.at.micros, e.entry.actor.value, e.entry.action, e.entry.subject, e.entry.detail);
  }

  void secrets(db::ReadStore& read, const Digest& digest, std::uint64_t seed) {
    if (const std::optional<Invitation> i = must(read.invitation(digest))) line("invited", seed, i->usesLeft);
    if (const std::optional<PasswordLink> l = must(read.passwordLink(digest)))
      line("password link", seed, l->account.value, l->expires.micros);
    if (const std::optional<AccessToken> t = must(read.accessToken(digest)))
      line("token", seed, static_cast<int>(t->kind), t->account.value, t->label, t->created.micros, t->expires.micros);
  }

  std::ostringstream m_out;
};

inline std::string textOf(db::Store& store, db::ReadStore& read) { return StoreText::of(store, read); }

}  // namespace hearth::tests
