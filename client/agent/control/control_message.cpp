// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/control_message.h"

#include <array>
#include <utility>

#include "base/suggest.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

constexpr std::array<std::string_view, 8> kVerbs = {"run",    "pause",     "finish",      "quit",
                                                    "status", "subscribe", "preferences", "set"};
constexpr std::size_t kValueBytes = 2048;  // of a preference

Result<ControlVerb> parseVerb(std::string_view text) {
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    if (kVerbs[i] == text) return static_cast<ControlVerb>(i);
  }
  return fail(ErrorCode::kInvalid, "there is no verb '" + std::string(text) + "'." + didYouMean(text, kVerbs),
              "The verbs are run, pause, finish, quit, status, subscribe, preferences and set.");
}

wire::JsonWriter& begin(wire::JsonWriter& json, std::uint64_t id, bool ok) {
  return json.beginObject().member("id", id).member("ok", ok);
}

constexpr std::array<ErrorCode, 12> kCodes = {ErrorCode::kInvalid,   ErrorCode::kUnauthorized, ErrorCode::kForbidden,
                                              ErrorCode::kNotFound,  ErrorCode::kConflict,     ErrorCode::kTooLarge,
                                              ErrorCode::kExhausted, ErrorCode::kUnavailable,  ErrorCode::kIo,
                                              ErrorCode::kIntegrity, ErrorCode::kUnsupported,  ErrorCode::kTimeout};

ErrorCode codeNamed(std::string_view text) {
  for (const ErrorCode code : kCodes) {
    if (text == errorCodeName(code)) return code;
  }
  return ErrorCode::kInvalid;
}

}  // namespace

std::string toJson(const ControlRequest& request) {
  wire::JsonWriter json;
  json.beginObject().member("id", request.id).member("verb", kVerbs[static_cast<std::size_t>(request.verb)]);
  if (request.period) json.member("forMs", *request.period);
  if (!request.project.empty()) json.member("project", request.project);
  if (!request.name.empty()) json.member("name", request.name).member("value", request.value);
  return json.endObject().take();
}

Result<ControlRequest> parseControlRequest(std::string_view line, std::uint64_t& id) {
  auto document = wire::JsonDocument::parse(line, kControlLineBytes);
  if (!document) return fail(std::move(document).error());
  wire::JsonReader json = document->root();
  ControlRequest request;
  id = request.id = json.numberOr("id", 0);
  request.verb = json.word<ControlVerb>("verb", parseVerb);
  if (json.has("forMs")) request.period = json.duration("forMs");
  if (request.period && request.verb != ControlVerb::kPause) json.refuse("forMs", "belongs to pause only");
  if (request.period && (*request.period <= Duration{} || *request.period > kLongestPause)) {
    json.refuse("forMs", "must be more than 0 and at most a year");
  }
  request.project = json.textOr("project", "");
  if (request.verb == ControlVerb::kSet) {
    request.name = json.text("name");
    request.value = json.text("value", kValueBytes);
  }
  HEARTH_TRY(document->status());
  return request;
}

std::string controlReply(std::uint64_t id) {
  wire::JsonWriter json;
  return begin(json, id, true).endObject().take();
}

std::string controlReply(std::uint64_t id, const Error& error) {
  wire::JsonWriter json;
  begin(json, id, false).key("error").beginObject();
  json.member("code", errorCodeName(error.code)).member("message", error.message).member("hint", error.hint);
  return json.endObject().endObject().take();
}

std::string controlReplyWithState(std::uint64_t id, std::string_view state) {
  wire::JsonWriter json;
  return begin(json, id, true).key("state").raw(state).endObject().take();
}

std::string controlReplyWithPreferences(std::uint64_t id, std::string_view preferences) {
  wire::JsonWriter json;
  return begin(json, id, true).key("preferences").raw(preferences).endObject().take();
}

std::string controlStateEvent(std::string_view state) {
  return wire::JsonWriter().beginObject().member("event", "state").key("state").raw(state).endObject().take();
}

std::string controlChangeEvent(std::string_view patch) {
  return wire::JsonWriter().beginObject().member("event", "change").key("patch").raw(patch).endObject().take();
}

Result<std::string> parseControlReply(std::string_view line) {
  auto document = wire::JsonDocument::parse(line, kControlReplyBytes);
  if (!document) return fail(std::move(document).error());
  wire::JsonReader json = document->root();
  const bool ok = json.flag("ok");
  Error error;
  if (!json.failed() && !ok) {
    json.object("error", [&](wire::JsonReader& inner) {
      error.code = codeNamed(inner.text("code"));
      error.message = inner.text("message", 4096);
      error.hint = inner.textOr("hint", "", 4096);
    });
  }
  std::string content = json.has("preferences") ? json.raw("preferences") : json.raw("state");
  HEARTH_TRY(document->status());
  if (!ok) return fail(std::move(error));
  return content;
}

}  // namespace hearth::agent
