// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <condition_variable>
#include <functional>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "agent/app/agent_loop.h"
#include "agent/app/state_folder.h"
#include "agent/app/status_text.h"
#include "agent/control/control_client.h"
#include "agent/platform/files.h"
#include "unit/agent/control_world.h"
#include "unit/agent/package_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

/// Runs a "program" that writes its index into its declared output; `slow` ones run until they are stopped.
class FakeExecutor : public sandbox::Executor {
 public:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool stopped = false;
    bool frozen = false;
    std::string reason;
  };
  class FakeRun : public sandbox::Run {
   public:
    FakeRun(std::shared_ptr<State> state, std::thread thread)
        : m_state(std::move(state)), m_thread(std::move(thread)) {}
    ~FakeRun() override {
      stop("gone");
      m_thread.join();
    }
    void freeze() override { m_state->frozen = true; }
    void thaw() override { m_state->frozen = false; }
    void checkpoint() override {}
    void stop(std::string reason) override {
      const std::lock_guard lock(m_state->mutex);
      m_state->stopped = true;
      m_state->reason = std::move(reason);
      m_state->changed.notify_all();
    }
    Usage usage() const override { return {}; }

   private:
    std::shared_ptr<State> m_state;
    std::thread m_thread;
  };

  SandboxTier tier() const override { return SandboxTier::kNamespaces; }
  const std::string& limitation() const override { return m_limitation; }
  Result<std::unique_ptr<sandbox::Run>> start(sandbox::RunSpec spec,
                                              std::function<void(sandbox::RunEnd)> onEnd) override {
    ++started;
    writeFile(spec.standardOutput, "");
    writeFile(spec.standardError, "a word for people");
    auto state = std::make_shared<State>();
    std::thread thread([state, spec, onEnd = std::move(onEnd), isSlow = slow.load()] {
      if (isSlow) {
        std::unique_lock lock(state->mutex);
        state->changed.wait(lock, [&] { return state->stopped; });
        onEnd({ExitKind::kHostFailed, 0, state->reason, {}});
        return;
      }
      writeFile(spec.work / "out", "result of " + spec.arguments.at(0) + contentOf(spec.work / "in"));
      onEnd({ExitKind::kOk, 0, "", {}});
    });
    return std::unique_ptr<sandbox::Run>(std::make_unique<FakeRun>(state, std::move(thread)));
  }
  std::atomic<bool> slow = false;
  std::atomic<int> started = 0;

 private:
  std::string m_limitation;
};

/// An agent with everything but the network and the sandbox.
struct AgentWorld : PackageWorld {
  FakeExecutor executor;
  StateFolder state{folder / "agent"};
  ProjectFolder project{state.projects() / "example"};
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, ResultReport> results;
  std::set<std::uint64_t> leased;
  std::uint64_t next = 1, left = 0;
  std::atomic<bool> ownerIsHere = false;
  Preferences kept;                     ///< as the loop wanted them kept
  bool down = false, goesDown = false;  ///< goesDown: once all tasks are given

  AgentWorld() {
    REQUIRE(makeFolder(state.root, 0711));
    REQUIRE(state.prepare());
    REQUIRE(makeFolder(project.root, 0711));
    REQUIRE(project.prepare());
    const Digest input = link.add(" with input");
    job.inputs = {{"in", input, 11}};
    job.requirements.diskBytes = 1;
    link.onSync = [this](const wire::SyncRequest& request) { return sync(request); };
  }

  tl::expected<wire::SyncReply, SyncFailed> sync(const wire::SyncRequest& request) {
    const std::lock_guard lock(mutex);
    if (down) return tl::unexpected(SyncFailed{{ErrorCode::kUnavailable, "down", ""}, std::nullopt});
    wire::SyncReply reply;
    reply.nextSync = Duration::seconds(1);
    for (const auto& result : request.results) {
      results[result.attempt.value] = result.report;
      leased.erase(result.attempt.value);
      reply.acks.push_back({result.attempt, wire::AckVerdict::kAccepted, "", {}});
    }
    for (std::uint32_t i = 0; i < request.free.tasks && left > 0; ++i, --left, ++next) {
      leased.insert(next);
      reply.attempts.push_back({AttemptId{next},
                                {BatchId{1}, next},
                                0,
                                Duration::minutes(10),
                                Duration::hours(1),
                                {{"index", std::to_string(next)}},
                                {}});
    }
    reply.jobs = {job};
    down = goesDown && left == 0;
    changed.notify_all();
    return reply;
  }

  template <typename Holds>
  bool wait(Holds holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), holds);
  }
};

