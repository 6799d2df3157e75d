// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/task_folder.h"

#include <algorithm>
#include <system_error>

#include <sys/stat.h>

#include "agent/platform/files.h"
#include "base/limits.h"
#include "certs/sha256.h"
#include "sandbox/executor.h"

namespace hearth::agent {
namespace {

namespace fs = std::filesystem;

/// Nobody but the agent has touched the folder yet, so there is no link to follow.
Result<void> makeParents(const fs::path& root, const fs::path& relative) {
  std::error_code error;
  const fs::path folder = root / relative.parent_path();
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder, error)) {
    return fail(error == std::errc::no_space_on_device ? ErrorCode::kExhausted : ErrorCode::kInvalid,
                "cannot make the folder of " + relative.string() + ": " + error.message());
  }
  return {};
}

Result<void> removeEntry(const fs::path& entry) {
  std::error_code error;
  if (fs::symlink_status(entry, error).type() == fs::file_type::directory) return sandbox::removeWork(entry);
  fs::remove(entry, error);
  if (error) return fail(ErrorCode::kIo, "cannot remove " + entry.string() + ": " + error.message());
  return {};
}

}  // namespace

Result<void> TaskFolder::prepare(const TaskPlan& plan, const wire::AssignedAttempt& assigned, BlobCache& cache,
                                 ServerLink& link, const std::atomic<bool>& cancelled) const {
  HEARTH_TRY(clearAllButCheckpoints());
  HEARTH_TRY(makeFolder(m_folder, 0711));  // the task's user must be able to reach work/
  HEARTH_TRY(makeFolder(work(), 0700));
  for (const wire::PlacedBlob& input : plan.inputs) {
    auto blob = cache.fetch(assigned.attempt, input.digest, input.size, link, cancelled);
    if (!blob) return fail(std::move(blob).error().within("input " + input.path));
    HEARTH_TRY(makeParents(work(), input.path));
    HEARTH_TRY(copyFile(blob->file(), work() / input.path, 0644));
  }
  // A declared output in a folder of its own is a promise that the folder is there.
  for (const auto* outputs : {&plan.required, &plan.optional}) {
    for (const std::string& output : *outputs) HEARTH_TRY(makeParents(work(), output));
  }
  return placeCheckpoint(assigned, cache, link, cancelled);
}

Result<void> TaskFolder::clearAllButCheckpoints() const {
  std::error_code error;
  for (fs::directory_iterator each(m_folder, error), end; !error && each != end; each.increment(error)) {
    if (each->path() != checkpoints()) HEARTH_TRY(removeEntry(each->path()));
  }
  if (!error || error == std::errc::no_such_file_or_directory) return {};
  return fail(ErrorCode::kIo, "cannot read " + m_folder.string() + ": " + error.message());
}

Result<Checkpoint> TaskFolder::keepCheckpoint() const {
  HEARTH_TRY(makeFolder(checkpoints(), 0700));
  const fs::path fresh = checkpoints() / "new";
  HEARTH_TRY(sandbox::removeWork(fresh));
  HEARTH_TRY(makeFolder(fresh, 0700));
  auto taken = sandbox::collectOutputs(work(), {sandbox::kCheckpointFile}, {}, fresh, limits::kCheckpointBytes);
  if (!taken) return fail(std::move(taken).error());
  const sandbox::Collected& file = taken->front();
  auto digest = certs::sha256File(file.file);
  if (!digest) return fail(std::move(digest).error());
  HEARTH_TRY(nameDurably(file.file, keptCheckpoint(*digest)));
  std::error_code error;
  for (fs::directory_iterator each(checkpoints(), error), end; !error && each != end; each.increment(error)) {
    if (each->path() != keptCheckpoint(*digest)) HEARTH_TRY(removeEntry(each->path()));
  }
  return Checkpoint{*digest, file.size};
}

std::optional<Digest> TaskFolder::soundCheckpoint() const {
  std::optional<Digest> newest;
  fs::file_time_type when;
  std::error_code error;
  for (fs::directory_iterator each(checkpoints(), error), end; !error && each != end; each.increment(error)) {
    const auto name = Digest::parse(each->path().filename().string());
    const auto digest = name ? certs::sha256File(each->path()) : fail(ErrorCode::kInvalid, "not a checkpoint");
    if (!digest || *digest != *name) continue;
    std::error_code unreadable;
    const auto changed = fs::last_write_time(each->path(), unreadable);
    if (newest && changed < when) continue;
    newest = *digest;
    when = changed;
  }
  return newest;
}

Result<void> TaskFolder::placeCheckpoint(const wire::AssignedAttempt& assigned, BlobCache& cache, ServerLink& link,
                                         const std::atomic<bool>& cancelled) const {
  const fs::path place = work() / sandbox::kCheckpointFile;
  if (const auto own = soundCheckpoint()) return copyFile(keptCheckpoint(*own), place, 0644);
  if (!assigned.checkpoint) return {};
  auto blob = cache.fetch(assigned.attempt, assigned.checkpoint.digest, assigned.checkpoint.size, link, cancelled);
  if (blob) return copyFile(blob->file(), place, 0644);
  const ErrorCode code = blob.error().code;
  const bool isGone = code == ErrorCode::kNotFound || code == ErrorCode::kIntegrity || code == ErrorCode::kTooLarge;
  if (isGone) return {};
  return fail(std::move(blob).error().within("the state of the task"));
}

Result<FileRef> TaskFolder::keep(const fs::path& file, const std::string& path) const {
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  auto digest = certs::sha256File(file);
  if (error || !digest) return fail(ErrorCode::kIo, "cannot read " + file.string());
  const fs::path kept = results() / digest->hex();
  if (file.parent_path() == results()) {
    fs::rename(file, kept, error);
  } else if (!fs::exists(kept, error)) {
    // A second name: if the agent dies now, the outputs are collected again from where they are.
    fs::create_hard_link(file, kept, error);
  }
  if (error) return fail(ErrorCode::kIo, "cannot keep " + file.string() + ": " + error.message());
  return FileRef{path, *digest, size, false};
}

Result<void> TaskFolder::clearResults() const {
  HEARTH_TRY(sandbox::removeWork(results()));
  return makeFolder(results(), 0700);
}

Result<std::size_t> sweepTaskFolders(const fs::path& tasks, const std::vector<AttemptId>& known) {
  std::size_t removed = 0;
  std::error_code error;
  for (fs::directory_iterator each(tasks, error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename().string();
    const bool wanted = std::any_of(known.begin(), known.end(),
                                    [&](AttemptId attempt) { return std::to_string(attempt.value) == name; });
    if (wanted) continue;
    HEARTH_TRY(sandbox::removeWork(each->path()));
    ++removed;
  }
  if (error) return fail(ErrorCode::kIo, "cannot read " + tasks.string() + ": " + error.message());
  return removed;
}

}  // namespace hearth::agent
