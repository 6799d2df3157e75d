// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/core_life.h"

#include <future>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/tls_client.h"
#include "certs/sha256.h"
#include "db/sqlite/sqlite_store.h"

namespace hearth::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr AccountId kAccount{1};

Instant wallClock() {
  return Instant{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

template <typename T>
T must(Result<T> result) {
  if (!result) giveUp(result.error().message);
  return std::move(*result);
}

template <typename Event>
server::ReplyBody ask(server::Runtime& runtime, Event event) {
  std::promise<server::ReplyBody> reply;
  runtime.post(std::move(event), [&reply](server::ReplyBody body) { reply.set_value(std::move(body)); });
  return reply.get_future().get();
}

}  // namespace

struct CoreLife::Host {
  HostId id;
  Digest key;
  core::SyncHost next;
};

CoreLife::CoreLife(const std::filesystem::path& folder, Options options) : m_options(options) {
  server::Runtime::Options tuned;
  tuned.clock = wallClock;
  m_runtime = must(server::Runtime::start(tuned, must(db::openSqliteStore(folder / "hearth.db"))));
  must(ask(*m_runtime,
           core::CreateJoinToken{{certs::sha256("token"), kAccount, static_cast<std::uint32_t>(options.hosts),
                                  wallClock() + Duration::days(1)}}));
  submit();
  for (std::size_t i = 0; i < options.hosts; ++i) enrol(i);
}

const ResultReport& CoreLife::report() {
  static const ResultReport known = [] {
    ResultReport report;
    report.usage = {Duration::milliseconds(3), Duration::milliseconds(2), 1 << 20};
    report.outputs = {{"out", certs::sha256("42\n"), 3, false}};
    return report;
  }();
  return known;
}

CoreLife::~CoreLife() { m_runtime->drain(); }

void CoreLife::submit() {
  core::SubmitBatch batch;
  batch.plan.owner = kAccount;
  batch.plan.name = "life";
  batch.plan.tasks = limits::kTasksPerBatch;
  batch.plan.requirements.platform = "linux-x86_64";
  batch.idempotencyKey = "life";
  must(ask(*m_runtime, std::move(batch)));
}

void CoreLife::enrol(std::size_t number) {
  core::EnrolHost event;
  event.tokenHash = certs::sha256("token");
  event.key = certs::sha256(std::to_string(number));
  event.description = {"bench", "linux-x86_64", "bench", "bench", 64, 64ULL << 30, 1ULL << 40, SandboxTier::kCgroup};
  const auto reply = must(ask(*m_runtime, event));
  auto host = std::make_unique<Host>();
  host->id = std::get<core::HostEnrolled>(reply).host;
  host->key = event.key;
  host->next = {host->id, host->key, {}, {}};
  host->next.request.free = {m_options.tasksPerSync, 64, 64ULL << 30, 1ULL << 40};
  m_hosts.push_back(std::move(host));
}

void CoreLife::sync(Host& host) {
  m_runtime->post(host.next, [this, &host](server::ReplyBody reply) { onReply(host, std::move(reply)); });
}

void CoreLife::onReply(Host& host, server::ReplyBody reply) {
  const core::SyncOutcome outcome = std::get<core::SyncOutcome>(must(std::move(reply)));
  m_certified += outcome.acks.size();
  if (outcome.assigned.size() != m_options.tasksPerSync)
    giveUp("the dispatcher gave fewer tasks than it was asked for");
  host.next.request.results.clear();
  for (const auto& assigned : outcome.assigned) {
    const Lease& lease = assigned.lease;
    host.next.request.results.push_back({lease.attempt, lease.task, lease.revision, report()});
  }
  host.next.missing.resize(host.next.request.results.size());
  if (m_running) {
    sync(host);
  } else {
    --m_underWay;
  }
}

double CoreLife::tasksPerSecond(std::chrono::seconds time) {
  m_running = true;
  m_underWay = m_hosts.size();
  for (const auto& host : m_hosts) sync(*host);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // under way before it counts
  const std::uint64_t before = m_certified;
  const auto begin = Clock::now();
  std::this_thread::sleep_for(time);
  const std::uint64_t done = m_certified - before;
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  m_running = false;
  while (m_underWay > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return static_cast<double>(done) / took;
}

double preallocatedSyncsPerSecond(const std::filesystem::path& folder, std::chrono::milliseconds time) {
  constexpr std::size_t kBlock = 4'096;
  constexpr std::size_t kBlocks = 16'384;
  const std::filesystem::path path = folder / "preallocated";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::vector<char> whole(kBlock * kBlocks, 'x');
  if (file < 0 || ::write(file, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()) || ::fsync(file) != 0)
    giveUp("cannot write " + path.string());
  const auto begin = Clock::now();
  std::size_t done = 0;
  while (Clock::now() - begin < time) {
    const auto at = static_cast<off_t>(done % kBlocks * kBlock);
    if (::pwrite(file, whole.data(), kBlock, at) != static_cast<ssize_t>(kBlock) || ::fdatasync(file) != 0)
      giveUp("cannot write " + path.string());
    ++done;
  }
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  ::close(file);
  std::filesystem::remove(path);
  return static_cast<double>(done) / took;
}

BenchFolder::BenchFolder(const std::filesystem::path& parent) {
  std::string pattern = (parent / "hearth-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) giveUp("cannot make a folder in " + parent.string());
  m_path = pattern;
}

BenchFolder::~BenchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(m_path, ignored);
}

}  // namespace hearth::bench
