// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/work_queue.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;
using namespace hearth::core;

namespace {

/// The same rules by looking at every batch.
class Reference {
 public:
  struct Batch {
    AccountId account;
    std::int32_t priority = 0;
    Requirements requirements;
    FairShare share;
    bool offered = false;
    Scope scope = {};
  };
  std::set<AccountId> held;
  std::map<BatchId, Batch> batches;
  std::map<AccountId, FairShare> accounts;

  bool anyOffered(AccountId account) const {
    return std::any_of(batches.begin(), batches.end(),
                       [&](const auto& b) { return b.second.offered && b.second.account == account; });
  }
  void offer(BatchId id) {
    Batch& batch = batches.at(id);
    if (!anyOffered(batch.account)) accounts[batch.account].joining = true;
    batch.offered = true;
    batch.share.joining = true;
  }
  void charge(BatchId id, double cost) {
    Batch& batch = batches.at(id);
    accounts.at(batch.account).charge(cost);
    batch.share.charge(cost);
  }

  std::optional<BatchId> next(const Offer& offer, const std::set<BatchId>& passed) {
    std::map<AccountId, std::vector<BatchId>> able;
    for (const auto& [id, batch] : batches) {
      const bool place = offer.homeOnly ? batch.scope.isHome(offer.home.group) : batch.scope.has(offer.home);
      if (!batch.offered || held.contains(batch.account) || passed.contains(id) || !place) continue;
      if (canRun(offer, batch.requirements)) able[batch.account].push_back(id);
    }
    if (able.empty()) return std::nullopt;
    std::vector<FairShare*> shares;
    for (const auto& [id, own] : able) shares.push_back(&accounts.at(id));
    settle(shares);
    const AccountId from =
        std::min_element(able.begin(), able.end(), [&](const auto& a, const auto& b) {
          return std::pair(accounts.at(a.first).start, a.first) < std::pair(accounts.at(b.first).start, b.first);
        })->first;

    std::int32_t priority = INT32_MIN;
    for (const BatchId id : able.at(from)) priority = std::max(priority, batches.at(id).priority);
    std::erase_if(able.at(from), [&](BatchId id) { return batches.at(id).priority != priority; });
    shares.clear();
    for (const BatchId id : able.at(from)) shares.push_back(&batches.at(id).share);
    settle(shares);
    return *std::min_element(able.at(from).begin(), able.at(from).end(), [&](BatchId a, BatchId b) {
      return std::pair(batches.at(a).share.start, a) < std::pair(batches.at(b).share.start, b);
    });
  }

 private:
  static void settle(const std::vector<FairShare*>& shares) {
    std::optional<double> there;
    for (const FairShare* share : shares) {
      if (!share->joining && (!there || share->start < *there)) there = share->start;
    }
    for (FairShare* share : shares) {
      if (share->joining) share->join(there.value_or(0));
    }
  }
};

/// A queue and the reference, taken through the same random life.
class Pair {
 public:
  explicit Pair(std::uint64_t seed) : m_random(seed) {
    for (std::uint64_t id = 1; id <= 4; ++id) {
      const std::uint32_t weight = 1 + m_random.below(3);
      m_queue.setWeight(AccountId{id}, weight);
      m_reference.accounts[AccountId{id}].weight = weight;
    }
  }

  void change() {
    const std::uint32_t what = m_random.below(10);
    if (what < 2 || m_batches.size() < 3) return add();
    if (what == 9) return holdOrLetGo();
    QueuedBatch& batch =
        *std::next(m_batches.begin(), m_random.below(static_cast<std::uint32_t>(m_batches.size())))->second;
    if (what < 4 && m_batches.size() > 12) {
      m_queue.remove(batch);
      m_reference.batches.erase(batch.batch);
      m_batches.erase(batch.batch);
    } else if (what == 8) {
      const Scope scope = randomScope();
      Reference::Batch& twin = m_reference.batches.at(batch.batch);
      if (scope == twin.scope) return;
      twin.scope = scope;
      m_queue.move(batch, twin.requirements, scope);
      if (!std::exchange(twin.offered, false)) return;
      m_reference.offer(batch.batch);
    } else if (batch.offered) {
      m_queue.withdraw(batch);
      m_reference.batches.at(batch.batch).offered = false;
    } else {
      m_queue.offer(batch);
      m_reference.offer(batch.batch);
    }
  }

