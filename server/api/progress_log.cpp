// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/progress_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hearth::server {
namespace {

/// The next number of a line; false at its end or at nonsense.
bool takeNumber(std::string_view& text, std::uint64_t& number) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

ProgressPoints thinned(ProgressPoints points) {
  if (points.size() <= kProgressPoints) return points;
  ProgressPoints kept;
  const Instant begin = points.front().at;
  const Duration step = (points.back().at - begin) / static_cast<std::int64_t>(kProgressPoints - 2);
  for (const ProgressPoint& point : points) {
    const Instant due = begin + step * static_cast<std::int64_t>(kept.size());
    if (kept.empty() || (point.at >= due && kept.size() + 1 < kProgressPoints)) kept.push_back(point);
  }
  if (!(kept.back() == points.back())) kept.push_back(points.back());
  return kept;
}

std::string toText(const ProgressPoints& points) {
  std::string text;
  for (const ProgressPoint& point : points) {
    text += std::to_string(point.at.micros) + " " + std::to_string(point.certified) + " " +
            std::to_string(point.failed) + " " + std::to_string(point.active) + "\n";
  }
  return text;
}

ProgressPoints pointsOf(std::string_view text) {
  ProgressPoints points;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::uint64_t micros = 0;
    ProgressPoint point;
    if (!takeNumber(line, micros) || !takeNumber(line, point.certified) || !takeNumber(line, point.failed) ||
        !takeNumber(line, point.active)) {
      continue;
    }
    point.at = {static_cast<std::int64_t>(micros)};
    points.push_back(point);
  }
  return points;
}

bool ProgressLog::notice(const core::BatchNotice& notice, Instant now) {
  const BatchProgress& progress = notice.progress;
  const std::lock_guard lock(m_mutex);
  Entry& entry = m_entries[progress.batch];
  entry.over = progress.state == BatchState::kDone || progress.state == BatchState::kCancelled;
  const ProgressPoint point{now, progress.certified, progress.failed, notice.active};
  ProgressPoints& points = entry.points;
  if (points.empty()) entry.asked = now;
  // The newest point stands for the present: it moves until it is a step away from the one before.
  if (points.size() > 1 && now - points[points.size() - 2].at < kStep) {
    points.back() = point;
  } else {
    points.push_back(point);
  }
  if (points.size() > kUnsaved) {
    for (std::size_t i = 1; i + 1 < points.size(); ++i) points.erase(points.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (entry.saving || (!entry.over && now - entry.asked < kSaveEvery)) return false;
  entry.asked = now;
  entry.saving = true;
  return true;
}

ProgressPoints ProgressLog::unsaved(BatchId batch) const {
  const std::lock_guard lock(m_mutex);
  const auto found = m_entries.find(batch);
  return found == m_entries.end() ? ProgressPoints{} : found->second.points;
}

bool ProgressLog::ended(BatchId batch, const std::optional<ProgressPoint>& last) {
  const std::lock_guard lock(m_mutex);
  const auto found = m_entries.find(batch);
  if (found == m_entries.end()) return false;
  Entry& entry = found->second;
  if (last) {
    std::erase_if(entry.points, [&](const ProgressPoint& point) { return point.at < last->at || point == *last; });
  }
  entry.saving = last && entry.over && !entry.points.empty();
  const bool again = entry.saving;
  if (entry.over && entry.points.empty()) m_entries.erase(found);
  return again;
}

}  // namespace hearth::server
