// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command_line.h"

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/suggest.h"
#include "cli/commands.h"
#include "model/states.h"

namespace hearth::cli {
namespace {

constexpr const char* kExitStatuses =
    "Exit status: 0 success; 1 the operation or some tasks failed; 2 wrong usage or input;\n"
    "3 not logged in or not allowed; 4 not found; 5 the server cannot be reached or is busy, try again;\n"
    "6 a digest, signature or certificate does not hold; 7 versions do not fit.\n"
    "See hearth(1) and hearth.toml(5).";

/// Builds the commands. What an option writes into and what a command does are kept alive by the closures here.
class CommandLine {
 public:
  explicit CommandLine(Context& context)
      : m_context(context),
        m_app("Submits bags of tasks to a Hearth project, watches them and fetches their results.", "hearth") {
    m_app.require_subcommand(1);
    m_app.fallthrough(false);
    m_app.footer(kExitStatuses);
    m_app.set_version_flag("--version", "hearth " HEARTH_VERSION);
    addSession();
    addKeys();
    addBundles();
    addBatches();
    addMachines();
    addGroups();
    addAdministration();
  }

  int run(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      m_app.parse(std::move(arguments));
    } catch (const CLI::Success& help) {  // --help, --version
      return m_app.exit(help, m_context.out, m_context.err);
    } catch (const CLI::ParseError& error) {
      printError(m_context, usageError(error));
      return kExitUsage;
    }
    for (const CLI::App* command = &m_app; !command->get_subcommands().empty();) {
      command = command->get_subcommands().front();
      const auto action = m_actions.find(command);
      if (action == m_actions.end()) continue;
      const Result<int> done = action->second();
      if (done) return *done;
      printError(m_context, done.error());
      return exitStatus(done.error().code);
    }
    return kExitUsage;
  }

 private:
  using Action = std::function<Result<int>()>;

  /// The deepest command that was named: its words are what an unknown one may have meant.
  Error usageError(const CLI::ParseError& error) const {
    const CLI::App* command = &m_app;
    std::string path = "hearth";
    while (!command->get_subcommands().empty()) {
      command = command->get_subcommands().front();
      path += " " + command->get_name();
    }
    std::vector<std::string> names;
    for (const CLI::App* inner : command->get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(inner->get_name());
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    Error usage{ErrorCode::kInvalid, error.what(), "See: " + path + " --help"};
    std::replace(usage.message.begin(), usage.message.end(), '\n', ' ');
    const std::vector<std::string> extra = m_app.remaining(true);
    if (!extra.empty()) {
      usage.message = "'" + extra.front() + "' is not expected here." + didYouMean(extra.front(), known);
    }
    return usage;
  }

  CLI::App* group(const std::string& name, const std::string& description) {
    CLI::App* const command = m_app.add_subcommand(name, description);
    command->require_subcommand(1);
    return command;
  }
  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& description,
                    const std::string& example, Action action) {
    CLI::App* const made = parent->add_subcommand(name, description);
    made->add_flag("--json", m_context.asJson, "print JSON");
    made->footer("Example:\n  " + example);
    m_actions[made] = std::move(action);
    return made;
  }
  CLI::App* batchCommand(const std::string& name, const std::string& description, const std::string& example,
                         Action action) {
    CLI::App* const made = command(&m_app, name, description, example, std::move(action));
    made->add_option("BATCH", m_batch, "number of the batch")->required();
    return made;
  }
  BatchId batch() const { return BatchId{m_batch}; }

  void addSession() {
    CLI::App* const in = command(&m_app, "login", "Remember a server and the token for it",
                                 "hearth login https://grid.example.org --token hacc_… --fingerprint 3f5a…",
                                 [this] { return login(m_context, m_login); });
    in->add_option("URL", m_login.server, "the project's address")->required();
    in->add_option("--token", m_login.token,
                   "access token; - reads it from standard input, where no other user sees it")
        ->required();
    in->add_option("--fingerprint", m_login.fingerprint,
                   "SHA-256 of the project's own certificate; without it the system's authorities decide");
    command(&m_app, "logout", "End the token and forget it", "hearth logout", [this] { return logout(m_context); });
    command(&m_app, "whoami", "Show the account and the project", "hearth whoami --json",
            [this] { return whoami(m_context); });
  }

