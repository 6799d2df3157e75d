// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/actions.h"
#include "server/http/message.h"
#include "wire/people.h"

namespace hearth::server {

/// Tells people who watch a batch what happens to it: each gets the present state at once, then changes at most every
/// kPause, and `end` when the batch is over. Notices come from the Runtime's thread and only leave a mark; a thread of
/// the hub's own writes. Any thread may call.
class EventHub {
 public:
  static constexpr std::chrono::milliseconds kPause{1000};
  /// The state is repeated so often even without changes, which also finds watchers who have gone.
  static constexpr std::chrono::seconds kRepeat{30};

  explicit EventHub(std::size_t watchersPerAccount);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// The Runtime's news of a batch.
  void notice(const core::BatchNotice& notice);

  /// Live attempts of a batch as last told; 0 when nothing was told since the start.
  std::uint64_t active(BatchId batch) const;

  /// Whether the account may open another stream; kUnavailable when it has too many.
  Result<void> admit(AccountId watcher);
  /// Adds a watcher. `read` gives the state that is sent first.
  void watch(AccountId watcher, BatchId batch, std::shared_ptr<EventStream> stream,
             const std::function<Result<wire::BatchView>()>& read);

  /// Ends all streams; later ones end at once.
  void close();

 private:
  struct Watcher {
    AccountId account;
    std::shared_ptr<EventStream> stream;
  };
  struct Watched {
    wire::BatchView view;
    bool known = false;                       ///< view was read
    std::optional<core::BatchNotice> latest;  ///< came while the view was being read
    bool changed = false;
    std::vector<Watcher> watchers;
  };

  void run();
  /// Sends the state to all watchers of a batch and drops those who are gone. Called with the lock.
  void send(Watched& watched);
  void sendChanges(bool all);
  std::size_t countOf(AccountId account) const;

  const std::size_t m_watchersPerAccount;
  mutable std::mutex m_mutex;  // guards all below
  std::condition_variable m_wake;
  std::map<BatchId, Watched> m_watched;
  std::unordered_map<BatchId, std::uint64_t> m_active;  ///< of open batches: bounded as they are
  bool m_changed = false;
  bool m_closed = false;
  std::thread m_thread;
};

}  // namespace hearth::server
