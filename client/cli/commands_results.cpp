// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <fstream>
#include <map>
#include <ostream>
#include <set>

#include "certs/sha256.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/progress_bar.h"
#include "cli/transfers.h"
#include "model/template.h"
#include "wire/json_writer.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "MANIFEST.json";
constexpr const char* kPartial = ".partial";

/// Where the output of a task goes, below the folder. The server's word is checked like any other.
Result<std::string> placeOf(const std::string& layout, TaskIndex index, const std::string& path) {
  HEARTH_TRY(checkRelativePath(path));
  auto place = expandTemplate(
      layout, {{"index", std::to_string(index)}, {"path", path}, {"name", fs::path(path).filename().string()}});
  if (!place) return fail(std::move(place).error().within("--layout"));
  if (auto checked = checkRelativePath(*place); !checked) return fail(std::move(checked).error().within("--layout"));
  if (*place == kManifest || place->rfind(std::string(kPartial) + "/", 0) == 0) {
    return fail(ErrorCode::kConflict,
                "an output would be written to " + *place + ", which `hearth results` needs itself",
                "Choose another --layout");
  }
  return place;
}

/// Fetches the results of a batch page by page, so that a large batch is never in memory as a whole, and writes the
/// manifest as it goes.
class ResultsFetch {
 public:
  ResultsFetch(const Context& context, ApiClient& api, const ResultsOptions& options)
      : m_context(context),
        m_api(api),
        m_options(options),
        m_line(context.err, context.isErrTerminal && !context.asJson) {}

  Result<void> run(const wire::BatchView& batch) {
    HEARTH_TRY(makeFolders(m_options.folder));
    m_transfer = std::make_unique<TransferLine>(m_line, "fetching", batch.certified);
    m_manifestFile = m_options.folder / (std::string(kManifest) + ".new");
    std::ofstream manifest(m_manifestFile, std::ios::binary | std::ios::trunc);
    manifest << "{\"batch\":" << batch.id.value << ",\"tasks\":[";
    std::optional<std::uint64_t> from = 0;
    while (from) {
      auto page = m_api.get(
          batchPath(batch.id, "/results?from=" + std::to_string(*from) + "&limit=" + std::to_string(wire::kPageRows)),
          &wire::parseResultPage);
      if (!page) return fail(std::move(page).error());
      auto entries = fetchPage(batch.id, *page);
      if (!entries) return fail(std::move(entries).error());
      manifest << (m_tasks > 0 && !entries->empty() ? "," : "") << *entries;
      m_tasks += page->results.size();
      if (page->next && *page->next <= *from)
        return fail(ErrorCode::kUnsupported, "the server's pages of results go round in a circle",
                    "Update the older of server and hearth");
      from = page->next;
    }
    manifest << "]}\n";
    manifest.close();
    std::error_code failed;
    if (manifest) fs::rename(m_manifestFile, m_options.folder / kManifest, failed);
    if (!manifest || failed)
      return fail(ErrorCode::kIo, "cannot write " + (m_options.folder / kManifest).string(),
                  "Check the folder's permissions and the free space");
    fs::remove_all(m_options.folder / kPartial, failed);
    m_line.clear();
    return {};
  }

  std::uint64_t tasks() const { return m_tasks; }
  const DownloadSummary& summary() const { return m_summary; }

 private:
  struct Wanted {
    std::string path;
    Digest digest;
    std::uint64_t size;
  };

  std::vector<Wanted> filesOf(const wire::ResultView& result) const {
    std::vector<Wanted> files;
    for (const FileRef& output : result.report.outputs) files.push_back({output.path, output.digest, output.size});
    if (!m_options.withLogs) return files;
    if (result.report.standardOutput != Digest{}) files.push_back({"stdout.log", result.report.standardOutput, 0});
    if (result.report.standardError != Digest{}) files.push_back({"stderr.log", result.report.standardError, 0});
    return files;
  }

  struct Placed {
    TaskIndex index;
    Wanted wanted;
    std::string place;
  };

