// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "certs/join_link.h"
#include "certs/secret.h"
#include "certs/signing.h"
#include "db/sqlite/sqlite_store.h"
#include "server/app/data_folder.h"
#include "server/app/initialise.h"
#include "server/app/offline.h"
#include "server/app/project_identity.h"
#include "server/app/server.h"
#include "unit/blob/folder.h"

using namespace hearth;
using namespace hearth::server;
namespace fs = std::filesystem;

namespace {

Instant realNow() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

unsigned modeOf(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

std::string textOf(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A project in a folder of the test's own.
struct Project {
  TemporaryFolder folder;
  InitialiseOptions options;
  DataFolder data{folder.path / "data"};

  Project() {
    options.config.folder = data.root;
    options.config.project = "Test";
    options.config.address = "127.0.0.1";
  }
  Initialised init() {
    auto told = initialise(options, realNow());
    if (!told) FAIL(told.error().message);
    return std::move(*told);
  }
  /// As hearthd run reads it, on any free port.
  Config config() const {
    auto config = readConfig(data.root);
    REQUIRE(config);
    config->port = 0;
    config->diskReserveBytes = 0;
    return std::move(*config);
  }
  std::unique_ptr<Server> serve() const {
    auto server = Server::start(config());
    if (!server) FAIL(server.error().message);
    return std::move(*server);
  }
};

}  // namespace

TEST_CASE("a new project has its files, secrets that only their owner reads, and a first admin") {
  Project project;
  const Initialised told = project.init();
  CHECK_FALSE(told.existed);
  CHECK(modeOf(project.data.root) == 0700);
  CHECK(modeOf(project.data.authorityKey()) == 0600);
  CHECK(modeOf(project.data.serverKey()) == 0600);
  CHECK(modeOf(project.data.rootKey()) == 0600);
  const auto key = certs::readSigningKeyFile(project.data.rootKey());
  REQUIRE(key);
  CHECK(key->publicKey == told.rootKey);

  const auto read = db::openSqliteReadStore(project.data.database());
  REQUIRE(read);
  const auto admin = (*read)->accountByName("admin").value();
  REQUIRE(admin);
  for (const Role role : {Role::kAdmin, Role::kOperator, Role::kScientist, Role::kVolunteer})
    CHECK(admin->roles.has(role));
  const auto token = (*read)->accessToken(certs::secretHash(told.adminToken)).value();
  REQUIRE(token);
  CHECK(token->account == admin->id);

  const auto link = certs::parseJoinLink(told.joinLink);
  REQUIRE(link);
  CHECK(link->server == "127.0.0.1:8443");
  CHECK(link->authority == told.authorityFingerprint);
  CHECK(link->root == certs::keyFingerprint(told.rootKey).value());
}

TEST_CASE("init again changes nothing, also while the project is served") {
  Project project;
  const Initialised first = project.init();
  const std::string database = textOf(project.data.database());
  const auto server = project.serve();
  project.options.config.project = "Other";
  const Initialised again = project.init();
  CHECK(again.existed);
  CHECK(again.adminToken.empty());
  CHECK(again.joinLink.empty());
  CHECK(again.authorityFingerprint == first.authorityFingerprint);
  CHECK(project.config().project == "Test");
}

TEST_CASE("init refuses a folder that holds something else, and makes missing parents") {
  Project project;
  fs::create_directories(project.data.root);
  std::ofstream(project.data.root / "thesis.tex") << "years of work";
  const auto refused = initialise(project.options, realNow());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(refused.error().message.find("thesis.tex") != std::string::npos);
  project.options.config.folder = project.folder.path / "a" / "b" / "c";
  CHECK(initialise(project.options, realNow()));
}

TEST_CASE("init refuses bad names before it makes anything, and works in the same folder afterwards") {
  Project project;
  project.options.config.publicNames = {"not a name"};
  CHECK_FALSE(initialise(project.options, realNow()));
  project.options.config.publicNames = {"grid.example.org"};
  project.options.admin = "Not An Account";
  CHECK_FALSE(initialise(project.options, realNow()));
  project.options.admin = "ada";
  const Initialised told = project.init();
  CHECK(told.server == "grid.example.org:8443");
}

TEST_CASE("what a broken init left is completed") {
  Project project;
  const Initialised first = project.init();
  SECTION("the database was not made") {
    fs::remove(project.data.database());
    const Initialised again = project.init();
    CHECK_FALSE(again.existed);
    CHECK_FALSE(again.adminToken.empty());
    CHECK(again.authorityFingerprint == first.authorityFingerprint);
    CHECK(again.rootKey == first.rootKey);
  }
  SECTION("the keys were not finished") {
    fs::remove(project.data.database());
    fs::remove(project.data.rootPublicKey());
    fs::remove(project.data.serverCertificate());
    fs::remove(project.data.authorityCertificate());
    const Initialised again = project.init();
    CHECK_FALSE(again.existed);
    CHECK(again.rootKey == first.rootKey);
    CHECK(again.authorityFingerprint != first.authorityFingerprint);
    CHECK_NOTHROW(project.serve());
  }
}

TEST_CASE("a server's certificate is made anew before it expires and when a name is added") {
  Project project;
  project.init();
  Config config = project.config();
  const auto first = openIdentity(project.data, config, realNow());
  REQUIRE(first);
  CHECK(openIdentity(project.data, config, realNow())->server.certificatePem == first->server.certificatePem);
  const Instant late = realNow() + kServerCertificateLife - Duration::days(29);
  const auto renewed = openIdentity(project.data, config, late);
  REQUIRE(renewed);
  CHECK(renewed->server.certificatePem != first->server.certificatePem);
  CHECK(expiryOf(renewed->server.certificatePem).value() > late + Duration::days(365));
  config.publicNames = {"grid.example.org"};
  const auto named = openIdentity(project.data, config, late);
  REQUIRE(named);
  CHECK(named->server.certificatePem != renewed->server.certificatePem);
  CHECK(named->authority.certificateFingerprint() == first->authority.certificateFingerprint());
  fs::remove(project.data.authorityKey());
  const auto broken = openIdentity(project.data, config, late);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().hint.find("backup") != std::string::npos);
}

TEST_CASE("a server starts without the private root key, drains, and starts again") {
  Project project;
  project.init();
  fs::remove(project.data.rootKey());
  std::uint16_t port = 0;
  {
    const auto server = project.serve();
    port = server->port();
    CHECK(port != 0);
    CHECK(server->url() == "https://127.0.0.1:" + std::to_string(port));
    server->drain();
    server->drain();
  }
  CHECK(project.serve()->port() != 0);
}

TEST_CASE("one data folder is served by one process at a time") {
  Project project;
  project.init();
  const auto server = project.serve();
  const auto second = Server::start(project.config());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
  CHECK(makeAccessToken(project.config(), "admin", realNow()).error().code == ErrorCode::kConflict);
}

TEST_CASE("a server says what is wrong with its folder, its port and its certificates") {
  Project project;
  CHECK(Server::start([&] {
          Config config;
          config.folder = project.data.root;
          return config;
        }())
            .error()
            .code == ErrorCode::kNotFound);
  project.init();
  const auto server = project.serve();
  Project other;
  other.init();
  Config config = other.config();
  config.port = server->port();
  CHECK_FALSE(Server::start(config));
  config.port = 0;
  config.publicCertificate = config.publicKey = other.data.root / "absent.pem";
  const auto absent = Server::start(config);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message.find("absent.pem") != std::string::npos);
}

