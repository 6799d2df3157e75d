// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/states.h"

#include <algorithm>
#include <array>

#include "model/names.h"

namespace hearth {
namespace {

template <typename State>
struct Transition {
  State from;
  State to;
};

// pending → active → certified | failed | cancelled; a decided task becomes active again under a new revision.
constexpr std::array<Transition<TaskState>, 7> kTaskTransitions{{
    {TaskState::kPending, TaskState::kActive},
    {TaskState::kPending, TaskState::kCancelled},
    {TaskState::kActive, TaskState::kCertified},
    {TaskState::kActive, TaskState::kFailed},
    {TaskState::kActive, TaskState::kCancelled},
    {TaskState::kCertified, TaskState::kActive},
    {TaskState::kFailed, TaskState::kActive},
}};

// leased → returned → valid | invalid, or expired | aborted | error; a late return revives, re-certification condemns.
constexpr std::array<Transition<AttemptState>, 8> kAttemptTransitions{{
    {AttemptState::kLeased, AttemptState::kReturned},
    {AttemptState::kLeased, AttemptState::kExpired},
    {AttemptState::kLeased, AttemptState::kAborted},
    {AttemptState::kLeased, AttemptState::kError},
    {AttemptState::kReturned, AttemptState::kValid},
    {AttemptState::kReturned, AttemptState::kInvalid},
    {AttemptState::kExpired, AttemptState::kReturned},
    {AttemptState::kValid, AttemptState::kInvalid},
}};

// open → running ⇄ paused → done | cancelled, and back to running with its tasks. A paused batch is done when the
// attempts that were live at the pause decide its last tasks.
constexpr std::array<Transition<BatchState>, 10> kBatchTransitions{{
    {BatchState::kOpen, BatchState::kRunning},
    {BatchState::kOpen, BatchState::kPaused},
    {BatchState::kOpen, BatchState::kCancelled},
    {BatchState::kRunning, BatchState::kPaused},
    {BatchState::kRunning, BatchState::kDone},
    {BatchState::kRunning, BatchState::kCancelled},
    {BatchState::kPaused, BatchState::kRunning},
    {BatchState::kPaused, BatchState::kDone},
    {BatchState::kPaused, BatchState::kCancelled},
    {BatchState::kDone, BatchState::kRunning},
}};

template <typename State, std::size_t N>
bool contains(const std::array<Transition<State>, N>& table, State from, State to) noexcept {
  return std::any_of(table.begin(), table.end(), [&](const auto& t) { return t.from == from && t.to == to; });
}

constexpr names::Table<TaskState, 5> kTaskNames{{{TaskState::kPending, "pending"},
                                                 {TaskState::kActive, "active"},
                                                 {TaskState::kCertified, "certified"},
                                                 {TaskState::kFailed, "failed"},
                                                 {TaskState::kCancelled, "cancelled"}}};
constexpr names::Table<AttemptState, 7> kAttemptNames{{{AttemptState::kLeased, "leased"},
                                                       {AttemptState::kReturned, "returned"},
                                                       {AttemptState::kValid, "valid"},
                                                       {AttemptState::kInvalid, "invalid"},
                                                       {AttemptState::kExpired, "expired"},
                                                       {AttemptState::kAborted, "aborted"},
                                                       {AttemptState::kError, "error"}}};
constexpr names::Table<BatchState, 5> kBatchNames{{{BatchState::kOpen, "open"},
                                                   {BatchState::kRunning, "running"},
                                                   {BatchState::kPaused, "paused"},
                                                   {BatchState::kDone, "done"},
                                                   {BatchState::kCancelled, "cancelled"}}};

}  // namespace

bool isLegal(TaskState from, TaskState to) noexcept { return contains(kTaskTransitions, from, to); }
bool isLegal(AttemptState from, AttemptState to) noexcept { return contains(kAttemptTransitions, from, to); }
bool isLegal(BatchState from, BatchState to) noexcept { return contains(kBatchTransitions, from, to); }

const char* name(TaskState state) noexcept { return names::of(kTaskNames, state); }
const char* name(AttemptState state) noexcept { return names::of(kAttemptNames, state); }
const char* name(BatchState state) noexcept { return names::of(kBatchNames, state); }
Result<TaskState> parseTaskState(std::string_view text) { return names::parse(kTaskNames, text, "task state"); }
Result<AttemptState> parseAttemptState(std::string_view text) {
  return names::parse(kAttemptNames, text, "attempt state");
}
Result<BatchState> parseBatchState(std::string_view text) { return names::parse(kBatchNames, text, "batch state"); }

}  // namespace hearth