  /// Where every file of the page goes. Equal outputs become one target, so they are fetched once.
  Result<std::vector<Placed>> placePage(BatchId batch, const wire::ResultPage& page,
                                        std::map<Digest, BlobTarget>& targets) const {
    std::vector<Placed> placed;
    std::set<std::string> places;
    for (const wire::ResultView& result : page.results) {
      for (Wanted& wanted : filesOf(result)) {
        auto place = placeOf(m_options.layout, result.index, wanted.path);
        if (!place) return fail(std::move(place).error());
        if (!places.insert(*place).second) {
          return fail(ErrorCode::kInvalid, "two outputs would be written to " + *place,
                      "Use {index} and {path} in --layout, for instance '{index}-{name}'");
        }
        BlobTarget& target = targets[wanted.digest];
        target.path = batchPath(batch, "/tasks/" + std::to_string(result.index) + "/blobs/" + wanted.digest.hex());
        target.digest = wanted.digest;
        target.size = std::max(target.size, wanted.size);
        target.files.push_back(m_options.folder / *place);
        placed.push_back({result.index, std::move(wanted), *std::move(place)});
      }
    }
    return placed;
  }

  /// The page's entries of the manifest, once every file of them is in its place.
  Result<std::string> fetchPage(BatchId batch, const wire::ResultPage& page) {
    std::map<Digest, BlobTarget> targets;
    auto placed = placePage(batch, page, targets);
    if (!placed) return fail(std::move(placed).error());
    std::vector<BlobTarget> list;
    for (auto& [digest, target] : targets) list.push_back(std::move(target));
    auto done = downloadBlobs(m_api.http().session(), list, m_options.folder / kPartial, {}, *m_transfer);
    if (!done) return fail(std::move(done).error());
    m_summary.fetchedBlobs += done->fetchedBlobs;
    m_summary.fetchedBytes += done->fetchedBytes;
    m_summary.keptFiles += done->keptFiles;
    std::string entries;
    auto file = placed->begin();
    for (const wire::ResultView& result : page.results) {
      wire::JsonWriter json;
      json.beginObject().member("index", result.index).member("attempt", result.attempt);
      json.member("host", result.host).member("ended", result.ended).key("outputs").beginArray();
      for (; file != placed->end() && file->index == result.index; ++file) {
        std::error_code failed;
        const std::uint64_t size = fs::file_size(m_options.folder / file->place, failed);  // of a log, nobody said it
        json.beginObject().member("path", file->wanted.path).member("file", file->place);
        json.member("digest", file->wanted.digest).member("size", failed ? file->wanted.size : size).endObject();
      }
      entries += (entries.empty() ? "\n" : ",\n") + json.endArray().endObject().take();
    }
    return entries;
  }

  const Context& m_context;
  ApiClient& m_api;
  const ResultsOptions& m_options;
  StatusLine m_line;
  std::unique_ptr<TransferLine> m_transfer;
  fs::path m_manifestFile;
  std::uint64_t m_tasks = 0;
  DownloadSummary m_summary;
};

}  // namespace

Result<int> results(const Context& context, const ResultsOptions& options) {
  if (options.layout.find("{index}") == std::string::npos) {
    return fail(ErrorCode::kInvalid, "--layout has no {index}, so the tasks' files would overwrite each other",
                "Use for instance '{index}-{name}'");
  }
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto batch = api->get(batchPath(options.batch), &wire::parseBatchView);
  if (!batch) return fail(std::move(batch).error());
  const bool isOver = batch->state == BatchState::kDone || batch->state == BatchState::kCancelled;
  const std::string id = std::to_string(options.batch.value);
  if (!isOver && !options.partial) {
    return fail(ErrorCode::kConflict,
                "batch " + id + " is still " + name(batch->state) + ": " + std::to_string(batch->certified) + " of " +
                    std::to_string(batch->tasks) + " tasks are certified",
                "Wait with `hearth watch " + id + "`, or fetch what there is with --partial");
  }
  ResultsFetch fetch(context, *api, options);
  HEARTH_TRY(fetch.run(*batch));
  const DownloadSummary& done = fetch.summary();
  if (context.asJson) {
    wire::JsonWriter json;
    json.beginObject()
        .member("batch", options.batch)
        .member("folder", fs::absolute(options.folder).string())
        .member("tasks", fetch.tasks());
    json.member("fetched", done.fetchedBlobs)
        .member("bytes", done.fetchedBytes)
        .member("kept", done.keptFiles)
        .member("failed", batch->failed);
    context.out << json.endObject().take() << '\n';
  } else {
    context.out << "Results of " << fetch.tasks() << " tasks are in " << options.folder.string() << ": "
                << done.fetchedBlobs << " different files fetched (" << done.fetchedBytes << " bytes), "
                << done.keptFiles << " files were there already. The digests of all are in " << kManifest << ".\n";
  }
  if (batch->failed > 0)
    printWarning(context,
                 std::to_string(batch->failed) + " tasks failed and have no result: hearth tasks " + id + " --failed");
  return batch->failed > 0 ? kExitFailed : kExitOk;
}

}  // namespace hearth::cli
