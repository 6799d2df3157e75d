// SPDX-License-Identifier: GPL-3.0-or-later
// What it costs to find the task for a host that asks: with 100,000 open batches in 2,000 requirement classes and a
// million tasks that wait for another attempt, against 100 batches and ten thousand; and beside it a scan of 100,000
// slots, as schedulers with a cache of jobs do it.
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "bench/served_project.h"
#include "core/dispatcher.h"

namespace hearth::bench {
namespace {

constexpr std::uint64_t kTasksOfABatch = 1'000'000;
constexpr std::uint64_t kWaitingOfABatch[] = {100, 10};  // small, large
constexpr std::uint64_t kAccounts = 100;
constexpr int kHosts = 256;
constexpr int kWarmUp = 4'000;  // batches that were just offered find their place among the others, once each
constexpr int kRequests = 5'000;

double processorSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Class n of many: 10 numbers of processors, 20 sizes of memory, 10 of disk.
Requirements requirementsOf(std::uint64_t n) {
  Requirements needs;
  needs.processors = static_cast<std::uint32_t>(1 + n % 10);
  needs.memoryBytes = (1 + n / 10 % 20) << 28;
  needs.diskBytes = (1 + n / 200 % 10) << 30;
  return needs;
}

Digest keyOf(std::uint64_t n) {
  Digest key;
  for (std::size_t i = 0; i < 8; ++i) key.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return key;
}

HostDescription hostOf(std::uint64_t n) {
  RandomStream random(n % 16);  // machines come in kinds
  HostDescription host{"host", "linux-x86_64", "", "", 2 + 2 * random.below(8), 0, 0, SandboxTier::kCgroup, 4'000};
  host.memoryBytes = std::uint64_t{1 + random.below(8)} << 30;
  host.diskBytes = std::uint64_t{5 + random.below(100)} << 30;
  return host;
}

/// A project as it is read at start, with tasks that one host failed and another is wanted for.
Snapshot projectOf(std::uint64_t batches, std::uint64_t classes, std::uint64_t waiting) {
  Snapshot snapshot;
  snapshot.counters = {batches + 1, kHosts + 1, batches * waiting + 1};
  for (std::uint64_t n = 1; n <= kHosts; ++n)
    snapshot.hosts.push_back({HostId{n}, AccountId{1}, keyOf(n), hostOf(n), Instant{1}, false});
  std::uint64_t attempt = 0;
  for (std::uint64_t n = 1; n <= batches; ++n) {
    Snapshot::Batch batch;
    batch.batch = BatchId{n};
    batch.plan.owner = AccountId{1 + n % kAccounts};
    batch.plan.tasks = kTasksOfABatch;
    batch.plan.requirements = requirementsOf(n % classes);
    batch.progress = {BatchId{n}, BatchState::kRunning, {}, waiting, 0, 0, {}};
    for (TaskIndex index = 0; index < waiting; ++index) {
      const Lease lease{AttemptId{++attempt}, {BatchId{n}, index}, 0, HostId{kHosts}, Instant{1}};
      AttemptRecord record{lease, AttemptState::kError, Instant{2}, {}};
      record.report.exit = ExitKind::kHostFailed;
      snapshot.tasks.push_back({{lease.task, TaskState::kActive, 0, 1, {}, {}}, {record}});
    }
    snapshot.batches.push_back(std::move(batch));
  }
  return snapshot;
}

struct Cost {
  double microsARequest = 0;
  std::uint64_t waiting = 0, classes = 0;
};

Cost measure(std::uint64_t batches, std::uint64_t classes, std::uint64_t waiting) {
  Instant now = Instant::ofUnixSeconds(1'700'000'000);
  core::Dispatcher dispatcher({}, projectOf(batches, classes, waiting), now);
  const core::DispatcherStats stats = dispatcher.stats();
  std::vector<std::optional<Lease>> held(kHosts + 1);  // each host returns what the last request gave it
  const auto request = [&](std::uint64_t n) {
    core::SyncHost sync{HostId{n}, keyOf(n), {}, {}};
    const HostDescription about = hostOf(n);
    sync.request.free = {1, about.processors, about.memoryBytes, about.diskBytes};
    if (const std::optional<Lease>& lease = held[n]) {
      sync.request.results.push_back({lease->attempt, lease->task, lease->revision, {}});
      sync.missing.emplace_back();
    }
    now = now + Duration::milliseconds(1);
    const core::Actions actions = dispatcher.handle({1, std::move(sync)}, now);
    const auto& outcome = std::get<core::SyncOutcome>(*actions.replies.at(0).body);
    HEARTH_CHECK(outcome.assigned.size() == 1, "there is work for every host");
    held[n] = outcome.assigned.front().lease;
  };
  for (int i = 0; i < kWarmUp; ++i) request(1 + static_cast<std::uint64_t>(i) % (kHosts - 1));
  const double begin = processorSeconds();
  for (int i = 0; i < kRequests; ++i) request(1 + static_cast<std::uint64_t>(i) % (kHosts - 1));
  return {(processorSeconds() - begin) / kRequests * 1e6, stats.tasksWaitingAgain, stats.requirementClasses};
}

/// One request by looking at every slot: what does it need, how well does it suit, which is the best.
double scanMicros(std::size_t slots) {
  struct Slot {
    Requirements needs;
    std::int32_t priority = 0;
    double start = 0;
  };
  std::vector<Slot> cache(slots);
  RandomStream random(1);
  for (Slot& slot : cache) slot = {requirementsOf(random.next() % 2'000), 0, random.unit()};
  constexpr int kScans = 200;
  std::size_t chosen = 0;
  const double begin = processorSeconds();
  for (int scan = 0; scan < kScans; ++scan) {
    const HostDescription host = hostOf(static_cast<std::uint64_t>(scan));
    std::size_t best = slots;
    for (std::size_t i = 0; i < slots; ++i) {
      const Slot& slot = cache[i];
      if (host.platform != slot.needs.platform || host.sandbox < slot.needs.sandbox ||
          host.processors < slot.needs.processors || host.memoryBytes < slot.needs.memoryBytes ||
          host.diskBytes < slot.needs.diskBytes)
        continue;
      if (best == slots || slot.priority > cache[best].priority ||
          (slot.priority == cache[best].priority && slot.start < cache[best].start))
        best = i;
    }
    chosen += best;
    cache[best % slots].start += 1;
  }
  const double micros = (processorSeconds() - begin) / kScans * 1e6;
  HEARTH_CHECK(chosen > 0, "the scans found something");
  return micros;
}

void run() {
  const Cost small = measure(100, 2'000, kWaitingOfABatch[0]);
  const Cost large = measure(100'000, 2'000, kWaitingOfABatch[1]);
  const double scan = scanMicros(100'000);
  printFigure(
      "match_scale", large.microsARequest / small.microsARequest, "x", 2,
      large.microsARequest / small.microsARequest / 2,
      {{"us a request, large", std::to_string(large.microsARequest)},
       {"us a request, small", std::to_string(small.microsARequest)},
       {"large", "100000 batches, " + std::to_string(large.classes) + " requirement classes, " +
                     std::to_string(large.waiting) + " tasks waiting for another attempt"},
       {"small",
        "100 batches, " + std::to_string(small.classes) + " classes, " + std::to_string(small.waiting) + " waiting"},
       {"us a scan of 100000 slots", std::to_string(scan)},
       {"scan against large", std::to_string(scan / large.microsARequest)},
       {"warm-up", "4000 requests"},
       {"hosts",
        "256 of 16 kinds, each request returns one task and takes one; the whole of Dispatcher::handle is counted"},
       {"ceiling", "twice the small one is what was asked for"}});
}

}  // namespace
}  // namespace hearth::bench

int main() {
  hearth::bench::run();
  return 0;
}
