// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace hearth::server {

/// Counts requests by route, status class and duration. Routes are added before the server starts; counting is
/// lock-free, by any thread.
class Metrics {
 public:
  class Route {
   public:
    Route(std::string_view method, std::string_view pattern) : m_method(method), m_pattern(pattern) {}
    void count(unsigned status, std::chrono::steady_clock::duration took);
    /// "POST /api/v1/batches".
    std::string call() const { return m_method + " " + m_pattern; }

   private:
    friend class Metrics;
    static constexpr std::array<std::uint64_t, 11> kBoundsMicros{100,    250,    500,     1'000,     2'500,     5'000,
                                                                 10'000, 50'000, 250'000, 1'000'000, 10'000'000};
    std::string m_method, m_pattern;
    std::array<std::atomic<std::uint64_t>, 5> m_byClass{};  // 1xx … 5xx
    std::array<std::atomic<std::uint64_t>, kBoundsMicros.size() + 1> m_durations{};
    std::atomic<std::uint64_t> m_micros{0};
  };

  /// The reference holds as long as this object.
  Route& addRoute(Method method, std::string_view pattern);

  void blobBytesIn(std::uint64_t bytes) { m_bytesIn.fetch_add(bytes, std::memory_order_relaxed); }
  void blobBytesOut(std::uint64_t bytes) { m_bytesOut.fetch_add(bytes, std::memory_order_relaxed); }

  /// The figures of this object in the Prometheus text format.
  std::string text() const;

 private:
  std::deque<Route> m_routes;
  std::atomic<std::uint64_t> m_bytesIn{0}, m_bytesOut{0};
};

/// "GET", "PUT", …
const char* methodName(Method method) noexcept;

/// One figure with its HELP and TYPE lines, as Metrics::text writes them.
void appendFigure(std::string& text, std::string_view name, std::string_view type, std::string_view help,
                  std::uint64_t value);

}  // namespace hearth::server
