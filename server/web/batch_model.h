// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "server/api/batch_news.h"
#include "server/api/routes.h"

/// What the pages about batches show, as their templates read it.
namespace hearth::server {

/// 1234567 as "1,234,567".
std::string inGroups(std::uint64_t number);
/// 90 s as "1 min 30 s".
std::string inWords(Duration duration);
/// 1536 as "1.5 KiB".
std::string inBytes(std::uint64_t bytes);
/// A text that people's programs wrote, fit to stand in a page: without what is no text.
std::string cleanText(std::string_view text);
bool looksLikePicture(std::string_view path);

/// The counts, the state and the bar of a batch: for a row of a list as for its own page.
boost::json::object batchModel(const wire::BatchView& view);
/// Sentences, hosts and times from the matcher.
void addWhy(boost::json::object& model, const Why& why);
void addFailures(boost::json::object& model, const Failures& failures);
void addProgress(boost::json::object& model, const ProgressPoints& points, Instant now);
/// Its first results from `from` on, with their outputs. `blobs` is the path under which outputs are had.
Result<void> addResults(boost::json::object& model, ApiContext& context, const db::BatchRecord& batch, TaskIndex from,
                        const std::string& path);

}  // namespace hearth::server
