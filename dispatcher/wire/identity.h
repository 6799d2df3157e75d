// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "model/account.h"

/// What people's programs and the server say to each other about signing in (docs/protocol.md). Plain values, as in
/// wire/people.h.
namespace hearth::wire {

inline constexpr std::size_t kPasswordBytes = 1024;
inline constexpr std::size_t kLeastPasswordLetters = 10;

/// POST /api/v1/session: either an account's name and password, or one of its access tokens.
struct SignInRequest {
  std::string name;
  std::string password;
  std::string code;  ///< of the second step, or a recovery code
  std::string token;
  bool operator==(const SignInRequest&) const = default;
};
/// The answer to it and to POST /api/v1/signup; the secret itself is in the cookie.
struct SignedIn {
  std::string name;
  Instant expires;
  bool operator==(const SignedIn&) const = default;
};

/// POST /api/v1/signup
struct SignUpRequest {
  std::string name;
  std::string password;
  std::string invitation;
  bool operator==(const SignUpRequest&) const = default;
};

/// PUT /api/v1/password; `link`: the secret of a password link, in the place of the old one.
struct PasswordRequest {
  std::string old;
  std::string password;
  std::string link;
  bool operator==(const PasswordRequest&) const = default;
};

/// POST /api/v1/invitations
struct InvitationRequest {
  std::string label;
  RoleSet roles;
  std::uint32_t uses = 1;
  std::optional<Duration> ttl;
  bool operator==(const InvitationRequest&) const = default;
};
struct InvitationView {
  Digest id;
  std::string label;
  RoleSet roles;
  std::uint32_t usesLeft = 0;
  std::string madeBy;
  Instant created;
  Instant expires;
  bool operator==(const InvitationView&) const = default;
};
/// A link that carries a secret, shown this once: an invitation's or a password link.
struct SecretLink {
  std::string link;
  Instant expires;
  bool operator==(const SecretLink&) const = default;
};

/// A session or an access token of the caller's account, as lists show it.
struct AccessView {
  Digest id;
  std::string label;
  TokenScope scope = TokenScope::kAll;
  std::string madeBy;
  Instant created;
  Instant expires;
  Instant lastSeen;      ///< about; 0: never
  bool current = false;  ///< the one that this call was made with
  bool operator==(const AccessView&) const = default;
};

/// POST /api/v1/two-step/…: a code of an authenticator, or a recovery code.
struct CodeRequest {
  std::string code;
  bool operator==(const CodeRequest&) const = default;
};
/// GET /api/v1/two-step
struct TwoStepView {
  bool enabled = false;
  std::uint64_t recoveryCodesLeft = 0;
  bool operator==(const TwoStepView&) const = default;
};
/// POST /api/v1/two-step: what an authenticator is given, shown this once.
struct TwoStepSecret {
  std::string secret;   ///< base32
  std::string link;     ///< otpauth://
  std::string qr = {};  ///< the link as a QR code, SVG
  bool operator==(const TwoStepSecret&) const = default;
};

/// An account at another party that signs the caller in.
struct IdentityView {
  std::string issuer;
  std::string subject;
  std::string label;
  std::string provider;  ///< what the party is called
  Instant created;
  bool operator==(const IdentityView&) const = default;
};
/// POST /api/v1/identities/unlink
struct IdentityRequest {
  std::string issuer;
  std::string subject;
  bool operator==(const IdentityRequest&) const = default;
};
/// Where the browser is to go now.
struct LocationView {
  std::string location;
  bool operator==(const LocationView&) const = default;
};

/// POST /api/v1/me/delete
struct AccountEndRequest {
  std::string name;
  std::string password;
  bool operator==(const AccountEndRequest&) const = default;
};

std::string toJson(const CodeRequest&);
std::string toJson(const TwoStepView&);
std::string toJson(const TwoStepSecret&);
std::string toJson(const AccountEndRequest&);
std::string toJson(const IdentityRequest&);
std::string toJson(const LocationView&);
/// `{identities: […]}`
std::string identitiesJson(const std::vector<IdentityView>& identities);
Result<IdentityRequest> parseIdentityRequest(std::string_view json);
/// `{recoveryCodes: […]}`, shown this once
std::string recoveryCodesJson(const std::vector<std::string>& codes);
Result<CodeRequest> parseCodeRequest(std::string_view json);
Result<TwoStepView> parseTwoStepView(std::string_view json);
Result<TwoStepSecret> parseTwoStepSecret(std::string_view json);
Result<AccountEndRequest> parseAccountEndRequest(std::string_view json);
Result<std::vector<std::string>> parseRecoveryCodes(std::string_view json);

std::string toJson(const SignInRequest&);
std::string toJson(const SignedIn&);
std::string toJson(const SignUpRequest&);
std::string toJson(const PasswordRequest&);
std::string toJson(const InvitationRequest&);
std::string toJson(const SecretLink&);
/// `{invitations: […]}`
std::string invitationsJson(const std::vector<InvitationView>& invitations);
/// `{sessions: […]}` or `{tokens: […]}`
std::string accessJson(std::string_view member, const std::vector<AccessView>& rows);

Result<SignInRequest> parseSignInRequest(std::string_view json);
Result<SignedIn> parseSignedIn(std::string_view json);
Result<SignUpRequest> parseSignUpRequest(std::string_view json);
Result<PasswordRequest> parsePasswordRequest(std::string_view json);
Result<InvitationRequest> parseInvitationRequest(std::string_view json);
Result<SecretLink> parseSecretLink(std::string_view json);
Result<std::vector<AccessView>> parseAccess(std::string_view json, std::string_view member);

}  // namespace hearth::wire
