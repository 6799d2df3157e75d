// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include <sched.h>

namespace hearth::sandbox {

/// Spreads tasks over the processors that the agent may use, where no control group counts their time: each gets as
/// many as it asked for, those first that the fewest others have. Thread-safe.
class ProcessorShare {
 public:
  ProcessorShare();
  /// Nothing when the task may have them all.
  std::optional<cpu_set_t> take(std::uint32_t count);
  void giveBack(const cpu_set_t& processors);

 private:
  std::mutex m_mutex;  // guards m_users
  std::vector<int> m_processors;
  std::vector<unsigned> m_users;  ///< of each, in the order of m_processors
};

}  // namespace hearth::sandbox
