// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/limits.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"
#include "wire/project.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kTokenBytes = 1024;
constexpr std::size_t kRequestBytes = 16 * limits::kKiB;  // anyone may send one
constexpr std::size_t kAboutBytes = 4000;
constexpr std::size_t kHomeBytes = 1000;

}  // namespace

std::string toJson(const ProjectRequest& request) {
  JsonWriter json;
  json.beginObject().key("protocol").beginObject();
  json.member("lowest", request.protocol.lowest).member("highest", request.protocol.highest).endObject();
  return json.member("token", request.token).endObject().take();
}

Result<ProjectRequest> parseProjectRequest(std::string_view text) {
  return readJson<ProjectRequest>(
      text,
      [](JsonReader& json, ProjectRequest& request) {
        json.object("protocol", [&](JsonReader& range) {
          request.protocol.lowest = range.number32("lowest");
          request.protocol.highest = range.number32("highest");
        });
        if (auto common = commonVersion(request.protocol); !json.failed() && !common) {
          json.refuse("protocol", std::move(common).error());
        }
        request.token = json.text("token", kTokenBytes);
      },
      kRequestBytes);
}

std::string toJson(const ProjectView& view) {
  JsonWriter json(1024);
  json.beginObject().member("name", view.name).member("about", view.about).member("home", view.home);
  if (!view.uses.empty()) {
    json.key("uses").beginArray();
    for (const std::string& use : view.uses) json.value(use);
    json.endArray();
  }
  if (!view.account.empty()) json.member("account", view.account);
  if (view.contribution) {
    json.key("contribution").beginObject().member("tasks", view.contribution->tasks);
    json.member("processorMs", view.contribution->processorTime).endObject();
  }
  return json.endObject().take();
}

Result<ProjectView> parseProjectView(std::string_view text) {
  return readJson<ProjectView>(text, [](JsonReader& json, ProjectView& view) {
    view.name = json.text("name");
    view.about = json.textOr("about", "", kAboutBytes);
    view.home = json.textOr("home", "", kHomeBytes);
    view.uses = json.texts("uses", kProjectUses, kProjectUseBytes);
    view.account = json.textOr("account", "");
    json.objectIfAny("contribution", [&](JsonReader& inner) {
      Contribution& sums = view.contribution.emplace();
      sums.tasks = inner.number("tasks");
      sums.processorTime = inner.duration("processorMs");
    });
  });
}

}  // namespace hearth::wire
