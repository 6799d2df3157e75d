// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/agent.h"
#include "wire/package_json.h"

/// One value of each kind with every member set to something of its own.
namespace hearth::tests {

inline Digest digestOf(std::uint8_t seed) {
  Digest digest;
  digest.bytes.fill(seed);
  return digest;
}

inline HostDescription sampleDescription() {
  return {"attic \"pc\"", "linux-x86_64", "AMD Ryzen 7",        "0.1.0", 8,
          16ULL << 30,    200ULL << 30,   SandboxTier::kCgroup, 4321};
}

inline KeyApproval sampleApproval(KeyApproval::Role role) {
  return {role,
          std::string(64, 'b'),
          role == KeyApproval::Role::kAccount ? "ada" : "",
          Instant::ofUnixSeconds(1'800'000'000),
          std::string(64, 'c'),
          std::string(128, 'd')};
}

inline PackageSignature sampleSignature() {
  return {std::string(64, 'b'),
          std::string(128, 'e'),
          {sampleApproval(KeyApproval::Role::kRelease), sampleApproval(KeyApproval::Role::kAccount)}};
}

inline ResultReport goodReport() {
  ResultReport report;
  report.usage = {Duration::milliseconds(12'345), Duration::milliseconds(12'001), 64ULL << 20};
  report.outputs = {{"factor.txt", digestOf(1), 17, false}, {"logs/run.txt", digestOf(2), 0, false}};
  report.standardOutput = digestOf(3);
  return report;
}

inline ResultReport badReport() {
  ResultReport report;
  report.exit = ExitKind::kSignal;
  report.exitCode = 11;
  report.reason = "the program was ended by signal 11 (segmentation fault)";
  report.standardError = digestOf(4);
  return report;
}

inline wire::SyncRequest sampleSyncRequest() {
  wire::SyncRequest request;
  request.description = sampleDescription();
  request.free = {4, 6, 8ULL << 30, 100ULL << 30};
  request.held = {AttemptId{41}, AttemptId{42}};
  request.results = {{AttemptId{39}, {BatchId{7}, 0}, 0, goodReport()},
                     {AttemptId{40}, {BatchId{7}, 12}, 3, badReport()}};
  return request;
}

inline wire::Job sampleJob() {
  wire::Job job;
  job.batch = BatchId{7};
  job.batchName = "curves";
  job.package = digestOf(5);
  job.packageSize = 4321;
  job.signature = sampleSignature();
  job.command = {"ecm", "-sigma", "{curve}"};
  job.environment = {{"LC_ALL", "C"}, {"A", "{index}"}};
  job.standardInput = "number.txt";
  job.standardOutput = "factor.txt";
  job.exitCodes = {0, 14};
  job.inputs = {{"number.txt", digestOf(6), 80}};
  job.outputs = {{"factor.txt", false}, {"save.txt", true}};
  job.requirements = {"linux-x86_64", 2, 1ULL << 30, 2ULL << 30, SandboxTier::kNamespaces};
  job.limits = {Duration::minutes(20), 16, 1ULL << 20};
  job.application = "ecm@7";
  job.owner = "emmy";
  job.purpose = "To factor numbers";
  return job;
}

inline wire::SyncReply sampleSyncReply() {
  wire::SyncReply reply;
  reply.attempts = {{AttemptId{50},
                     {BatchId{7}, 3},
                     1,
                     Duration::minutes(10),
                     Duration::hours(24),
                     {{"curve", "11"}, {"index", "3"}},
                     {{"q.txt", digestOf(7), 9}}}};
  reply.jobs = {sampleJob()};
  reply.aborts = {{AttemptId{42}, "the batch was cancelled"}};
  reply.acks = {{AttemptId{39}, wire::AckVerdict::kAccepted, "", {}},
                {AttemptId{40}, wire::AckVerdict::kBlobsMissing, "two blobs are missing", {digestOf(8), digestOf(9)}}};
  reply.nextSync = Duration::seconds(30);
  return reply;
}

inline BatchSpec sampleSpec() {
  BatchSpec spec;
  spec.name = "curves";
  spec.purpose = "To factor numbers";
  spec.package = digestOf(5);
  spec.signature = sampleSignature();
  spec.command = {"ecm", "-sigma", "{curve}", "{alpha}", "{kind}"};
  spec.environment = {{"LC_ALL", "C"}};
  spec.standardInput = "number.txt";
  spec.standardOutput = "factor.txt";
  spec.exitCodes = {0, 14};
  spec.sweep.axes = {RangeAxis{"curve", 1, 200, 1, 0}, RangeAxis{"alpha", 0, 100, 50, 2}, ListAxis{"kind", {"a", "b"}}};
  spec.files = {{"numbers/a", digestOf(6), 80, false}, {"numbers/b", digestOf(7), 81, true}};
  spec.inputs = {{"numbers/{kind}", "number.txt"}};
  spec.outputs = {{"factor.txt", false}, {"save.txt", true}};
  spec.requirements = {"linux-x86_64", 2, 1ULL << 30, 2ULL << 30, SandboxTier::kNamespaces};
  spec.limits = {Duration::minutes(20), 16, 1ULL << 20};
  spec.policy = {2, 5, Duration::hours(12), 100, 10, -3, 7, Distinct::kAccounts};
  return spec;
}

inline Package samplePackage() {
  Package package;
  package.name = "gmp-ecm";
  package.version = "7.0.5+ds-1";
  package.programs = {{"ecm", "usr/bin/ecm"}};
  package.files = {{"lib64/ld-linux-x86-64.so.2", digestOf(1), 210'968, true},
                   {"usr/bin/ecm", digestOf(2), 300'000, true}};
  return package;
}

}  // namespace hearth::tests
