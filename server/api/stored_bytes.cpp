// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/stored_bytes.h"

#include <string>

#include "wire/manifest.h"

namespace hearth::server {
namespace {

constexpr Duration kReadEvery = Duration::minutes(1);

}  // namespace

Result<Quota> StoredBytes::quotaOf(AccountId account) {
  auto own = m_read.quota(account);
  if (!own) return fail(std::move(own).error());
  return own->value_or(m_usual);
}

Result<void> StoredBytes::admit(AccountId account, std::uint64_t bytes) {
  const auto quota = quotaOf(account);
  if (!quota) return fail(quota.error());
  if (quota->bytes == 0) return {};
  const Instant now = m_clock();
  auto sum = m_sums.find(account);
  if (!sum || now - sum->read >= kReadEvery) {
    const auto stored = m_read.dataBytes(account);
    if (!stored) return fail(stored.error());
    sum = Sum{*stored, now};
  }
  if (bytes > quota->bytes || sum->bytes > quota->bytes - bytes) {
    return fail(ErrorCode::kTooLarge,
                "The account has " + wire::formatByteCount(sum->bytes) + " of data and may have " +
                    wire::formatByteCount(quota->bytes) + ": " + wire::formatByteCount(bytes) + " more are too many.",
                "Ask an admin of the project for a larger quota.");
  }
  sum->bytes += bytes;
  m_sums.put(account, *sum);
  return {};
}

}  // namespace hearth::server
