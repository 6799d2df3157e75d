// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/project_shell.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/app/task_runner.h"
#include "agent/platform/host_facts.h"
#include "agent/transfer/worker_pool.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;

constexpr Duration kAskProject = Duration::hours(6);
constexpr auto kJournalRetry = std::chrono::seconds(5);

std::vector<AttemptId> attemptsOf(const Restored& restored) {
  std::vector<AttemptId> attempts;
  for (const RestoredAttempt& each : restored.attempts) attempts.push_back(each.work.assigned.attempt);
  return attempts;
}

}  // namespace

struct ProjectShell::State {
  State(asio::io_context& context, ProjectParts given, sandbox::Executor* executor, std::string platform,
        Outside around, devices::DevicePool* devices)
      : loop(context),
        parts(std::move(given)),
        outside(std::move(around)),
        timer(context),
        journalTimer(context),
        transfers(std::make_unique<Transfers>(parts.link, parts.cache, parts.packages, parts.tasks, std::move(platform),
                                              wallClock, outside.tell)),
        runner(std::make_unique<TaskRunner>(
            executor, *transfers, parts.tasks,
            [&context, living = std::weak_ptr(alive)](std::function<void()> call) {
              asio::post(context, [call = std::move(call), living] {
                if (!living.expired()) call();
              });
            },
            outside.tell, devices)),
        syncs(std::make_unique<WorkerPool>(1)) {
    if (parts.keepCertificate) {
      certificate = parts.keepCertificate(context, [this](Instant until) {
        parts.facts.certificateExpires = until;
        outside.changed();
      });
    }
  }
  ~State() {
    parts.link.close();
    certificate.reset();
    runner.reset();
    transfers.reset();
    syncs.reset();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void retryJournal();
  void askProject();

  void carryOut(Sync& action);
  void carryOut(Fetch& action) { transfers->fetch(std::move(action.work), action.fromServer); }
  void carryOut(Start& action) { runner->start(std::move(action.work)); }
  void carryOut(Freeze& action) { runner->freeze(action.attempt); }
  void carryOut(Thaw& action) { runner->thaw(action.attempt); }
  void carryOut(AskCheckpoint& action) { runner->checkpoint(action.attempt); }
  void carryOut(SendCheckpoint& action) { transfers->sendCheckpoint(action.attempt, action.checkpoint); }
  void carryOut(Stop& action) { runner->stop(action.attempt, std::move(action.reason)); }
  void carryOut(Collect& action) { runner->collect(std::move(action.work), action.outputs); }
  void carryOut(Upload& action) { transfers->upload(action.attempt, std::move(action.blobs)); }
  void carryOut(Abandon& action) { transfers->abandon(action.attempt); }
  void carryOut(Forget& action) { runner->forget(action.attempt); }
  void carryOut(SetTimer& action);
  void carryOut(Note& action) { outside.log(action.warning, parts.facts.project + ": " + action.text); }
  void carryOut(Exit&) { outside.exit(); }

  asio::io_context& loop;
  ProjectParts parts;
  const Outside outside;
  /// Ends with this: calls that wait in the loop by then are not made.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  asio::steady_timer timer, journalTimer;
  bool journalBad = false;
  std::unique_ptr<Transfers> transfers;
  std::unique_ptr<TaskRunner> runner;
  std::unique_ptr<WorkerPool> syncs;
  std::shared_ptr<void> certificate;
  std::optional<Duration> askedProject;  // of the thread of the calls
};

ProjectShell::ProjectShell(asio::io_context& context, ProjectParts parts, sandbox::Executor* executor,
                           std::string platform, Outside outside, devices::DevicePool* devices)
    : m_state(std::make_unique<State>(context, std::move(parts), executor, std::move(platform), std::move(outside),
                                      devices)) {}
ProjectShell::~ProjectShell() = default;

Result<Restored> ProjectShell::restore() {
  State& own = *m_state;
  auto contents = own.parts.journal.load();
  if (!contents) return fail(std::move(contents).error());
  if (contents->damaged > 0) {
    own.outside.log(true,
                    std::to_string(contents->damaged) + " entries of the journal could not be read and are dropped");
  }
  const auto swept = sweepTaskFolders(own.parts.tasks, attemptsOf(contents->restored));
  if (!swept) return fail(swept.error());
  if (*swept > 0) own.outside.log(false, "swept " + std::to_string(*swept) + " left-over task folders");
  return std::move(contents->restored);
}

/// The actions of this round happen all the same: what they lose in a crash is done again. The core starts nothing
/// further.
void ProjectShell::keep(std::vector<JournalRow> rows) {
  State& own = *m_state;
  if (rows.empty()) return;
  const auto written = own.parts.journal.write(std::move(rows));
  if (written.has_value() == !own.journalBad) return;
  own.journalBad = !written;
  if (written) return own.outside.tell(JournalHealth{});
  own.outside.tell(JournalHealth{written.error()});
  own.retryJournal();
}

void ProjectShell::State::retryJournal() {
  journalTimer.expires_after(kJournalRetry);
  journalTimer.async_wait([this, living = std::weak_ptr(alive)](boost::system::error_code stopped) {
    if (stopped || living.expired() || !journalBad) return;
    if (!parts.journal.write({})) return retryJournal();
    journalBad = false;
    outside.tell(JournalHealth{});
  });
}

void ProjectShell::State::carryOut(Sync& action) {
  syncs->post([this, request = std::move(action.request)] {
    auto reply = parts.link.sync(request);
    if (reply) {
      outside.tell(SyncReplied{std::move(*reply)});
      askProject();
    } else {
      outside.tell(std::move(reply).error());
    }
  });
}

/// Now and then, when the server has just answered. On the thread of the calls.
void ProjectShell::State::askProject() {
  const Duration now = bootClock();
  if (askedProject && now < *askedProject + kAskProject) return;
  askedProject = now;
  auto says = parts.link.project();
  if (!says) return;  // an older server, or a moment's trouble
  asio::post(loop, [this, says = std::move(*says), living = std::weak_ptr(alive)]() mutable {
    if (living.expired()) return;
    parts.facts.says = std::move(says);
    outside.changed();
  });
}

void ProjectShell::State::carryOut(SetTimer& action) {
  timer.expires_after(std::chrono::microseconds(std::max<std::int64_t>(0, (action.at - outside.clock()).micros)));
  timer.async_wait([this, living = std::weak_ptr(alive)](boost::system::error_code stopped) {
    if (!stopped && !living.expired()) outside.tell(Tick{});
  });
}

void ProjectShell::carryOut(Action& action) {
  std::visit([this](auto& each) { m_state->carryOut(each); }, action);
}

Duration ProjectShell::processorTime() const { return m_state->runner->processorTime(); }

const ProjectFacts& ProjectShell::facts() {
  m_state->parts.facts.cacheBytes = m_state->parts.cache.bytes();
  return m_state->parts.facts;
}

void ProjectShell::setFacts(const ProjectFacts& facts) {
  const Instant expires = m_state->parts.facts.certificateExpires;
  const wire::ProjectView says = m_state->parts.facts.says;
  m_state->parts.facts = facts;
  m_state->parts.facts.says = says;
  m_state->parts.facts.certificateExpires = std::max(expires, facts.certificateExpires);
}

std::vector<MessageLog::Message> ProjectShell::messages() const {
  const MessageLog* log = m_state->parts.messages;
  return log == nullptr ? std::vector<MessageLog::Message>() : log->last();
}

Result<std::vector<HistoryDay>> ProjectShell::history(std::uint32_t days) {
  return m_state->parts.journal.history(days);
}

const std::filesystem::path& ProjectShell::folder() const { return m_state->parts.folder; }

}  // namespace hearth::agent
