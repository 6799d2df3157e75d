// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/joined.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "agent/app/invitations.h"
#include "agent/app/preference_file.h"
#include "agent/journal/journal.h"
#include "agent/platform/machine_marks.h"
#include "unit/agent/core_world.h"
#include "unit/agent/temp_folder.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

AgentIdentity identity(const std::string& project, std::uint64_t number = 7) {
  return {"grid.example.org:8443", project, "attic", HostId{number},        PublicKeyText(64, 'a'), "authority",
          "certificate",           "key",   "token", {"card:1", "system:2"}};
}

Joined put(const StateFolder& state, const std::string& project) {
  REQUIRE(joinedProjects(state));
  const ProjectFolder folder = state.newProject(project);
  REQUIRE(makeFolder(folder.root, 0711));
  REQUIRE(folder.prepare());
  REQUIRE(storeIdentity(folder, identity(project)));
  return {folder, identity(project)};
}

}  // namespace

TEST_CASE("an agent of one project a folder is moved to its own folder with everything that it held") {
  const TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  const ProjectFolder old{state.root};
  REQUIRE(storeIdentity(old, identity("Protein Study")));
  {
    auto journal = Journal::open(old.journal()).value();
    wire::Job body = job(BatchId{1});
    body.package = digestOf(9);
    body.packageSize = 100;
    body.signature = {std::string(64, 'a'), std::string(128, 'b'), {}};
    const auto shared = std::make_shared<const wire::Job>(body);
    const wire::AssignedAttempt assigned{
        AttemptId{5}, {BatchId{1}, 3}, 0, Duration::minutes(9), Duration::hours(1), {}, {}};
    REQUIRE(journal->write({SaveJob{shared}, SaveAttempt{assigned, {1}}, SaveSettings{{true, false, {2}}}}));
  }
  REQUIRE(makeFolder(old.tasks(), 0711));
  REQUIRE(makeFolder(old.tasks() / "5", 0700));
  writeFile(old.tasks() / "5" / "result", "x");

  const auto joined = joinedProjects(state).value();
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].folder.root == state.projects() / "protein-study");
  CHECK(joined[0].identity == identity("Protein Study"));
  CHECK(contentOf(joined[0].folder.tasks() / "5" / "result") == "x");
  const auto contents = Journal::open(joined[0].folder.journal()).value()->load().value();
  CHECK(contents.restored.attempts.size() == 1);
  CHECK(contents.restored.settings.finish);
  CHECK_FALSE(std::filesystem::exists(old.identity()));
  CHECK(joinedProjects(state).value().size() == 1);
}

TEST_CASE("a move that broke off anywhere is taken up where it stopped") {
  const TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  const ProjectFolder old{state.root};
  REQUIRE(storeIdentity(old, identity("Example")));
  writeFile(old.journal(), "j");
  REQUIRE(makeFolder(state.projects(), 0711));
  REQUIRE(makeFolder(state.projects() / ".moving", 0711));
  std::filesystem::rename(old.journal(), state.projects() / ".moving" / "journal.db");
  SECTION("before the identity went") {}
  SECTION("after it") { std::filesystem::rename(old.identity(), state.projects() / ".moving" / "identity.json"); }
  const auto joined = joinedProjects(state).value();
  REQUIRE(joined.size() == 1);
  CHECK(contentOf(joined[0].folder.journal()) == "j");
}

TEST_CASE("leaving a project erases all that is here of it and nothing of others") {
  const TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  const Joined left = put(state, "Left"), kept = put(state, "Kept");
  REQUIRE(makeFolder(left.folder.tasks() / "1", 0700));
  writeFile(left.folder.tasks() / "1" / "secret", "x");
  REQUIRE(::chmod((left.folder.tasks() / "1").c_str(), 0) == 0);  // a task may close its folder to us
  writeFile(kept.folder.journal(), "x");
  const auto unknown = leaveProject(state, "Keptt");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("'Kept'") != std::string::npos);
  REQUIRE(leaveProject(state, "Left"));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(state.projects()))
    names.push_back(entry.path().filename());
  CHECK(names == std::vector<std::string>{"kept"});
  CHECK(std::filesystem::exists(kept.folder.journal()));
}

TEST_CASE("a removal that broke off is ended at the next start") {
  const TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  put(state, "Kept");
  REQUIRE(makeFolder(state.projects() / ".leaving-left", 0711));
  writeFile(state.projects() / ".leaving-left" / "identity.json", "x");
  REQUIRE(state.prepare());
  CHECK_FALSE(std::filesystem::exists(state.projects() / ".leaving-left"));
  CHECK(joinedProjects(state).value().size() == 1);
}

TEST_CASE("folders of projects with like names are apart, and no name leads out of the folder") {
  const TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  CHECK(put(state, "Ecm!").folder.root.filename() == "ecm-");
  CHECK(put(state, "ecm?").folder.root.filename() == "ecm--2");
  CHECK(put(state, "../..").folder.root.parent_path() == state.projects());
  CHECK(put(state, "...").folder.root.filename().string().front() != '.');
}

TEST_CASE("a copied disk is told by the machine's marks, a new card or a new system is not") {
  const std::vector<std::string> kept{"board:1", "card:a", "card:b", "system:x"};
  CHECK_FALSE(isOtherMachine(kept, kept));
  CHECK_FALSE(isOtherMachine(kept, {"board:1", "card:c", "system:y"}));
  CHECK_FALSE(isOtherMachine(kept, {"card:b", "system:x"}));
  CHECK_FALSE(isOtherMachine(kept, {"system:x"}));  // this user may not read more
  CHECK_FALSE(isOtherMachine({}, kept));            // of an agent that kept none yet
  CHECK(isOtherMachine(kept, {"board:2", "card:c", "system:x"}));
  CHECK(isOtherMachine({"system:x"}, {"system:y"}));
  CHECK_FALSE(isOtherMachine({"system:x"}, {"card:c", "system:y"}));
}

