// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/account.h"
#include "model/attempt.h"
#include "model/host.h"
#include "model/package.h"
#include "model/states.h"

/// What people's programs (command line, console, portal) and the server say to each other (`/api/v1/…`,
/// docs/protocol.md). Plain values: the server writes the views and reads the requests, the programs the other way
/// round. The submission itself is BatchSpec (wire/batch_json.h).
namespace hearth::wire {

/// Rows that one answer holds at most, and when no `limit` is given.
inline constexpr std::size_t kPageRows = 1000;
inline constexpr std::size_t kPageRowsDefault = 100;

/// GET /api/v1/me
struct MeView {
  AccountId id;
  std::string name;
  RoleSet roles;
  std::string project;
  PublicKeyText rootKey;
  bool operator==(const MeView&) const = default;
};

/// GET /api/v1/figures: what is happening, for anybody.
struct FiguresView {
  std::uint64_t hosts = 0;
  std::uint64_t running = 0;    ///< tasks on hosts that are heard of
  std::uint64_t silent = 0;     ///< tasks on hosts that are not
  std::uint64_t again = 0;      ///< tasks that wait for another attempt
  std::uint64_t open = 0;       ///< batches that are not over
  std::uint64_t certified = 0;  ///< tasks, since the project began
  bool operator==(const FiguresView&) const = default;
};

/// A batch, wherever one is shown; also the data of a `progress` event.
struct BatchView {
  BatchId id;
  std::string name;
  std::string owner;  ///< the account's name
  BatchState state = BatchState::kOpen;
  std::string reason;
  std::uint64_t tasks = 0;
  std::uint64_t cursor = 0;
  std::uint64_t certified = 0;
  std::uint64_t failed = 0;
  std::uint64_t active = 0;  ///< live attempts
  std::uint32_t quorum = 1;
  Instant created;
  Instant ended;  ///< 0: not yet; not written then
  bool operator==(const BatchView&) const = default;
};

/// Lists come in pages. `next`, where there is one, is what to pass as `before`, `from` or `after` for the next page.
struct BatchPage {
  std::vector<BatchView> batches;
  std::optional<std::uint64_t> next;
  bool operator==(const BatchPage&) const = default;
};

struct AttemptView {
  AttemptId attempt;
  HostId host;
  std::uint32_t revision = 0;
  AttemptState state = AttemptState::kLeased;
  Instant leased;
  Instant ended;        ///< 0: it is alive
  ResultReport report;  ///< written as members of the attempt itself, where it returned one
  bool operator==(const AttemptView&) const = default;
};

struct TaskView {
  TaskIndex index = 0;
  TaskState state = TaskState::kPending;
  std::uint32_t revision = 0;
  std::uint32_t failures = 0;
  AttemptId canonical;  ///< 0: none
  std::string reason;
  std::vector<AttemptView> attempts;  ///< only where one task is asked for
  bool operator==(const TaskView&) const = default;
};
struct TaskPage {
  std::vector<TaskView> tasks;
  std::optional<std::uint64_t> next;
  bool operator==(const TaskPage&) const = default;
};

/// The canonical result of a certified task.
struct ResultView {
  TaskIndex index = 0;
  AttemptId attempt;
  HostId host;
  Instant ended;
  ResultReport report;  ///< written as members of the result itself
  bool operator==(const ResultView&) const = default;
};
struct ResultPage {
  std::vector<ResultView> results;
  std::optional<std::uint64_t> next;
  bool operator==(const ResultPage&) const = default;
};

struct HostView {
  HostId id;
  std::string account;          ///< the owner's name
  HostDescription description;  ///< written as members of the host itself
  Instant enrolled;
  bool revoked = false;
  GroupId group = {};  ///< none: it is public; not written then
  bool operator==(const HostView&) const = default;
};
struct HostPage {
  std::vector<HostView> hosts;
  std::optional<std::uint64_t> next;
  bool operator==(const HostPage&) const = default;
};

/// POST /api/v1/join-tokens
struct JoinTokenRequest {
  std::uint32_t uses = 1;
  std::optional<Duration> ttl;  ///< absent: the server's choice
  std::string account;          ///< whose hosts they will be; empty: the caller's
  std::string group = {};       ///< that they will be in; empty: none
  bool operator==(const JoinTokenRequest&) const = default;
};
struct JoinTokenView {
  std::string token;
  std::string link;
  Instant expires;
  bool operator==(const JoinTokenView&) const = default;
};

/// POST /api/v1/applications
struct AppVersionRequest {
  std::string name;
  std::string version;
  Digest package;
  PackageSignature signature;
  bool operator==(const AppVersionRequest&) const = default;
};
struct AppVersionView {
  std::string name;
  std::string version;
  Digest package;
  PackageSignature signature;
  Instant created;
  bool operator==(const AppVersionView&) const = default;
};
/// GET /api/v1/applications: `{applications: [...]}`
struct AppVersionPage {
  std::vector<AppVersionView> applications;
  bool operator==(const AppVersionPage&) const = default;
};

/// POST /api/v1/keys
struct KeyRequest {
  PublicKeyText key;
  bool operator==(const KeyRequest&) const = default;
};
struct KeyRequestView {
  std::string account;
  PublicKeyText key;
  Instant created;
  bool operator==(const KeyRequestView&) const = default;
};
/// GET /api/v1/keys
struct KeysView {
  PublicKeyText rootKey;
  std::vector<KeyApproval> approvals;
  std::vector<KeyRequestView> requests;
  bool operator==(const KeysView&) const = default;
};

/// POST /api/v1/accounts
struct AccountRequest {
  std::string name;
  RoleSet roles;
  bool operator==(const AccountRequest&) const = default;
};
/// POST /api/v1/accounts/{account}/weight: what the account's batches get beside those of others. The reply is the
/// same.
struct AccountWeight {
  std::uint32_t weight = 1;
  bool operator==(const AccountWeight&) const = default;
};
struct AccountView {
  AccountId id;
  std::string name;
  RoleSet roles;
  Instant created;
  bool operator==(const AccountView&) const = default;
};
/// The only time that the token is shown.
struct AccountCreated {
  AccountView account;
  std::string token;
  bool operator==(const AccountCreated&) const = default;
};
struct AccountPage {
  std::vector<AccountView> accounts;
  std::optional<std::uint64_t> next;
  bool operator==(const AccountPage&) const = default;
};

/// POST /api/v1/tokens
struct AccessTokenRequest {
  std::string label;
  std::optional<Duration> ttl;  ///< absent: the server's choice
  TokenScope scope = TokenScope::kAll;
  bool operator==(const AccessTokenRequest&) const = default;
};
struct AccessTokenView {
  std::string token;
  Instant expires;
  bool operator==(const AccessTokenView&) const = default;
};

struct AuditView {
  std::uint64_t number = 0;
  Instant at;
  AccountId actor;
  std::string actorName;
  std::string action;
  std::string subject;
  std::string detail;
  bool operator==(const AuditView&) const = default;
};
struct AuditPage {
  std::vector<AuditView> entries;
  std::optional<std::uint64_t> next;
  bool operator==(const AuditPage&) const = default;
};

// JSON. Writing cannot fail. Reading a request refuses members that it does not know (a person may have mistyped one);
// reading a view ignores them (the server may be newer). Errors name the member.
std::string toJson(const MeView&);
std::string toJson(const FiguresView&);
std::string toJson(const BatchView&);
std::string toJson(const BatchPage&);
std::string toJson(const TaskView&);
std::string toJson(const TaskPage&);
std::string toJson(const ResultView&);
std::string toJson(const ResultPage&);
std::string toJson(const HostView&);
std::string toJson(const HostPage&);
std::string toJson(const JoinTokenRequest&);
std::string toJson(const JoinTokenView&);
std::string toJson(const AppVersionRequest&);
std::string toJson(const AppVersionView&);
std::string toJson(const AppVersionPage&);
std::string toJson(const KeyRequest&);
std::string toJson(const KeysView&);
std::string toJson(const AccountRequest&);
std::string toJson(const AccountWeight&);
std::string toJson(const AccountView&);
std::string toJson(const AccountCreated&);
std::string toJson(const AccountPage&);
std::string toJson(const AccessTokenRequest&);
std::string toJson(const AccessTokenView&);
std::string toJson(const AuditPage&);

Result<MeView> parseMeView(std::string_view json);
Result<BatchView> parseBatchView(std::string_view json);
Result<BatchPage> parseBatchPage(std::string_view json);
Result<TaskView> parseTaskView(std::string_view json);
Result<TaskPage> parseTaskPage(std::string_view json);
Result<ResultPage> parseResultPage(std::string_view json);
Result<HostPage> parseHostPage(std::string_view json);
Result<JoinTokenRequest> parseJoinTokenRequest(std::string_view json);
Result<JoinTokenView> parseJoinTokenView(std::string_view json);
Result<AppVersionRequest> parseAppVersionRequest(std::string_view json);
Result<AppVersionView> parseAppVersionView(std::string_view json);
Result<AppVersionPage> parseAppVersionPage(std::string_view json);
Result<KeyRequest> parseKeyRequest(std::string_view json);
Result<KeysView> parseKeysView(std::string_view json);
Result<AccountRequest> parseAccountRequest(std::string_view json);
Result<AccountWeight> parseAccountWeight(std::string_view json);
Result<AccountView> parseAccountView(std::string_view json);
Result<AccountCreated> parseAccountCreated(std::string_view json);
Result<AccountPage> parseAccountPage(std::string_view json);
Result<AccessTokenRequest> parseAccessTokenRequest(std::string_view json);
Result<AccessTokenView> parseAccessTokenView(std::string_view json);
Result<AuditPage> parseAuditPage(std::string_view json);

}  // namespace hearth::wire
