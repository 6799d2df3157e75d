// SPDX-License-Identifier: GPL-3.0-or-later
// Signing up, in and out: passwords, sessions, invitations, what tokens reach.
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "certs/secret.h"
#include "certs/totp.h"
#include "support/api_fixture.h"
#include "wire/identity.h"
#include "wire/problem.h"

namespace hearth::test {
namespace {

using server::ApiOptions;
using server::Method;

constexpr const char* kPassword = "correct horse battery";

ApiOptions optionsWith(server::SignUp signUp) {
  ApiOptions options = ApiFixture::cheapPasswords({});
  options.accounts.signUp = signUp;
  return options;
}

std::shared_ptr<const server::Peer> from(const std::string& address) {
  server::Peer peer;
  peer.address = address;
  return std::make_shared<const server::Peer>(peer);
}

/// A browser: it keeps its cookie and says that its own page sent what it sends.
struct Browser {
  ApiFixture& api;
  std::string cookie = {};
  std::string address = "192.0.2.1";

  Reply call(Method method, std::string_view target, std::string body = {}) {
    Reply reply =
        api.call(method, target, std::move(body),
                 {{"cookie", cookie}, {"sec-fetch-site", "same-origin"}, {"user-agent", "Firefox"}}, from(address));
    const std::string set = reply.header("set-cookie");
    if (!set.empty()) cookie = set.substr(0, set.find(';'));
    return reply;
  }
  Reply get(std::string_view target) { return call(Method::kGet, target); }
  Reply signUp(const std::string& name, const std::string& password = kPassword, const std::string& invitation = {}) {
    return call(Method::kPost, "/api/v1/signup", wire::toJson(wire::SignUpRequest{name, password, invitation}));
  }
  Reply signIn(const std::string& name, const std::string& password = kPassword, const std::string& code = {}) {
    return call(Method::kPost, "/api/v1/session", wire::toJson(wire::SignInRequest{name, password, code, {}}));
  }
  bool isSignedIn() { return get("/api/v1/me").status == 200; }
};

std::string secretOf(const Reply& reply, const std::string& prefix) {
  INFO(reply.body);
  const std::string link = wire::parseSecretLink(reply.body).value().link;
  REQUIRE(link.find(prefix) != std::string::npos);
  return link.substr(link.find(prefix));
}

struct OpenHouse : ApiFixture {
  explicit OpenHouse(ApiOptions options = optionsWith(server::SignUp::kOpen)) : ApiFixture(options) {}
  Person admin = addPerson("root", RoleSet{}.with(Role::kAdmin));
  Browser ada{*this};
};

}  // namespace

TEST_CASE("who signs up is signed in, by a cookie that no page can read and no neighbour can plant") {
  OpenHouse house;
  const Reply reply = house.ada.signUp("ada");
  REQUIRE(reply.status == 201);
  CHECK(reply.header("cache-control") == "no-store");
  const std::string cookie = reply.header("set-cookie");
  for (const std::string part : {"__Host-hearth=hses_", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"}) {
    CHECK_THAT(cookie, Catch::Contains(part));
  }
  CHECK(reply.body.find("hses_") == std::string::npos);
  const auto me = wire::parseMeView(house.ada.get("/api/v1/me").body).value();
  CHECK(me.name == "ada");
  CHECK(me.roles == RoleSet{}.with(Role::kVolunteer).with(Role::kScientist));
}

TEST_CASE("a session's secret is new at every sign-in, and the former one is worth nothing") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  std::set<std::string> cookies{house.ada.cookie};
  for (int i = 0; i < 3; ++i) {
    Browser old = house.ada;
    REQUIRE(house.ada.signIn("ada").status == 201);
    CHECK(cookies.insert(house.ada.cookie).second);
    CHECK(house.ada.isSignedIn());
    CHECK_FALSE(old.isSignedIn());
  }
  Browser planted{house, "__Host-hearth=hses_chosen_by_somebody_else"};
  REQUIRE(planted.signIn("ada").status == 201);
  CHECK(planted.cookie.find("chosen") == std::string::npos);
}

TEST_CASE("a wrong name and a wrong password get one and the same answer") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  house.addPerson("tokenonly", RoleSet{}.with(Role::kVolunteer));
  Browser other{house};
  const Reply wrong = other.signIn("ada", "not the password");
  CHECK(wrong.status == 401);
  for (const std::string name : {"nobody", "tokenonly", "root", "Ada", "a b"}) {
    const Reply reply = other.signIn(name, "not the password");
    CHECK(reply.status == wrong.status);
    CHECK(reply.body == wrong.body);
    CHECK(reply.headers == wrong.headers);
  }
  CHECK_FALSE(other.isSignedIn());
}

