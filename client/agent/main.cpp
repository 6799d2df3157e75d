// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-agent: the volunteer's program. join, daemon, and the verbs that speak to a running daemon.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "agent/app/daemon.h"
#include "agent/app/join.h"
#include "agent/app/joined.h"
#include "agent/app/preference_file.h"
#include "agent/app/status_text.h"
#include "agent/app/version.h"
#include "agent/control/control_client.h"
#include "agent/control/preference_tree.h"
#include "agent/control/record_tree.h"
#include "agent/platform/host_facts.h"
#include "agent_core/plain_text.h"
#include "base/suggest.h"
#include "certs/join_link.h"
#include "wire/manifest.h"

namespace {

using namespace hearth;
using namespace hearth::agent;

// Exit codes, as docs/volunteers.md lists them.
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNoAgent = 3;

constexpr std::size_t kErrorBytes = 4000;
constexpr Duration kJoinPatience = Duration::minutes(3);
constexpr std::size_t kLogBytes = 1 << 20;
constexpr std::size_t kLogFiles = 3;

struct Arguments {
  std::string folder, control, link, name, period, memory, project, preference, value, machine, devices = "none";
  std::uint32_t processors = 0, days = 30;
  bool json = false;
  bool reset = false;
  bool dedicated = false;
  bool emulate = false;
  bool trusting = false;
};

int report(const Error& error) {
  // A server may have written them.
  std::fprintf(stderr, "hearth-agent: %s\n", plainText(error.message, kErrorBytes).c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "%s\n", plainText(error.hint, kErrorBytes).c_str());
  return kFailed;
}

std::filesystem::path folderOf(const Arguments& arguments) {
  return arguments.folder.empty() ? defaultStateFolder() : std::filesystem::path(arguments.folder);
}

/// Of the agent that a verb is for.
std::filesystem::path socketOf(const Arguments& arguments) {
  if (!arguments.control.empty()) return arguments.control;
  if (!arguments.folder.empty()) return StateFolder{arguments.folder}.control();
  const char* named = std::getenv("HEARTH_AGENT_SOCKET");  // NOLINT(concurrency-mt-unsafe): there is one thread
  return listeningSocket(controlSockets(named == nullptr ? "" : named));
}

bool noAgent(const Error& error) { return error.code == ErrorCode::kNotFound; }

int join(const Arguments& arguments) {
  // Before the folder is made: a link that was cut short leaves nothing behind.
  if (const auto link = certs::parseJoinLink(arguments.link); !link) {
    report(link.error());
    return kUsage;
  }
  ControlRequest request{1, ControlVerb::kJoin, std::nullopt};
  request.link = arguments.link;
  request.name = arguments.name;
  const auto project = askAgent(socketOf(arguments), request, kJoinPatience);
  if (project) {
    const auto text = joinedText(*project);
    if (!text) return report(text.error());
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  if (!noAgent(project.error())) return report(project.error());
  const auto folder = StateFolder::open(folderOf(arguments));
  if (!folder) return report(folder.error());
  const auto identity = joinProject(*folder, arguments.link, arguments.name, processEnvironment());
  if (!identity) return report(identity.error());
  std::printf("Joined %s at %s as host %llu (%s).\nStart the agent: hearth-agent daemon --dir %s\n",
              identity->project.c_str(), identity->server.c_str(),
              static_cast<unsigned long long>(identity->host.value), identity->name.c_str(), folder->root.c_str());
  return 0;
}

/// Lines on standard error (which a service manager keeps), and a small file beside.
Result<std::shared_ptr<spdlog::logger>> openLog(const StateFolder& folder) {
  try {
    const auto terminal = std::make_shared<spdlog::sinks::stderr_color_sink_st>();
    const auto file =
        std::make_shared<spdlog::sinks::rotating_file_sink_mt>(folder.log().string(), kLogBytes, kLogFiles);
    auto log = std::make_shared<spdlog::logger>("agent", spdlog::sinks_init_list{terminal, file});
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    log->flush_on(spdlog::level::info);
    return log;
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorCode::kIo, std::string("cannot write the log: ") + error.what(),
                "Check who owns the agent's folder, and its disk.");
  }
}

int daemon(const Arguments& arguments) {
  auto folder = StateFolder::open(folderOf(arguments));
  if (!folder) return report(folder.error());
  auto log = openLog(*folder);
  if (!log) return report(log.error());
  DaemonOptions options{
      *folder, {arguments.processors, 0}, processEnvironment(), [log = *log](bool warning, const std::string& text) {
        log->log(warning ? spdlog::level::warn : spdlog::level::info, "{}", text);
      }};
  options.dedicated = arguments.dedicated;
  options.machine = arguments.machine;
  options.control = arguments.control;
  options.emulate = arguments.emulate;
  options.offer.nativeWithoutNamespaces = arguments.trusting;
  options.lendGpus = arguments.devices != "none";
  options.lendProcessors = arguments.devices == "all";
  if (!arguments.memory.empty()) {
    const auto bytes = wire::parseByteCount(arguments.memory);
    if (!bytes) {
      report(bytes.error());
      return kUsage;
    }
    options.offer.memoryBytes = *bytes;
  }
  const auto ran = runDaemon(options);
  return ran ? 0 : report(ran.error());
}

int tell(const Arguments& arguments, ControlVerb verb) {
  ControlRequest request{1, verb, std::nullopt};
  request.project = arguments.project;
  if (!arguments.period.empty()) {
    const auto period = wire::parseDuration(arguments.period);
    if (!period) {
      report(period.error());
      return kUsage;
    }
    request.period = *period;
  }
  const auto reply = askAgent(socketOf(arguments), request);
  if (!reply) {
    report(reply.error());
    return reply.error().code == ErrorCode::kNotFound ? kNoAgent : kFailed;
  }
  if (verb != ControlVerb::kStatus) return 0;
  if (arguments.json) {
    std::printf("%s\n", reply->c_str());
    return 0;
  }
  const auto text = statusText(*reply, wallClock());
  if (!text) return report(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

int leave(const Arguments& arguments) {
  ControlRequest request{1, ControlVerb::kLeave, std::nullopt, arguments.project};
  const auto reply = askAgent(socketOf(arguments), request, kJoinPatience);
  if (reply) {
    std::printf("Left %s: everything of it is gone from this machine.\n", arguments.project.c_str());
    return 0;
  }
  if (!noAgent(reply.error())) return report(reply.error());
  const auto folder = StateFolder::open(folderOf(arguments));
  if (!folder) return report(folder.error());
  const auto left = leaveProject(*folder, arguments.project);
  if (!left) return report(left.error());
  const auto forgotten = forgetShare(folder->preferences(), arguments.project);
  if (!forgotten) return report(forgotten.error());
  std::printf("Left %s: everything of it is gone from this machine.\n", arguments.project.c_str());
  return 0;
}

/// Of a running agent: its folder may be closed to whoever asks.
int showProjects(const Arguments& arguments) {
  const auto state = askAgent(socketOf(arguments), {1, ControlVerb::kStatus, std::nullopt});
  if (!state && !noAgent(state.error())) return report(state.error());
  if (state) {
    const auto text = projectsText(*state);
    if (!text) return report(text.error());
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  const StateFolder folder{folderOf(arguments)};
  const auto joined = listProjects(folder);
  if (!joined) return report(joined.error());
  const auto preferences = loadPreferences(folder.preferences(), {});
  if (!preferences) return report(preferences.error());
  if (joined->empty()) std::printf("No project. Join one: hearth-agent join LINK\n");
  double shares = 0;
  for (const Joined& each : *joined) shares += preferences->shareOf(each.identity.project);
  for (const Joined& each : *joined) {
    const std::uint32_t share = preferences->shareOf(each.identity.project);
    std::printf("%s  at %s as host %llu, share %u (%.0f %%)\n", plainText(each.identity.project, kErrorBytes).c_str(),
                each.identity.server.c_str(), static_cast<unsigned long long>(each.identity.host.value), share,
                100 * share / shares);
  }
  return 0;
}

Result<std::string> setInFile(const Arguments& arguments) {
  auto folder = StateFolder::open(folderOf(arguments));
  if (!folder) return fail(std::move(folder).error());
  const Preferences usual = usualPreferences(arguments.dedicated);
  const auto before = loadPreferences(folder->preferences(), usual);
  if (!before) return fail(before.error());
  Preferences after = *before;
  HEARTH_TRY(arguments.reset ? resetPreference(after, arguments.preference, usual)
                             : setPreference(after, arguments.preference, arguments.value));
  HEARTH_TRY(checkPreferences(after));
  HEARTH_TRY(storePreferences(folder->preferences(), after, usual));
  return changesJson(*before, after);
}

/// Beside a running agent by its socket, which knows who may; else in its file.
int setPreferenceOf(const Arguments& arguments) {
  ControlRequest request{1, arguments.reset ? ControlVerb::kReset : ControlVerb::kSet, std::nullopt};
  request.name = arguments.preference;
  request.value = arguments.value;
  auto changes = askAgent(socketOf(arguments), request);
  if (!changes && noAgent(changes.error())) changes = setInFile(arguments);
  if (!changes) return report(changes.error());
  const auto text = changesText(*changes);
  if (!text) return report(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

int showPreferences(const Arguments& arguments) {
  auto reply = askAgent(socketOf(arguments), {1, ControlVerb::kPreferences, std::nullopt});
  if (!reply && noAgent(reply.error())) {
    const Preferences usual = usualPreferences(arguments.dedicated);
    const auto preferences = loadPreferences(StateFolder{folderOf(arguments)}.preferences(), usual);
    if (!preferences) return report(preferences.error());
    reply = preferencesJson(*preferences, usual);
  }
  if (!reply) return report(reply.error());
  if (arguments.json) {
    std::printf("%s\n", reply->c_str());
    return 0;
  }
  const auto text = preferencesText(*reply);
  if (!text) return report(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

/// What the agent keeps of the past: as text, or as it came.
int showRecord(const Arguments& arguments, ControlRequest request, Result<std::string> (*inWords)(std::string_view)) {
  request.id = 1;
  const auto reply = askAgent(socketOf(arguments), request);
  if (!reply) {
    report(reply.error());
    return noAgent(reply.error()) ? kNoAgent : kFailed;
  }
  const auto text = arguments.json ? Result<std::string>(*reply + "\n") : inWords(*reply);
  if (!text) return report(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

int showHistory(const Arguments& arguments) {
  ControlRequest request;
  request.verb = ControlVerb::kHistory;
  request.days = arguments.days;
  return showRecord(arguments, request, historyText);
}

int showMessages(const Arguments& arguments) {
  ControlRequest request;
  request.verb = ControlVerb::kMessages;
  request.project = arguments.project;
  return showRecord(arguments, request, messagesText);
}

int preferences(const Arguments& arguments) {
  return arguments.preference.empty() && !arguments.reset ? showPreferences(arguments) : setPreferenceOf(arguments);
}

/// Says what was wrong with the command line; --help and --version are no errors.
int tellUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string path = "hearth-agent";
  const CLI::App* command = &app;
  if (!app.get_subcommands().empty()) {
    command = app.get_subcommands().front();
    path += " " + command->get_name();
  }
  std::vector<std::string> names;
  for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  std::string message = error.what();
  const std::vector<std::string> extra = app.remaining(true);
  if (!extra.empty()) {
    message = "'" + extra.front() + "' is not expected here." +
              didYouMean(extra.front(), std::vector<std::string_view>(names.begin(), names.end()));
  }
  std::fprintf(stderr, "hearth-agent: %s\nSee: %s --help\n", message.c_str(), path.c_str());
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("hearth-agent: gives this machine's idle time to a Hearth project", "hearth-agent");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer("First `hearth-agent join LINK`, then `hearth-agent daemon`; see docs/volunteers.md.");
  Arguments arguments;
  int code = 0;
  const auto command = [&](const char* name, const char* what, const char* example) {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_option("--dir", arguments.folder, "The agent's folder")->type_name("DIR");
    made->add_option("--control", arguments.control, "The agent's control socket")->type_name("PATH");
    made->footer(std::string("Example: hearth-agent ") + example);
    return made;
  };

  CLI::App* joining =
      command("join", "Join a project by its join link", "join 'hearth://join?server=...' --name attic");
  joining->add_option("LINK", arguments.link, "Join link (quote it: it holds & signs)")->required();
  joining->add_option("--name", arguments.name, "How this machine is called in the project");
  joining->callback([&] { code = join(arguments); });

  CLI::App* running = command("daemon", "Run the agent in the foreground", "daemon --processors 2");
  running->add_option("--processors", arguments.processors, "Processors to give at most");
  running->add_option("--memory", arguments.memory, "Memory to give at most, as 4GiB")->type_name("SIZE");
  running->add_flag("--dedicated", arguments.dedicated,
                    "This machine is for tasks: they share it with other programs instead of taking only what is left");
  running
      ->add_option("--machine", arguments.machine, "Give tasks that demand it a virtual machine, made by build-guest")
      ->type_name("DIR");
  running->add_flag("--trust-projects", arguments.trusting,
                    "Run native programs too where user namespaces are blocked, in a weaker sandbox");
  running->add_flag("--emulate", arguments.emulate, "Virtual machines also without KVM, many times slower");
  running->add_option("--devices", arguments.devices, "Devices to lend: none, gpus, or all (processors as devices too)")
      ->check(CLI::IsMember({"none", "gpus", "all"}));
  running->callback([&] { code = daemon(arguments); });

  CLI::App* leaving = command("leave", "Leave a project and erase all that is here of it", "leave Example");
  leaving->add_option("PROJECT", arguments.project, "Its name, as `projects` shows it")->required();
  leaving->callback([&] { code = leave(arguments); });
  command("projects", "List the projects that were joined, with their shares", "projects")->callback([&] {
    code = showProjects(arguments);
  });
  CLI::App* preferring = command("preferences", "Show what this machine gives to tasks, or change one of it",
                                 "preferences in-use.processors 25%");
  CLI::Option* name = preferring->add_option("NAME", arguments.preference, "Which to change");
  CLI::Option* value = preferring->add_option("VALUE", arguments.value, "To what")->needs(name);
  preferring->add_flag("--reset", arguments.reset, "Back to how it was made; without NAME all of them")
      ->excludes(value);
  preferring->add_flag("--json", arguments.json, "As JSON (docs/agent-control.md)");
  preferring->callback([&] { code = preferences(arguments); });

  CLI::App* history = command("history", "Show what was done on each day", "history --days 7");
  history->add_option("--days", arguments.days, "So many days at most")->check(CLI::Range(1, 400));
  history->add_flag("--json", arguments.json, "As JSON (docs/agent-control.md)");
  history->callback([&] { code = showHistory(arguments); });
  const auto ofProject = [&](CLI::App* verb) {
    verb->add_option("--project", arguments.project, "Only this project; without it all")->type_name("NAME");
    return verb;
  };
  ofProject(command("run", "Run tasks: ends a pause, and `finish`", "run"))->callback([&] {
    code = tell(arguments, ControlVerb::kRun);
  });
  CLI::App* pausing = ofProject(command("pause", "Freeze the tasks", "pause --for 2h"));
  pausing->add_option("--for", arguments.period, "How long, as 30m or 2h; without it until `run`")->type_name("TIME");
  pausing->callback([&] { code = tell(arguments, ControlVerb::kPause); });
  ofProject(command("finish", "Finish the tasks at hand and take no new ones", "finish"))->callback([&] {
    code = tell(arguments, ControlVerb::kFinish);
  });
  CLI::App* reading =
      ofProject(command("messages", "Show the last messages to and from servers, word for word", "messages"));
  reading->add_flag("--json", arguments.json, "As JSON (docs/agent-control.md)");
  reading->callback([&] { code = showMessages(arguments); });
  command("quit", "Stop the tasks and end the agent", "quit")->callback([&] {
    code = tell(arguments, ControlVerb::kQuit);
  });
  CLI::App* showing = command("status", "Show what the agent does, and why", "status --json");
  showing->add_flag("--json", arguments.json, "As JSON (docs/agent-control.md)");
  showing->callback([&] { code = tell(arguments, ControlVerb::kStatus); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tellUsage(app, error);
  }
  return code;
}
