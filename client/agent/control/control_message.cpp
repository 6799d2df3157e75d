// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/control_message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/suggest.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

constexpr std::array<std::string_view, 17> kVerbs = {
    "run",   "pause",    "finish", "quit",    "status", "subscribe", "preferences", "set",    "reset",
    "hello", "presence", "offers", "inspect", "join",   "leave",     "messages",    "history"};
constexpr std::size_t kValueBytes = 2048;  // of a preference
constexpr std::size_t kValues = 64;
constexpr std::uint32_t kMostDays = 400;
constexpr std::size_t kLinkBytes = 2000;
constexpr Duration kLongestIdle = Duration::days(366);

Result<ControlVerb> parseVerb(std::string_view text) {
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    if (kVerbs[i] == text) return static_cast<ControlVerb>(i);
  }
  return fail(ErrorCode::kInvalid, "there is no verb '" + std::string(text) + "'." + didYouMean(text, kVerbs),
              "docs/agent-control.md lists them. One that is missing may be of a newer agent: say hello.");
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
  if (text == "upgrade") return ErrorCode::kUnsupported;
  if (text == "expired") return ErrorCode::kUnauthorized;
  if (text == "wrong-server") return ErrorCode::kIntegrity;
  return ErrorCode::kInvalid;
}

void write(wire::JsonWriter& json, const Presence& presence) {
  json.member("idle", presence.idle);
  if (presence.idle) json.member("idleMs", presence.idleFor);
  if (presence.fullScreen) json.member("fullScreen", *presence.fullScreen);
  if (presence.game) json.member("game", *presence.game);
}

Presence readPresence(wire::JsonReader& json) {
  Presence presence;
  presence.idle = json.flag("idle");
  presence.idleFor = json.durationOr("idleMs", {});
  if (presence.idleFor > kLongestIdle) json.refuse("idleMs", "must be at most a year");
  if (json.has("fullScreen")) presence.fullScreen = json.flag("fullScreen");
  if (json.has("game")) presence.game = json.flag("game");
  return presence;
}

void readSet(wire::JsonReader& json, ControlRequest& request) {
  request.values = json.pairs("values", kValues, kValueBytes);
  if (!request.values.empty() && !json.has("name")) return;
  request.name = json.text("name");
  request.value = json.text("value", kValueBytes);
}

void readContent(wire::JsonReader& json, ControlRequest& request) {
  switch (request.verb) {
    case ControlVerb::kSet:
      return readSet(json, request);
    case ControlVerb::kReset:
      request.name = json.textOr("name", "");
      return;
    case ControlVerb::kHello:
      json.object("protocol", [&](wire::JsonReader& range) {
        request.lowest = range.number32("lowest");
        request.highest = range.number32("highest");
      });
      return;
    case ControlVerb::kPresence:
      request.presence = readPresence(json);
      return;
    case ControlVerb::kJoin:
    case ControlVerb::kInspect:
      request.link = json.text("link", kLinkBytes);
      request.name = json.textOr("name", "");
      return;
    case ControlVerb::kHistory:
      request.days = json.number32Or("days", request.days, kMostDays);
      return;
    case ControlVerb::kLeave:
      if (!json.failed() && request.project.empty()) json.refuse("project", "is missing", "Name what to leave.");
      return;
    default:
      return;
  }
}

std::string versions(std::uint32_t lowest, std::uint32_t highest) {
  return lowest == highest ? std::to_string(lowest) : std::to_string(lowest) + " to " + std::to_string(highest);
}

}  // namespace

Result<std::uint32_t> commonControlVersion(std::uint32_t lowest, std::uint32_t highest) {
  if (lowest > highest) {
    return fail(ErrorCode::kInvalid, "the client's range of protocol versions is empty",
                "State lowest before highest.");
  }
  if (highest >= kControlLowest && lowest <= kControlHighest) return std::min(highest, kControlHighest);
  const std::string both = "it speaks version " + versions(lowest, highest) + " of the control protocol, the agent " +
                           versions(kControlLowest, kControlHighest);
  if (highest < kControlLowest) {
    return fail(ErrorCode::kUnsupported, "this program is too old for the agent: " + both,
                "Upgrade it to the version of hearth-agent, and start it again.");
  }
  return fail(ErrorCode::kUnsupported, "the agent is too old for this program: " + both,
              "Upgrade hearth-agent and restart it; its tasks go on where they were saved.");
}

std::string toJson(const ControlRequest& request) {
  wire::JsonWriter json;
  json.beginObject().member("id", request.id).member("verb", kVerbs[static_cast<std::size_t>(request.verb)]);
  if (request.period) json.member("forMs", *request.period);
  if (!request.project.empty()) json.member("project", request.project);
  if (!request.name.empty()) json.member("name", request.name);
  if (!request.name.empty() && request.verb == ControlVerb::kSet) json.member("value", request.value);
  if (!request.values.empty()) {
    json.key("values").beginObject();
    for (const auto& [name, value] : request.values) json.member(name, value);
    json.endObject();
  }
  if (request.verb == ControlVerb::kHello) {
    json.key("protocol").beginObject().member("lowest", request.lowest).member("highest", request.highest).endObject();
  }
  if (request.presence) write(json, *request.presence);
  if (!request.link.empty()) json.member("link", request.link);
  if (request.verb == ControlVerb::kHistory) json.member("days", request.days);
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
  readContent(json, request);
  HEARTH_TRY(document->status());
  return request;
}

std::string controlReply(std::uint64_t id, std::string_view members) {
  wire::JsonWriter json;
  std::string reply = begin(json, id, true).endObject().take();
  if (members.size() <= 2) return reply;
  reply.back() = ',';
  return reply.append(members.substr(1));
}

std::string controlReply(std::uint64_t id, const Error& error, std::string_view code) {
  wire::JsonWriter json;
  begin(json, id, false).key("error").beginObject();
  json.member("code", code.empty() ? errorCodeName(error.code) : code)
      .member("message", error.message)
      .member("hint", error.hint);
  return json.endObject().endObject().take();
}

std::string controlStateEvent(std::string_view state) {
  return wire::JsonWriter().beginObject().member("event", "state").key("state").raw(state).endObject().take();
}

std::string controlEndEvent() { return R"({"event":"end"})"; }

std::string controlChangeEvent(std::string_view patch) {
  return wire::JsonWriter().beginObject().member("event", "change").key("patch").raw(patch).endObject().take();
}

Result<std::string> parseControlReply(std::string_view line, std::string_view member) {
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
  std::string content = json.raw(member);
  HEARTH_TRY(document->status());
  if (!ok) return fail(std::move(error));
  return content;
}

}  // namespace hearth::agent
