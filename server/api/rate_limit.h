// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace hearth::server {

/// How often something may be tried, for each of many keys: `burst` times at once, and again every `every`. Remembers a
/// bounded number of keys; the one that was used longest ago goes first. Any thread may call.
class RateLimit {
 public:
  struct Pace {
    double burst = 10;
    Duration every = Duration::seconds(30);
  };
  RateLimit(Pace pace, std::size_t keys) : m_pace(pace), m_keys(keys) {}

  /// Nothing if it may be tried now, which is counted; else how long to wait.
  Duration take(const std::string& key, Instant now);
  /// What was counted by take() is not to count after all.
  void giveBack(const std::string& key);

 private:
  struct Bucket {
    std::string key;
    double left = 0;
    Instant at;
  };

  const Pace m_pace;
  const std::size_t m_keys;
  std::mutex m_mutex;           // guards all below
  std::list<Bucket> m_buckets;  // used last first
  std::unordered_map<std::string, std::list<Bucket>::iterator> m_index;
};

/// The part of an address that one person has: an IPv4 address, or the first 64 bits of an IPv6 one.
std::string networkOf(const std::string& address);

}  // namespace hearth::server
