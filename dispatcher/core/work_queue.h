// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/chunked_set.h"
#include "core/lazy_heap.h"
#include "core/requirement_classes.h"

namespace hearth::core {

/// One who shares: an account among accounts, or a batch among those of its account. Start-time fair queuing (Goyal,
/// Vin and Cheng, "Start-time fair queueing", SIGCOMM 1996): the start tag S of the next attempt is that of the last
/// one plus l / r, cost by weight, and never below the tag at which it meets a competitor after it had nothing to hand
/// out. Of two flows that both have work which the same hosts can run, |W_f/r_f - W_m/r_m| <= l_f/r_f + l_m/r_m.
struct FairShare {
  double start = 0;
  std::uint32_t weight = 1;
  bool joining = true;  ///< takes the tag of those it meets first, if that is later than its own

  void join(double others);
  void charge(double cost) { start += cost / weight; }
  /// What it is sorted by: who joins is looked at first.
  double key() const;
};

/// Where a batch stands among those of its account: higher priority first, then by fair share, then older first.
struct BatchRank {
  double start = 0;  ///< FairShare::key()
  BatchId batch;
  std::int32_t priority = 0;

  bool operator<(const BatchRank& other) const {
    if (priority != other.priority) return priority > other.priority;
    if (start != other.start) return start < other.start;
    return batch < other.batch;
  }
  bool operator==(const BatchRank&) const = default;
  bool isJoining() const { return start == -std::numeric_limits<double>::infinity(); }
};

struct BatchEntry;

/// A batch as the queue sees it; a part of the Dispatcher's entry for it.
struct QueuedBatch {
  BatchId batch;
  AccountId account;
  ClassIndex requirementClass = 0;
  std::int32_t priority = 0;
  FairShare share;
  std::uint32_t cell = 0;
  bool offered = false;         ///< has something to hand out now
  BatchEntry* entry = nullptr;  ///< whose part it is; nothing to the queue

  BatchRank rank() const { return {share.key(), batch, priority}; }
};

/// The batches that have something to hand out, in the order in which a host that asks is served: first the account
/// that is behind in its fair share, then within it by BatchRank. The looks of a request do not grow with the number of
/// batches or requirement classes: hosts that can run the same classes share a profile, in which the next batch of each
/// account stands on top of a heap (up to kProfiles of them; a rarer one is made anew when it is asked for). Owned by
/// the Dispatcher.
class WorkQueue {
 public:
  /// Accounts get 1 unless they were set.
  void setWeight(AccountId account, std::uint32_t weight);

  /// A batch is known from its start to its end, and offered while it has something to hand out.
  void add(QueuedBatch& batch, const Requirements& requirements, const Scope& scope = {});
  /// From now on it may run elsewhere.
  void move(QueuedBatch& batch, const Requirements& requirements, const Scope& scope);
  /// An account that has all that it may have at once is passed over until it is let go again.
  void hold(AccountId account, bool held);
  void remove(QueuedBatch& batch);
  void offer(QueuedBatch& batch);
  void withdraw(QueuedBatch& batch);
  /// An attempt of the batch was handed out; `cost` in processors.
  void charge(QueuedBatch& batch, double cost);

  std::size_t classes() const { return m_classes.size(); }
  const Scope& scopeOf(const QueuedBatch& batch) const { return m_classes.scopeOf(batch.requirementClass); }
  /// Whether batches have this group as their own.
  bool isHome(GroupId group) const { return m_classes.isHome(group); }
  /// The part of all attempts that this batch would get if every host could run everything that is offered.
  double shareOf(const QueuedBatch& batch) const;
  /// How the account of this batch stands among those that have something to hand out. O(accounts).
  struct Turn {
    std::size_t accounts = 0;
    std::size_t accountsBefore = 0;
  };
  Turn turnOf(const QueuedBatch& batch) const;

  /// One request of one host. Ends with its scope.
  class Search;

 private:
  static constexpr std::size_t kProfiles = 64;

  struct Offered {
    BatchRank rank;
    QueuedBatch* batch = nullptr;
    bool operator<(const Offered& other) const { return rank < other.rank; }
  };
  /// The offered batches of one account in one class.
  struct Cell {
    Offered first;                 ///< of `offered`, beside the rest since it is looked at so often; no batch: none
    std::uint32_t generation = 0;  ///< counts up when the place is used for another cell
    ClassIndex requirementClass = 0;
    AccountId account;
    ChunkedSet<Offered> offered;
    std::uint32_t batches = 0;  ///< known ones
  };
  struct CellName {
    std::uint32_t index = 0, generation = 0;
    auto operator<=>(const CellName&) const = default;
  };
  struct Account {
    FairShare share;
    std::size_t offered = 0;  ///< batches
    double served = 0;        ///< start tag of the batch that was charged last
    bool held = false;
  };
  /// What hosts of one signature can run.
  struct Profile {
    std::vector<bool> eligible;  ///< by class
    LazyHeap<double, AccountId> accounts;
    std::unordered_map<AccountId, LazyHeap<BatchRank, CellName>> cells;
    std::uint64_t lastAsked = 0;
  };

  Profile& profileFor(const Offer& offer);
  void fill(Profile& profile, const Offer& offer);
  void tell(Profile& profile, std::uint32_t cell);
  std::optional<double> keyOf(AccountId account) const;
  std::optional<BatchRank> firstOf(const CellName& cell) const;
  void insert(QueuedBatch& batch);
  void erase(const QueuedBatch& batch);

  RequirementClasses m_classes;
  std::map<AccountId, Account> m_accounts;
  std::vector<Cell> m_cells;
  std::vector<std::uint32_t> m_freeCells;
  std::map<std::pair<ClassIndex, AccountId>, std::uint32_t> m_cellOf;
  std::map<RequirementClasses::Signature, Profile> m_profiles;
  std::uint64_t m_asked = 0;
  std::uint64_t m_offeredWeight = 0;  ///< of the accounts that have something to hand out
  double m_served = 0;                ///< start tag of the account that was charged last
};

/// Walks through the batches that a host can run, best first. After each, either charge it (then the best is looked for
/// anew) or pass it over. Gives up after kLooks that were passed over.
class WorkQueue::Search {
 public:
  static constexpr std::size_t kLooks = 256;

  Search(WorkQueue& queue, const Offer& offer) : m_queue(queue), m_profile(queue.profileFor(offer)) {}
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  /// The best batch; null if there is none.
  QueuedBatch* next();
  /// The batch that is likely to be next; null if there is none. Changes nothing.
  QueuedBatch* likely();
  /// It has nothing for this host: not again in this request.
  void pass(const QueuedBatch& batch);

 private:
  static constexpr std::size_t kJoins = 64;  ///< who joins is settled a bounded number at a time

  const LazyHeap<double, AccountId>::Entry* topAccount();
  std::optional<AccountId> account();
  std::optional<Offered> best(AccountId account);
  std::optional<Offered> firstLeft(const CellName& cell) const;
  void settleBatches(AccountId account, std::int32_t priority);

  WorkQueue& m_queue;
  Profile& m_profile;
  std::size_t m_passed = 0;
  std::unordered_map<std::uint32_t, BatchRank> m_behind;  ///< by cell: all up to this one were passed over
  // Taken out of the heaps for the time of this request
  std::vector<AccountId> m_doneAccounts;
  std::vector<std::pair<AccountId, CellName>> m_openCells;
};

}  // namespace hearth::core
