// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/batch_model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/time_text.h"
#include "server/web/batch_svg.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kResultsShown = 24;
constexpr std::size_t kOutputsShown = 8;

std::string percentOf(std::uint64_t part, std::uint64_t whole) {
  const std::uint64_t tenths = whole == 0 ? 0 : static_cast<std::uint64_t>(1000.0L * part / whole);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

json::object whenModel(Instant when) { return {{"instant", formatInstant(when)}}; }

std::string kindInWords(const FailureGroup& group) {
  if (group.kind == "exit-code") return "exit code " + std::to_string(group.exitCode);
  if (group.kind == "signal") return "killed by signal " + std::to_string(group.exitCode);
  if (group.kind == "time-limit") return "ran out of time";
  if (group.kind == "memory-limit") return "ran out of memory";
  if (group.kind == "disk-limit") return "ran out of disk";
  if (group.kind == "process-limit") return "too many processes";
  if (group.kind == "output-missing") return "an output is missing";
  if (group.kind == "input-failed") return "an input could not be had";
  if (group.kind == "host-failed") return "the hosts failed";
  if (group.kind == "disagreement") return "the results differ";
  return group.kind;
}

}  // namespace

std::string inGroups(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string inWords(Duration duration) {
  const std::int64_t seconds = duration.micros / 1'000'000;
  if (seconds < 1) return std::to_string(duration.micros / 1000) + " ms";
  const std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86'400, " d"}, {3'600, " h"}, {60, " min"}, {1, " s"}}};
  std::size_t first = 0;
  while (first + 1 < units.size() && seconds < units[first].first) ++first;
  std::string text = std::to_string(seconds / units[first].first) + units[first].second;
  if (first + 1 == units.size()) return text;
  const std::int64_t rest = seconds % units[first].first / units[first + 1].first;
  return rest == 0 ? text : text + " " + std::to_string(rest) + units[first + 1].second;
}

std::string inBytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{" bytes", " KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10;
  for (; tenths >= 10'240 && unit + 1 < kUnits.size(); ++unit) tenths /= 1024;
  const bool whole = unit == 0 || tenths >= 100 || tenths % 10 == 0;
  return std::to_string(tenths / 10) + (whole ? "" : "." + std::to_string(tenths % 10)) + kUnits[unit];
}

std::string cleanText(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') continue;
    clean += byte < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
  }
  return clean;
}

bool looksLikePicture(std::string_view path) {
  std::string ending(path.substr(std::min(path.rfind('.'), path.size())));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".gif" || ending == ".webp";
}

json::object batchModel(const wire::BatchView& view) {
  const TaskCounts counts{view.tasks, view.certified, view.active, view.failed};
  const bool over = view.state == BatchState::kDone || view.state == BatchState::kCancelled;
  json::object model{{"id", view.id.value},
                     {"name", view.name},
                     {"owner", view.owner},
                     {"state", name(view.state)},
                     {"reason", view.reason},
                     {"tasks", inGroups(view.tasks)},
                     {"certified", inGroups(view.certified)},
                     {"failed", inGroups(view.failed)},
                     {"active", inGroups(view.active)},
                     {"pending", inGroups(counts.pending())},
                     {"percent", percentOf(view.certified, view.tasks)},
                     {"barSvg", progressBar(counts)},
                     {"created", whenModel(view.created)},
                     {"isOver", over},
                     {"isPaused", view.state == BatchState::kPaused},
                     {"isRunning", view.state == BatchState::kRunning || view.state == BatchState::kOpen},
                     {"hasFailed", view.failed > 0},
                     {"hasCertified", view.certified > 0}};
  if (view.ended != Instant{}) model["ended"] = whenModel(view.ended);
  if (view.ended != Instant{}) model["took"] = inWords(view.ended - view.created);
  return model;
}

void addWhy(json::object& model, const Why& why) {
  json::array sentences;
  for (const std::string& sentence : why.sentences) sentences.push_back(json::object{{"text", sentence}});
  model["why"] = std::move(sentences);
  model["isStill"] = why.standing.live == 0;
  if (why.forecast.half && why.forecast.most) {
    model["eta"] = json::object{{"half", formatInstant(why.at + *why.forecast.half)},
                                {"most", formatInstant(why.at + *why.forecast.most)},
                                {"halfIn", inWords(*why.forecast.half)},
                                {"mostIn", inWords(*why.forecast.most)},
                                {"guessed", why.forecast.guessed},
                                {"hosts", inGroups(why.forecast.hosts)}};
  }
}

void addFailures(json::object& model, const Failures& failures) {
  json::array groups;
  for (const FailureGroup& group : failures.groups) {
    json::object row{{"group", group.id},
                     {"isOthers", group.id.empty()},
                     {"kind", kindInWords(group)},
                     {"line", group.line.empty() ? group.reason : group.line},
                     {"count", inGroups(group.tasks)}};
    json::array first;
    for (const TaskIndex index : group.first) first.push_back(json::object{{"index", index}});
    row["first"] = std::move(first);
    row["more"] = group.tasks > group.first.size();
    if (!group.first.empty()) row["task"] = group.first.front();
    if (group.log != Digest{}) row["log"] = group.log.hex();
    groups.push_back(std::move(row));
  }
  model["failures"] = std::move(groups);
  model["failuresCounted"] = inGroups(failures.counted);
  model["failuresPartly"] = !failures.complete;
}

void addProgress(json::object& model, const ProgressPoints& points, Instant now) {
  model["plotSvg"] = throughputPlot(points);
  const double rate = certifiedPerMinute(points, now);
  const auto tenths = static_cast<std::uint64_t>(rate * 10 + 0.5);
  model["perMinute"] = inGroups(tenths / 10) + (rate < 100 ? "." + std::to_string(tenths % 10) : "");
}

Result<void> addResults(json::object& model, ApiContext& context, const db::BatchRecord& batch, TaskIndex from,
                        const std::string& path) {
  const auto rows = context.deps.read.results(batch.batch, from, kResultsShown);
  if (!rows) return fail(rows.error());
  json::array results, pictures;
  for (const db::CertifiedResult& row : *rows) {
    json::array outputs;
    for (const FileRef& output : row.record.report.outputs) {
      const std::string place = path + "/tasks/" + std::to_string(row.index);
      if (looksLikePicture(output.path)) {
        pictures.push_back(json::object{
            {"index", row.index}, {"file", output.path}, {"src", place + "/pictures/" + output.digest.hex()}});
      }
      if (outputs.size() < kOutputsShown) {
        outputs.push_back(json::object{
            {"file", output.path}, {"size", inBytes(output.size)}, {"href", place + "/blobs/" + output.digest.hex()}});
      }
    }
    results.push_back(json::object{{"index", row.index},
                                   {"wall", inWords(row.record.report.usage.wall)},
                                   {"ended", formatInstant(row.record.ended)},
                                   {"outputs", std::move(outputs)}});
  }
  if (rows->size() == kResultsShown) model["moreResults"] = json::object{{"from", rows->back().index + 1}};
  model["hasPictures"] = !pictures.empty();
  model["pictures"] = std::move(pictures);
  model["hasResults"] = !results.empty();
  model["results"] = std::move(results);
  return {};
}

}  // namespace hearth::server
