// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"
#include "core/actions.h"
#include "core/dispatcher.h"
#include "core/event.h"
#include "db/store.h"

namespace hearth::server {

using ReplyBody = decltype(core::Reply::body);

/// The one thread that owns the Dispatcher, and the writer thread beside it (DESIGN §4, "Runtime"). Any thread may call
/// the members; callbacks come on a thread of the runtime and must not block; a refusal (overload, trouble, shutting
/// down) may come on the caller's thread before post or commit returns. Nothing is called back as done before it is
/// durable.
class Runtime {
 public:
  struct Options {
    core::DispatcherOptions dispatcher;
    std::size_t inbox = 65'536;                   ///< events waiting; further ones are refused as unavailable
    std::size_t inboxBytes = 256 * limits::kMiB;  ///< what they may hold together
    Duration probeEvery = Duration::seconds(1);   ///< how often a store that failed is tried again
    /// Asked before a store that failed is tried again: an error is why it is not yet. A small write may find room on
    /// a disk that is full for every larger one. Empty: it is tried.
    std::function<Result<void>()> mayTryAgain;
    std::function<Instant()> clock;
  };
  /// Restores the Dispatcher from the store. `store` is used by the runtime alone from now on.
  static Result<std::unique_ptr<Runtime>> start(Options options, std::shared_ptr<db::Store> store);
  virtual ~Runtime() = default;

  /// Hands an event to the Dispatcher; `done` gets its reply, or an error if it could not be made durable. The event is
  /// the runtime's from here until `done` is called, and is not moved from: a caller who keeps it with what waits for
  /// the reply frees it on its own thread, whose allocator need not be locked for it.
  virtual void post(std::shared_ptr<core::Event> event, std::function<void(ReplyBody)> done) = 0;
  void post(decltype(core::Event::what) what, std::function<void(ReplyBody)> done) {
    post(std::make_shared<core::Event>(core::Event{0, std::move(what)}), std::move(done));
  }

  /// Keeps directory changes: one unit, in the next round.
  virtual void commit(db::Unit unit, std::function<void(Result<db::Outcome>)> done) = 0;

  /// Looks at the Dispatcher on its own thread; `look` must be short and change nothing. It may see what is not durable
  /// yet, and, while the store cannot be read, what was true before. Always called.
  virtual void query(std::function<void(const core::Dispatcher&)> look) = 0;

  /// Called on the runtime's thread for each changed batch after its commit. Set once, before traffic.
  virtual void onNotice(std::function<void(const core::BatchNotice&)> listener) = 0;

  /// Nothing when all is well; else why the store cannot be written (disk full, I/O): for /readyz.
  virtual std::optional<Error> trouble() const = 0;

  /// Figures since start, for /metrics.
  struct Stats {
    std::uint64_t events = 0, refused = 0, rounds = 0, failedRounds = 0;
    std::uint64_t waiting = 0;  ///< in the inbox now
  };
  virtual Stats stats() const = 0;

  /// Handles what is queued, commits, stops. Later calls are refused. Not to be called from a callback.
  virtual void drain() = 0;
};

}  // namespace hearth::server
