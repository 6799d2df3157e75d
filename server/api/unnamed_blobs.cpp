// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/unnamed_blobs.h"

#include <chrono>
#include <future>
#include <iterator>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "server/blob/blob_store.h"
#include "server/runtime/runtime.h"
#include "wire/package_json.h"

namespace hearth::server {
namespace {

constexpr std::size_t kRecordsAtOnce = 1000;
constexpr std::chrono::seconds kDurable{60};

}  // namespace

std::size_t UnnamedBlobs::remove(std::unordered_set<Digest> candidates) {
  candidates.erase(Digest{});
  if (!spareNamed(candidates)) return 0;
  std::erase_if(candidates, [this](const Digest& blob) { return !m_blobs.setAside(blob); });
  const std::unordered_set<Digest> aside = candidates;
  // What names one and was looked at before may still be on its way to the store.
  const bool looked = keep({}) && spareNamed(candidates);
  std::size_t removed = 0;
  for (const Digest& blob : aside) {
    const bool goes = looked && candidates.contains(blob);
    m_blobs.settle(blob, !goes);
    removed += goes ? 1 : 0;
  }
  return removed;
}

bool UnnamedBlobs::spareNamed(std::unordered_set<Digest>& candidates) {
  for (auto blob = candidates.begin(); blob != candidates.end();) {
    const auto named = m_read.follow().isNamed(*blob);
    if (!named) return false;
    blob = *named ? candidates.erase(blob) : std::next(blob);
  }
  return candidates.empty() || (sparePublished(candidates) && spareResults(candidates));
}

/// A published package is for everybody, whatever became of the account that published it.
bool UnnamedBlobs::sparePublished(std::unordered_set<Digest>& candidates) {
  const auto versions = m_read.appVersions();
  if (!versions) return false;
  for (const db::AppVersion& version : *versions) {
    candidates.erase(version.package);
    const auto text = m_blobs.read(version.package, limits::kJsonBodyBytes);
    if (!text && text.error().code == ErrorCode::kNotFound) continue;  // it is gone with all its files
    if (!text) return false;
    const auto package = wire::parsePackage(*text);
    if (!package) return false;
    for (const FileRef& file : package->files) candidates.erase(file.digest);
  }
  return true;
}

bool UnnamedBlobs::spareResults(std::unordered_set<Digest>& candidates) {
  TaskId task;
  AttemptId attempt;
  while (!candidates.empty()) {
    const auto records = m_read.follow().records(task, attempt, kRecordsAtOnce);
    if (!records || (m_stopping != nullptr && *m_stopping)) return false;
    for (const AttemptRecord& record : *records) {
      for (const FileRef& output : record.report.outputs) candidates.erase(output.digest);
      candidates.erase(record.report.standardOutput);
      candidates.erase(record.report.standardError);
    }
    if (records->size() < kRecordsAtOnce) break;
    task = records->back().lease.task;
    attempt = records->back().lease.attempt;
  }
  return true;
}

bool UnnamedBlobs::keep(Changes changes) {
  auto kept = std::make_shared<std::promise<bool>>();
  auto answer = kept->get_future();
  m_runtime.commit(db::Unit{std::move(changes)}, [kept](const Result<db::Outcome>& outcome) {
    kept->set_value(outcome && *outcome == db::Outcome::kDone);
  });
  return answer.wait_for(kDurable) == std::future_status::ready && answer.get();
}

}  // namespace hearth::server
