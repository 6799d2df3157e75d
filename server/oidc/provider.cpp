// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/oidc/provider.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "certs/secret.h"
#include "certs/sha256.h"
#include "server/oidc/fetch.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr Duration kEndpointsLive = Duration::hours(1);
constexpr Duration kKeysLive = Duration::hours(1);
constexpr Duration kKeysAtMostEvery = Duration::seconds(10);  // somebody may send tokens with made-up key ids
constexpr Duration kClockSkew = Duration::minutes(2);
constexpr std::size_t kNameBytes = 200;

tl::unexpected<Error> refused(const std::string& why) {
  return fail(ErrorCode::kForbidden, "What the other party said cannot be trusted: " + why + ".",
              "Start again; if it stays so, tell the project's admin.");
}

Result<json::object> parseObject(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return refused("it is no JSON object");
  return std::move(value.get_object());
}

std::string textOf(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::optional<Instant> instantOf(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto seconds = value->to_number<std::int64_t>(error);
  constexpr std::int64_t kFarFuture = 100'000'000'000;
  if (error || seconds < 0 || seconds > kFarFuture) return std::nullopt;
  return Instant::ofUnixSeconds(seconds);
}

bool isAudience(const json::object& claims, const std::string& client) {
  const json::value* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  if (audience->is_string()) return audience->get_string() == client;
  if (!audience->is_array()) return false;
  const json::array& all = audience->get_array();
  const bool named = std::any_of(all.begin(), all.end(),
                                 [&](const json::value& one) { return one.is_string() && one.get_string() == client; });
  return named && (all.size() == 1 || textOf(claims, "azp") == client);
}

/// What a person is called, for people.
std::string calledBy(const json::object& claims) {
  for (const std::string_view member : {"preferred_username", "name", "email"}) {
    if (std::string called = textOf(claims, member).substr(0, kNameBytes); !called.empty()) return called;
  }
  return {};
}

certs::JsonWebKey keyOf(const json::object& key) {
  const auto number = [&](std::string_view member) {
    return certs::fromBase64Url(textOf(key, member)).value_or(std::string{});
  };
  return {textOf(key, "kid"), textOf(key, "kty"), textOf(key, "crv"), number("n"),
          number("e"),        number("x"),        number("y")};
}

std::string slashless(std::string issuer) {
  while (issuer.ends_with('/')) issuer.pop_back();
  return issuer;
}

}  // namespace

OidcProvider::Question OidcProvider::newQuestion() {
  return {certs::newSecret(""), certs::newSecret(""), certs::newSecret("")};
}

Result<OidcProvider::Endpoints> OidcProvider::endpoints(Instant now) {
  {
    const std::lock_guard lock(m_mutex);
    if (!m_endpoints.token.empty() && now - m_endpoints.fetched < kEndpointsLive) return m_endpoints;
  }
  const auto text = fetch(slashless(m_settings.issuer) + "/.well-known/openid-configuration");
  if (!text) return fail(text.error());
  const auto document = parseObject(*text);
  if (!document) return fail(document.error());
  if (textOf(*document, "issuer") != m_settings.issuer) return refused("it names another issuer");
  const Endpoints found{textOf(*document, "authorization_endpoint"), textOf(*document, "token_endpoint"),
                        textOf(*document, "jwks_uri"), textOf(*document, "userinfo_endpoint"), now};
  for (const std::string* address : {&found.authorization, &found.token, &found.keys}) {
    if (!isFetchable(*address)) return refused("an address of it is not https");
  }
  const std::lock_guard lock(m_mutex);
  m_endpoints = found;
  return found;
}

Result<std::vector<certs::JsonWebKey>> OidcProvider::keysOf(const std::string& address, const std::string& id,
                                                            Instant now) {
  const auto ofThisId = [&] {
    std::vector<certs::JsonWebKey> keys;
    std::copy_if(m_keys.begin(), m_keys.end(), std::back_inserter(keys),
                 [&](const certs::JsonWebKey& key) { return id.empty() || key.id == id; });
    return keys;
  };
  {
    const std::lock_guard lock(m_mutex);
    const Duration age = now - m_keysFetched;
    auto known = ofThisId();
    if (age < kKeysAtMostEvery || (age < kKeysLive && !known.empty())) return known;
  }
  const auto text = fetch(address);
  if (!text) return fail(text.error());
  const auto document = parseObject(*text);
  if (!document) return fail(document.error());
  std::vector<certs::JsonWebKey> fresh;
  if (const json::value* keys = document->if_contains("keys"); keys != nullptr && keys->is_array()) {
    for (const json::value& key : keys->get_array()) {
      if (key.is_object()) fresh.push_back(keyOf(key.get_object()));
    }
  }
  const std::lock_guard lock(m_mutex);
  m_keys = std::move(fresh);
  m_keysFetched = now;
  return ofThisId();
}

