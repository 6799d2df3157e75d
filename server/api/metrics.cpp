// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/metrics.h"

#include <algorithm>
#include <iterator>

namespace hearth::server {
namespace {

std::uint64_t load(const std::atomic<std::uint64_t>& value) { return value.load(std::memory_order_relaxed); }

void appendHead(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

std::string seconds(std::uint64_t micros) {
  std::string fraction = std::to_string(micros % 1'000'000);
  return std::to_string(micros / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

}  // namespace

const char* methodName(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "OTHER";
}

void appendFigure(std::string& text, std::string_view name, std::string_view type, std::string_view help,
                  std::uint64_t value) {
  appendHead(text, name, type, help);
  text.append(name).append(" ").append(std::to_string(value)).append("\n");
}

void Metrics::Route::count(unsigned status, std::chrono::steady_clock::duration took) {
  const std::size_t statusClass = std::clamp(status / 100, 1U, 5U) - 1;
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const std::uint64_t micros = elapsed > 0 ? static_cast<std::uint64_t>(elapsed) : 0;
  const auto bound = std::lower_bound(kBoundsMicros.begin(), kBoundsMicros.end(), micros);
  m_byClass[statusClass].fetch_add(1, std::memory_order_relaxed);
  m_durations[static_cast<std::size_t>(std::distance(kBoundsMicros.begin(), bound))].fetch_add(
      1, std::memory_order_relaxed);
  m_micros.fetch_add(micros, std::memory_order_relaxed);
}

Metrics::Route& Metrics::addRoute(Method method, std::string_view pattern) {
  return m_routes.emplace_back(methodName(method), pattern);
}

std::string Metrics::text() const {
  std::string text;
  appendHead(text, "hearth_http_requests_total", "counter", "Requests answered, by route and class of status.");
  for (const Route& route : m_routes) {
    for (std::size_t i = 0; i < route.m_byClass.size(); ++i) {
      const std::uint64_t count = load(route.m_byClass[i]);
      if (count == 0) continue;
      text += "hearth_http_requests_total{method=\"" + route.m_method + "\",route=\"" + route.m_pattern +
              "\",status=\"" + std::to_string(i + 1) + "xx\"} " + std::to_string(count) + "\n";
    }
  }
  appendHead(text, "hearth_http_request_seconds", "histogram", "Time from a request's head to its answer.");
  for (const Route& route : m_routes) {
    const std::string labels = "method=\"" + route.m_method + "\",route=\"" + route.m_pattern + "\"";
    std::uint64_t sum = 0;
    for (const auto& bucket : route.m_durations) sum += load(bucket);
    if (sum == 0) continue;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Route::kBoundsMicros.size(); ++i) {
      below += load(route.m_durations[i]);
      text += "hearth_http_request_seconds_bucket{" + labels + ",le=\"" + seconds(Route::kBoundsMicros[i]) + "\"} " +
              std::to_string(below) + "\n";
    }
    below += load(route.m_durations.back());
    text += "hearth_http_request_seconds_bucket{" + labels + ",le=\"+Inf\"} " + std::to_string(below) + "\n";
    text += "hearth_http_request_seconds_sum{" + labels + "} " + seconds(load(route.m_micros)) + "\n";
    text += "hearth_http_request_seconds_count{" + labels + "} " + std::to_string(below) + "\n";
  }
  appendFigure(text, "hearth_blob_bytes_in_total", "counter", "Bytes of blobs received.", load(m_bytesIn));
  appendFigure(text, "hearth_blob_bytes_out_total", "counter", "Bytes of blobs sent.", load(m_bytesOut));
  return text;
}

}  // namespace hearth::server