  void addKeys() {
    CLI::App* const keys = group("key", "Keys that sign packages");
    command(keys, "new", "Make the account's signing key on this machine", "hearth key new",
            [this] { return keyNew(m_context); });
    command(keys, "show", "Show the account's public key", "hearth key show", [this] { return keyShow(m_context); });
    command(keys, "request", "Ask the project to approve the key", "hearth key request",
            [this] { return keyRequest(m_context); });
    command(keys, "list", "List approvals and requests", "hearth key list", [this] { return keyList(m_context); });
    CLI::App* const approve =
        command(keys, "approve", "Approve an account's key, with the project's root or a release key",
                "hearth key approve alice --root-key /media/offline/root.key",
                [this] { return keyApprove(m_context, m_approve); });
    approve->add_option("ACCOUNT", m_approve.account, "whose key; without it your own");
    approve->add_option("--root-key", m_approve.rootKeyFile, "file of the key that approves")->required();
    approve->add_option("--key", m_approve.key, "public key; without it the one that was asked for");
    approve->add_option("--for", m_approve.validity, "how long it holds")->capture_default_str();
  }

  void addBundles() {
    CLI::App* const packing =
        command(&m_app, "pack", "Turn a program, a WebAssembly module or a container image into a package",
                "hearth pack ecm --version 7.0.5 -o package", [this] { return packProgram(m_context, m_pack); });
    packing->add_option("PROGRAM", m_pack.programs, "path, or name to look up in PATH");
    packing->add_option("--image", m_pack.image, "container image to pack instead: a docker-archive or OCI archive");
    packing->add_option("--name", m_pack.name, "name of the package; without it the first program's");
    packing->add_option("--version", m_pack.version, "version of the package")->required();
    packing->add_option("-o,--output", m_pack.folder, "folder to write; without it NAME-VERSION");
    packing->add_option("--file", m_pack.extras, "further file or folder, kept at its absolute path")
        ->allow_extra_args(false)
        ->take_all();
    packing->add_option("--as", m_pack.alias, "name of the program in commands");
    packing->add_flag("--all-platforms", m_pack.allPlatforms,
                      "of a WebAssembly module: fail where a compiler is missing");
    packing->add_flag("--real-clocks", m_pack.realClocks,
                      "of a WebAssembly module: it sees the machine's time, so that its runs differ");
    CLI::App* const sending =
        command(&m_app, "submit", "Upload a bundle and start its batch", "hearth submit docs/examples/ecm --wait",
                [this] { return submit(m_context, m_submit); });
    sending->add_option("BUNDLE", m_submit.bundle, "folder, its hearth.toml, or a .tar.gz or .zip of it")->required();
    sending->add_option("--name", m_submit.name, "name of the batch instead of the manifest's");
    sending->add_flag("--dry-run", m_submit.isDryRun, "show the tasks and submit nothing");
    sending->add_flag("--wait", m_submit.waits, "watch the batch until it ends");
    sending->add_option("--idempotency-key", m_submit.idempotencyKey, "the same key never makes a second batch");
  }

