// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/rate_limit.h"

#include <algorithm>
#include <cmath>

#include <arpa/inet.h>

namespace hearth::server {

Duration RateLimit::take(const std::string& key, Instant now) {
  const std::lock_guard lock(m_mutex);
  const auto known = m_index.find(key);
  if (known == m_index.end()) {
    m_buckets.push_front({key, m_pace.burst, now});
    m_index.emplace(key, m_buckets.begin());
    if (m_buckets.size() > m_keys) {
      m_index.erase(m_buckets.back().key);
      m_buckets.pop_back();
    }
  } else {
    m_buckets.splice(m_buckets.begin(), m_buckets, known->second);
  }
  Bucket& bucket = m_buckets.front();
  const double every = m_pace.every.inSeconds();
  bucket.left = std::min(m_pace.burst, bucket.left + std::max(0.0, (now - bucket.at).inSeconds()) / every);
  bucket.at = now;
  if (bucket.left < 1) return Duration::seconds(static_cast<std::int64_t>(std::ceil((1 - bucket.left) * every)));
  bucket.left -= 1;
  return {};
}

void RateLimit::giveBack(const std::string& key) {
  const std::lock_guard lock(m_mutex);
  const auto known = m_index.find(key);
  if (known != m_index.end()) known->second->left = std::min(m_pace.burst, known->second->left + 1);
}

std::string networkOf(const std::string& address) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return address;
  const bool isIpv4 = IN6_IS_ADDR_V4MAPPED(&parsed);
  return {reinterpret_cast<const char*>(parsed.s6_addr), isIpv4 ? 16U : 8U};
}

}  // namespace hearth::server
