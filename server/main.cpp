// SPDX-License-Identifier: GPL-3.0-or-later
// hearthd: the command line. Each command reads its options, calls one function of server/app, and says what came of
// it.
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/suggest.h"
#include "server/app/data_folder.h"
#include "server/app/initialise.h"
#include "server/app/log.h"
#include "server/app/make_installer.h"
#include "server/app/offline.h"
#include "server/app/owner.h"
#include "server/app/server.h"
#include "server/config/config.h"
#include "server/config/listen.h"
#include "wire/json_writer.h"
#include "wire/manifest.h"
#include "wire/package_json.h"
#include "wire/problem.h"

namespace {

using namespace hearth;
using namespace hearth::server;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

Instant now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

/// What the commands were given.
struct Given {
  std::string folder;
  bool json = false;
  std::string project = "Hearth", listen, admin = "admin";
  std::vector<std::string> publicNames;
  std::string readyFile;
  bool logJson = false;
  std::string account, key, rootKey, life, to, service;
  bool release = false, noBlobs = false;
  InstallerOptions installer;
  std::uint32_t uses = 1;
};

Result<Config> configOf(const Given& given) { return readConfig(std::filesystem::absolute(given.folder)); }

std::string startCommand(const Given& given) {
  return given.service.empty() ? "hearthd run " + given.folder : "systemctl enable --now " + given.service;
}

void tellInitialised(const Given& given, const Initialised& told) {
  if (given.json) {
    wire::JsonWriter json;
    json.beginObject().member("existed", told.existed).member("folder", given.folder).member("server", told.server);
    json.member("url", "https://" + told.server).member("authorityFingerprint", told.authorityFingerprint);
    json.member("serverFingerprint", told.serverFingerprint).member("rootKey", told.rootKey);
    if (!told.existed) {
      json.member("admin", told.admin).member("adminToken", told.adminToken).member("joinLink", told.joinLink);
    }
    std::cout << json.endObject().take() << std::endl;
    return;
  }
  if (told.existed) {
    std::cout << "There is a Hearth project in " << given.folder << " already; nothing was changed.\n\n"
              << "Start it:                  " << startCommand(given) << "\n"
              << "Fingerprint of its CA:     " << told.authorityFingerprint.hex() << "\n"
              << "Lost the admin's token?    hearthd token " << given.folder << " ACCOUNT   (while it is stopped)\n";
    return;
  }
  std::cout << "Made the Hearth project in " << given.folder << ".\n\n"
            << "1. Start the server:\n     " << startCommand(given) << "\n\n"
            << "2. Log in as its admin, '" << told.admin << "' (the token is shown this once and is good for a year):\n"
            << "     hearth login https://" << told.server << " --token " << told.adminToken << " --fingerprint "
            << told.authorityFingerprint.hex() << "\n\n"
            << "3. Let volunteers' machines join (good for " << kFirstJoinUses << " of them, for 30 days):\n"
            << "     hearth-agent join '" << told.joinLink << "'\n\n"
            << "4. Move " << given.folder
            << "/keys/root.key to a place that is offline: who has it can make volunteers run programs.\n"
            << "   The server does not need it. You need it to approve keys: hearth key approve --root-key FILE.\n\n"
            << "Fingerprint of the server's certificate: " << told.serverFingerprint.hex() << "\n"
            << "Fingerprint of the project's authority:  " << told.authorityFingerprint.hex() << "\n"
            << "Settings: " << given.folder << "/hearthd.toml. More in docs/admins.md.\n";
}

Result<int> init(const Given& given) {
  HEARTH_TRY(becomeOwnerOf(given.folder));
  InitialiseOptions options;
  options.config.folder = std::filesystem::absolute(given.folder);
  options.config.project = given.project;
  options.config.publicNames = given.publicNames;
  options.admin = given.admin;
  if (!given.listen.empty()) HEARTH_TRY(readListen(given.listen, options.config));
  const auto told = initialise(options, now());
  if (!told) return fail(told.error());
  tellInitialised(given, *told);
  return 0;
}

/// As many connections as the system lets us have.
void raiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// A round's changes are megabytes for milliseconds: given back to the system each time, their pages would be cleared
/// and mapped anew with every commit, a tenth of all the dispatcher's time.
void keepFreedMemory() {
  constexpr int kMiB = 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, 8 * kMiB);
  ::mallopt(M_TRIM_THRESHOLD, 32 * kMiB);
  ::mallopt(M_TOP_PAD, kMiB);
}

sigset_t endSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

Result<void> tellReady(const Given& given, const Server& server) {
  wire::JsonWriter json;
  json.beginObject().member("ready", true).member("port", server.port()).member("url", server.url());
  const std::string line = json.member("fingerprint", server.certificateFingerprint()).endObject().take();
  if (given.json) {
    std::cout << line << std::endl;
  } else {
    std::cout << "Serving " << server.url() << " (certificate " << server.certificateFingerprint().hex() << ")"
              << std::endl;
  }
  if (given.readyFile.empty()) return {};
  return writeFileDurably(given.readyFile, line + "\n", 0644);
}

