// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

/// The three state machines of DESIGN §2. The tables in states.cpp are the only place that says which change is legal;
/// whoever changes a state asks isLegal first.
namespace hearth {

enum class TaskState : std::uint8_t { kPending = 0, kActive = 1, kCertified = 2, kFailed = 3, kCancelled = 4 };
enum class AttemptState : std::uint8_t {
  kLeased = 0,
  kReturned = 1,
  kValid = 2,
  kInvalid = 3,
  kExpired = 4,
  kAborted = 5,
  kError = 6
};
enum class BatchState : std::uint8_t { kOpen = 0, kRunning = 1, kPaused = 2, kDone = 3, kCancelled = 4 };

bool isLegal(TaskState from, TaskState to) noexcept;
bool isLegal(AttemptState from, AttemptState to) noexcept;
bool isLegal(BatchState from, BatchState to) noexcept;

const char* name(TaskState state) noexcept;
const char* name(AttemptState state) noexcept;
const char* name(BatchState state) noexcept;
Result<TaskState> parseTaskState(std::string_view text);
Result<AttemptState> parseAttemptState(std::string_view text);
Result<BatchState> parseBatchState(std::string_view text);

}  // namespace hearth
