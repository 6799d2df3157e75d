// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <new>
#include <unordered_map>
#include <utility>

#include <boost/pool/pool.hpp>

#include "base/check.h"
#include "core/task_entry.h"

namespace hearth::core {

/// Memory for the entries of all batches' tasks. What is given back is kept for the next: a general allocator would
/// look at the neighbours of each, which nobody has touched for long. Owned by the Dispatcher; outlives the tables.
class TaskPool {
 public:
  void* take(std::size_t bytes) {
    HEARTH_CHECK(bytes <= kBytes, "the pool is for the nodes of task tables");
    void* memory = m_pool.malloc();
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  void give(void* memory) { m_pool.free(memory); }

 private:
  static constexpr std::size_t kBytes = sizeof(std::pair<void*, std::pair<TaskIndex, TaskEntry>>);
  static constexpr std::size_t kFirst = 32, kMost = 4'096;  ///< entries that are got at once

  boost::pool<> m_pool{kBytes, kFirst, kMost};
};

/// Gives single nodes from the pool and all else, the tables' buckets, from the heap.
template <typename T>
struct TaskAllocator {
  using value_type = T;
  static constexpr bool kIsNode = sizeof(T) > sizeof(void*);

  TaskPool* pool;

  explicit TaskAllocator(TaskPool& from) : pool(&from) {}
  template <typename U>
  TaskAllocator(const TaskAllocator<U>& other) : pool(other.pool) {}

  T* allocate(std::size_t count) {
    if (kIsNode && count == 1) return static_cast<T*>(pool->take(sizeof(T)));
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) {
    if (kIsNode && count == 1) {
      pool->give(memory);
    } else {
      ::operator delete(memory);
    }
  }
  template <typename U>
  bool operator==(const TaskAllocator<U>& other) const {
    return pool == other.pool;
  }
};

using TaskTable = std::unordered_map<TaskIndex, TaskEntry, std::hash<TaskIndex>, std::equal_to<TaskIndex>,
                                     TaskAllocator<std::pair<const TaskIndex, TaskEntry>>>;

}  // namespace hearth::core
