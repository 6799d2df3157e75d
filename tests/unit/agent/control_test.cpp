// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/app/status_text.h"
#include "agent/control/control_client.h"
#include "agent/control/control_server.h"
#include "agent/control/preference_tree.h"
#include "agent/control/record_tree.h"
#include "agent/control/state_tree.h"
#include "unit/agent/control_world.h"
#include "unit/agent/core_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

namespace json = boost::json;

AgentFacts facts() {
  AgentFacts made;
  made.version = "0.1.0";
  made.process = 4711;
  made.started = Instant::ofUnixSeconds(1'700'000'000);
  made.folder = "/var/lib/hearth-agent";
  made.description = host(4);
  made.limitation = "no control group of its own";
  return made;
}

std::vector<ProjectFacts> projects() {
  wire::ProjectView says{"Example", "Proteins", "https://grid.example.org/about", {"A vaccine"}, "ada", {}};
  says.contribution = Contribution{{}, 12, Duration::hours(3)};
  return {{"Example", "grid.example.org:8443", HostId{12}, Instant::ofUnixSeconds(1'702'592'000), 123'456, says}};
}

AgentStatus status() {
  AgentStatus made;
  made.state = AgentState::kPaused;
  made.reason = "paused by its owner";
  made.until = Instant::ofUnixSeconds(1'700'003'600);
  made.settings.paused = true;
  made.settings.pausedUntil = *made.until;
  made.server = {true, 0, "", Instant::ofUnixSeconds(1'700'000'100), Instant::ofUnixSeconds(1'700'000'130)};
  TaskStatus task;
  task.attempt = AttemptId{77};
  task.task = {BatchId{3}, 41};
  task.batchName = "ecm \"c120\"";
  task.phase = Phase::kRunning;
  task.frozen = true;
  task.reason = "paused";
  task.until = made.until;
  task.started = Instant::ofUnixSeconds(1'700'000'050);
  task.application = "ecm@7";
  task.owner = "emmy";
  task.purpose = "To factor numbers";
  task.progress = 0.25;
  task.remaining = Duration::minutes(12);
  made.tasks = {task};
  made.totals = {5, 1, 6};
  return made;
}

SharingStatus sharing(const AgentStatus& agent) {
  SharingStatus made;
  made.decision.processors = 4;
  made.decision.memoryBytes = 4ULL << 30;
  made.decision.diskBytes = 50ULL << 30;
  made.decision.network = {{Hindrance::kMetered, "the network costs by volume", {}, "on a network that does not"}};
  made.availability.fraction = 0.25;
  made.celsius = 61.3;
  made.projects = {{0, "Example", 100, Duration::hours(5), agent}};
  return made;
}

std::string shown(const AgentStatus& agent) { return stateJson(facts(), projects(), sharing(agent)); }

/// Holds the golden file against the text; HEARTH_UPDATE_GOLDEN=1 writes it.
void checkGolden(const std::string& name, const std::string& text) {
  const auto file = std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/unit/agent/golden" / name;
  if (std::getenv("HEARTH_UPDATE_GOLDEN") != nullptr) writeFile(file, text);
  CHECK(contentOf(file) == text);
}

/// RFC 7396, as a client applies it.
json::value patched(json::value target, const json::value& patch) {
  if (!patch.is_object()) return patch;
  if (!target.is_object()) target = json::object();
  for (const auto& member : patch.get_object()) {
    if (member.value().is_null()) {
      target.get_object().erase(member.key());
    } else {
      target.get_object()[member.key()] = patched(target.get_object()[member.key()], member.value());
    }
  }
  return target;
}

std::vector<ControlRequest> presences() {
  ControlRequest here{8, ControlVerb::kPresence}, away{9, ControlVerb::kPresence};
  here.presence = Presence{false, {}, true, {}};
  away.presence = Presence{true, Duration::minutes(10), {}, false};
  return {here, away};
}

std::vector<ControlRequest> joins() {
  ControlRequest look{13, ControlVerb::kInspect}, join{14, ControlVerb::kJoin}, leave{15, ControlVerb::kLeave};
  look.link = join.link = "hearth://join?server=grid.example.org:8443&token=t";
  join.name = "attic";
  leave.project = "Example";
  ControlRequest past{16, ControlVerb::kHistory}, read{17, ControlVerb::kMessages};
  past.days = 7;
  read.project = "Example";
  return {look, join, leave, past, read};
}

std::vector<ShownMessage> messages() {
  const Instant at = Instant::ofUnixSeconds(1'700'000'100);
  return {
      {"Example", {at, MessageLog::Direction::kSent, "POST /agent/v1/sync", "{\"held\":[]}"}},
      {"Example", {at + Duration::seconds(1), MessageLog::Direction::kReceived, "200 on POST /agent/v1/sync", "{}"}}};
}

std::vector<HistoryDay> history() {
  return {{19'675, 12, 1, Duration::seconds(8123), 64'984},
          {19'676, 1, 0, Duration::seconds(1), 8},
          {19'675, 3, 0, Duration::seconds(2), 16}};
}

}  // namespace

TEST_CASE("messages and history are shown to people, too") {
  const auto member = [](const std::string& reply, const char* name) {
    return json::serialize(json::parse(reply).at(name));
  };
  const auto told = messagesText(member(messagesJson(messages()), "messages")).value();
  CHECK(told.find("sent POST /agent/v1/sync\n{\"held\":[]}\n") != std::string::npos);
  CHECK(told.find("received") < told.find("sent"));
  const auto days = historyText(member(historyJson(history(), 30), "days")).value();
  CHECK(days.find("2023-11-14      15 tasks     1 failed       2.3 hours") != std::string::npos);
  CHECK(json::parse(historyJson(history(), 1)).at("days").as_array().size() == 1);
}

TEST_CASE("messages of many projects stay within what a client takes") {
  std::vector<ShownMessage> many(400, messages()[0]);
  for (ShownMessage& each : many) each.message.text.assign(MessageLog::kTextBytes, 'x');
  CHECK(messagesJson(many).size() < kControlReplyBytes);
}

TEST_CASE("the preferences are as documented") {
  Preferences own;
  REQUIRE(setPreference(own, "battery", "60%"));
  REQUIRE(setPreference(own, "shares.Example", "300"));
  std::string lines = preferencesJson(own, {});
  for (std::size_t at = 0; (at = lines.find("},", at)) != std::string::npos; at += 3) lines.insert(at + 2, "\n");
  checkGolden("preferences.json", lines + "\n");
}

TEST_CASE("the state tree is as documented") { checkGolden("state.json", shown(status()) + "\n"); }

TEST_CASE("an agent without projects says so") {
  SharingStatus none = sharing(status());
  none.projects.clear();
  const std::string text = stateJson(facts(), {}, none);
  const auto tree = json::parse(text);
  CHECK(tree.at("agent").at("state") == "unjoined");
  CHECK(tree.at("agent").at("ends") == "when it joins one");
  CHECK(tree.at("projects").as_object().empty());
  CHECK_FALSE(tree.as_object().contains("project"));
  CHECK(statusText(text, {}).value().find("hearth-agent join LINK") != std::string::npos);
  CHECK_FALSE(mergePatch(text, shown(status())).empty());
}

TEST_CASE("the state is shown to people with reason and end") {
  const auto text = statusText(shown(status()), Instant::ofUnixSeconds(1'700'000'110));
  REQUIRE(text);
  checkGolden("status.txt", *text);
  CHECK_FALSE(statusText("[]", {}));
}

TEST_CASE("replies and events are as documented") {
  std::string lines;
  lines += controlReply(7) + "\n";
  lines += controlReply(8, {ErrorCode::kForbidden, "user 1000 may not control this agent", "Use root."}) + "\n";
  lines += controlReply(9, "{\"state\":{\"agent\":{}}}") + "\n";
  lines += controlReply(10, "{\"changed\":" + changesJson({}, dedicatedPreferences()) + "}") + "\n";
  lines += controlReply(11, commonControlVersion(9, 9).error(), "upgrade") + "\n";
  lines += controlStateEvent("{\"agent\":{}}") + "\n";
  lines += controlEndEvent() + "\n";
  lines += controlReply(12, messagesJson(messages())) + "\n";
  lines += controlReply(13, historyJson(history(), 30)) + "\n";
  lines += controlChangeEvent("{\"agent\":{\"reason\":null}}") + "\n";
  lines += toJson(ControlRequest{3, ControlVerb::kPause, Duration::minutes(5), "Example"}) + "\n";
  lines += toJson(ControlRequest{4, ControlVerb::kSet, {}, "", "battery", "60%"}) + "\n";
  lines += toJson(ControlRequest{5, ControlVerb::kSet, {}, "", "", "", {{"heat.pause", "70"}, {"heat.resume", "60"}}});
  lines += "\n" + toJson(ControlRequest{6, ControlVerb::kReset, {}, "", "battery"}) + "\n";
  lines += toJson(ControlRequest{7, ControlVerb::kHello, {}, "", "", "", {}, 1, 2}) + "\n";
  for (const ControlRequest& request : presences()) lines += toJson(request) + "\n";
  lines += toJson(ControlRequest{12, ControlVerb::kOffers}) + "\n";
  for (const ControlRequest& request : joins()) lines += toJson(request) + "\n";
  checkGolden("control.jsonl", lines);
}

TEST_CASE("requests are read, and what is wrong with others is said") {
  std::uint64_t id = 0;
  for (const auto& request :
       {ControlRequest{1, ControlVerb::kRun, {}}, ControlRequest{2, ControlVerb::kPause, {}},
        ControlRequest{3, ControlVerb::kPause, Duration::hours(2)}, ControlRequest{4, ControlVerb::kSubscribe, {}},
        ControlRequest{5, ControlVerb::kFinish, {}, "Example"}, ControlRequest{6, ControlVerb::kPreferences, {}},
        ControlRequest{7, ControlVerb::kSet, {}, "", "programs", ""},
        ControlRequest{8, ControlVerb::kSet, {}, "", "", "", {{"battery", "no"}, {"times", ""}}},
        ControlRequest{9, ControlVerb::kReset}, ControlRequest{10, ControlVerb::kReset, {}, "", "battery"},
        ControlRequest{11, ControlVerb::kHello, {}, "", "", "", {}, 1, 7}, ControlRequest{12, ControlVerb::kOffers},
        presences()[0], presences()[1], joins()[0], joins()[1], joins()[2], joins()[3], joins()[4]}) {
    CHECK(parseControlRequest(toJson(request), id).value() == request);
    CHECK(id == request.id);
  }
  const auto misspelt = parseControlRequest(R"({"id":5,"verb":"puase"})", id);
  REQUIRE_FALSE(misspelt);
  CHECK(misspelt.error().message.find("pause") != std::string::npos);
  CHECK(id == 5);
  for (const char* bad : {"",
                          "{",
                          "[]",
                          "null",
                          R"({"verb":7})",
                          R"({"id":1})",
                          R"({"id":-1,"verb":"run"})",
                          R"({"verb":"run","forMs":5})",
                          R"({"verb":"set","name":"battery"})",
                          R"({"verb":"pause","forMs":0})",
                          R"({"verb":"hello"})",
                          R"({"verb":"set"})",
                          R"({"verb":"presence"})",
                          R"({"verb":"presence","idle":"no"})",
                          R"({"verb":"presence","idle":true,"idleMs":-1})",
                          R"({"verb":"set","values":{"battery":7}})",
                          R"({"verb":"join"})",
                          R"({"verb":"history","days":401})",
                          R"({"verb":"leave"})",
                          R"({"verb":"hello","protocol":2})",
                          R"({"verb":"pause","forMs":99999999999999})"}) {
    INFO(bad);
    CHECK_FALSE(parseControlRequest(bad, id));
  }
}

TEST_CASE("a merge patch turns one state into the next") {
  AgentStatus next = status();
  next.state = AgentState::kRunning;
  next.reason.clear();
  next.until.reset();
  next.tasks[0].frozen = false;
  next.tasks[0].attempt = AttemptId{78};
  const std::string before = shown(status());
  const std::string after = shown(next);
  const std::string patch = mergePatch(before, after);
  CHECK(patched(json::parse(before), json::parse(patch)) == json::parse(after));
  CHECK(json::parse(patch).at("tasks").at("77").is_null());
  CHECK(mergePatch(after, after).empty());
}

TEST_CASE("both sides speak the highest version that they have in common, or say which of them is older") {
  CHECK(commonControlVersion(1, 1).value() == 1);
  CHECK(commonControlVersion(1, 2).value() == 2);
  CHECK(commonControlVersion(2, 9).value() == 2);
  CHECK(commonControlVersion(0, 0).error().message.find("this program is too old") != std::string::npos);
  const Error newer = commonControlVersion(3, 4).error();
  CHECK(newer.message.find("the agent is too old") != std::string::npos);
  CHECK(newer.hint.find("Upgrade hearth-agent") != std::string::npos);
  CHECK(commonControlVersion(2, 1).error().code == ErrorCode::kInvalid);
}

TEST_CASE("a client is known by its connection, and the agent is told when that ends") {
  Served served;
  {
    Line tray(served.path()), other(served.path());
    for (Line* line : {&tray, &other}) {
      line->say("{\"id\":1,\"verb\":\"presence\",\"idle\":false}\n");
      CHECK(line->hear() == controlReply(1));
    }
    CHECK(served.target.left == 0);
  }
  CHECK(eventually([&] { return served.target.left > 0; }));
  CHECK(served.target.clients[0] != served.target.clients[1]);
}

TEST_CASE("a second agent does not take a socket over from one that lives") {
  Served served;
  const auto second = ControlServer::start(served.context, served.path(), served.target, {ownIdentity()});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(askAgent(served.path(), {1, ControlVerb::kStatus, {}}));
}

TEST_CASE("a client finds the agent where it was named, or the service, or one's own") {
  const auto sockets = controlSockets("/somewhere/else.sock");
  CHECK(sockets.front() == "/somewhere/else.sock");
  CHECK(sockets[1] == "/run/hearth-agent/control.sock");
  CHECK(sockets[2].filename() == "control.sock");
  CHECK(controlSockets("").front() == "/run/hearth-agent/control.sock");
  Served served;
  const auto nobody = served.folder / "nobody.sock";
  CHECK(listeningSocket({nobody, served.path(), "/also/nobody"}) == served.path());
  CHECK(listeningSocket({nobody, "/also/nobody"}) == "/also/nobody");
}

TEST_CASE("verbs and status go over the socket") {
  Served served;
  served.target.tree = shown(status());
  CHECK(json::parse(askAgent(served.path(), {1, ControlVerb::kStatus, {}}).value()) == json::parse(served.target.tree));
  CHECK(askAgent(served.path(), {2, ControlVerb::kPause, Duration::minutes(1)}).value().empty());
  REQUIRE(served.target.orders.size() == 1);
  CHECK(served.target.orders[0].period == Duration::minutes(1));
  Line line(served.path());
  line.say("{\"id\":9,\"verb\":\"nonsense\"}\n{\"id\":10,\"verb\":\"run\"}\n");
  CHECK(line.hear().find("\"id\":9,\"ok\":false") != std::string::npos);
  CHECK(line.hear() == controlReply(10));
}

TEST_CASE("two projects have their tasks and states apart from each other") {
  auto facts2 = projects();
  facts2.push_back({"Other", "other.example.org:8443", HostId{3}, Instant::ofUnixSeconds(1'702'592'000), 1, {}});
  SharingStatus both = sharing(status());
  AgentStatus idle;
  idle.state = AgentState::kIdle;
  idle.reason = "the server has no work";
  idle.ends = "at the next call";
  both.projects.push_back({1, "Other", 300, {}, idle});
  both.projects[1].agent.tasks = both.projects[0].agent.tasks;  // each server counts its attempts by itself
  const std::string text = stateJson(facts(), facts2, both);
  const auto tree = json::parse(text);
  CHECK(tree.at("tasks").as_object().size() == 2);
  CHECK(tree.at("tasks").at("Other/77").at("project") == "Other");
  CHECK(tree.at("projects").at("Other").at("share") == 300);
  CHECK(tree.at("projects").at("Other").at("ends") == "at the next call");
  CHECK(tree.at("host").at("cacheBytes") == 123'457);
  CHECK(statusText(text, Instant::ofUnixSeconds(1'700'000'110)).value().find("Other at other.example.org") !=
        std::string::npos);
}

TEST_CASE("preferences are shown and set over the socket, and what is refused is said") {
  Served served;
  served.target.answers = [](const ControlRequest& request) -> ControlTarget::Outcome {
    if (request.name == "nonsense") {
      return tl::unexpected(ControlError{{ErrorCode::kInvalid, "there is none", "List them."}});
    }
    if (request.verb == ControlVerb::kPreferences) return "{\"preferences\":" + preferencesJson({}, {}) + "}";
    return "{\"changed\":[{\"name\":\"battery\",\"from\":\"no\",\"to\":\"60%\"}]}";
  };
  const auto shownOnes = askAgent(served.path(), {1, ControlVerb::kPreferences, {}});
  REQUIRE(shownOnes);
  CHECK(*shownOnes == preferencesJson({}, {}));
  CHECK(preferencesText(*shownOnes).value().find("in-use.processors  0%") != std::string::npos);
  const auto changed = askAgent(served.path(), {2, ControlVerb::kSet, {}, "", "battery", "60%"});
  CHECK(changesText(changed.value()).value() == "battery: no -> 60%\n");
  CHECK(served.target.orders.back().value == "60%");
  const auto refused = askAgent(served.path(), {3, ControlVerb::kSet, {}, "", "nonsense", "1"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().hint == "List them.");
}

TEST_CASE("a subscriber is told the state and then each change of it") {
  Served served;
  served.target.tree = shown(status());
  Line line(served.path());
  line.say("{\"id\":1,\"verb\":\"subscribe\"}\n");
  CHECK(line.hear() == controlReply(1));
  const std::string first = line.hear();
  CHECK(first == controlStateEvent(served.target.tree));
  const std::string before = served.target.tree;
  AgentStatus next = status();
  next.totals.finished = 6;
  const std::string after = shown(next);
  boost::asio::post(served.context, [&] {
    served.target.tree = after;
    served.server->changed();
    served.server->changed();
  });
  const std::string change = line.hear();
  CHECK(change == controlChangeEvent(mergePatch(before, after)));
}

TEST_CASE("who listens is told that the agent ends") {
  auto served = std::make_unique<Served>();
  Line line(served->path());
  line.say("{\"id\":1,\"verb\":\"subscribe\"}\n");
  CHECK(line.hear() == controlReply(1));
  CHECK(line.hear() == controlStateEvent("{}"));
  served.reset();
  CHECK(line.hear() == controlEndEvent());
  CHECK(line.hear() == "(end)");
}

TEST_CASE("a line without an end is cut off with an error") {
  Served served;
  Line line(served.path());
  line.say(std::string(2 * kControlLineBytes, 'x'));
  CHECK(line.hear().find("one line of at most") != std::string::npos);
  CHECK(line.hear() == "(end)");
}

TEST_CASE("there are so many clients and no more") {
  Served served;
  std::vector<std::unique_ptr<Line>> lines;
  for (std::size_t i = 0; i < kControlClients; ++i) {
    lines.push_back(std::make_unique<Line>(served.path()));
    lines.back()->say("{\"id\":1,\"verb\":\"run\"}\n");
    CHECK(lines.back()->hear() == controlReply(1));
  }
  Line more(served.path());
  CHECK(more.hear().find("too many clients") != std::string::npos);
  lines.clear();
}

TEST_CASE("the agent's own user, root and members of its group may control it, nobody else") {
  const Peer own{500, {600}};
  CHECK(mayControl({500, {7}}, own));
  CHECK(mayControl({0, {0}}, own));
  CHECK(mayControl({501, {7, 600}}, own));
  CHECK_FALSE(mayControl({501, {7, 601}}, own));
  CHECK_FALSE(mayControl({600, {500}}, own));
}

TEST_CASE("who may not control the agent is told so") {
  if (::geteuid() == 0) return;  // root may always; the rule itself is tested above
  Served served({Peer{::geteuid() + 1, {::getegid() + 12'345}}});
  const auto reply = askAgent(served.path(), {1, ControlVerb::kStatus, {}});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == ErrorCode::kForbidden);
  CHECK_FALSE(reply.error().hint.empty());
}

TEST_CASE("where no agent runs the error says how to start one") {
  TempFolder folder;
  const auto reply = askAgent(folder / "control.sock", {1, ControlVerb::kStatus, {}});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == ErrorCode::kNotFound);
  CHECK(reply.error().hint.find("daemon") != std::string::npos);
}
