// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/received_blobs.h"

#include <string>

#include "base/limits.h"

namespace hearth::server {
namespace {

constexpr std::size_t kBlobsOfAttempt = 2 * (limits::kOutputsPerTask + 2);  // twice: a run may be repeated
constexpr unsigned kCheckpointsAPeriod = 4;  // one on time, the others before a pause or a farewell

}  // namespace

Result<void> ReceivedBlobs::charge(AttemptId attempt, const Digest& digest, std::uint64_t size,
                                   std::uint64_t allowance) {
  std::shared_ptr<Account> account;
  {
    const std::lock_guard lock(m_opening);
    account = m_accounts.find(attempt).value_or(nullptr);
    if (!account) {
      account = std::make_shared<Account>();
      m_accounts.put(attempt, account);
    }
  }
  const std::lock_guard lock(account->mutex);
  const auto known = account->sizes.find(digest);
  if (known != account->sizes.end() && known->second == size) return {};
  const std::uint64_t others = account->total - (known == account->sizes.end() ? 0 : known->second);
  if (size > allowance || others > allowance - size || account->sizes.size() >= kBlobsOfAttempt) {
    return fail(ErrorCode::kTooLarge,
                "The outputs of attempt " + std::to_string(attempt.value) + " pass what its batch allows, " +
                    std::to_string(allowance) + " bytes with its logs.",
                "Report the attempt as over its disk limit. The batch's owner can raise limits.outputBytes.");
  }
  account->sizes[digest] = size;
  account->total = others + size;
  return {};
}

Result<void> ReceivedBlobs::chargeCheckpoint(AttemptId attempt, const Digest& digest, Duration period, Instant now) {
  std::shared_ptr<CheckpointAccount> account;
  {
    const std::lock_guard lock(m_opening);
    account = m_checkpoints.find(attempt).value_or(nullptr);
    if (!account) {
      account = std::make_shared<CheckpointAccount>();
      m_checkpoints.put(attempt, account);
    }
  }
  const std::lock_guard lock(account->mutex);
  if (account->last == digest) return {};
  if (now - account->since >= period) {
    account->since = now;
    account->count = 0;
  }
  if (account->count >= kCheckpointsAPeriod) {
    return fail(ErrorCode::kUnavailable,
                "Attempt " + std::to_string(attempt.value) + " sends checkpoints faster than its batch asks for.",
                "Send the next one a period later.");
  }
  ++account->count;
  account->last = digest;
  return {};
}

}  // namespace hearth::server
