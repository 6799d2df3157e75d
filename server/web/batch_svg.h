// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "server/api/progress_log.h"

/// Drawings of a batch as SVG text. They hold numbers and words of ours only, so that a page takes them in as they are,
/// and no style of their own, which the content policy would refuse.
namespace hearth::server {

/// How many tasks stand where.
struct TaskCounts {
  std::uint64_t tasks = 0, certified = 0, active = 0, failed = 0;

  std::uint64_t pending() const;
};

/// A bar in parts: certified, failed, active, pending. The page's script sets the same widths when they change.
std::string progressBar(const TaskCounts& counts);

/// Certified tasks a minute over the life of the batch. Empty where nothing can be said yet.
std::string throughputPlot(const ProgressPoints& points);
/// Of the last minutes; 0 where nothing is known.
double certifiedPerMinute(const ProgressPoints& points, Instant now);

}  // namespace hearth::server