  /// One request: some attempts are handed out, some batches have nothing for the host. False where the two differ.
  bool request() {
    const HostDescription host = randomHost();
    Offer offer(host,
                {1, 1 + m_random.below(8), std::uint64_t{1 + m_random.below(4)} << 30, 1ULL << 40, m_random.below(3)},
                randomHome());
    offer.homeOnly = offer.home.group && m_random.below(2) == 0;
    WorkQueue::Search search(m_queue, offer);
    std::set<BatchId> passed;
    for (std::uint32_t asks = m_random.below(6); asks > 0; --asks) {
      QueuedBatch* found = search.next();
      const std::optional<BatchId> expected = m_reference.next(offer, passed);
      if ((found == nullptr ? std::nullopt : std::optional(found->batch)) != expected) return false;
      if (found == nullptr) return true;
      ++served;
      if (m_random.below(4) == 0) {
        search.pass(*found);
        passed.insert(found->batch);
      } else {
        const double cost = 1 + m_random.below(3);
        m_queue.charge(*found, cost);
        m_reference.charge(found->batch, cost);
      }
    }
    return true;
  }
  std::uint64_t served = 0;

 private:
  /// Of three groups the first takes guests.
  Home randomHome() {
    const std::uint32_t group = m_random.below(8);
    if (group == 0 || group > 3) return {};
    return {GroupId{group}, group == 1};
  }
  Scope randomScope() {
    Scope scope{m_random.below(4) != 0, {}};
    for (std::uint64_t group = 1; group <= 3; ++group) {
      if (m_random.below(4) == 0) scope.groups.push_back({group});
    }
    return scope;
  }
  void holdOrLetGo() {
    const AccountId account{1 + m_random.below(4)};
    const bool held = m_random.below(4) == 0;
    if (held) {
      m_reference.held.insert(account);
    } else {
      m_reference.held.erase(account);
    }
    m_queue.hold(account, held);
  }
  HostDescription randomHost() {
    HostDescription host;
    host.platform = m_random.below(5) == 0 ? "linux-arm64" : "linux-x86_64";
    host.processors = 1 + m_random.below(8);
    host.memoryBytes = std::uint64_t{1 + m_random.below(4)} << 30;
    host.diskBytes = 1ULL << 40;
    host.sandbox = static_cast<SandboxTier>(m_random.below(5));
    host.runtimes.bits = m_random.below(8);
    for (std::uint32_t left = m_random.below(3); left > 0; --left) {
      host.gpus.push_back({"", {static_cast<DeviceApi>(m_random.below(kDeviceApis))}, 0});
    }
    return host;
  }
  void add() {
    const BatchId id{++m_last};
    auto batch = std::make_unique<QueuedBatch>();
    batch->batch = id;
    batch->account = AccountId{1 + m_random.below(4)};
    batch->priority = static_cast<std::int32_t>(m_random.below(2));
    batch->share.weight = 1 + m_random.below(3);
    Requirements needs;
    needs.platform = m_random.below(5) == 0 ? "linux-arm64" : "linux-x86_64";
    needs.processors = 1 + m_random.below(4);
    needs.memoryBytes = std::uint64_t{1 + m_random.below(3)} << 30;
    needs.sandbox = static_cast<SandboxTier>(1 + m_random.below(4));
    needs.runtime = static_cast<Runtime>(m_random.below(3));
    if (needs.runtime == Runtime::kWasm) needs.platform = kAnyPlatform;
    if (m_random.below(4) == 0) {
      needs.gpus = 1 + m_random.below(2);
      needs.gpuApi = static_cast<DeviceApi>(m_random.below(kDeviceApis));
    }
    const Scope scope = randomScope();
    m_queue.add(*batch, needs, scope);
    m_reference.batches[id] = {batch->account, batch->priority, needs, batch->share, false, scope};
    m_batches.emplace(id, std::move(batch));
  }

