// SPDX-License-Identifier: GPL-3.0-or-later
// Pages for anybody: what this project is, who helps, how it is doing.
#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

json::object modelOf(const wire::FiguresView& figures) {
  return {{"hosts", figures.hosts}, {"running", figures.running}, {"silent", figures.silent},
          {"again", figures.again}, {"open", figures.open},       {"certified", figures.certified}};
}

void showFront(ApiContext& context, const Show& show) {
  figures(context, [show](Result<wire::FiguresView> view) {
    if (!view) return show(fail(std::move(view).error()));
    show(modelOf(*view));
  });
}

void showStatus(ApiContext& context, const Show& show) {
  const auto trouble = context.deps.runtime.trouble();
  figures(context, [show, trouble](Result<wire::FiguresView> view) {
    json::object model = view ? modelOf(*view) : json::object{};
    model["title"] = "Status";
    model["well"] = !trouble && view;
    const Error error = trouble ? Error(*trouble) : view ? Error{} : view.error();
    model["trouble"] = "The server cannot keep anything at the moment: " + error.message;
    model["troubleHint"] = error.hint;
    show(std::move(model));
  });
}

void showAbout(ApiContext& context, const Show& show) {
  auto versions = context.deps.read.appVersions();
  if (!versions) return show(fail(std::move(versions).error()));
  json::array rows;
  for (const db::AppVersion& version : *versions) {
    rows.push_back(json::object{
        {"name", version.name}, {"version", version.version}, {"created", formatInstant(version.created)}});
  }
  show(json::object{{"title", "What is computed here"},
                    {"text", context.options.about},
                    {"hasApplications", !rows.empty()},
                    {"applications", std::move(rows)}});
}

/// "12.5"
std::string hours(Duration time) {
  const std::int64_t tenths = time.micros / (Duration::hours(1).micros / 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

void showLeaders(ApiContext& context, const Visitor& visitor, const Show& show) {
  constexpr std::size_t kShown = 100;
  const auto leaders = context.deps.read.leaders(kShown);
  if (!leaders) return show(fail(leaders.error()));
  json::array rows;
  for (const Leader& leader : *leaders) {
    rows.push_back(json::object{{"place", rows.size() + 1},
                                {"name", leader.name},
                                {"hours", hours(leader.processorTime)},
                                {"tasks", leader.tasks}});
  }
  json::object model{{"title", "Who helps"}, {"any", !rows.empty()}, {"leaders", std::move(rows)}};
  if (visitor.caller) {
    const AccountId account = visitor.caller->account.id;
    const auto listed = context.deps.read.listed(account);
    if (!listed) return show(fail(listed.error()));
    const auto own = context.deps.read.contribution(account);
    if (!own) return show(fail(own.error()));
    model["listed"] = *listed;
    model["ownHours"] = hours(own->processorTime);
    model["ownTasks"] = own->tasks;
  }
  show(std::move(model));
}

}  // namespace

void addPublicPages(Pages& pages, ApiContext& context) {
  pages.add("/", "front", Access::kAnyone,
            [&context](const Visitor&, const RequestPtr&, const Show& show) { showFront(context, show); });
  pages.add("/status", "status", Access::kAnyone,
            [&context](const Visitor&, const RequestPtr&, const Show& show) { showStatus(context, show); });
  pages.add(
      "/leaders", "leaders", Access::kAnyone,
      [&context](const Visitor& visitor, const RequestPtr&, const Show& show) { showLeaders(context, visitor, show); });
  pages.add("/about", "about", Access::kAnyone,
            [&context](const Visitor&, const RequestPtr&, const Show& show) { showAbout(context, show); });
}

}  // namespace hearth::server
