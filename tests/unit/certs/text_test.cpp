// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>
#include <fstream>
#include <set>

#include <catch2/catch.hpp>

#include "certs/join_link.h"
#include "certs/secret.h"
#include "certs/sha256.h"

using namespace hearth;
using namespace hearth::certs;

namespace {

const JoinLink kLink{"grid.example.org:443", "hjoin_abc-DEF_123", sha256("ca"), sha256("root")};

void checkRefused(const std::string& text, const std::string& part) {
  INFO(text);
  const auto link = parseJoinLink(text);
  REQUIRE_FALSE(link);
  CHECK(link.error().message.find(part) != std::string::npos);
  CHECK_FALSE(link.error().hint.empty());
}

std::string link(const std::string& server, const std::string& token, const std::string& ca, const std::string& root) {
  return "hearth://join?server=" + server + "&token=" + token + "&ca=" + ca + "&root=" + root;
}

}  // namespace

TEST_CASE("a join link comes back as it was") {
  CHECK(parseJoinLink(formatJoinLink(kLink)).value() == kLink);
  JoinLink ipv6 = kLink;
  ipv6.server = "[2001:db8::1]:8443";
  CHECK(parseJoinLink(formatJoinLink(ipv6)).value() == ipv6);
  CHECK(parseJoinLink("  " + formatJoinLink(kLink) + "\r\n").value() == kLink);
  CHECK(parseJoinLink(formatJoinLink(kLink) + "&later=thing").value() == kLink);
}

TEST_CASE("a join link with a part malformed or missing says which part") {
  const std::string digest(64, 'a');
  REQUIRE(parseJoinLink(link("h:1", "t", digest, digest)));
  checkRefused("", "hearth://join?");
  checkRefused("https://grid.example.org", "hearth://join?");
  for (const char* server :
       {"", "h", "h:", ":1", "h:0", "h:65536", "h:1x", "h%:1", "a%20b:1", "[]:1", "[::1:1", "h%4"}) {
    checkRefused(link(server, "t", digest, digest), "server");
  }
  for (const char* token : {"", "a%20b", "a%"}) checkRefused(link("h:1", token, digest, digest), "token");
  checkRefused(link("h:1", std::string(300, 't'), digest, digest), "token");
  for (const std::string& bad : {std::string(), std::string("abc"), std::string(63, 'a') + "g", std::string(65, 'a')}) {
    checkRefused(link("h:1", "t", bad, digest), "'ca'");
    checkRefused(link("h:1", "t", digest, bad), "'root'");
  }
  checkRefused("hearth://join?", "server");
  checkRefused("hearth://join?server=h:1&ca=" + digest + "&root=" + digest, "token");
  checkRefused(link("h:1", "t", digest, digest) + "&token=u", "'token' twice");
  checkRefused(link("h:1", "t", digest, digest) + "&pad=" + std::string(3000, 'x'), "longer");
}

TEST_CASE("secrets have a prefix, 43 characters of base64url and never repeat") {
  std::set<std::string> seen;
  std::set<char> letters;
  for (int i = 0; i < 200; ++i) {
    const std::string secret = newSecret("hjoin_");
    REQUIRE(secret.size() == 6 + 43);
    CHECK(secret.starts_with("hjoin_"));
    letters.insert(secret.begin() + 6, secret.end());
    CHECK(seen.insert(secret).second);
  }
  CHECK(letters.size() == 64);
  CHECK(secretHash("hjoin_x") == sha256("hjoin_x"));
}

TEST_CASE("SHA-256 gives the published digests, in one piece, in pieces and again after finish") {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  CHECK(sha256("abc").hex() == abc);
  CHECK(sha256("").hex() == empty);
  Sha256 hash;
  CHECK(hash.finish().hex() == empty);
  hash.update("a");
  hash.update("bc");
  CHECK(hash.finish().hex() == abc);
  hash.update("abc");
  CHECK(hash.finish().hex() == abc);
}

TEST_CASE("the digest of a file is that of its bytes, and an unreadable one is an error") {
  std::string name = (std::filesystem::temp_directory_path() / "hearth-sha-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const std::filesystem::path file = std::filesystem::path(name) / "blob";
  const std::string bytes(1'000'003, 'x');
  std::ofstream(file, std::ios::binary) << bytes;
  CHECK(sha256File(file).value() == sha256(bytes));
  std::ofstream(file, std::ios::binary | std::ios::trunc);
  CHECK(sha256File(file).value() == sha256(""));
  CHECK(sha256File(std::filesystem::path(name) / "none").error().code == ErrorCode::kIo);
  CHECK(sha256File(name).error().code == ErrorCode::kIo);
  std::filesystem::remove_all(name);
}
