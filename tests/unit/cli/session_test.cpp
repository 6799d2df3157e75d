// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/session.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "certs/secret.h"
#include "cli_support.h"

namespace hearth::cli {

using test::Folder;

TEST_CASE("a session is kept so that only its owner reads it") {
  const Folder folder;
  const Session session{"https://grid.example:8443", "hacc_secret", certs::secretHash("x")};
  REQUIRE(writeSession(folder / "hearth", session));
  struct stat status {};
  REQUIRE(::stat((folder / "hearth/session.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(::stat((folder / "hearth").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  CHECK(readSession(folder / "hearth").value() == session);
  ::chmod((folder / "hearth/session.json").c_str(), 0644);
  CHECK(readSession(folder / "hearth").error().code == ErrorCode::kForbidden);
  REQUIRE(removeSession(folder / "hearth"));
  CHECK(readSession(folder / "hearth").error().code == ErrorCode::kUnauthorized);
}

TEST_CASE("a damaged session says to log in again") {
  const Folder folder;
  folder.write("session.json", "{\"server\":", 0600);
  const auto session = readSession(folder.path());
  REQUIRE_FALSE(session);
  CHECK_THAT(session.error().hint, Catch::Contains("hearth login"));
}

TEST_CASE("the configuration's folder follows XDG") {
  CHECK(configurationFolder("/x", "/home/a").value() == "/x/hearth");
  CHECK(configurationFolder("", "/home/a").value() == "/home/a/.config/hearth");
  CHECK(configurationFolder("relative", "/home/a").value() == "/home/a/.config/hearth");
  CHECK_FALSE(configurationFolder("", ""));
}

TEST_CASE("addresses and fingerprints are read as people write them") {
  CHECK(normaliseServer("grid.example").value() == "https://grid.example");
  CHECK(normaliseServer("https://grid.example:8443/").value() == "https://grid.example:8443");
  CHECK(normaliseServer("[::1]:8443").value() == "https://[::1]:8443");
  for (const char* bad :
       {"", "https://", "http://grid.example", "grid example", "user@grid", "https://a/b", "a\nb", "a?x=1"}) {
    INFO(bad);
    CHECK_FALSE(normaliseServer(bad));
  }
  const Digest digest = certs::secretHash("x");
  std::string colons;
  for (std::size_t i = 0; i < 64; i += 2) colons += (i > 0 ? ":" : "") + digest.hex().substr(i, 2);
  CHECK(parseFingerprint(colons).value() == digest);
  CHECK_FALSE(parseFingerprint("abcd"));
}

}  // namespace hearth::cli