TEST_CASE("attempts to sign in are limited by account and by address, and the answer says how long") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  SECTION("an account that is guessed at from everywhere") {
    for (int i = 0; i < 10; ++i) {
      Browser guesser{house, {}, "198.51.100." + std::to_string(i)};
      CHECK(guesser.signIn("ada", "guess number " + std::to_string(i)).status == 401);
    }
    Browser late{house, {}, "203.0.113.9"};
    const Reply reply = late.signIn("ada");
    CHECK(reply.status == 429);
    CHECK(reply.header("retry-after") == "30");
    CHECK(reply.problem().code == ErrorCode::kUnavailable);
    CHECK(house.ada.isSignedIn());  // who is in stays in
    house.advance(Duration::seconds(31));
    CHECK(late.signIn("ada").status == 201);
  }
  SECTION("an address that guesses at many") {
    int refused = 0;
    for (int i = 0; i < 40; ++i) refused += house.ada.signIn("n" + std::to_string(i), "guess").status == 429 ? 1 : 0;
    CHECK(refused >= 9);
    Browser elsewhere{house, {}, "2001:db8::1"};
    CHECK(elsewhere.signIn("ada").status == 201);
  }
  SECTION("who succeeds is not held up") {
    for (int i = 0; i < 25; ++i) CHECK(house.ada.signIn("ada").status == 201);
  }
}

TEST_CASE("a cookie changes nothing for a page of another site") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  const auto send = [&](const server::Headers& extra) {
    server::Headers headers{{"cookie", house.ada.cookie}, {"host", "grid.example:8443"}};
    headers.insert(headers.end(), extra.begin(), extra.end());
    return house.call(Method::kPost, "/api/v1/tokens", R"({"label":"x"})", headers).status;
  };
  CHECK(send({}) == 403);
  CHECK(send({{"sec-fetch-site", "cross-site"}}) == 403);
  CHECK(send({{"sec-fetch-site", "same-site"}}) == 403);
  CHECK(send({{"sec-fetch-site", "none"}}) == 403);
  CHECK(send({{"origin", "https://evil.example"}}) == 403);
  CHECK(send({{"origin", "http://grid.example:8443"}}) == 403);
  CHECK(send({{"sec-fetch-site", "cross-site"}, {"origin", "https://grid.example:8443"}}) == 403);
  CHECK(send({{"origin", "https://grid.example:8443"}}) == 201);
  CHECK(send({{"sec-fetch-site", "same-origin"}}) == 201);
  // Nor can it sign anybody in as somebody else.
  const std::string body = wire::toJson(wire::SignInRequest{"ada", kPassword, {}, {}});
  CHECK(house.call(Method::kPost, "/api/v1/session", body, {{"sec-fetch-site", "cross-site"}}).status == 403);
  CHECK(house.call(Method::kPost, "/api/v1/session", body, {{"origin", "https://evil.example"}}).status == 403);
  CHECK(house.call(Method::kPost, "/api/v1/session", body).status == 201);
}

