// SPDX-License-Identifier: GPL-3.0-or-later
// For those who look after the server: is it well, and what does it do.
#include <utility>

#include "server/api/routes.h"

namespace hearth::server {
namespace {

Response plainText(std::string text) {
  return {200, {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}}, std::move(text)};
}

void appendStats(std::string& text, const core::DispatcherStats& stats) {
  appendFigure(text, "hearth_hosts", "gauge", "Hosts known to the project.", stats.hosts);
  appendFigure(text, "hearth_batches_open", "gauge", "Batches that are not over.", stats.openBatches);
  appendFigure(text, "hearth_attempts_live", "gauge", "Attempts that hosts hold.", stats.liveAttempts);
  appendFigure(text, "hearth_attempts_lapsed", "gauge", "Attempts on hosts that fell silent.", stats.lapsedAttempts);
  appendFigure(text, "hearth_tasks_waiting_again", "gauge", "Tasks that want a further attempt.",
               stats.tasksWaitingAgain);
  appendFigure(text, "hearth_requirement_classes", "gauge", "Kinds of requirements in use.", stats.requirementClasses);
  appendFigure(text, "hearth_leases_total", "counter", "Leases given since the start.", stats.leasesGiven);
  appendFigure(text, "hearth_results_total", "counter", "Results returned since the start.", stats.resultsReturned);
  appendFigure(text, "hearth_tasks_certified_total", "counter", "Tasks certified since the start.",
               stats.tasksCertified);
  appendFigure(text, "hearth_tasks_failed_total", "counter", "Tasks failed since the start.", stats.tasksFailed);
  appendFigure(text, "hearth_leases_lapsed_total", "counter", "Leases whose hosts fell silent since the start.",
               stats.leasesLapsed);
  appendFigure(text, "hearth_leases_expired_total", "counter", "Attempts that passed their deadline since the start.",
               stats.leasesExpired);
  appendFigure(text, "hearth_replicas_total", "counter", "Replicas given in the tails of batches since the start.",
               stats.replicas);
}

void appendStats(std::string& text, const Runtime::Stats& stats) {
  appendFigure(text, "hearth_events_total", "counter", "Events handed to the dispatcher.", stats.events);
  appendFigure(text, "hearth_events_refused_total", "counter", "Events refused: overload or trouble.", stats.refused);
  appendFigure(text, "hearth_commits_total", "counter", "Rounds made durable.", stats.rounds);
  appendFigure(text, "hearth_commits_failed_total", "counter", "Rounds that the store could not keep.",
               stats.failedRounds);
  appendFigure(text, "hearth_events_waiting", "gauge", "Events that wait for the dispatcher.", stats.waiting);
}

void showMetrics(ApiContext& context, const Respond& respond) {
  context.deps.runtime.query([&context, respond](const core::Dispatcher& dispatcher) {
    std::string text;
    appendStats(text, dispatcher.stats());
    appendStats(text, context.deps.runtime.stats());
    if (context.deps.openConnections) {
      appendFigure(text, "hearth_connections", "gauge", "Open connections.", context.deps.openConnections());
    }
    Response response = plainText(text + context.metrics.text());
    response.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
    respond(std::move(response));
  });
}

constexpr Duration kFiguresLife = Duration::seconds(2);

wire::FiguresView viewOf(const core::DispatcherStats& stats, const db::Totals& totals) {
  return {stats.hosts,       stats.liveAttempts, stats.lapsedAttempts, stats.tasksWaitingAgain,
          stats.openBatches, totals.certified};
}

void showReady(ApiContext& context, const Respond& respond) {
  const auto trouble = context.deps.runtime.trouble();
  if (!trouble) return respond(plainText("ready\n"));
  Error error{ErrorCode::kUnavailable, "The server cannot keep anything at the moment: " + trouble->message,
              trouble->hint};
  if (error.hint.empty()) error.hint = "Look at the server's log and its disk. It goes on by itself once it can write.";
  respondError(respond, std::move(error));
}

}  // namespace

void figures(ApiContext& context, std::function<void(Result<wire::FiguresView>)> answer) {
  const Instant now = context.now();
  if (const auto kept = context.figures.find(0); kept && now - kept->first < kFiguresLife) return answer(kept->second);
  const auto totals = context.deps.read.totals();
  if (!totals) return answer(fail(totals.error()));
  context.deps.runtime.query(
      [&context, now, totals = *totals, answer = std::move(answer)](const core::Dispatcher& dispatcher) {
        const wire::FiguresView view = viewOf(dispatcher.stats(), totals);
        context.figures.put(0, {now, view});
        answer(view);
      });
}

void addStatusRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kGet, "/api/v1/figures", [&context](const RequestPtr&, const Respond& respond) {
    figures(context, [respond](Result<wire::FiguresView> view) {
      if (!view) return respondError(respond, std::move(view).error());
      respond(jsonResponse(200, wire::toJson(*view)));
    });
  });
  routes.anyone(Method::kGet, "/healthz",
                [](const RequestPtr&, const Respond& respond) { respond(plainText("ok\n")); });
  routes.anyone(Method::kGet, "/readyz",
                [&context](const RequestPtr&, const Respond& respond) { showReady(context, respond); });
  routes.anyone(Method::kGet, "/metrics",
                [&context](const RequestPtr&, const Respond& respond) { showMetrics(context, respond); });
}

}  // namespace hearth::server
