// SPDX-License-Identifier: GPL-3.0-or-later
// What another party may say of a person, and what is refused.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "server/oidc/fetch.h"
#include "server/oidc/provider.h"
#include "server/oidc/sign_ins.h"

using namespace hearth;
using namespace hearth::server;

namespace {

namespace json = boost::json;

const Instant kNow = Instant::ofUnixSeconds(1'800'000'000);
const OidcSettings kSettings{"u", "University", "https://id.example", "hearth", {}, "secret"};

json::object claims() {
  return {{"iss", "https://id.example"},
          {"aud", "hearth"},
          {"sub", "17"},
          {"nonce", "n"},
          {"exp", 1'800'000'600},
          {"iat", 1'799'999'990},
          {"preferred_username", "ada"}};
}

Result<OidcPerson> check(const json::object& said) { return checkClaims(json::serialize(said), kSettings, "n", kNow); }

void checkRefused(std::string_view member, const json::value& value) {
  json::object said = claims();
  if (value.is_null()) {
    said.erase(member);
  } else {
    said[member] = value;
  }
  INFO(json::serialize(said));
  const auto person = check(said);
  REQUIRE_FALSE(person);
  CHECK(person.error().code == ErrorCode::kForbidden);
  CHECK_FALSE(person.error().hint.empty());
}

}  // namespace

TEST_CASE("an ID token names a person if all that it says is as it must be") {
  const auto person = check(claims());
  REQUIRE(person);
  CHECK(person->issuer == "https://id.example");
  CHECK(person->subject == "17");
  CHECK(person->name == "ada");
  json::object several = claims();
  several["aud"] = json::array{"other", "hearth"};
  CHECK_FALSE(check(several));
  several["azp"] = "hearth";
  CHECK(check(several));
}

TEST_CASE("an ID token that is another's, old, of the future or an answer to another question is refused") {
  checkRefused("iss", "https://evil.example");
  checkRefused("iss", nullptr);
  checkRefused("aud", "other");
  checkRefused("aud", json::array{"other"});
  checkRefused("aud", nullptr);
  checkRefused("exp", 1'799'999'000);
  checkRefused("exp", "soon");
  checkRefused("exp", nullptr);
  checkRefused("iat", 1'800'000'900);
  checkRefused("iat", nullptr);
  checkRefused("nonce", "another");
  checkRefused("nonce", nullptr);
  checkRefused("sub", "");
  checkRefused("sub", nullptr);
  checkRefused("sub", json::string(256, 'x'));
  CHECK_FALSE(checkClaims("[]", kSettings, "n", kNow));
  CHECK_FALSE(checkClaims("{", kSettings, "n", kNow));
  CHECK_FALSE(checkClaims(json::serialize(claims()), kSettings, "", kNow));
}

TEST_CASE("other parties are asked over https, and over http on this machine alone") {
  for (const std::string good :
       {"https://id.example", "http://127.0.0.1:9/x", "http://localhost", "http://[::1]:80/"}) {
    CHECK(isFetchable(good));
  }
  for (const std::string bad : {"http://id.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
                                "http://localhost@evil.example", "ftp://127.0.0.1", "file:///etc/passwd", ""}) {
    CHECK_FALSE(isFetchable(bad));
    CHECK_FALSE(fetch(bad));
  }
}

TEST_CASE("a browser comes back once, in time, and only a bounded number are waited for") {
  OidcSignIns sign({kSettings});
  const auto ask = [&](Instant at) {
    OidcSignIns::Pending pending{"u", OidcProvider::newQuestion(), "/", {}, {}};
    sign.keep(pending, at);
    return pending.question.state;
  };
  const std::string state = ask(kNow);
  CHECK_FALSE(sign.take("", kNow));
  CHECK_FALSE(sign.take(state + "x", kNow));
  CHECK(sign.take(state, kNow));
  CHECK_FALSE(sign.take(state, kNow));
  CHECK_FALSE(sign.take(ask(kNow), kNow + Duration::minutes(11)));
  const std::string first = ask(kNow);
  for (int i = 0; i < 1000; ++i) ask(kNow);
  CHECK_FALSE(sign.take(first, kNow));
  CHECK(sign.find("u") != nullptr);
  CHECK(sign.find("v") == nullptr);
  CHECK(sign.ofIssuer("https://id.example") != nullptr);
}