TEST_CASE("sessions are listed, ended one by one, and all at once everywhere") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  Browser phone{house}, library{house};
  REQUIRE(phone.signIn("ada").status == 201);
  REQUIRE(library.signIn("ada").status == 201);
  auto sessions = wire::parseAccess(house.ada.get("/api/v1/sessions").body, "sessions").value();
  REQUIRE(sessions.size() == 3);
  for (const auto& session : sessions) CHECK(session.madeBy == "Firefox");
  CHECK(std::count_if(sessions.begin(), sessions.end(), [](const auto& one) { return one.current; }) == 1);

  const std::string libraryId = certs::secretHash(library.cookie.substr(library.cookie.find('=') + 1)).hex();
  Browser eve{house};
  REQUIRE(eve.signUp("eve").status == 201);
  CHECK(eve.call(Method::kDelete, "/api/v1/sessions/" + libraryId).status == 404);
  CHECK(library.isSignedIn());
  CHECK(house.ada.call(Method::kDelete, "/api/v1/sessions/" + libraryId).status == 204);
  CHECK_FALSE(library.isSignedIn());
  CHECK(house.ada.call(Method::kDelete, "/api/v1/sessions").status == 204);
  CHECK_FALSE(phone.isSignedIn());
  CHECK_FALSE(house.ada.isSignedIn());
  CHECK(eve.isSignedIn());
  CHECK(eve.call(Method::kDelete, "/api/v1/session").status == 204);
  CHECK_FALSE(eve.isSignedIn());
  CHECK(house.as(house.admin, Method::kDelete, "/api/v1/session").status == 204);
  CHECK(house.get(house.admin, "/api/v1/me").status == 200);  // a token is no session
}

TEST_CASE("a session ends by itself") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  house.advance(Duration::days(29));
  CHECK(house.ada.isSignedIn());
  house.advance(Duration::days(2));
  CHECK_FALSE(house.ada.isSignedIn());
}

TEST_CASE("signing up is as the project's admin chose") {
  SECTION("closed") {
    OpenHouse house(optionsWith(server::SignUp::kClosed));
    CHECK(house.ada.signUp("ada").problem().code == ErrorCode::kForbidden);
    const std::string secret =
        secretOf(house.post(house.admin, "/api/v1/invitations", R"({"roles":["scientist"]})"), "hinv_");
    CHECK(house.ada.signUp("ada", kPassword, secret).status == 403);
  }
  SECTION("by invitation: as often as it says, with its roles") {
    OpenHouse house(optionsWith(server::SignUp::kInvitation));
    const Reply uninvited = house.ada.signUp("root");
    CHECK(uninvited.problem().code == ErrorCode::kForbidden);
    CHECK(uninvited.body == house.ada.signUp("nobody").body);  // no name is told to who is not invited
    const std::string secret =
        secretOf(house.post(house.admin, "/api/v1/invitations", R"({"roles":["operator"],"uses":2,"label":"the lab"})"),
                 "hinv_");
    CHECK(house.ada.signUp("root", kPassword, secret).problem().code == ErrorCode::kConflict);
    REQUIRE(house.ada.signUp("ada", kPassword, secret).status == 201);  // a taken name used nothing up
    CHECK(wire::parseMeView(house.ada.get("/api/v1/me").body)->roles == RoleSet{}.with(Role::kOperator));
    REQUIRE(Browser{house}.signUp("bob", kPassword, secret).status == 201);
    CHECK(Browser{house}.signUp("eve", kPassword, secret).problem().code == ErrorCode::kForbidden);
  }
  SECTION("an invitation ends, and can be taken back") {
    OpenHouse house(optionsWith(server::SignUp::kInvitation));
    const std::string old =
        secretOf(house.post(house.admin, "/api/v1/invitations", R"({"roles":["scientist"],"ttlMs":60000})"), "hinv_");
    house.advance(Duration::seconds(61));
    CHECK(house.ada.signUp("ada", kPassword, old).status == 403);
    const std::string secret =
        secretOf(house.post(house.admin, "/api/v1/invitations", R"({"roles":["scientist"]})"), "hinv_");
    const std::string path = "/api/v1/invitations/" + certs::secretHash(secret).hex();
    CHECK(house.as(house.admin, Method::kDelete, path).status == 204);
    CHECK(house.as(house.admin, Method::kDelete, path).status == 404);
    CHECK(house.ada.signUp("ada", kPassword, secret).status == 403);
  }
  SECTION("a bad name or password is told at once") {
    OpenHouse house;
    CHECK_THAT(house.ada.signUp("Ada Lovelace").problem().message, Catch::Contains("name"));
    CHECK_THAT(house.ada.signUp("ada", "short").problem().message, Catch::Contains("password"));
    CHECK_THAT(house.ada.signUp("adalovelace", "adalovelace1815").problem().message, Catch::Contains("name"));
    CHECK(house.ada.signUp("ada", "пароль-пароль").status == 201);  // letters, not bytes
  }
}

