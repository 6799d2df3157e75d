// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/account.h"

#include <algorithm>

#include "base/limits.h"
#include "model/names.h"

namespace hearth {
namespace {

constexpr names::Table<Role, 5> kRoleNames{{{Role::kVolunteer, "volunteer"},
                                            {Role::kScientist, "scientist"},
                                            {Role::kOperator, "operator"},
                                            {Role::kAdmin, "admin"},
                                            {Role::kAuditor, "auditor"}}};

constexpr names::Table<TokenScope, 3> kScopeNames{
    {{TokenScope::kAll, "all"}, {TokenScope::kSubmit, "submit"}, {TokenScope::kRead, "read"}}};

bool isNameLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

const char* name(Role role) noexcept { return names::of(kRoleNames, role); }
Result<Role> parseRole(std::string_view text) { return names::parse(kRoleNames, text, "role"); }

const char* tokenScopeName(TokenScope scope) noexcept { return names::of(kScopeNames, scope); }
Result<TokenScope> parseTokenScope(std::string_view text) { return names::parse(kScopeNames, text, "scope"); }

Result<void> checkAccountName(std::string_view name) {
  if (!name.empty() && name.size() <= limits::kNameBytes && std::all_of(name.begin(), name.end(), isNameLetter)) {
    return {};
  }
  return fail(ErrorCode::kInvalid, "'" + std::string(name.substr(0, 64)) + "' is no name for an account.",
              "Use 1 to " + std::to_string(limits::kNameBytes) + " lower-case letters, digits, '.', '_' and '-'.");
}

}  // namespace hearth