Result<int> run(const Given& given) {
  HEARTH_TRY(becomeOwnerOf(given.folder));
  auto config = configOf(given);
  if (!config) return fail(std::move(config).error());
  startLog(config->logLevel, config->logJson || given.logJson);
  raiseFileLimit();
  keepFreedMemory();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write
  const sigset_t signals = endSignals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads: all of them inherit it
  auto server = Server::start(*config);
  if (!server) return fail(std::move(server).error());
  spdlog::info("serving the project '{}' at {}", config->project, (*server)->url());
  HEARTH_TRY(tellReady(given, **server));

  int received = 0;
  sigwait(&signals, &received);
  spdlog::info("{}: finishing what is under way; a second signal ends at once", ::strsignal(received));
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->drain();
  server->reset();
  if (!given.readyFile.empty()) ::unlink(given.readyFile.c_str());
  spdlog::info("stopped");
  return 0;
}

Result<Duration> lifeOf(const Given& given, Duration otherwise) {
  if (given.life.empty()) return otherwise;
  auto life = wire::parseDuration(given.life);
  if (!life) return fail(std::move(life).error().within("--for"));
  return life;
}

Result<int> joinLinkCommand(const Given& given) {
  const auto config = configOf(given);
  if (!config) return fail(config.error());
  const auto life = lifeOf(given, Duration::days(7));
  if (!life) return fail(life.error());
  const auto link = makeJoinLink(*config, given.account, given.uses, *life, now());
  if (!link) return fail(link.error());
  if (given.json) {
    wire::JsonWriter json;
    json.beginObject().member("joinLink", *link).member("uses", given.uses).member("expires", now() + *life);
    std::cout << json.endObject().take() << "\n";
  } else {
    std::cout << *link << "\n";
  }
  return 0;
}

Result<int> token(const Given& given) {
  const auto config = configOf(given);
  if (!config) return fail(config.error());
  const auto secret = makeAccessToken(*config, given.account, now());
  if (!secret) return fail(secret.error());
  if (given.json) {
    std::cout << wire::JsonWriter().beginObject().member("token", *secret).endObject().take() << "\n";
  } else {
    std::cout << *secret << "\n";
  }
  return 0;
}

Result<int> approveKeyCommand(const Given& given) {
  const auto config = configOf(given);
  if (!config) return fail(config.error());
  const auto life = lifeOf(given, Duration::days(365));
  if (!life) return fail(life.error());
  if (given.release != given.account.empty()) {
    return fail(ErrorCode::kInvalid, "either an account or --release has to be given",
                "hearthd approve-key DIR KEY --account alice, or hearthd approve-key DIR KEY --release");
  }
  const auto done = approveKeyOffline(*config, {given.account, given.key, given.rootKey, *life}, now());
  if (!done) return fail(done.error());
  std::cout << wire::toJson(done->approval) << "\n";
  std::cerr << (done->kept ? "Approved: the project knows it from its next start on.\n"
                           : "The project is being served, so nothing was stored: send the approval above to it with "
                             "POST /api/v1/keys/approvals, or use hearth key approve.\n");
  return 0;
}

Result<int> backup(const Given& given) {
  const auto config = configOf(given);
  if (!config) return fail(config.error());
  HEARTH_TRY(backUp(*config, given.to, !given.noBlobs));
  if (given.json) {
    std::cout << wire::JsonWriter().beginObject().member("backup", given.to).endObject().take() << "\n";
  } else {
    std::cout << "Saved to " << given.to << ". To restore, copy it to a data folder and start hearthd on that.\n";
  }
  return 0;
}

Result<int> makeInstallerCommand(const Given& given) {
  const auto config = configOf(given);
  if (!config) return fail(config.error());
  InstallerOptions options = given.installer;
  options.account = given.account;
  const auto life = lifeOf(given, options.life);
  if (!life) return fail(life.error());
  options.life = *life;
  const auto made = makeInstaller(*config, options, now());
  if (!made) return fail(made.error());
  if (given.json) {
    wire::JsonWriter json;
    json.beginObject().member("file", made->file.string()).member("package", made->package);
    std::cout << json.member("joinLink", made->link).endObject().take() << "\n";
    return 0;
  }
  std::cout << "Made " << made->file.string() << ". Beside hearth-agent's package it brings the project to a machine:\n"
            << "  sudo apt install ./hearth-agent_*.deb ./" << made->file.filename().string() << "\n";
  return 0;
}

/// Adds a command that calls `act`.
template <typename Act>
CLI::App* command(CLI::App& app, Given& given, const char* name, const char* what, const char* example, Act act,
                  Result<int>& result) {
  CLI::App* sub = app.add_subcommand(name, what);
  sub->add_option("DIR", given.folder, "the project's data folder")->required();
  sub->add_flag("--json", given.json, "print JSON");
  sub->footer(std::string("Example:\n  ") + example);
  sub->callback([&given, &result, act] { result = act(given); });
  return sub;
}

