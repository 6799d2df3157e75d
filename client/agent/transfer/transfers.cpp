// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/transfers.h"

#include <system_error>
#include <utility>

#include "agent/platform/files.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

// Each thread may hold a connection, and a connection costs the server much: few.
constexpr unsigned kThreads = 3;

/// Stands for the server while the network is not to be used.
class ClosedLink final : public ServerLink {
 public:
  tl::expected<wire::SyncReply, SyncFailed> sync(const wire::SyncRequest&) override {
    return tl::unexpected(SyncFailed{closed(), std::nullopt});
  }
  Result<void> download(AttemptId, const Digest&, std::uint64_t, Sink&, const std::atomic<bool>&) override {
    return fail(closed());
  }
  Result<void> upload(Upload, AttemptId, const Digest&, const std::filesystem::path&, std::uint64_t,
                      const std::atomic<bool>&) override {
    return fail(closed());
  }
  Result<wire::EnrolReply> renew(const wire::RenewRequest&) override { return fail(closed()); }
  Result<wire::ProjectView> project() override { return fail(closed()); }
  void close() override {}

 private:
  static Error closed() {
    return {ErrorCode::kUnavailable, "it has to be fetched, and the network is not to be used now", ""};
  }
};

}  // namespace

Transfers::Transfers(ServerLink& link, BlobCache& cache, PackageStore& packages, std::filesystem::path tasks,
                     std::string platform, std::function<Instant()> wallClock, std::function<void(Event)> tell)
    : m_link(link),
      m_closed(std::make_unique<ClosedLink>()),
      m_cache(cache),
      m_packages(packages),
      m_tasks(std::move(tasks)),
      m_platform(std::move(platform)),
      m_wallClock(std::move(wallClock)),
      m_tell(std::move(tell)),
      m_pool(kThreads) {}

Transfers::~Transfers() {
  m_closing = true;
  const std::lock_guard lock(m_mutex);
  for (const auto& [attempt, flag] : m_underWay) flag->store(true);
}

Transfers::Flag Transfers::begin(AttemptId attempt) {
  const std::lock_guard lock(m_mutex);
  return m_underWay[attempt] = std::make_shared<std::atomic<bool>>(false);
}

void Transfers::end(AttemptId attempt, Event event) {
  {
    const std::lock_guard lock(m_mutex);
    m_underWay.erase(attempt);
  }
  m_tell(std::move(event));
}

void Transfers::abandon(AttemptId attempt) {
  const std::lock_guard lock(m_mutex);
  if (const auto flag = m_underWay.find(attempt); flag != m_underWay.end()) flag->second->store(true);
}

std::shared_ptr<const Prepared> Transfers::prepared(AttemptId attempt) const {
  const std::lock_guard lock(m_mutex);
  const auto found = m_prepared.find(attempt);
  return found == m_prepared.end() ? nullptr : found->second;
}

void Transfers::forget(AttemptId attempt) {
  const std::lock_guard lock(m_mutex);
  m_prepared.erase(attempt);
}

void Transfers::fetch(Work work, bool fromServer) {
  m_pool.post([this, work = std::move(work), fromServer, flag = begin(work.assigned.attempt)] {
    const AttemptId attempt = work.assigned.attempt;
    auto done = fetchNow(work, fromServer ? m_link : *m_closed, *flag);
    if (done) {
      end(attempt, InputsReady{attempt});
    } else {
      end(attempt, InputsFailed{attempt, std::move(done).error()});
    }
  });
}

Result<void> Transfers::fetchNow(const Work& work, ServerLink& link, const std::atomic<bool>& cancelled) {
  const AttemptId attempt = work.assigned.attempt;
  if (cancelled) return fail(ErrorCode::kUnavailable, "the transfer was given up");
  auto plan = planTask(work);
  if (!plan) return fail(std::move(plan).error());
  const auto free = freeDisk(m_tasks);
  if (!free) return fail(free.error());
  if (*free < work.job->requirements.diskBytes) {
    return fail(ErrorCode::kExhausted,
                "the disk of " + m_tasks.string() + " is full: " + std::to_string(*free / limits::kMiB) +
                    " MiB are free, the task may need " +
                    std::to_string(work.job->requirements.diskBytes / limits::kMiB) + " MiB",
                "Free some space; work goes on by itself.");
  }
  auto package = m_packages.prepare(attempt, *work.job, m_platform, m_wallClock(), m_cache, link, cancelled);
  if (!package) return fail(std::move(package).error());
  if (!(*package)->image && !(*package)->programs.contains(plan->program)) {
    return fail(ErrorCode::kInvalid, "the package has no program '" + plan->program + "'");
  }
  HEARTH_TRY(TaskFolder(m_tasks, attempt).prepare(*plan, work.assigned, m_cache, link, cancelled));
  auto prepared = std::make_shared<Prepared>();
  prepared->plan = std::move(*plan);
  prepared->package = std::move(*package);
  const std::lock_guard lock(m_mutex);
  m_prepared[attempt] = std::move(prepared);
  return {};
}

void Transfers::upload(AttemptId attempt, std::vector<Digest> blobs) {
  m_pool.post([this, attempt, blobs = std::move(blobs), flag = begin(attempt)] {
    end(attempt, uploadNow(attempt, blobs, *flag));
  });
}

void Transfers::sendCheckpoint(AttemptId attempt, Checkpoint checkpoint) {
  m_pool.post([this, attempt, checkpoint] {
    const auto file = TaskFolder(m_tasks, attempt).keptCheckpoint(checkpoint.digest);
    auto done =
        m_link.upload(ServerLink::Upload::kCheckpoint, attempt, checkpoint.digest, file, checkpoint.size, m_closing);
    m_tell(CheckpointSent{attempt, checkpoint, done ? std::nullopt : std::optional<Error>(std::move(done).error())});
  });
}

Event Transfers::uploadNow(AttemptId attempt, const std::vector<Digest>& blobs, const std::atomic<bool>& cancelled) {
  const TaskFolder folder(m_tasks, attempt);
  for (const Digest& blob : blobs) {
    if (cancelled) return UploadFailed{attempt, {ErrorCode::kUnavailable, "the transfer was given up", ""}, false};
    const auto file = folder.results() / blob.hex();
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(file, error);
    if (error) return UploadFailed{attempt, {ErrorCode::kNotFound, file.string() + ": " + error.message(), ""}, true};
    auto done = m_link.upload(ServerLink::Upload::kOutput, attempt, blob, file, size, cancelled);
    if (!done) return UploadFailed{attempt, std::move(done).error(), false};
  }
  return UploadDone{attempt};
}

}  // namespace hearth::agent
