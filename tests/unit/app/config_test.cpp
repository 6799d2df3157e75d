// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "unit/blob/folder.h"

using namespace hearth;
using namespace hearth::server;

namespace {

void checkRefused(std::string_view toml, const std::string& part) {
  const auto config = parseConfig(toml);
  REQUIRE_FALSE(config);
  const std::string told = config.error().message + " " + config.error().hint;
  INFO(told);
  CHECK(told.find(part) != std::string::npos);
  CHECK_FALSE(config.error().hint.empty());
}

}  // namespace

TEST_CASE("a folder without hearthd.toml has the defaults") {
  TemporaryFolder folder;
  const auto config = readConfig(folder.path);
  REQUIRE(config);
  CHECK(config->folder == folder.path);
  CHECK(config->port == 8443);
  CHECK(config->project == "Hearth");
}

TEST_CASE("every key of hearthd.toml is read") {
  const auto config = parseConfig(R"(
[project]
name = "My Grid"
uses = ["A vaccine", "A map of \"everything\""]
[listen]
address = "192.0.2.7"
port = 443
threads = 4
[public]
names = ["grid.example.org", "192.0.2.7"]
port = 8444
certificate = "/etc/grid.crt"
key = "/etc/grid.key"
[log]
level = "debug"
format = "json"
[hosts]
lease_term = "5m"
sync_when_busy = "10s"
sync_when_idle = "2s"
retry_same_host_after = "0s"
certificate_life = "7d"
[accounts]
signup = "open"
signup_roles = ["volunteer"]
session_life = "12h"
[[oidc]]
id = "university"
name = "University of Example"
issuer = "https://id.example.org"
client_id = "hearth"
secret_file = "keys/oidc"
[quotas]
attempts = 500
batches = 20
bytes = "10GiB"
[limits]
connections = 100
inbox = 200
disk_reserve = "1GiB"
)");
  if (!config) FAIL(config.error().message);
  CHECK(config->project == "My Grid");
  CHECK(config->uses == std::vector<std::string>{"A vaccine", "A map of \"everything\""});
  CHECK(parseConfig(formatConfig(*config)).value().uses == config->uses);
  CHECK(config->address == "192.0.2.7");
  CHECK(config->port == 443);
  CHECK(config->threads == 4);
  CHECK(config->publicNames == std::vector<std::string>{"grid.example.org", "192.0.2.7"});
  CHECK(config->publicPort == 8444);
  CHECK(config->publicCertificate == "/etc/grid.crt");
  CHECK(config->publicKey == "/etc/grid.key");
  CHECK(config->logLevel == "debug");
  CHECK(config->logJson);
  CHECK(config->leaseTerm == Duration::minutes(5));
  CHECK(config->syncWhenBusy == Duration::seconds(10));
  CHECK(config->syncWhenIdle == Duration::seconds(2));
  CHECK(config->retrySameHostAfter == Duration{});
  CHECK(config->certificateLife == Duration::days(7));
  CHECK(config->signUp == SignUp::kOpen);
  CHECK(config->signUpRoles == RoleSet{}.with(Role::kVolunteer));
  CHECK(config->sessionLife == Duration::hours(12));
  REQUIRE(config->oidc.size() == 1);
  CHECK(config->oidc[0].id == "university");
  CHECK(config->oidc[0].name == "University of Example");
  CHECK(config->oidc[0].issuer == "https://id.example.org");
  CHECK(config->oidc[0].clientId == "hearth");
  CHECK(config->oidc[0].secretFile == "keys/oidc");
  CHECK(config->quota == Quota{500, 20, 10 * limits::kGiB});
  CHECK(config->connections == 100);
  CHECK(config->inbox == 200);
  CHECK(config->diskReserveBytes == limits::kGiB);
}

TEST_CASE("what is wrong in hearthd.toml is named with its line and advice") {
  checkRefused("[listen]\nprot = 443\n", "line 2");
  checkRefused("[listen]\nprot = 443\n", "'port'");
  checkRefused("[listn]\nport = 443\n", "'listen'");
  checkRefused("port = 443\n", "section");
  checkRefused("[listen]\nport = 70000\n", "65535");
  checkRefused("[listen]\nport = \"443\"\n", "whole number");
  checkRefused("[hosts]\nlease_term = 600\n", "a time from");
  checkRefused("[hosts]\nlease_term = \"0s\"\n", "a time from");
  checkRefused("[log]\nlevel = \"debgu\"\n", "'debug'");
  checkRefused("[log]\nformat = \"xml\"\n", "json");
  checkRefused("[limits]\ndisk_reserve = \"lots\"\n", "256MiB");
  checkRefused("[project]\nname = \"\"\n", "1 to 200");
  checkRefused("[public]\ncertificate = \"a.crt\"\n", "belong together");
  checkRefused("[oidc]\nid = \"a\"\n", "two brackets");
  checkRefused("[[oidc]]\nid = \"a\"\nclient_id = \"b\"\nissuer = \"http://id.example.org\"\n", "https");
  checkRefused("[[oidc]]\nid = \"a/b\"\nclient_id = \"b\"\nissuer = \"https://id.example.org\"\n", "small letters");
  checkRefused("[[oidc]]\nclientid = \"b\"\n", "client_id");
  checkRefused("[accounts]\nsignup = \"opne\"\n", "'open'");
  checkRefused("[accounts]\nsignup_roles = [\"admin\"]\n", "an admin's to give");
  checkRefused("[accounts]\nsignup_roles = []\n", "at least one role");
  checkRefused("[listen\n", "line 1");
  checkRefused("[listen]\nport = 1\nport = 2\n", "line 3");
}

TEST_CASE("a written configuration reads back, and sections without settings may be added below") {
  Config config;
  config.project = "A \"quoted\" name\\ and ünïcode";
  config.port = 443;
  config.publicNames = {"grid.example.org"};
  config.signUp = SignUp::kClosed;
  config.signUpRoles = RoleSet{}.with(Role::kScientist);
  config.diskReserveBytes = limits::kGiB;
  const auto read = parseConfig(formatConfig(config) + "\n[hosts]\nsync_when_idle = \"1s\"\n");
  if (!read) FAIL(read.error().message);
  CHECK(read->project == config.project);
  CHECK(read->port == 443);
  CHECK(read->publicNames == config.publicNames);
  CHECK(read->signUp == SignUp::kClosed);
  CHECK(read->signUpRoles == config.signUpRoles);
  CHECK(read->diskReserveBytes == limits::kGiB);
  CHECK(read->syncWhenIdle == Duration::seconds(1));
  CHECK(read->leaseTerm == Config{}.leaseTerm);
}

TEST_CASE("relative paths of certificates are below the data folder") {
  TemporaryFolder folder;
  std::ofstream(folder.path / "hearthd.toml") << "[public]\ncertificate = \"public.crt\"\nkey = \"/etc/public.key\"\n";
  const auto config = readConfig(folder.path);
  REQUIRE(config);
  CHECK(config->publicCertificate == folder.path / "public.crt");
  CHECK(config->publicKey == "/etc/public.key");
}