void addCommands(CLI::App& app, Given& given, Result<int>& result) {
  CLI::App* sub = command(app, given, "init", "Make a project: certificates, keys, database, first admin",
                          "hearthd init /srv/hearth --name 'My Grid' --public-name grid.example.org", init, result);
  sub->add_option("--name", given.project, "the project's name, shown to volunteers")->capture_default_str();
  sub->add_option("--listen", given.listen, "ADDR:PORT to listen at [0.0.0.0:8443]");
  sub->add_option(
         "--public-name", given.publicNames,
         "host name or address by which others reach the server; may be repeated, the first goes into join links")
      ->allow_extra_args(false);
  sub->add_option("--admin", given.admin, "name of the first account")->capture_default_str();

  sub->add_option("--service", given.service, "the systemd service that is to serve it, for what is printed");

  sub = command(app, given, "run", "Serve a project until SIGTERM or SIGINT", "hearthd run /srv/hearth", run, result);
  sub->add_option("--ready-file", given.readyFile, "a file to write once the server answers, removed at the end");
  sub->add_flag("--log-json", given.logJson, "log lines of JSON");

  sub = command(app, given, "join-link", "Make a link by which volunteers' machines join (server stopped)",
                "hearthd join-link /srv/hearth --account alice --uses 20 --for 7d", joinLinkCommand, result);
  sub->add_option("--account", given.account, "whose machines")->required();
  sub->add_option("--uses", given.uses, "how many machines")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  sub->add_option("--for", given.life, "how long it is good [7d]");

  sub = command(app, given, "token", "Make an access token for somebody who lost theirs (server stopped)",
                "hearthd token /srv/hearth admin", token, result);
  sub->add_option("ACCOUNT", given.account, "whose token")->required();

  sub = command(app, given, "approve-key", "Approve a signing key with the project's root key",
                "hearthd approve-key /srv/hearth 9f3c… --account alice --root-key /media/offline/root.key",
                approveKeyCommand, result);
  sub->add_option("KEY", given.key, "the public key, 64 hexadecimal digits")->required();
  sub->add_option("--account", given.account, "whose key");
  sub->add_flag("--release", given.release, "a release key, which may sign packages and approve accounts' keys");
  sub->add_option("--root-key", given.rootKey, "file of the root key, if it is not in the data folder any more");
  sub->add_option("--for", given.life, "how long it holds [365d]");

  sub = command(app, given, "backup", "Copy a project, served or not, to a new folder",
                "hearthd backup /srv/hearth /mnt/backup/hearth-monday", backup, result);
  sub->add_option("TO", given.to, "the new folder")->required();
  sub->add_flag("--no-blobs", given.noBlobs, "leave the blobs out, where they are saved by other means");
}

void addInstallerCommand(CLI::App& app, Given& given, Result<int>& result) {
  CLI::App* sub =
      command(app, given, "make-installer", "Make a Debian package that brings the project to machines",
              "hearthd make-installer /srv/hearth --account alice --uses 100 --for 30d", makeInstallerCommand, result);
  InstallerOptions& options = given.installer;
  sub->add_option("--account", given.account, "whose machines; makes a join link (server stopped)");
  sub->add_option("--uses", options.uses, "for how many machines the link is")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  sub->add_option("--for", given.life, "how long the link is good [30d]");
  sub->add_option("--link", options.link, "carry this join link, made by hearth invite, instead");
  sub->add_flag("--unattended", options.unattended, "machines join without being asked");
  sub->add_option("--output", options.output, "file or folder to write to [.]");
  sub->add_flag("--publish", options.publish, "let the project's page for volunteers offer it");
}

int tell(const Given& given, const Error& error) {
  if (given.json) std::cout << wire::problemJson(error) << std::endl;
  std::cerr << "hearthd: " << error.message << "\n";
  if (!error.hint.empty()) std::cerr << "  " << error.hint << "\n";
  return error.code == ErrorCode::kInvalid ? kUsage : kFailed;
}

/// Says what was wrong with the command line; --help and --version are no errors.
int tellUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string path = "hearthd";
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
  std::cerr << "hearthd: " << message << "\n  See: " << path << " --help\n";
  return kUsage;
}

int mainOf(int argc, char** argv) {
  CLI::App app{"The server of a Hearth project: it keeps bags of tasks and hands them to volunteers' machines."};
  app.require_subcommand(1);
  app.set_version_flag("--version", "hearthd " HEARTH_VERSION);
  app.footer("hearthd COMMAND --help tells more. The guide for administrators is docs/admins.md.");
  Given given;
  Result<int> result = 0;
  addCommands(app, given, result);
  addInstallerCommand(app, given, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tellUsage(app, error);
  }
  return result ? *result : tell(given, result.error());
}

}  // namespace

int main(int argc, char** argv) {
  ::umask(0077);
  try {
    return mainOf(argc, argv);
  } catch (const std::exception& failure) {  // of the standard library: out of memory, an unreadable file system
    std::cerr << "hearthd: " << failure.what() << "\n";
    return kFailed;
  }
}