TEST_CASE("join links and tokens can be made while the server is stopped") {
  Project project;
  project.init();
  const auto token = makeAccessToken(project.config(), "admin", realNow());
  REQUIRE(token);
  Config config = project.config();
  config.port = 8443;
  const auto text = makeJoinLink(config, "admin", 5, Duration::days(1), realNow());
  REQUIRE(text);
  CHECK(certs::parseJoinLink(*text)->server == "127.0.0.1:8443");
  CHECK(makeJoinLink(config, "nobody", 5, Duration::days(1), realNow()).error().code == ErrorCode::kNotFound);
  const auto read = db::openSqliteReadStore(project.data.database());
  CHECK((*read)->accessToken(certs::secretHash(*token)).value());
}

TEST_CASE("a key is approved with the root key, wherever that is, and with no other") {
  Project project;
  project.init();
  const auto scientist = certs::newSigningKey().value();
  const fs::path offline = project.folder.path / "offline.key";
  fs::rename(project.data.rootKey(), offline);
  ApprovalOptions options{"admin", scientist.publicKey, offline, Duration::days(10)};
  const auto approved = approveKeyOffline(project.config(), options, realNow());
  if (!approved) FAIL(approved.error().message);
  CHECK(approved->kept);
  const auto read = db::openSqliteReadStore(project.data.database());
  CHECK((*read)->keyApprovals("admin")->size() == 1);
  {
    const auto server = project.serve();
    CHECK_FALSE(approveKeyOffline(project.config(), options, realNow())->kept);
  }
  const fs::path stranger = project.folder.path / "stranger.key";
  REQUIRE(certs::writeSigningKeyFile(stranger, certs::newSigningKey().value()));
  options.rootKey = stranger;
  CHECK(approveKeyOffline(project.config(), options, realNow()).error().code == ErrorCode::kForbidden);
  options.rootKey.clear();
  CHECK_FALSE(approveKeyOffline(project.config(), options, realNow()));
}

TEST_CASE("a backup made while the project is served is a data folder that can be served") {
  Project project;
  const Initialised told = project.init();
  const fs::path saved = project.folder.path / "saved";
  Digest blob;
  {
    const auto store = openStore(project.data.blobs(), {0, Duration::days(7)});
    blob = store->put("precious").value();
    REQUIRE(begin(*store, certs::sha256("other"), 100, 0, "ada")->write(bytesOf("half")));
  }
  {
    const auto server = project.serve();
    const auto done = backUp(project.config(), saved, true);
    if (!done) FAIL(done.error().message);
    CHECK(backUp(project.config(), saved, true).error().code == ErrorCode::kConflict);
  }
  CHECK(modeOf(saved / "certs" / "authority.key") == 0600);
  CHECK(fs::exists(project.data.ticketKeys()));
  CHECK_FALSE(fs::exists(DataFolder{saved}.ticketKeys()));
  CHECK(openStore(saved / "blobs")->read(blob, 100).value() == "precious");
  Config config = project.config();
  config.folder = saved;
  const auto server = Server::start(config);
  if (!server) FAIL(server.error().message);
  const auto read = db::openSqliteReadStore(saved / "hearth.db");
  CHECK((*read)->accessToken(certs::secretHash(told.adminToken)).value());
}
