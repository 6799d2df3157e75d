// SPDX-License-Identifier: GPL-3.0-or-later
// Signing in by another party where the account asks for a code as well. The party itself: tests/web/oidc.test.mjs.
#include <string>

#include <catch2/catch.hpp>

#include "certs/totp.h"
#include "server/api/half_sign_in.h"
#include "support/api_fixture.h"
#include "wire/identity.h"

namespace hearth::test {
namespace {

using server::Method;

/// A person whose authenticator is set up, and a browser in which another party has said who they are.
struct Porch : ApiFixture {
  Porch() {
    REQUIRE(post(ada, "/api/v1/two-step").status == 201);
    REQUIRE(post(ada, "/api/v1/two-step/confirm", wire::toJson(wire::CodeRequest{code()})).status == 200);
    advance(Duration::seconds(90));
    arrive();
  }
  void arrive() {
    const std::string header = server::keepHalfSignIn(api->context(), ada.id).second;
    REQUIRE_THAT(header, Catch::Contains("HttpOnly") && Catch::Contains("SameSite=Lax"));
    cookie = header.substr(0, header.find(';'));
  }
  std::string code() { return certs::totpCode((*store.read->secondFactor(ada.id))->secret, certs::totpStep(now())); }
  Reply type(const std::string& code, const std::string& site = "same-origin") {
    return call(Method::kPost, "/api/v1/session/code", wire::toJson(wire::CodeRequest{code}),
                {{"cookie", cookie}, {"sec-fetch-site", site}});
  }
  bool isSignedIn(const Reply& reply) {
    const std::string session = reply.header("set-cookie").substr(0, reply.header("set-cookie").find(';'));
    return !session.empty() && call(Method::kGet, "/api/v1/me", {}, {{"cookie", session}}).status == 200;
  }

  Person ada = addPerson("ada", RoleSet{}.with(Role::kScientist));
  std::string cookie;
};

}  // namespace

TEST_CASE("who was signed in by another party still owes the code, in the same browser, and once") {
  Porch porch;
  CHECK(porch.call(Method::kGet, "/api/v1/me", {}, {{"cookie", porch.cookie}}).status == 401);
  const Reply wrong = porch.type("000000");
  CHECK(wrong.status == 401);
  CHECK_THAT(wrong.body, Catch::Contains("code-needed"));
  CHECK(porch.type(porch.code(), "cross-site").status == 403);
  const Reply good = porch.type(porch.code());
  REQUIRE(good.status == 201);
  CHECK(porch.isSignedIn(good));
  porch.advance(Duration::seconds(90));
  CHECK_FALSE(porch.isSignedIn(porch.type(porch.code())));
}

TEST_CASE("a sign-in that waits for its code waits for some minutes, and not for guesses") {
  Porch porch;
  SECTION("too late") {
    porch.advance(Duration::hours(1));
    CHECK(porch.type(porch.code()).status == 401);
  }
  SECTION("guessed") {
    int looked = 0;
    for (int i = 0; i < 20; ++i) looked += porch.type(std::to_string(100'000 + i)).status == 401 ? 1 : 0;
    CHECK(looked <= 10);
    CHECK(porch.type(porch.code()).status == 429);
  }
  SECTION("from a browser that no party sent back") {
    porch.cookie = "__Host-hearth-half=made-up";
    CHECK(porch.type(porch.code()).status == 401);
    porch.cookie.clear();
    CHECK(porch.type(porch.code()).status == 401);
  }
}

TEST_CASE("a browser that was sent to another party is not signed in by the address that it was sent with") {
  Porch porch;
  server::OidcSignIns::Pending pending;
  pending.provider = "university";
  pending.question.state = "the-state";
  pending.link = porch.ada.id;
  porch.api->context().oidc.keep(pending, porch.now());
  porch.cookie = "__Host-hearth-half=the-state";
  CHECK(porch.type(porch.code()).status == 401);
}

}  // namespace hearth::test
