// SPDX-License-Identifier: GPL-3.0-or-later
// Two-step sign-in: codes of an authenticator, and recovery codes for who lost it.
#include "server/api/identity_second_step.h"

#include <functional>
#include <utility>
#include <vector>

#include "certs/password.h"
#include "certs/secret.h"
#include "certs/totp.h"
#include "server/api/identity_parts.h"
#include "server/api/identity_routes.h"
#include "server/api/problem_at.h"
#include "server/api/qr_code.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

constexpr std::size_t kRecoveryCodes = 10;

/// Of one account: the same code of another one has another hash.
Digest recoveryHash(AccountId account, const std::string& code) {
  return certs::secretHash(std::to_string(account.value) + ":" + code);
}

struct RecoveryCodes {
  std::vector<std::string> codes;
  RecoveryCodesPut kept;
};
RecoveryCodes newRecoveryCodes(AccountId account) {
  RecoveryCodes made{{}, {account, {}}};
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    made.codes.push_back(certs::newRecoveryCode());
    made.kept.hashes.push_back(recoveryHash(account, made.codes.back()));
  }
  return made;
}

Error codeUsed() {
  return {ErrorCode::kForbidden, "This code is not right, or it was used already.",
          "Wait for the next one and type that; check the clock of the machine that shows it."};
}

std::optional<SecondFactor> factorOf(ApiContext& context, const Caller& caller, bool confirmed,
                                     const Respond& respond) {
  auto factor = valueOr(context.deps.read.secondFactor(caller.account.id), respond);
  if (!factor) return std::nullopt;
  if (*factor && (*factor)->confirmed == confirmed) return **factor;
  respondError(respond, confirmed ? Error{ErrorCode::kConflict, "Two-step sign-in is not on.", "Set it up first."}
                                  : Error{ErrorCode::kConflict, "Two-step sign-in was not begun, or is on already.",
                                          "Load the page of the account again."});
  return std::nullopt;
}

void show(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto factor = valueOr(context.deps.read.secondFactor(caller.account.id), respond);
  if (!factor) return;
  const auto codes = valueOr(context.deps.read.recoveryCodesLeft(caller.account.id), respond);
  if (!codes) return;
  respond(jsonResponse(200, wire::toJson(wire::TwoStepView{*factor && (*factor)->confirmed, *codes})));
}

/// A secret that nothing asks for until a code has shown that the authenticator has it.
void begin(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto former = valueOr(context.deps.read.secondFactor(caller.account.id), respond);
  if (!former) return;
  if (*former && (*former)->confirmed) {
    return respondError(respond, {ErrorCode::kConflict, "Two-step sign-in is on already.",
                                  "Turn it off first to set it up with another authenticator."});
  }
  const SecondFactor factor{caller.account.id, certs::newTotpSecret(), false, 0, context.now()};
  wire::TwoStepSecret shown{certs::base32(factor.secret),
                            certs::totpLink(factor.secret, context.deps.project, caller.account.name)};
  shown.qr = qrCodeSvg(shown.link).value_or("");  // the secret can be typed
  commit(context, {SecondFactorPut{factor}}, {}, respond,
         [shown, respond] { respond(secretResponse(201, wire::toJson(shown))); });
}

void confirm(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseCodeRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, caller.account.name, respond)) return;
  auto factor = factorOf(context, caller, false, respond);
  if (!factor) return;
  const auto step = certs::totpStepOf(factor->secret, asked->code, context.now(), 0);
  if (!step) return respondError(at("code", respond), codeUsed());
  attemptSucceeded(context, caller.account.name);
  factor->confirmed = true;
  factor->lastStep = *step;
  const RecoveryCodes recovery = newRecoveryCodes(caller.account.id);
  commit(context, {SecondFactorPut{*factor}, recovery.kept}, {}, respond,
         [codes = recovery.codes, respond] { respond(secretResponse(200, wire::recoveryCodesJson(codes))); });
}