TEST_CASE("marks are those of what is built in, not of what changes by itself") {
  const TempFolder machine;
  const auto write = [&](const std::string& file, const std::string& content) {
    std::filesystem::create_directories((machine / file).parent_path());
    writeFile(machine / file, content + "\n");
  };
  write("etc/machine-id", "abc");
  write("sys/class/net/eth0/address", "02:00");
  write("sys/class/net/eth0/addr_assign_type", "0");
  write("sys/class/net/eth0/device/vendor", "1");
  write("sys/class/net/wlan0/address", "06:66");
  write("sys/class/net/wlan0/addr_assign_type", "3");
  write("sys/class/net/wlan0/device/vendor", "1");
  write("sys/class/net/lo/address", "00:00");
  write("sys/class/net/lo/addr_assign_type", "0");
  CHECK(machineMarks(machine / "") == std::vector<std::string>{"card:02:00", "system:abc"});
}

TEST_CASE("preferences are kept in a file that people can read and edit") {
  const TempFolder folder;
  const auto file = folder / "agent.toml";
  CHECK(loadPreferences(file, {}).value() == Preferences{});
  Preferences changed;
  REQUIRE(setPreference(changed, "times", "mon-fri 22:00-07:00, sat-sun"));
  REQUIRE(setPreference(changed, "heat.pause", "70"));
  REQUIRE(setPreference(changed, "heat.resume", "60"));
  REQUIRE(setPreference(changed, "shares.Dr. \"No\"", "30"));
  REQUIRE(storePreferences(file, changed, {}));
  CHECK(loadPreferences(file, {}).value() == changed);
  CHECK(contentOf(file).find("# in-use.processors = \"0%\"") != std::string::npos);

  REQUIRE(setPreference(changed, "heat.pause", "90"));  // as it is by itself, and yet said
  REQUIRE(storePreferences(file, changed, {}));
  CHECK(contentOf(file).find("\nheat.pause = \"90 C\"") != std::string::npos);
  REQUIRE(forgetShare(file, "Dr. \"No\""));
  changed.shares.clear();
  CHECK(loadPreferences(file, {}).value() == changed);

  writeFile(file, "[in-use]\nprocessors = 25\n[network]\nmetered = true\n");
  const auto edited = loadPreferences(file, {}).value();
  CHECK(edited.inUse.processors == 25);
  CHECK(edited.metered);
  CHECK(loadPreferences(file, dedicatedPreferences()).value().fullScreen);
}

TEST_CASE("a file of preferences that is wrong is refused with its name, the key and what to do") {
  const TempFolder folder;
  const auto file = folder / "agent.toml";
  for (const char* text : {"in-use.procesors = 3", "in-use.processors = \"lots\"", "battery = [1]", "battery",
                           "[heat]\npause = 60\nresume = 70"}) {
    writeFile(file, text);
    const auto loaded = loadPreferences(file, {});
    INFO(text);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message.find("agent.toml") != std::string::npos);
    CHECK_FALSE(loaded.error().hint.empty());
  }
}

TEST_CASE("a file of preferences that cannot be understood is set aside and nothing of it is lost") {
  const TempFolder folder;
  const auto file = folder / "agent.toml";
  std::string notice;
  CHECK(loadPreferencesOrSetAside(file, {}, notice).value() == Preferences{});
  CHECK(notice.empty());
  for (const std::string text : {"battery = [1", "nonsense = 1"}) {
    writeFile(file, text);
    CHECK(loadPreferencesOrSetAside(file, dedicatedPreferences(), notice).value() == dedicatedPreferences());
    CHECK(notice.find("agent.toml.unreadable") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(file));
  }
  CHECK(contentOf(folder / "agent.toml.unreadable") == "battery = [1");
  CHECK(contentOf(folder / "agent.toml.unreadable-2") == "nonsense = 1");
}

TEST_CASE("an installation proposes projects, and the administrator's word on one stands above the package's") {
  const TempFolder folder;
  const auto own = folder / "etc", shipped = folder / "share";
  std::filesystem::create_directories(own);
  std::filesystem::create_directories(shipped);
  const std::string link = "hearth://join?server=grid.example.org:8443&token=t0ken&ca=" + std::string(64, 'a') +
                           "&root=" + std::string(64, 'b');
  const auto invitation = [&](const std::string& name, const std::string& more) {
    return "{\"name\":\"" + name + "\",\"link\":\"" + link + "\"" + more + "}";
  };
  writeFile(shipped / "a.json", invitation("Shipped", ""));
  writeFile(own / "a.json",
            invitation("Own", ",\"about\":\"Proteins\",\"home\":\"https://example.org\",\"join\":\"now\""));
  writeFile(shipped / "b.json", invitation("Other", ""));
  writeFile(shipped / "broken.json", "{\"name\":\"Broken\",\"link\":\"hearth://join?server=x\"}");
  writeFile(shipped / "readme.txt", "not one");
  std::vector<std::string> problems;
  const auto read = readInvitations({own, shipped, folder / "none"},
                                    [&](const std::string& problem) { problems.push_back(problem); });
  CHECK(read == std::vector<Invitation>{{"Own", "Proteins", "https://example.org", link, true},
                                        {"Other", "", "", link, false}});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("broken.json") != std::string::npos);
  CHECK(invitationsJson({{"Own", "Proteins", "", "hearth://x", true}}) ==
        R"([{"name":"Own","about":"Proteins","home":"","link":"hearth://x"}])");
}