TEST_CASE("a new password needs the old one and ends the other sessions") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  Browser thief{house};
  REQUIRE(thief.signIn("ada").status == 201);
  const auto change = [&](const std::string& old, const std::string& password) {
    return house.ada.call(Method::kPut, "/api/v1/password", wire::toJson(wire::PasswordRequest{old, password, {}}));
  };
  CHECK(change("not the old one", "another long one").problem().code == ErrorCode::kForbidden);
  CHECK(change({}, "another long one").problem().code == ErrorCode::kForbidden);
  CHECK(thief.isSignedIn());
  CHECK(change(kPassword, "another long one").status == 204);
  CHECK(house.ada.isSignedIn());
  CHECK_FALSE(thief.isSignedIn());
  CHECK(thief.signIn("ada").status == 401);
  CHECK(thief.signIn("ada", "another long one").status == 201);
}

TEST_CASE("an account that has only a token gets a password by its token or by an admin's link, once") {
  OpenHouse house;
  const Person bob = house.addPerson("bob", RoleSet{}.with(Role::kScientist));
  Browser browser{house};
  SECTION("by its token") {
    CHECK(house.as(bob, Method::kPut, "/api/v1/password", R"({"password":"a password for bob"})").status == 204);
    CHECK(browser.signIn("bob", "a password for bob").status == 201);
    CHECK(house.as(bob, Method::kPut, "/api/v1/password", R"({"password":"a second password"})").status == 403);
  }
  SECTION("by a link") {
    CHECK(house.post(bob, "/api/v1/accounts/bob/password-link").status == 403);
    const std::string former = secretOf(house.post(house.admin, "/api/v1/accounts/bob/password-link"), "hpwd_");
    const std::string link = secretOf(house.post(house.admin, "/api/v1/accounts/bob/password-link"), "hpwd_");
    const auto set = [&](const std::string& secret, const std::string& password) {
      return browser.call(Method::kPost, "/api/v1/password", wire::toJson(wire::PasswordRequest{{}, password, secret}));
    };
    CHECK(set(former, "a password for bob").status == 403);  // the newer one took its place
    CHECK(set(link, "short").status == 400);                 // and the link is still good
    CHECK(set(link, "a password for bob").status == 204);
    CHECK(set(link, "another password").status == 403);
    CHECK(browser.signIn("bob", "a password for bob").status == 201);
    const std::string late = secretOf(house.post(house.admin, "/api/v1/accounts/bob/password-link"), "hpwd_");
    house.advance(Duration::hours(25));
    CHECK(set(late, "another password").status == 403);
  }
  SECTION("by signing in with the token itself, no further and no longer than it") {
    const auto made = house.post(bob, "/api/v1/tokens", R"({"label":"x","scope":"read","ttlMs":3600000})");
    const std::string token = wire::parseAccessTokenView(made.body)->token;
    CHECK(browser.call(Method::kPost, "/api/v1/session", wire::toJson(wire::SignInRequest{{}, {}, {}, token})).status ==
          201);
    CHECK(browser.isSignedIn());
    CHECK(browser.call(Method::kPost, "/api/v1/tokens", R"({"label":"more"})").status == 403);
    house.advance(Duration::minutes(61));
    CHECK_FALSE(browser.isSignedIn());
    CHECK(browser.call(Method::kPost, "/api/v1/session", wire::toJson(wire::SignInRequest{{}, {}, {}, "x"})).status ==
          401);
  }
}