/// What weakens an account needs a good code, as signing in does.
void withCode(ApiContext& context, const Caller& caller, const RequestPtr& request, Change change,
              const Respond& respond, std::function<void()> done) {
  const auto asked = valueOr(wire::parseCodeRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, caller.account.name, respond)) return;
  if (!factorOf(context, caller, true, respond)) return;
  Changes changes;
  const auto step = valueOr(secondStep(context, caller.account.id, asked->code, changes), respond);
  if (!step) return;
  if (*step != SecondStep::kGood) return respondError(at("code", respond), codeUsed());
  changes.push_back(std::move(change));
  commit(context, std::move(changes), codeUsed(), at("code", respond),
         [&context, name = caller.account.name, done = std::move(done)] {
           attemptSucceeded(context, name);
           done();
         });
}

void remove(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  withCode(context, caller, request, SecondFactorDrop{caller.account.id}, respond, [respond] {
    respond({204, {}, std::string{}});
  });
}

void renewCodes(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const RecoveryCodes recovery = newRecoveryCodes(caller.account.id);
  withCode(context, caller, request, recovery.kept, respond,
           [codes = recovery.codes, respond] { respond(secretResponse(200, wire::recoveryCodesJson(codes))); });
}

/// For a person who has lost both the authenticator and the codes.
void removeFor(ApiContext& context, const Caller& caller, const Request& request, const Respond& respond) {
  const std::string& name = request.captures.at(0);
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return;
  if (!*account) {
    return respondError(at("account", respond),
                        {ErrorCode::kNotFound, "There is no account '" + name.substr(0, 200) + "'.",
                         "List the accounts: GET /api/v1/accounts"});
  }
  commit(context,
         {SecondFactorDrop{(*account)->id}, auditOf(context, caller, "account.two-step-off", "account " + name)}, {},
         respond, [respond] {
           respond({204, {}, std::string{}});
         });
}

}  // namespace

Result<SecondStep> secondStep(ApiContext& context, AccountId account, const std::string& code, Changes& changes) {
  const auto factor = context.deps.read.secondFactor(account);
  if (!factor) return fail(factor.error());
  if (!*factor || !(*factor)->confirmed) return SecondStep::kNotAsked;
  if (code.empty()) return SecondStep::kMissing;
  if (const std::string recovery = certs::recoveryCodeOf(code); !recovery.empty()) {
    changes.push_back(RecoveryCodeUse{account, recoveryHash(account, recovery)});
    return SecondStep::kGood;
  }
  const auto step = certs::totpStepOf((*factor)->secret, code, context.now(), (*factor)->lastStep);
  if (!step) return SecondStep::kWrong;
  changes.push_back(SecondFactorUse{account, *step});
  return SecondStep::kGood;
}

void respondCodeNeeded(const Respond& respond, bool typed) {
  const Error error{ErrorCode::kUnauthorized,
                    typed ? "This code is not right, or it was used already." : "This account asks for a code as well.",
                    typed ? "Wait for the next one and type that, or use a recovery code."
                          : "Type the one that your authenticator shows, or a recovery code."};
  respondProblem(respond, error, {401, "code-needed", "A code is needed"});
}

void addSecondStepRoutes(Routes& routes, ApiContext& context) {
  routes.person(
      Method::kGet, "/api/v1/two-step", {},
      [&context](const Caller& caller, const RequestPtr&, const Respond& respond) { show(context, caller, respond); });
  routes.person(
      Method::kPost, "/api/v1/two-step", {},
      [&context](const Caller& caller, const RequestPtr&, const Respond& respond) { begin(context, caller, respond); });
  routes.person(Method::kPost, "/api/v1/two-step/confirm", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  confirm(context, caller, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/two-step/remove", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  remove(context, caller, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/two-step/recovery-codes", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  renewCodes(context, caller, request, respond);
                });
  routes.person(Method::kDelete, "/api/v1/accounts/{account}/two-step", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  removeFor(context, caller, *request, respond);
                });
}

}  // namespace hearth::server
