// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/batch_svg.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/time_text.h"

namespace hearth::server {
namespace {

constexpr double kBarWidth = 1000;
constexpr std::size_t kBuckets = 96;
constexpr double kWide = 640, kHigh = 150, kLeft = 52, kTop = 8, kBottom = 24;

std::string decimal(double value) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%.1f", value);
  return {text, static_cast<std::size_t>(size)};
}

std::string rate(double value) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, value < 10 ? "%.1f" : "%.0f", value);
  return {text, static_cast<std::size_t>(size)};
}

/// Certified tasks at an instant between two points.
double certifiedAt(const ProgressPoints& points, Instant at) {
  const auto after = std::lower_bound(points.begin(), points.end(), at,
                                      [](const ProgressPoint& point, Instant when) { return point.at < when; });
  if (after == points.begin()) return static_cast<double>(points.front().certified);
  if (after == points.end()) return static_cast<double>(points.back().certified);
  const ProgressPoint& before = *std::prev(after);
  const double part = (at - before.at).inSeconds() / std::max(1e-6, (after->at - before.at).inSeconds());
  return static_cast<double>(before.certified) +
         part * (static_cast<double>(after->certified) - static_cast<double>(before.certified));
}

/// A number of few digits that is not below the value.
double roundUp(double value) {
  double step = 1;
  while (step * 10 <= value) step *= 10;
  for (const double times : {1.0, 2.0, 5.0, 10.0}) {
    if (step * times >= value) return step * times;
  }
  return step * 10;
}

std::string line(double x1, double y1, double x2, double y2) {
  return "<line class=\"plot-grid\" x1=\"" + decimal(x1) + "\" y1=\"" + decimal(y1) + "\" x2=\"" + decimal(x2) +
         "\" y2=\"" + decimal(y2) + "\"/>";
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text class=\"plot-label\" x=\"" + decimal(x) + "\" y=\"" + decimal(y) + "\" text-anchor=\"" + anchor +
         "\">" + text + "</text>";
}

/// "2026-01-31 08:15", which is all that an axis needs.
std::string minuteOf(Instant at) {
  std::string text = formatInstant(at).substr(0, 16);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

}  // namespace

std::uint64_t TaskCounts::pending() const {
  const std::uint64_t known = certified + active + failed;
  return known < tasks ? tasks - known : 0;
}

std::string progressBar(const TaskCounts& counts) {
  const double whole = static_cast<double>(std::max<std::uint64_t>(1, counts.tasks));
  std::string svg = "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">";
  double at = 0;
  const auto part = [&](const char* name, std::uint64_t number) {
    const double width = std::min(kBarWidth - at, kBarWidth * static_cast<double>(number) / whole);
    svg += std::string("<rect class=\"fill-") + name + "\" data-part=\"" + name + "\" x=\"" + decimal(at) +
           "\" y=\"0\" width=\"" + decimal(width) + "\" height=\"10\"/>";
    at += width;
  };
  part("certified", counts.certified);
  part("failed", counts.failed);
  part("active", counts.active);
  return svg + "</svg>";
}

double certifiedPerMinute(const ProgressPoints& points, Instant now) {
  constexpr Duration kLately = Duration::minutes(10);
  if (points.size() < 2) return 0;
  const Instant from = std::max(points.front().at, now - kLately);
  const double minutes = (now - from).inSeconds() / 60;
  if (minutes <= 0) return 0;
  return std::max(0.0, certifiedAt(points, now) - certifiedAt(points, from)) / minutes;
}

std::string throughputPlot(const ProgressPoints& points) {
  if (points.size() < 2 || points.back().at - points.front().at < Duration::seconds(2)) return {};
  const Instant begin = points.front().at;
  const Duration life = points.back().at - begin;
  const std::size_t buckets = std::min(kBuckets, std::max<std::size_t>(4, points.size()));
  const double minutes = life.inSeconds() / 60 / static_cast<double>(buckets);
  std::vector<double> rates;
  double before = certifiedAt(points, begin);
  for (std::size_t i = 1; i <= buckets; ++i) {
    const double upTo =
        certifiedAt(points, begin + life * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(buckets));
    rates.push_back(std::max(0.0, upTo - before) / minutes);  // a retry may take certified tasks back
    before = upTo;
  }
  const double most = roundUp(std::max(0.1, *std::max_element(rates.begin(), rates.end())));
  const double width = (kWide - kLeft - 4) / static_cast<double>(buckets);
  const double height = kHigh - kTop - kBottom;
  const double foot = kHigh - kBottom;
  std::string path = "M" + decimal(kLeft) + " " + decimal(foot);
  for (std::size_t i = 0; i < buckets; ++i) {
    const std::string y = decimal(foot - height * rates[i] / most);
    path += "V" + y + "H" + decimal(kLeft + width * static_cast<double>(i + 1));
  }
  path += "V" + decimal(foot) + "Z";
  std::string svg =
      "<svg class=\"plot\" viewBox=\"0 0 640 150\" role=\"img\" aria-label=\"Certified tasks a minute, from " +
      minuteOf(begin) + " to " + minuteOf(points.back().at) + " UTC: at most " +
      rate(*std::max_element(rates.begin(), rates.end())) + ", last " + rate(rates.back()) + "\">";
  svg += line(kLeft, kTop, kWide - 4, kTop) + line(kLeft, foot, kWide - 4, foot);
  svg += "<path class=\"plot-area\" d=\"" + path + "\"/>";
  svg += label(kLeft - 6, kTop + 8, "end", rate(most)) + label(kLeft - 6, foot, "end", "0");
  svg += label(kLeft, kHigh - 6, "start", minuteOf(begin)) +
         label(kWide - 4, kHigh - 6, "end", minuteOf(points.back().at));
  return svg + "</svg>";
}

}  // namespace hearth::server
