// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "server/runtime/runtime.h"
#include "server/runtime/writer.h"

namespace hearth::server {

/// An event with the callback that waits for its reply.
struct Posted {
  std::shared_ptr<core::Event> event;
  std::function<void(ReplyBody)> done;
};
/// A directory change with its callback.
struct DirectoryCommit {
  db::Unit unit;
  std::function<void(Result<db::Outcome>)> done;
};
using Item = std::variant<Posted, DirectoryCommit>;
using Look = std::function<void(const core::Dispatcher&)>;

/// What an item holds in memory, roughly: the inbox is bounded by it.
std::size_t bytesOf(const Item& item);

/// What waits for the Dispatcher's thread, bounded by number and bytes. Any thread puts, one thread takes.
class Inbox {
 public:
  Inbox(std::size_t items, std::size_t bytes) : m_itemLimit(items), m_byteLimit(bytes) {}

  /// The reason when it is refused; the item is moved from only when it is accepted.
  std::optional<Error> put(Item&& item);
  /// False once finish() was called. Looks are not bounded here: they are small, and there are no more than open
  /// connections.
  bool look(Look&& look);
  void report(Writer::Report report);

  /// Refuse further items with this error; nothing: accept them again.
  void refuse(std::optional<Error> why);
  /// Why items are refused while the store is in trouble.
  std::optional<Error> refusal() const;
  /// No further items, for good; the taker is told.
  void close();
  /// No further looks either; returns those that came before.
  std::vector<Look> finish();
  std::size_t waiting() const;

  struct Taken {
    std::vector<Item> items;
    std::vector<Look> looks;
    std::optional<Writer::Report> report;
    bool closed = false;
  };
  /// What is worth waking the taker for.
  struct Wanted {
    bool items = true;       ///< else they are left where they are
    std::size_t atOnce = 1;  ///< fewer items than so many do not wake it: it takes them with what does
    std::chrono::steady_clock::time_point until;
  };
  /// Waits until there is something that is wanted or `until` has passed.
  Taken take(const Wanted& wanted);

 private:
  const std::size_t m_itemLimit;
  const std::size_t m_byteLimit;
  mutable std::mutex m_mutex;  ///< guards all below
  std::condition_variable m_wake;
  std::vector<Item> m_items;
  std::size_t m_wakeAt = 0;  ///< items; 0: the taker is not waiting for any
  std::size_t m_bytes = 0;
  std::vector<Look> m_looks;
  std::optional<Writer::Report> m_report;
  std::optional<Error> m_refusal;
  bool m_closed = false, m_closeTold = false, m_finished = false;
};

}  // namespace hearth::server