/// Memberships without a network: there is one project to be joined.
struct FakeMemberships : Memberships {
  AgentWorld& world;
  std::unique_ptr<Journal> journal;
  std::atomic<int> joins = 0, erased = 0;
  std::atomic<bool> slow = false;
  std::optional<Error> trouble;

  explicit FakeMemberships(AgentWorld& given) : world(given) {}

  Result<Prospect> inspect(const std::string& link) override {
    if (trouble) return fail(*trouble);
    return Prospect{"Example", "Proteins", "https://example.org", link, digestOf(7)};
  }
  Result<JoinedProject> join(const std::string&, const std::string&) override {
    while (slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (trouble) return fail(*trouble);
    ProjectFacts facts;
    facts.project = "Example";
    facts.server = "example.org:8443";
    facts.host = HostId{3};
    if (joins++ > 0 && erased == 0) return JoinedProject{facts, std::nullopt};
    journal = Journal::open(world.project.journal()).value();
    ProjectParts parts{world.link, *journal, *world.cache, *world.store, world.project.tasks(), facts};
    parts.folder = world.project.root;
    return JoinedProject{facts, parts};
  }
  Result<void> erase(const std::filesystem::path& folder) override {
    CHECK(folder == world.project.root);
    ++erased;
    return {};
  }
};

/// One life of the agent in a thread.
class Life {
 public:
  explicit Life(AgentWorld& world, Memberships* memberships = nullptr, std::vector<Invitation> invitations = {}) {
    LoopParts parts;
    ProjectFacts facts;
    facts.project = "Example";
    if (memberships == nullptr) {
      m_journal = Journal::open(world.project.journal()).value();
      parts.projects.push_back({world.link, *m_journal, *world.cache, *world.store, world.project.tasks(), facts});
    }
    parts.memberships = memberships;
    parts.invitations = [invitations] { return invitations; };
    parts.executor = &world.executor;
    parts.controlSocket = world.state.control();
    parts.describe = [] { return HostSeen{host(), ""}; };
    parts.see = [&world](const Preferences&, Instant now, Duration) {
      PolicyFacts seen;
      if (world.ownerIsHere) seen.lastInput = now;
      return seen;
    };
    parts.keepPreferences = [&world](const Preferences& changed) -> Result<void> {
      const std::lock_guard lock(world.mutex);
      world.kept = changed;
      return {};
    };
    parts.facts.description = host();
    parts.log = [](bool, const std::string&) {};
    parts.seed = 1;
    m_loop = std::make_unique<AgentLoop>(m_context, std::move(parts));
    REQUIRE(m_loop->start());
    m_thread = std::thread([this] { m_context.run(); });
  }
  /// As if killed: nothing is told to anybody.
  ~Life() {
    m_context.stop();
    if (m_thread.joinable()) m_thread.join();
    m_loop.reset();
  }
  void waitForExit() { m_thread.join(); }