  void addBatches() {
    CLI::App* const seeing = command(&m_app, "status", "Show batches, or one of them", "hearth status 7",
                                     [this] { return status(m_context, m_status); });
    seeing->add_option("BATCH", m_status.batch, "number of a batch");
    seeing->add_flag("--all", m_status.all, "everybody's (operators)");
    seeing->add_option("--limit", m_status.most, "so many at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    batchCommand("watch", "Follow a batch until it ends", "hearth watch 7",
                 [this] { return watch(m_context, batch()); });
    CLI::App* const fetching = batchCommand("results", "Fetch outputs and a manifest of their digests",
                                            "hearth results 7 -o results --layout '{index}-{name}'", [this] {
                                              m_results.batch = batch();
                                              return results(m_context, m_results);
                                            });
    fetching->add_option("-o,--output", m_results.folder, "folder to write")->required();
    fetching->add_option("--layout", m_results.layout, "where files go: {index}, {path}, {name}")
        ->capture_default_str();
    fetching->add_flag("--partial", m_results.partial, "before the batch has ended, too");
    fetching->add_flag("--logs", m_results.withLogs, "standard output and error, too");
    CLI::App* const listing = batchCommand("tasks", "List tasks", "hearth tasks 7 --failed", [this] {
      m_tasks.batch = batch();
      return tasks(m_context, m_tasks);
    });
    CLI::Option* const state = listing->add_option("--state", m_tasks.state, "only those in this state")
                                   ->check(CLI::IsMember({"pending", "active", "certified", "failed", "cancelled"}));
    listing
        ->add_flag_callback(
            "--failed", [this] { m_tasks.state = name(TaskState::kFailed); }, "only those that failed")
        ->excludes(state);
    listing->add_option("--from", m_tasks.from, "first index")->capture_default_str();
    listing->add_option("--limit", m_tasks.most, "so many at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    CLI::App* const showing =
        batchCommand("show", "Show one task: its attempts and what it said", "hearth show 7 42", [this] {
          m_show.batch = batch();
          return show(m_context, m_show);
        });
    showing->add_option("INDEX", m_show.index, "index of the task")->required();
    addSteering("cancel", "End a batch; certified results stay");
    addSteering("pause", "Hand out no more tasks of a batch");
    addSteering("resume", "Go on with a paused batch");
    addSteering("retry", "Run the failed tasks of a batch again");
  }
  void addSteering(const std::string& verb, const std::string& description) {
    batchCommand(verb, description, "hearth " + verb + " 7", [this, verb] { return steer(m_context, batch(), verb); });
  }

  void addMachines() {
    CLI::App* const machines = command(&m_app, "hosts", "List your hosts (operators: everybody's)", "hearth hosts",
                                       [this] { return hosts(m_context, m_account); });
    machines->add_option("--account", m_account, "of this account only");
    CLI::App* const machine = group("host", "One host");
    CLI::App* const revoking = command(machine, "revoke", "Lock a host out", "hearth host revoke 12",
                                       [this] { return hostRevoke(m_context, HostId{m_host}); });
    revoking->add_option("ID", m_host, "number of the host")->required();
    CLI::App* const moving = command(machine, "move", "Put a host of yours into a group, or out of every group",
                                     "hearth host move 12 --group lab",
                                     [this] { return hostMove(m_context, HostId{m_host}, m_group.name); });
    moving->add_option("ID", m_host, "number of the host")->required();
    moving->add_option("--group", m_group.name,
                       "that you are a member of; without it everybody's batches may run on it");
    CLI::App* const inviting =
        command(&m_app, "invite", "Make a link by which hosts join", "hearth invite --uses 20 --for 7d",
                [this] { return invite(m_context, m_invite); });
    inviting->add_option("--uses", m_invite.uses, "hosts that may join by it")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    inviting->add_option("--for", m_invite.validity, "how long it holds: 90s, 15m, 2h, 3d");
    inviting->add_option("--account", m_invite.account, "whose hosts they will be (operators)");
    inviting->add_option("--group", m_invite.group, "that the hosts will be in");
  }

  void addGroups() {
    CLI::App* const groups = group("group", "Groups of machines");
    command(groups, "list", "List the groups that you are a member of", "hearth group list",
            [this] { return groupList(m_context); });
    const auto one = [this, groups](const std::string& verb, const std::string& description, const std::string& example,
                                    Action action) {
      CLI::App* const made = command(groups, verb, description, example, std::move(action));
      made->add_option("GROUP", m_group.name, "name of the group")->required();
      return made;
    };
    const auto addRules = [this](CLI::App* made) {
      made->add_option("--guests", m_group.guests,
                       "yes: everybody's batches may run on its machines, after its members'");
      made->add_option("--beyond", m_group.beyond, "no: batches that run on them as members' stay there");
      made->add_option("--attempts", m_group.attempts, "running tasks of batches that name it; 0: no bound");
      made->add_option("--batches", m_group.batches, "open batches that name it; 0: no bound");
    };
    one("show", "Show a group: its rules and members", "hearth group show lab",
        [this] { return groupShow(m_context, m_group.name); });
    addRules(one("add", "Make a group, which you own", "hearth group add lab --guests yes",
                 [this] { return groupAdd(m_context, m_group); }));
    addRules(one("set", "Change what a group of yours lets others do", "hearth group set lab --attempts 500",
                 [this] { return groupSet(m_context, m_group); }));
    one("remove", "Remove a group of yours that has no machines", "hearth group remove lab",
        [this] { return groupRemove(m_context, m_group.name); });
    CLI::App* const membership =
        one("member", "Take an account into a group of yours", "hearth group member lab alice", [this] {
          m_member.group = m_group.name;
          return groupMember(m_context, m_member);
        });
    membership->add_option("ACCOUNT", m_member.account, "name of the account")->required();
    membership->add_flag("--remove", m_member.removes, "end the membership, or leave");
  }

  void addAdministration() {
    CLI::App* const apps = group("app", "Published applications");
    CLI::App* const publishing =
        command(apps, "publish", "Publish a package or a WebAssembly module as an application version",
                "hearth app publish ecm-7.0.5 --key release.key", [this] { return appPublish(m_context, m_publish); });
    publishing->add_option("PACKAGE", m_publish.package, "folder made by `hearth pack`, or a .wasm file")->required();
    publishing->add_option("--name", m_publish.name, "of a module: name of the application; without it the file's");
    publishing->add_option("--version", m_publish.version, "of a module: version of the application");
    publishing->add_flag("--all-platforms", m_publish.allPlatforms, "of a module: fail where a compiler is missing");
    publishing->add_flag("--real-clocks", m_publish.realClocks,
                         "of a module: it sees the machine's time, so that its runs differ");
    publishing->add_option("--key", m_publish.keyFile,
                           "file of the root or release key; without it your own signing key");
    command(apps, "list", "List published applications", "hearth app list", [this] { return appList(m_context); });
    CLI::App* const accounts = group("account", "People");
    CLI::App* const adding =
        command(accounts, "add", "Make an account and its first token", "hearth account add alice --role scientist",
                [this] { return accountAdd(m_context, m_accountAdd); });
    adding->add_option("NAME", m_accountAdd.name, "letters, digits, '.', '_' and '-'")->required();
    adding
        ->add_option("--role", m_accountAdd.roles, "volunteer, scientist, operator, admin or auditor; may be repeated")
        ->required()
        ->allow_extra_args(false)
        ->take_all();
    command(accounts, "list", "List accounts", "hearth account list", [this] { return accountList(m_context); });
    CLI::App* const ranking =
        command(accounts, "roles", "Set what an account may do", "hearth account roles alice --role scientist",
                [this] { return accountRoles(m_context, m_accountAdd); });
    ranking->add_option("NAME", m_accountAdd.name, "the account")->required();
    ranking->add_option("--role", m_accountAdd.roles, "may be repeated; without it the account may do nothing")
        ->allow_extra_args(false)
        ->take_all();
    CLI::App* const bounding =
        command(accounts, "quota", "Show or set what an account may have at once",
                "hearth account quota alice --bytes 50GiB", [this] { return accountQuota(m_context, m_quota); });
    bounding->add_option("NAME", m_quota.account, "the account")->required();
    bounding->add_option("--attempts", m_quota.attempts, "running tasks; 0: no bound");
    bounding->add_option("--batches", m_quota.batches, "open batches; 0: no bound");
    bounding->add_option("--bytes", m_quota.bytes, "stored data: 500MiB, 2GiB; 0: no bound");
    CLI::App* const weighing =
        command(accounts, "weight", "Set what an account's batches get beside those of others",
                "hearth account weight alice 3", [this] { return accountWeight(m_context, m_account, m_weight); });
    weighing->add_option("NAME", m_account, "the account")->required();
    weighing->add_option("WEIGHT", m_weight, "1 to 1000; everybody begins with 1")
        ->required()
        ->check(CLI::Range(1, 1000));
    CLI::App* const auditing = command(&m_app, "audit", "Show what was done with a role", "hearth audit --after 100",
                                       [this] { return audit(m_context, m_after, m_auditRows); });
    auditing->add_option("--after", m_after, "entries after this number")->capture_default_str();
    auditing->add_option("--limit", m_auditRows, "so many at most")->capture_default_str()->check(CLI::Range(1, 1000));
  }

  Context& m_context;
  CLI::App m_app;
  std::map<const CLI::App*, Action> m_actions;

  LoginOptions m_login;
  KeyApproveOptions m_approve;
  PackRequest m_pack;
  SubmitOptions m_submit;
  StatusOptions m_status;
  ResultsOptions m_results;
  TasksOptions m_tasks;
  ShowOptions m_show;
  InviteOptions m_invite;
  AppPublishOptions m_publish;
  AccountAddOptions m_accountAdd;
  QuotaOptions m_quota;
  GroupOptions m_group;
  GroupMemberOptions m_member;
  std::string m_account;
  std::uint64_t m_batch = 0;
  std::uint64_t m_host = 0;
  std::uint32_t m_weight = 1;
  std::uint64_t m_after = 0;
  std::uint64_t m_auditRows = 100;
};

}  // namespace

int runCommandLine(Context& context, std::vector<std::string> arguments) {
  return CommandLine(context).run(std::move(arguments));
}

}  // namespace hearth::cli
