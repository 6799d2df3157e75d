// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "model/states.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

constexpr RetryPolicy kReconnect{1000, Duration::milliseconds(500), Duration::seconds(30)};
constexpr int kLostInARow = 20;     // about eight minutes
constexpr double kPipeSeconds = 2;  // between two lines in a pipe

bool isOver(const wire::BatchView& batch) {
  return batch.state == BatchState::kDone || batch.state == BatchState::kCancelled;
}

/// Shows one batch as its events come: a bar on a terminal, plain lines in a pipe, JSON lines with --json.
class BatchDisplay {
 public:
  explicit BatchDisplay(const Context& context)
      : m_context(context), m_line(context.out, context.isOutTerminal && !context.asJson) {}

  void show(const wire::BatchView& batch) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_begun).count();
    m_meter.sample(seconds, batch.certified + batch.failed);
    const bool isNews = batch.id != m_last.id || batch.state != m_last.state || batch.reason != m_last.reason;
    const bool hasMoved =
        isNews || batch.certified != m_last.certified || batch.failed != m_last.failed || batch.active != m_last.active;
    m_last = batch;
    if (m_context.asJson) {
      m_context.out << wire::toJson(batch) << std::endl;
      return;
    }
    std::string note = std::to_string(batch.active) + " running";
    if (batch.failed > 0) note += ", " + std::to_string(batch.failed) + " failed";
    if (batch.state == BatchState::kPaused) note += ", paused: " + printable(batch.reason);
    const Progress progress{batch.certified + batch.failed, batch.tasks, m_meter.perSecond(), note};
    m_line.show(progress);
    const bool isDue = hasMoved && (isNews || isOver(batch) || seconds - m_printed >= kPipeSeconds);
    if (m_context.isOutTerminal || !isDue) return;
    m_printed = seconds;
    m_context.out << name(batch.state) << "  " << batch.certified << '/' << batch.tasks << " certified  "
                  << batch.failed << " failed  " << batch.active << " running" << std::endl;
  }

  int finish() {
    m_line.clear();
    const bool isGood = m_last.state == BatchState::kDone && m_last.failed == 0;
    if (!m_context.asJson) {
      const double seconds = std::max(0.0, (m_last.ended - m_last.created).inSeconds());
      m_context.out << "Batch " << m_last.id.value << " '" << printable(m_last.name) << "' is " << name(m_last.state)
                    << ": " << m_last.certified << " of " << m_last.tasks << " tasks certified, " << m_last.failed
                    << " failed, in " << roughTime(seconds) << ".\n";
      if (m_last.failed > 0) m_context.out << "See why with: hearth tasks " << m_last.id.value << " --failed\n";
    }
    return isGood ? kExitOk : kExitFailed;
  }

 private:
  const Context& m_context;
  StatusLine m_line;
  RateMeter m_meter;
  wire::BatchView m_last;
  double m_printed = -kPipeSeconds;
  std::chrono::steady_clock::time_point m_begun = std::chrono::steady_clock::now();
};

}  // namespace

Result<int> watch(const Context& context, BatchId id) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  BatchDisplay display(context);
  for (int lost = 0;;) {
    auto batch = api->get(batchPath(id), &wire::parseBatchView);
    if (!batch) return fail(std::move(batch).error());
    display.show(*batch);
    if (isOver(*batch)) return display.finish();
    std::optional<Error> unreadable;
    const auto onEvent = [&](std::string_view event, std::string_view data) {
      if (event != "progress") return event != "end";
      lost = 0;
      batch = wire::parseBatchView(data);
      if (batch)
        display.show(*batch);
      else
        unreadable = batch.error();
      return batch && !isOver(*batch);
    };
    auto followed =
        api->http().follow({"GET", batchPath(id, "/events"), {{"Accept", "text/event-stream"}}, {}, true}, onEvent);
    if (unreadable) return fail(std::move(*unreadable).within("the server's progress"));
    if (batch && isOver(*batch)) return display.finish();
    const bool mayReturn = followed || followed.error().code == ErrorCode::kUnavailable;
    if (!mayReturn || ++lost > kLostInARow) {
      return fail(
          followed ? Error{ErrorCode::kUnavailable, "the server ends the stream of events at once", "Try again later"}
                   : followed.error());
    }
    const Duration pause = retryPause(kReconnect, lost, {}, 0.5);
    std::this_thread::sleep_for(std::chrono::microseconds(pause.micros));
  }
}

}  // namespace hearth::cli
