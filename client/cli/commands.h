// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "cli/pack.h"

/// What each command does, apart from how its options are written (command_line.cpp). Each returns the exit status, or
/// the error that main() prints.
namespace hearth::cli {

struct LoginOptions {
  std::string server, token, fingerprint;
};
Result<int> login(const Context& context, const LoginOptions& options);
Result<int> logout(const Context& context);
Result<int> whoami(const Context& context);

struct KeyApproveOptions {
  std::filesystem::path rootKeyFile;
  std::string account;  ///< empty: the caller's own key, unless key and account are named
  std::string key;      ///< empty: what the account asked for
  std::string validity = "365d";
};
Result<int> keyNew(const Context& context);
Result<int> keyShow(const Context& context);
Result<int> keyRequest(const Context& context);
Result<int> keyApprove(const Context& context, const KeyApproveOptions& options);
Result<int> keyList(const Context& context);

Result<int> packProgram(const Context& context, PackRequest request);

struct SubmitOptions {
  std::filesystem::path bundle;
  std::string name;            ///< instead of the manifest's
  std::string idempotencyKey;  ///< empty: a new random one
  bool isDryRun = false;
  bool waits = false;
};
Result<int> submit(const Context& context, const SubmitOptions& options);

struct StatusOptions {
  std::optional<std::uint64_t> batch;
  bool all = false;
  std::uint64_t most = 50;
};
Result<int> status(const Context& context, const StatusOptions& options);
Result<int> watch(const Context& context, BatchId batch);
/// `verb` is "cancel", "pause", "resume" or "retry".
Result<int> steer(const Context& context, BatchId batch, const std::string& verb);

struct TasksOptions {
  BatchId batch;
  std::string state;  ///< empty: every one
  std::uint64_t from = 0;
  std::uint64_t most = 100;
};
Result<int> tasks(const Context& context, const TasksOptions& options);

struct ShowOptions {
  BatchId batch;
  std::uint64_t index = 0;
};
Result<int> show(const Context& context, const ShowOptions& options);

struct ResultsOptions {
  BatchId batch;
  std::filesystem::path folder;
  std::string layout = "{index}/{path}";
  bool partial = false;
  bool withLogs = false;
};
Result<int> results(const Context& context, const ResultsOptions& options);

Result<int> hosts(const Context& context, const std::string& account);
Result<int> hostRevoke(const Context& context, HostId host);

struct InviteOptions {
  std::uint32_t uses = 1;
  std::string validity;  ///< empty: the server's choice
  std::string account;
  std::string group = {};  ///< that the hosts will be in; empty: none
};
Result<int> invite(const Context& context, const InviteOptions& options);

struct AppPublishOptions {
  std::filesystem::path package;  ///< a package's folder, or a WebAssembly module that is packed first
  std::string name;               ///< of the module's package; empty: the module's
  std::string version;            ///< of the module's package
  bool allPlatforms = false;
  bool realClocks = false;
  std::filesystem::path keyFile;  ///< root or release key; empty: the account's own
};
Result<int> appPublish(const Context& context, const AppPublishOptions& options);
Result<int> appList(const Context& context);

struct AccountAddOptions {
  std::string name;
  std::vector<std::string> roles;
};
Result<int> accountAdd(const Context& context, const AccountAddOptions& options);
Result<int> accountList(const Context& context);
/// What the account's batches get beside those of others.
Result<int> accountWeight(const Context& context, const std::string& name, std::uint32_t weight);
/// Replaces what the account may do.
Result<int> accountRoles(const Context& context, const AccountAddOptions& options);

struct QuotaOptions {
  std::string account;
  std::optional<std::uint64_t> attempts, batches;
  std::string bytes;  ///< "10GiB"; empty: as it is
};
/// Shows what an account may have at once, after setting what is given.
Result<int> accountQuota(const Context& context, const QuotaOptions& options);

struct GroupOptions {
  std::string name;
  std::string guests, beyond;  ///< "yes", "no"; empty: as it is
  std::optional<std::uint64_t> attempts, batches;
};
struct GroupMemberOptions {
  std::string group, account;
  bool removes = false;
};
Result<int> groupAdd(const Context& context, const GroupOptions& options);
Result<int> groupSet(const Context& context, const GroupOptions& options);
Result<int> groupRemove(const Context& context, const std::string& group);
Result<int> groupList(const Context& context);
Result<int> groupShow(const Context& context, const std::string& group);
Result<int> groupMember(const Context& context, const GroupMemberOptions& options);
/// `group` empty: the host is in none from then on.
Result<int> hostMove(const Context& context, HostId host, const std::string& group);

Result<int> audit(const Context& context, std::uint64_t after, std::uint64_t most);

}  // namespace hearth::cli