Result<std::string> OidcProvider::address(const Question& question, const std::string& callback, Instant now) {
  const auto known = endpoints(now);
  if (!known) return fail(known.error());
  const Digest digest = certs::sha256(question.verifier);
  const std::string challenge =
      certs::toBase64Url({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
  std::string url = known->authorization;
  char next = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : FormFields{{"response_type", "code"},
                                              {"client_id", m_settings.clientId},
                                              {"redirect_uri", callback},
                                              {"scope", "openid profile"},
                                              {"state", question.state},
                                              {"nonce", question.nonce},
                                              {"code_challenge", challenge},
                                              {"code_challenge_method", "S256"}}) {
    url += std::exchange(next, '&') + name + "=" + percentEncoded(value);
  }
  return url;
}

Result<OidcPerson> OidcProvider::personOf(const std::string& code, const Question& question,
                                          const std::string& callback, Instant now) {
  const auto known = endpoints(now);
  if (!known) return fail(known.error());
  FormFields form{{"grant_type", "authorization_code"},
                  {"code", code},
                  {"redirect_uri", callback},
                  {"code_verifier", question.verifier}};
  if (m_settings.secret.empty()) form.emplace_back("client_id", m_settings.clientId);
  const auto text = fetch(known->token, form, m_settings.secret.empty() ? "" : m_settings.clientId, m_settings.secret);
  if (!text) return fail(text.error());
  const auto answer = parseObject(*text);
  if (!answer) return fail(answer.error());
  const std::string token = textOf(*answer, "id_token");
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (first == std::string::npos || first == last) return refused("it gave no ID token");
  const auto head = certs::fromBase64Url(std::string_view(token).substr(0, first));
  const auto claims = certs::fromBase64Url(std::string_view(token).substr(first + 1, last - first - 1));
  const auto signature = certs::fromBase64Url(std::string_view(token).substr(last + 1));
  if (!head || !claims || !signature) return refused("its ID token is damaged");
  const auto header = parseObject(*head);
  if (!header) return fail(header.error());
  const auto keys = keysOf(known->keys, textOf(*header, "kid"), now);
  if (!keys) return fail(keys.error());
  const bool isSigned = std::any_of(keys->begin(), keys->end(), [&](const certs::JsonWebKey& key) {
    return certs::isSignedBy(textOf(*header, "alg"), std::string_view(token).substr(0, last), *signature, key);
  });
  if (!isSigned) return refused("no key of it signed the ID token");
  auto person = checkClaims(*claims, m_settings, question.nonce, now);
  if (person && person->name.empty()) {
    person->name = nameOf(*known, textOf(*answer, "access_token"), person->subject);
  }
  return person;
}

std::string OidcProvider::nameOf(const Endpoints& known, const std::string& accessToken, const std::string& subject) {
  if (known.person.empty() || accessToken.empty()) return {};
  const auto text = fetchAs(known.person, accessToken);
  if (!text) return {};
  const auto claims = parseObject(*text);
  return claims && textOf(*claims, "sub") == subject ? calledBy(*claims) : std::string{};
}

Result<OidcPerson> checkClaims(std::string_view text, const OidcSettings& settings, const std::string& nonce,
                               Instant now) {
  const auto claims = parseObject(text);
  if (!claims) return fail(claims.error());
  if (textOf(*claims, "iss") != settings.issuer) return refused("the ID token is another issuer's");
  if (!isAudience(*claims, settings.clientId)) return refused("the ID token is for somebody else");
  const auto expires = instantOf(*claims, "exp"), issued = instantOf(*claims, "iat");
  if (!expires || *expires + kClockSkew <= now) return refused("the ID token has expired");
  if (!issued || now + kClockSkew < *issued) return refused("the ID token is of the future: a clock is wrong");
  if (nonce.empty() || textOf(*claims, "nonce") != nonce) return refused("the ID token answers another question");
  OidcPerson person{settings.issuer, textOf(*claims, "sub"), {}};
  if (person.subject.empty() || person.subject.size() > 255) return refused("the ID token names nobody");
  person.name = calledBy(*claims);
  return person;
}

}  // namespace hearth::server