 private:
  boost::asio::io_context m_context{1};
  std::unique_ptr<Journal> m_journal;
  std::unique_ptr<AgentLoop> m_loop;
  std::thread m_thread;
};

/// As the control socket tells it: what it shows is in the journal.
std::size_t tasksInPhase(const AgentWorld& world, const std::string& phase) {
  const auto state = askAgent(world.state.control(), {1, ControlVerb::kStatus, {}});
  if (!state) return 0;
  std::size_t count = 0;
  const std::string words = "\"phase\":\"" + phase + "\"";
  for (std::size_t at = state->find(words); at != std::string::npos; at = state->find(words, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("an agent without projects waits for one, joins it while it runs, and leaves it again") {
  AgentWorld world;
  world.left = 3;
  FakeMemberships memberships(world);
  Life life(world, &memberships);
  Line line(world.state.control());
  const auto asked = [&](const std::string& request) {
    line.say(request + "\n");
    return line.hear();
  };
  CHECK(asked(R"({"id":1,"verb":"status"})").find("\"state\":\"unjoined\"") != std::string::npos);
  CHECK(asked(R"({"id":2,"verb":"inspect","link":"hearth://join?x"})") ==
        R"({"id":2,"ok":true,"project":{"name":"Example","about":"Proteins","home":"https://example.org",)"
        R"("server":"hearth://join?x","fingerprint":")" +
            digestOf(7).hex() + R"("}})");
  CHECK(memberships.joins == 0);
  CHECK(asked(R"({"id":3,"verb":"join","link":"hearth://join?x"})") ==
        R"({"id":3,"ok":true,"project":{"name":"Example","server":"example.org:8443","host":3}})");
  REQUIRE(world.wait([&] { return world.results.size() == 3; }));
  CHECK(asked(R"({"id":4,"verb":"set","name":"shares.Example","value":"50"})").find("\"ok\":true") !=
        std::string::npos);
  CHECK(asked(R"({"id":5,"verb":"leave","project":"Exmaple"})").find("\"code\":\"not-found\"") != std::string::npos);
  CHECK(asked(R"({"id":6,"verb":"leave","project":"Example"})") == R"({"id":6,"ok":true})");
  CHECK(memberships.erased == 1);
  CHECK(asked(R"({"id":7,"verb":"status"})").find("\"state\":\"unjoined\"") != std::string::npos);
  CHECK(world.kept.shares.empty());
  CHECK(asked(R"({"id":8,"verb":"join","link":"hearth://join?x"})").find("\"ok\":true") != std::string::npos);
  CHECK(asked(R"({"id":9,"verb":"quit"})") == R"({"id":9,"ok":true})");
  life.waitForExit();
}

TEST_CASE("an agent without projects quits, too") {
  AgentWorld world;
  FakeMemberships memberships(world);
  auto life = std::make_unique<Life>(world, &memberships);
  Line watching(world.state.control());
  watching.say("{\"id\":1,\"verb\":\"subscribe\"}\n");
  CHECK(watching.hear() == controlReply(1));
  watching.hear();
  watching.say("{\"id\":2,\"verb\":\"quit\"}\n");
  life->waitForExit();
  life.reset();
  std::vector<std::string> heard;
  do heard.push_back(watching.hear());
  while (heard.back() != "(end)");
  REQUIRE(heard.size() >= 3);
  CHECK(heard[heard.size() - 3] == controlReply(2));
  CHECK(heard[heard.size() - 2] == controlEndEvent());
}

TEST_CASE("two who join the same project at the same time join it once, and both are told") {
  AgentWorld world;
  FakeMemberships memberships(world);
  memberships.slow = true;
  Life life(world, &memberships);
  Line first(world.state.control()), second(world.state.control());
  first.say("{\"id\":1,\"verb\":\"join\",\"link\":\"hearth://join?x\"}\n{\"id\":2,\"verb\":\"status\"}\n");
  CHECK(first.hear().starts_with("{\"id\":2"));  // others do not wait for it
  second.say("{\"id\":1,\"verb\":\"join\",\"link\":\"hearth://join?x\"}\n{\"id\":2,\"verb\":\"status\"}\n");
  CHECK(second.hear().starts_with("{\"id\":2"));
  memberships.slow = false;
  CHECK(first.hear().starts_with("{\"id\":1,\"ok\":true"));
  CHECK(second.hear().starts_with("{\"id\":1,\"ok\":true"));
  CHECK(memberships.joins == 1);
  first.say("{\"id\":3,\"verb\":\"join\",\"link\":\"hearth://join?other\"}\n");
  CHECK(first.hear().starts_with("{\"id\":3,\"ok\":true"));
  const auto state = askAgent(world.state.control(), {1, ControlVerb::kStatus, {}}).value();
  CHECK(state.find("\"host\":3") != std::string::npos);
  CHECK(projectsText(state).value().find("\n") == projectsText(state).value().size() - 1);
}

TEST_CASE("what is wrong with a link is said with a word that programs understand") {
  AgentWorld world;
  FakeMemberships memberships(world);
  Life life(world, &memberships);
  for (const auto& [code, word] : {std::pair{ErrorCode::kUnauthorized, "expired"},
                                   {ErrorCode::kIntegrity, "wrong-server"},
                                   {ErrorCode::kInvalid, "invalid"},
                                   {ErrorCode::kUnavailable, "unavailable"}}) {
    memberships.trouble = Error{code, "so it is", ""};
    for (const std::string verb : {"inspect", "join"}) {
      Line line(world.state.control());
      line.say("{\"id\":1,\"verb\":\"" + verb + "\",\"link\":\"hearth://join?x\"}\n");
      CHECK(line.hear().find("\"code\":\"" + std::string(word) + "\"") != std::string::npos);
    }
  }
}

TEST_CASE("an agent without projects follows the installation's invitation that says so") {
  AgentWorld world;
  world.left = 1;
  FakeMemberships memberships(world);
  Life life(world, &memberships, {{"Other", "", "", "hearth://other", false}, {"Example", "", "", "hearth://x", true}});
  REQUIRE(world.wait([&] { return world.results.size() == 1; }));
  CHECK(memberships.joins == 1);
}

TEST_CASE("tasks go through cache, package, run, collection and upload to the server") {
  AgentWorld world;
  world.left = 20;
  {
    Life life(world);
    REQUIRE(world.wait([&] { return world.results.size() == 20; }));
    CHECK(eventually([&] { return std::filesystem::is_empty(world.project.tasks()); }));
  }
  const auto uploaded = world.link.uploaded();
  for (const auto& [attempt, report] : world.results) {
    CHECK(report.exit == ExitKind::kOk);
    REQUIRE(report.outputs.size() == 1);
    CHECK(report.outputs[0].path == "out");
    CHECK(uploaded.at(report.outputs[0].digest) == "result of " + std::to_string(attempt) + " with input");
    CHECK(uploaded.at(report.standardError) == "a word for people");
    CHECK(report.standardOutput == Digest{});
  }
  CHECK(world.link.downloads() == 4);  // manifest, two files, one input
}

TEST_CASE("results that could not be returned survive the agent's death") {
  AgentWorld world;
  world.left = 2;
  world.goesDown = true;
  {
    Life life(world);
    REQUIRE(world.wait([&] { return world.leased.size() == 2; }));
    CHECK(eventually([&] { return tasksInPhase(world, "returned") == 2; }));
  }
  const int started = world.executor.started;
  {
    const std::lock_guard lock(world.mutex);
    world.goesDown = world.down = false;
  }
  Life life(world);
  REQUIRE(world.wait([&] { return world.leased.empty(); }));
  CHECK(world.executor.started == started);
}

TEST_CASE("verbs reach the core, and quit ends the agent politely") {
  AgentWorld world;
  world.left = 2;
  world.executor.slow = true;
  Life life(world);
  REQUIRE(eventually([&] { return world.executor.started == 2; }));
  REQUIRE(askAgent(world.state.control(), {1, ControlVerb::kPause, {}}));
  const auto paused = askAgent(world.state.control(), {2, ControlVerb::kStatus, {}});
  REQUIRE(paused);
  CHECK(paused->find("\"state\":\"paused\"") != std::string::npos);
  CHECK(paused->find("\"frozen\":true") != std::string::npos);
  REQUIRE(askAgent(world.state.control(), {3, ControlVerb::kQuit, {}}));
  life.waitForExit();
  CHECK(world.results.empty());
}

TEST_CASE("when the owner comes back the runs are frozen, and thawed when they may run while somebody is here") {
  AgentWorld world;
  world.left = 2;
  world.executor.slow = true;
  Life life(world);
  REQUIRE(eventually([&] { return world.executor.started == 2; }));
  world.ownerIsHere = true;
  const auto shows = [&](const std::string& text) {
    const auto state = askAgent(world.state.control(), {1, ControlVerb::kStatus, {}});
    return state && state->find(text) != std::string::npos;
  };
  CHECK(eventually([&] { return shows("\"frozen\":true") && shows("\"state\":\"waiting\""); }));
  CHECK(shows("the owner uses this machine"));
  const auto refused = askAgent(world.state.control(), {2, ControlVerb::kSet, {}, "", "in-use.processors", "200%"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("in-use.processors") != std::string::npos);
  REQUIRE(askAgent(world.state.control(), {3, ControlVerb::kSet, {}, "", "in-use.processors", "100%"}));
  CHECK(shows("\"frozen\":false"));
  CHECK(world.kept.inUse.processors == 100);
}

TEST_CASE("somebody's desktop freezes the runs at once, and is not minded any more when it is gone") {
  AgentWorld world;
  world.left = 2;
  world.executor.slow = true;
  Life life(world);
  REQUIRE(eventually([&] { return world.executor.started == 2; }));
  const auto shows = [&](const std::string& text) {
    const auto state = askAgent(world.state.control(), {1, ControlVerb::kStatus, {}});
    return state && state->find(text) != std::string::npos;
  };
  {
    Line tray(world.state.control());
    tray.say("{\"id\":1,\"verb\":\"presence\",\"idle\":false}\n");
    REQUIRE(tray.hear() == controlReply(1));
    CHECK(shows("\"frozen\":true"));
    CHECK(shows("\"presence\":\"told\""));
    tray.say("{\"id\":2,\"verb\":\"presence\",\"idle\":true,\"idleMs\":600000}\n");
    REQUIRE(tray.hear() == controlReply(2));
    CHECK_FALSE(shows("\"frozen\":true"));
    tray.say("{\"id\":3,\"verb\":\"presence\",\"idle\":false}\n");
    REQUIRE(tray.hear() == controlReply(3));
    CHECK(shows("\"frozen\":true"));
  }
  CHECK(eventually([&] { return shows("\"presence\":\"sensed\"") && !shows("\"frozen\":true"); }));
}

TEST_CASE("several preferences change together or not at all, and go back to how they were made") {
  AgentWorld world;
  Life life(world);
  Line line(world.state.control());
  const auto asked = [&](const std::string& request) {
    line.say(request + "\n");
    return line.hear();
  };
  CHECK(asked(R"({"id":1,"verb":"set","name":"heat.resume","value":"95"})").find("heat.resume must be below") !=
        std::string::npos);
  CHECK(asked(R"({"id":2,"verb":"set","values":{"heat.resume":"95","heat.pause":"100"}})") ==
        R"({"id":2,"ok":true,"changed":[{"name":"heat.pause","from":"90 C","to":"100 C"},)"
        R"({"name":"heat.resume","from":"80 C","to":"95 C"}]})");
  CHECK(asked(R"({"id":3,"verb":"set","values":{"games":"yes","nonsense":"1"}})").find("nonsense") !=
        std::string::npos);
  CHECK(asked(R"({"id":4,"verb":"reset","name":"games"})") == R"({"id":4,"ok":true,"changed":[]})");
  CHECK(asked(R"({"id":5,"verb":"reset"})") ==
        R"({"id":5,"ok":true,"changed":[{"name":"heat.pause","from":"100 C","to":"90 C"},)"
        R"({"name":"heat.resume","from":"95 C","to":"80 C"}]})");
  CHECK(world.kept == Preferences{});
  CHECK(asked(R"({"id":6,"verb":"hello","protocol":{"lowest":1,"highest":3}})").find("\"protocol\":2,\"version\":") !=
        std::string::npos);
  CHECK(asked(R"({"id":7,"verb":"hello","protocol":{"lowest":3,"highest":3}})").find("\"code\":\"upgrade\"") !=
        std::string::npos);
  CHECK(asked(R"({"id":8,"verb":"offers"})") == R"({"id":8,"ok":true,"offers":[]})");
}

TEST_CASE("what a project says of itself is shown, and what was done on a day is kept") {
  AgentWorld world;
  world.left = 3;
  world.link.says = wire::ProjectView{"Example", "Proteins", "https://example.org", {"A vaccine"}, "ada", {}};
  {
    Life life(world);
    REQUIRE(world.wait([&] { return world.results.size() == 3; }));
    CHECK(eventually([&] {
      const auto state = askAgent(world.state.control(), {1, ControlVerb::kStatus, {}});
      return state &&
             state->find(R"("about":"Proteins","home":"https://example.org","account":"ada","uses":["A vaccine"])") !=
                 std::string::npos;
    }));
  }
  Life life(world);
  const auto days = askAgent(world.state.control(), {1, ControlVerb::kHistory, {}}).value();
  CHECK(days.find("\"tasks\":3,\"failed\":0") != std::string::npos);
  CHECK(askAgent(world.state.control(), {1, ControlVerb::kMessages, {}}).value() == "[]");
}

TEST_CASE("a verb may be for one project, and an unknown one is named") {
  AgentWorld world;
  Life life(world);
  CHECK(askAgent(world.state.control(), {1, ControlVerb::kPause, {}, "Example"}));
  const auto unknown = askAgent(world.state.control(), {2, ControlVerb::kPause, {}, "Exmaple"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::kNotFound);
}

TEST_CASE("a run that the agent's death ended starts from scratch, and its folder is made anew") {
  AgentWorld world;
  world.left = 1;
  world.executor.slow = true;
  {
    Life life(world);
    REQUIRE(eventually([&] { return world.executor.started == 1; }));
  }
  writeFile(world.project.tasks() / "1" / "work" / "left-over", "x");
  world.executor.slow = false;
  Life life(world);
  REQUIRE(world.wait([&] { return world.results.size() == 1; }));
  CHECK(world.results.begin()->second.exit == ExitKind::kOk);
  CHECK(world.executor.started == 2);
}

TEST_CASE("a package that cannot be trusted is given back and nothing of it runs") {
  AgentWorld world;
  world.left = 1;
  world.job.signature.signature = certs::signPackage(world.root, digestOf(3)).value();
  Life life(world);
  REQUIRE(world.wait([&] { return world.results.size() == 1; }));
  CHECK(world.results.begin()->second.exit == ExitKind::kInputFailed);
  CHECK(world.results.begin()->second.reason.find("not trusted") != std::string::npos);
  CHECK(world.executor.started == 0);
}
