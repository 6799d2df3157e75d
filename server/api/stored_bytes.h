// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "db/store.h"
#include "server/api/bounded_cache.h"

namespace hearth::server {

/// What accounts have stored, held against their quotas. The sum is read from the store now and then, and what was
/// admitted since is added: an upload that did not come to its end counts for a minute. Any thread may call.
class StoredBytes {
 public:
  StoredBytes(db::ReadStore& read, std::function<Instant()> clock, Quota usual)
      : m_read(read), m_clock(std::move(clock)), m_usual(usual) {}

  /// kTooLarge when so many more bytes would be over the account's quota; else they are counted.
  Result<void> admit(AccountId account, std::uint64_t bytes);
  /// What the account may have: its own quota, or the project's.
  Result<Quota> quotaOf(AccountId account);

 private:
  struct Sum {
    std::uint64_t bytes = 0;
    Instant read;
  };

  db::ReadStore& m_read;
  const std::function<Instant()> m_clock;
  const Quota m_usual;
  BoundedCache<AccountId, Sum> m_sums{10'000};
};

}  // namespace hearth::server
