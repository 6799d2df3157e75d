// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace hearth {

/// A number that names one thing of one kind; the kinds do not mix. 0 names nothing. Numbers are given out in order
/// and never reused.
template <typename Kind>
struct Id {
  std::uint64_t value = 0;

  constexpr explicit operator bool() const { return value != 0; }
  constexpr auto operator<=>(const Id&) const = default;
};

using AccountId = Id<struct AccountKind>;
using BatchId = Id<struct BatchKind>;
using HostId = Id<struct HostKind>;
using AttemptId = Id<struct AttemptKind>;
using GroupId = Id<struct GroupKind>;

/// The position of a task in its batch, from 0.
using TaskIndex = std::uint64_t;

/// A task is identified by its batch and its index in it.
struct TaskId {
  BatchId batch;
  TaskIndex index = 0;
  constexpr auto operator<=>(const TaskId&) const = default;
};

}  // namespace hearth

template <typename Kind>
struct std::hash<hearth::Id<Kind>> {
  std::size_t operator()(hearth::Id<Kind> id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
template <>
struct std::hash<hearth::TaskId> {
  std::size_t operator()(const hearth::TaskId& task) const noexcept {
    return std::hash<std::uint64_t>{}(task.batch.value * 0x9E3779B97F4A7C15ULL ^ task.index);
  }
};