namespace {

/// A person whose authenticator is set up; the secret as bytes.
struct TwoStep {
  explicit TwoStep(OpenHouse& given) : house(given) {
    REQUIRE(house.ada.signUp("ada").status == 201);
    REQUIRE(house.ada.call(Method::kPost, "/api/v1/two-step").status == 201);
    const AccountId ada = (*house.store.read->accountByName("ada"))->id;
    secret = (*house.store.read->secondFactor(ada))->secret;
    const Reply confirmed = send("confirm", code());
    REQUIRE(confirmed.status == 200);
    codes = wire::parseRecoveryCodes(confirmed.body).value();
    house.advance(Duration::seconds(90));
  }
  std::string code() const { return certs::totpCode(secret, certs::totpStep(house.now())); }
  Reply send(const std::string& what, const std::string& code) {
    return house.ada.call(Method::kPost, "/api/v1/two-step/" + what, wire::toJson(wire::CodeRequest{code}));
  }
  OpenHouse& house;
  std::string secret;
  std::vector<std::string> codes;
};

}  // namespace

TEST_CASE("two-step sign-in asks for a code that is good once") {
  OpenHouse house;
  TwoStep two(house);
  Browser phone{house};
  const Reply asked = phone.signIn("ada");
  CHECK(asked.status == 401);
  CHECK_THAT(asked.body, Catch::Contains("urn:hearth:problem:code-needed"));
  CHECK(asked.header("set-cookie").empty());
  CHECK(phone.signIn("ada", "not the password", two.code()).body.find("code-needed") == std::string::npos);
  CHECK_THAT(phone.signIn("ada", kPassword, "000000").body, Catch::Contains("code-needed"));
  const std::string code = two.code();
  REQUIRE(phone.signIn("ada", kPassword, code).status == 201);
  CHECK(phone.isSignedIn());
  Browser replay{house};
  CHECK(replay.signIn("ada", kPassword, code).status == 401);
  house.advance(Duration::seconds(30));
  CHECK(replay.signIn("ada", kPassword, two.code()).status == 201);
}

