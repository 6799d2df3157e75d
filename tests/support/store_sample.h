// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/change.h"

/// Made-up rows for the tests of the stores.
namespace hearth::tests {

inline Digest digestOf(std::uint64_t seed) {
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i)
    digest.bytes[i] = static_cast<std::uint8_t>((seed + 1) * 0x9E3779B97F4A7C15ULL >> (i % 8) * 8 ^ i);
  return digest;
}

inline BatchInsert sampleBatch(std::uint64_t id, std::uint64_t owner, std::uint64_t tasks, std::string key = {}) {
  BatchInsert batch;
  batch.batch = {id};
  batch.plan.owner = {owner};
  batch.plan.name = "batch " + std::to_string(id);
  batch.plan.tasks = tasks;
  batch.plan.requirements.processors = 2;
  batch.plan.requirements.memoryBytes = 3ULL << 30;
  batch.plan.requirements.diskBytes = 4ULL << 30;
  batch.plan.requirements.sandbox = SandboxTier::kCgroup;
  batch.plan.policy = {2, 5, Duration::hours(7), 11, 13, -3};
  batch.created = {1'700'000'000'000'000 + static_cast<std::int64_t>(id)};
  batch.spec = "{\"name\":\"batch " + std::to_string(id) + "\"}";
  batch.idempotencyKey = std::move(key);
  batch.blobs = {digestOf(id), digestOf(id + 1)};
  return batch;
}

inline BatchProgress progressOf(std::uint64_t batch, BatchState state, std::uint64_t cursor = 0) {
  BatchProgress progress;
  progress.batch = {batch};
  progress.state = state;
  progress.cursor = cursor;
  if (state == BatchState::kDone || state == BatchState::kCancelled) progress.ended = {1'700'000'100'000'000};
  return progress;
}

inline Lease leaseOf(std::uint64_t attempt, std::uint64_t batch, TaskIndex index, std::uint32_t revision = 0) {
  return {{attempt}, {{batch}, index}, revision, {attempt % 5 + 1}, {1'700'000'000'000'000}};
}

inline AttemptRecord recordOf(const Lease& lease, AttemptState state) {
  AttemptRecord record;
  record.lease = lease;
  record.state = state;
  record.ended = lease.leased + Duration::seconds(3);
  record.report.usage = {Duration::seconds(3), Duration::milliseconds(2900), 123'456'789};
  record.report.outputs = {{"out/result.txt", digestOf(lease.attempt.value), 77, false}};
  record.report.standardOutput = digestOf(lease.attempt.value + 1);
  return record;
}

inline TaskPut taskOf(std::uint64_t batch, TaskIndex index, TaskState state, std::uint64_t canonical = 0,
                      std::uint32_t revision = 0) {
  TaskPut put;
  put.task = {{batch}, index};
  put.state = state;
  put.revision = revision;
  put.canonical = {canonical};
  if (state == TaskState::kFailed) {
    put.failures = 4;
    put.reason = "exit code 1 on 4 hosts";
  }
  return put;
}

inline Host sampleHost(std::uint64_t id, std::uint64_t account) {
  Host host;
  host.id = {id};
  host.account = {account};
  host.key = digestOf(1000 + id);
  host.description = {
      "host " + std::to_string(id), "linux-x86_64", "a processor", "0.1.0", 8, 16ULL << 30, 200ULL << 30,
      SandboxTier::kNamespaces};
  host.enrolled = {1'700'000'000'000'000};
  return host;
}

inline KeyApproval sampleApproval(KeyApproval::Role role, const std::string& account, const std::string& key) {
  return {role, key, account, {1'800'000'000'000'000}, "root key", "signature of " + key};
}

inline AppVersionInsert sampleVersion(const std::string& name, const std::string& version, std::int64_t created) {
  AppVersionInsert insert{name, version, digestOf(static_cast<std::uint64_t>(created)), {}, {1}, {created}};
  insert.signature = {
      "release key", "signature of " + version, {sampleApproval(KeyApproval::Role::kRelease, "", "release key")}};
  return insert;
}

/// A project with something of every kind. What the fixtures of past schema versions hold: never changed, only followed
/// by another.
inline Changes firstSample() {
  JoinToken token{digestOf(31), {1}, 2, {1'800'000'000'000'000}};
  Host revoked = sampleHost(2, 2);
  revoked.revoked = true;
  BatchProgress running = progressOf(1, BatchState::kRunning, 6);
  running.certified = 2;
  running.failed = 1;
  BatchProgress paused = progressOf(2, BatchState::kPaused, 1);
  paused.reason = "stopped after 13 failed tasks; it's \"wrong\"";
  AttemptRecord killed = recordOf(leaseOf(3, 1, 2), AttemptState::kError);
  killed.report = {ExitKind::kSignal, -9, "killed by signal 9", {}, {}, {}, digestOf(99)};
  return {
      AccountInsert{{{}, "ada", RoleSet{}.with(Role::kAdmin).with(Role::kScientist), {1'700'000'000'000'000}}},
      AccountInsert{{{}, "grace", RoleSet{}.with(Role::kVolunteer), {1'700'000'000'000'001}}},
      AccessTokenInsert{{digestOf(21), {}, "laptop", {5}, {1'800'000'000'000'000}}, "ada"},
      HostPut{sampleHost(1, 1)},
      HostPut{revoked},
      JoinTokenPut{token},
      CountersPut{65, 66, 4097},
      sampleBatch(1, 1, 10, "first"),
      sampleBatch(2, 1, 1'000'000'000),
      sampleBatch(3, 2, 1),
      running,
      paused,
      progressOf(3, BatchState::kCancelled),
      LeaseInsert{leaseOf(1, 1, 0)},
      LeaseInsert{leaseOf(2, 1, 1)},
      LeaseInsert{leaseOf(3, 1, 2)},
      LeaseInsert{leaseOf(4, 1, 3)},
      LeaseInsert{leaseOf(5, 2, 0)},
      AttemptEnd{recordOf(leaseOf(1, 1, 0), AttemptState::kValid)},
      AttemptEnd{recordOf(leaseOf(2, 1, 1), AttemptState::kValid)},
      AttemptEnd{killed},
      AttemptEnd{{leaseOf(4, 1, 3), AttemptState::kExpired, {1'700'000'050'000'000}, {}}},
      taskOf(1, 0, TaskState::kCertified, 1),
      taskOf(1, 1, TaskState::kCertified, 2),
      taskOf(1, 2, TaskState::kFailed),
      taskOf(1, 3, TaskState::kActive),
      DataPut{{1}, digestOf(1), 4096, {7}},
      KeyApprovalPut{sampleApproval(KeyApproval::Role::kRelease, "", "release key")},
      KeyApprovalPut{sampleApproval(KeyApproval::Role::kAccount, "ada", "ada's key")},
      KeyRequestPut{{1}, "ada's key", {8}},
      KeyRequestPut{{2}, "grace's key", {9}},
      sampleVersion("ecm", "1.0", 10),
      sampleVersion("ecm", "2.0", 20),
      AuditAppend{{11}, {1}, "host.revoke", "host 2", "lied"},
  };
}

}  // namespace hearth::tests
