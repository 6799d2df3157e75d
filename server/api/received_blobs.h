// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "server/api/bounded_cache.h"

namespace hearth::server {

/// A blob that a host sent.
struct HostBlob {
  HostId host;
  Digest digest;
  bool operator==(const HostBlob&) const = default;
};

}  // namespace hearth::server

template <>
struct std::hash<hearth::server::HostBlob> {
  std::size_t operator()(const hearth::server::HostBlob& blob) const noexcept {
    return std::hash<hearth::Digest>{}(blob.digest) ^ std::hash<hearth::HostId>{}(blob.host);
  }
};

namespace hearth::server {

/// Which blobs came from which host, and how much each attempt has sent. A result may name only blobs whose bytes the
/// same host sent: else whoever knows a digest could have a stranger's data made an output of their own batch. Kept in
/// memory, bounded: what was forgotten (a restart) is reported as missing, and the agent sends it again. Any thread may
/// call.
class ReceivedBlobs {
 public:
  bool has(HostId host, const Digest& digest) { return m_blobs.find({host, digest}).has_value(); }
  void add(HostId host, const Digest& digest) { m_blobs.put({host, digest}, true); }

  /// Counts an upload of an attempt against its allowance; the same digest counts once. kTooLarge, naming the
  /// allowance.
  Result<void> charge(AttemptId attempt, const Digest& digest, std::uint64_t size, std::uint64_t allowance);
  /// Counts a checkpoint of an attempt: kUnavailable when more than a few came within one `period` of theirs. A digest
  /// that is being sent already goes on.
  Result<void> chargeCheckpoint(AttemptId attempt, const Digest& digest, Duration period, Instant now);

 private:
  struct Account {
    std::mutex mutex;  // guards the rest
    std::map<Digest, std::uint64_t> sizes;
    std::uint64_t total = 0;
  };
  struct CheckpointAccount {
    std::mutex mutex;  // guards the rest
    Digest last;
    Instant since;
    unsigned count = 0;
  };

  BoundedCache<HostBlob, bool> m_blobs{100'000};
  std::mutex m_opening;  // so that two first uploads of an attempt share one account
  BoundedCache<AttemptId, std::shared_ptr<Account>> m_accounts{20'000};
  BoundedCache<AttemptId, std::shared_ptr<CheckpointAccount>> m_checkpoints{20'000};
};

}  // namespace hearth::server