TEST_CASE("codes are not guessed: wrong ones are counted against the account") {
  OpenHouse house;
  TwoStep two(house);
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    Browser guesser{house, {}, "198.51.100." + std::to_string(i)};
    answered += guesser.signIn("ada", kPassword, std::to_string(100'000 + i)).status == 401 ? 1 : 0;
  }
  CHECK(answered <= 10);
}

TEST_CASE("recovery codes are good once each, kept as hashes, and new ones replace them") {
  OpenHouse house;
  TwoStep two(house);
  REQUIRE(two.codes.size() == 10);
  Browser phone{house};
  CHECK(phone.signIn("ada", kPassword, two.codes[0]).status == 201);
  CHECK(phone.signIn("ada", kPassword, two.codes[0]).status == 401);
  std::string shouted;
  for (const char c : two.codes[1]) shouted += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(phone.signIn("ada", kPassword, shouted).status == 201);
  CHECK(wire::parseTwoStepView(house.ada.get("/api/v1/two-step").body) == wire::TwoStepView{true, 8});
  CHECK(two.send("recovery-codes", "000000").status == 403);
  const auto fresh = wire::parseRecoveryCodes(two.send("recovery-codes", two.code()).body).value();
  CHECK(fresh.size() == 10);
  CHECK(phone.signIn("ada", kPassword, two.codes[2]).status == 401);
  CHECK(phone.signIn("ada", kPassword, fresh[2]).status == 201);
}

TEST_CASE("two-step sign-in is set up by showing a code, and removed by one or by an admin") {
  OpenHouse house;
  SECTION("a secret that was not confirmed asks for nothing") {
    REQUIRE(house.ada.signUp("ada").status == 201);
    const auto shown = wire::parseTwoStepSecret(house.ada.call(Method::kPost, "/api/v1/two-step").body).value();
    CHECK_THAT(shown.link, Catch::StartsWith("otpauth://totp/Test%20Project:ada?secret=" + shown.secret));
    CHECK(house.ada.call(Method::kPost, "/api/v1/two-step/confirm", R"({"code":"000000"})").status == 403);
    CHECK(house.ada.signIn("ada").status == 201);
  }
  SECTION("removed by its owner") {
    TwoStep two(house);
    CHECK(house.ada.call(Method::kPost, "/api/v1/two-step").status == 409);
    CHECK(two.send("remove", "000000").status == 403);
    CHECK(two.send("remove", two.code()).status == 204);
    CHECK(house.ada.signIn("ada").status == 201);
    CHECK(wire::parseTwoStepView(house.ada.get("/api/v1/two-step").body) == wire::TwoStepView{false, 0});
  }
  SECTION("removed by an admin, on record") {
    TwoStep two(house);
    CHECK(house.ada.call(Method::kDelete, "/api/v1/accounts/ada/two-step").status == 403);
    CHECK(house.as(house.admin, Method::kDelete, "/api/v1/accounts/ada/two-step").status == 204);
    CHECK(house.ada.signIn("ada").status == 201);
    CHECK_THAT(house.get(house.admin, "/api/v1/audit").body, Catch::Contains("account.two-step-off"));
  }
}

TEST_CASE("a deleted account leaves nothing by which the person is known, and ends what it ran") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  const AccountId ada = (*house.store.read->accountByName("ada"))->id;
  const Reply made = house.ada.call(Method::kPost, "/api/v1/tokens", R"({"label":"laptop"})");
  const Person person{ada, "ada", wire::parseAccessTokenView(made.body)->token};
  const BatchId batch = house.submit(person, house.spec(person, 1));
  SimulatedHost host(house);
  host.enrol(house.joinToken(person));
  const auto end = [&](const std::string& name, const std::string& password) {
    return house.ada.call(Method::kPost, "/api/v1/me/delete", wire::toJson(wire::AccountEndRequest{name, password}));
  };
  CHECK(end("adam", kPassword).status == 400);
  CHECK(end("ada", "not the password").status == 403);
  CHECK(end("ada", kPassword).status == 204);
  CHECK_FALSE(house.ada.isSignedIn());
  CHECK(house.get(person, "/api/v1/me").status == 401);
  CHECK(house.ada.signIn("ada").status == 401);
  CHECK((*house.store.read->account(ada))->name == "deleted:" + std::to_string(ada.value));
  CHECK_FALSE(*house.store.read->credential(ada));
  CHECK((*house.store.read->batch(batch))->progress.state == BatchState::kCancelled);
  CHECK(host.syncWith("{}").status >= 400);
  CHECK(house.ada.signUp("ada").status == 201);  // the name is free again, for a stranger with none of it
  CHECK(house.ada.get("/api/v1/batches/" + std::to_string(batch.value)).status == 404);
}

TEST_CASE("hashing costs more for those who come after the cost was raised, and old passwords stay good") {
  OpenHouse house;
  REQUIRE(house.ada.signUp("ada").status == 201);
  const AccountId ada = (*house.store.read->accountByName("ada"))->id;
  Credential old = **house.store.read->credential(ada);
  CHECK(old.password.cost == ScryptCost{8, 8, 1});
  CHECK(old.password.salt.size() == 16);
  REQUIRE(house.ada.signIn("ada").status == 201);
  CHECK(**house.store.read->credential(ada) == old);
  ApiOptions options = optionsWith(server::SignUp::kOpen);
  options.accounts.passwordCost = {9, 8, 1};
  server::Router router;
  OpenHouse raised(options);
  REQUIRE(raised.store.store->apply(
      std::vector<db::Unit>{{{AccountInsert{{{}, "ada", {}, {}}}, CredentialPut{old, "ada"}}}}));
  old.account = {};
  REQUIRE(raised.store.store->apply(std::vector<db::Unit>{{{CredentialPut{old, "ada"}}}}));
  REQUIRE(Browser{raised}.signIn("ada").status == 201);
  const AccountId again = (*raised.store.read->accountByName("ada"))->id;
  CHECK((*raised.store.read->credential(again))->password.cost == ScryptCost{9, 8, 1});
  CHECK(Browser{raised}.signIn("ada").status == 201);
}