  RandomStream m_random;
  WorkQueue m_queue;
  Reference m_reference;
  std::map<BatchId, std::unique_ptr<QueuedBatch>> m_batches;
  std::uint64_t m_last = 0;
};

struct Bag {
  explicit Bag(WorkQueue& queue, std::uint64_t id, std::uint64_t account, std::uint32_t weight = 1,
               Requirements needs = {}) {
    batch.batch = BatchId{id};
    batch.account = AccountId{account};
    batch.share.weight = weight;
    queue.add(batch, needs);
    queue.offer(batch);
  }
  QueuedBatch batch;
};

const HostDescription kHost{"h", "linux-x86_64", "", "", 8, 16ULL << 30, 1ULL << 40, SandboxTier::kCgroup};
const Offer kOffer(kHost, {1, 8, 16ULL << 30, 1ULL << 40});

std::map<BatchId, int> serve(WorkQueue& queue, int attempts) {
  std::map<BatchId, int> got;
  for (int i = 0; i < attempts; ++i) {
    WorkQueue::Search search(queue, kOffer);
    QueuedBatch* next = search.next();
    REQUIRE(next != nullptr);
    queue.charge(*next, 1);
    ++got[next->batch];
  }
  return got;
}

}  // namespace

TEST_CASE("the next batch is the one that a look at every batch would choose, in 100,000 random states") {
  std::uint64_t states = 0, served = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Pair pair(seed);
    for (int i = 0; i < 1'000; ++i, ++states) {
      pair.change();
      if (!pair.request()) FAIL("another batch than the reference chooses: seed " << seed << ", state " << i);
    }
    served += pair.served;
  }
  CHECK(states == 100'000);
  CHECK(served > 30'000);
}

TEST_CASE("accounts share by weight, whatever number of batches each has") {
  WorkQueue queue;
  queue.setWeight(AccountId{1}, 3);
  Bag one(queue, 1, 1), two(queue, 2, 2), three(queue, 3, 2), four(queue, 4, 2);
  auto got = serve(queue, 4'000);
  CHECK(got[BatchId{1}] == 3'000);
  CHECK(got[BatchId{2}] + got[BatchId{3}] + got[BatchId{4}] == 1'000);
  CHECK(std::abs(got[BatchId{2}] - got[BatchId{3}]) <= 1);
  CHECK(std::abs(got[BatchId{2}] - got[BatchId{4}]) <= 1);
}

TEST_CASE("who comes later starts level with the others and is owed nothing for the time before") {
  WorkQueue queue;
  Bag early(queue, 1, 1);
  serve(queue, 1'000);
  Bag late(queue, 2, 2);
  auto got = serve(queue, 100);
  CHECK(got[BatchId{1}] == 50);
  CHECK(got[BatchId{2}] == 50);
}

TEST_CASE("a batch of higher priority goes first among those of its owner and takes nothing from others") {
  WorkQueue queue;
  QueuedBatch urgent;
  urgent.batch = BatchId{9};
  urgent.account = AccountId{1};
  urgent.priority = 5;
  queue.add(urgent, {});
  Bag usual(queue, 1, 1), other(queue, 2, 2);
  queue.offer(urgent);
  auto got = serve(queue, 100);
  CHECK(got[BatchId{9}] == 50);
  CHECK(got[BatchId{1}] == 0);
  CHECK(got[BatchId{2}] == 50);
}

TEST_CASE("more profiles of hosts than are kept change nothing but the cost") {
  WorkQueue queue;
  std::vector<std::unique_ptr<Bag>> bags;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    Requirements needs;
    needs.memoryBytes = i << 20;
    bags.push_back(std::make_unique<Bag>(queue, i, i, 1, needs));
  }
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 1; i <= 100; ++i) {
      HostDescription host = kHost;
      host.memoryBytes = i << 20;
      WorkQueue::Search search(queue, Offer(host, {1, 8, 1ULL << 40, 1ULL << 40}));
      std::size_t found = 0;
      for (QueuedBatch* next = search.next(); next != nullptr; next = search.next(), ++found) search.pass(*next);
      REQUIRE(found == i);
    }
  }
}
