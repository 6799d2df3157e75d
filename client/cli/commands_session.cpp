// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include "cli/commands.h"
#include "wire/json_writer.h"
#include "wire/people.h"

namespace hearth::cli {

Result<int> login(const Context& context, const LoginOptions& options) {
  auto server = normaliseServer(options.server);
  if (!server) return fail(std::move(server).error());
  Session session{*std::move(server), options.token, std::nullopt};
  if (session.token == "-") std::getline(std::cin, session.token);
  if (session.token.empty() || session.token.find_first_of("\r\n \t") != std::string::npos) {
    return fail(ErrorCode::kInvalid, "the token is empty or holds blanks",
                "Copy the whole token; it begins with hacc_");
  }
  if (!options.fingerprint.empty()) {
    auto fingerprint = parseFingerprint(options.fingerprint);
    if (!fingerprint) return fail(std::move(fingerprint).error());
    session.fingerprint = *fingerprint;
  }
  // Two tries: a person who mistyped the address should not wait for six.
  ApiClient api(HttpClient(session, RetryPolicy{2, Duration::milliseconds(250), Duration::seconds(1)}));
  auto me = api.get("/api/v1/me", &wire::parseMeView);
  if (!me) return fail(std::move(me).error());
  HEARTH_TRY(writeSession(context.configuration, session));
  if (context.asJson)
    context.out << wire::toJson(*me) << '\n';
  else
    context.out << "Logged in to " << printable(me->project) << " at " << session.server << " as "
                << printable(me->name) << ".\n";
  return kExitOk;
}

Result<int> logout(const Context& context) {
  auto session = readSession(context.configuration);
  if (!session) return fail(std::move(session).error());
  // Away from the network the token is at least forgotten here.
  ApiClient api(HttpClient(*session, RetryPolicy{1, {}, {}}));
  auto ended = api.act("DELETE", "/api/v1/tokens/current", {}, true);
  HEARTH_TRY(removeSession(context.configuration));
  if (!ended)
    printWarning(context,
                 "the token is forgotten here, but the server could not be told to end it: " + ended.error().message);
  if (context.asJson)
    context.out << wire::JsonWriter()
                       .beginObject()
                       .member("loggedOut", true)
                       .member("tokenEnded", ended.has_value())
                       .endObject()
                       .take()
                << '\n';
  else
    context.out << "Logged out of " << session->server << ".\n";
  return kExitOk;
}

Result<int> whoami(const Context& context) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto me = api->get("/api/v1/me", &wire::parseMeView);
  if (!me) return fail(std::move(me).error());
  if (context.asJson) {
    context.out << wire::toJson(*me) << '\n';
    return kExitOk;
  }
  printTable(context.out, {{"account", me->name},
                           {"roles", roleNames(me->roles)},
                           {"project", me->project},
                           {"server", api->http().session().server},
                           {"root key", me->rootKey}});
  return kExitOk;
}

}  // namespace hearth::cli