TEST_CASE("a token reaches as far as its scope, whatever is called") {
  OpenHouse house;
  const Person ada =
      house.addPerson("carol", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer).with(Role::kAdmin));
  const auto withScope = [&](const std::string& scope) {
    const Reply made = house.post(ada, "/api/v1/tokens", R"({"label":"x","scope":")" + scope + "\"}");
    return Person{ada.id, "carol", wire::parseAccessTokenView(made.body).value().token};
  };
  const Person reader = withScope("read"), submitter = withScope("submit"), all = withScope("all");
  CHECK(house.post(ada, "/api/v1/tokens", R"({"label":"x","scope":"raed"})").problem().message.find("read") !=
        std::string::npos);
  CHECK(house.get(reader, "/api/v1/me").status == 200);
  CHECK(house.submit(submitter, house.spec(submitter, 1)).value != 0);
  // Every call there is, so that none that is added later is forgotten.
  for (const auto& route : house.router.routes()) {
    std::string path;
    for (const std::string& part : route.parts) path += "/" + (part.front() == '{' ? "1" : part);
    if (!path.starts_with("/api/v1/") || route.method == Method::kGet || route.method == Method::kHead) continue;
    if (route.method == Method::kOptions) continue;  // says what the server speaks, to anybody
    if (path.starts_with("/api/v1/session/") || path == "/api/v1/session" || path == "/api/v1/signup" ||
        path == "/api/v1/password")
      continue;
    INFO(path);
    const bool submits = path.starts_with("/api/v1/batches") || path.starts_with("/api/v1/blobs") ||
                         path.starts_with("/api/v1/drafts") || path.starts_with("/api/v1/manifests") ||
                         path.starts_with("/api/v1/uploads");
    const Reply read = house.as(reader, route.method, path);
    CHECK(read.status == 403);
    CHECK_THAT(read.problem().message, Catch::Contains("scope"));
    const Reply submit = house.as(submitter, route.method, path);
    CHECK((submit.status == 403 && submit.problem().message.find("scope") != std::string::npos) != submits);
  }
  CHECK(house.post(all, "/api/v1/tokens", R"({"label":"more"})").status == 201);
}

TEST_CASE("tokens are listed without their secrets, and revoked by their owner alone") {
  OpenHouse house;
  const Person bob = house.addPerson("bob", RoleSet{}.with(Role::kScientist));
  const Reply made = house.post(bob, "/api/v1/tokens", R"({"label":"laptop","scope":"submit"})",
                                {{"user-agent", "curl/8 \x01<script>"}});
  const Person laptop{bob.id, "bob", wire::parseAccessTokenView(made.body)->token};
  CHECK(house.get(laptop, "/api/v1/me").status == 200);
  const std::string body = house.get(bob, "/api/v1/tokens").body;
  CHECK(body.find("hacc_") == std::string::npos);
  const auto tokens = wire::parseAccess(body, "tokens").value();
  REQUIRE(tokens.size() == 2);
  const auto& row = tokens[0].label == "laptop" ? tokens[0] : tokens[1];
  CHECK(row.scope == TokenScope::kSubmit);
  CHECK(row.madeBy == "curl/8 ?<script>");
  const std::string path = "/api/v1/tokens/" + row.id.hex();
  CHECK(house.as(house.admin, Method::kDelete, path).status == 404);
  CHECK(house.as(bob, Method::kDelete, path).status == 204);
  CHECK(house.get(laptop, "/api/v1/me").status == 401);
  CHECK(house.get(bob, "/api/v1/me").status == 200);
}

}  // namespace hearth::test
