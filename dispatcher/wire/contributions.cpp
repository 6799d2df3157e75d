// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/contributions.h"

#include "wire/model_json.h"

namespace hearth::wire {

std::string toJson(const LeadersView& view) {
  JsonWriter json;
  json.beginObject().key("leaders").beginArray();
  for (const Leader& leader : view.leaders) {
    json.beginObject()
        .member("name", leader.name)
        .member("tasks", leader.tasks)
        .member("processorTimeMs", leader.processorTime)
        .endObject();
  }
  return json.endArray().endObject().take();
}

std::string toJson(const ListingView& view) {
  return JsonWriter()
      .beginObject()
      .member("listed", view.listed)
      .member("tasks", view.contribution.tasks)
      .member("processorTimeMs", view.contribution.processorTime)
      .endObject()
      .take();
}

Result<bool> parseListingRequest(std::string_view text) {
  constexpr std::size_t kRequestBytes = 4 * limits::kKiB;
  return readJson<bool>(
      text,
      [](JsonReader& json, bool& listed) {
        json.refuseUnknown({"listed"});
        listed = json.flag("listed");
      },
      kRequestBytes);
}

}  // namespace hearth::wire
