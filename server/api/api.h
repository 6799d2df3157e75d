// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/time.h"
#include "model/group.h"
#include "model/identity.h"
#include "model/package.h"
#include "server/api/fetch_options.h"
#include "server/api/message_sender.h"
#include "server/http/router.h"
#include "server/oidc/settings.h"

namespace hearth::certs {
class Authority;
}
namespace hearth::db {
class ReadStore;
}

namespace hearth::server {

struct ApiContext;
class BlobStore;
class LineIndexes;
class Runtime;

/// What the API stands on. Everything that is a reference outlives the Api and is safe for any thread.
struct ApiDependencies {
  Runtime& runtime;
  db::ReadStore& read;
  BlobStore& blobs;
  BlobStore& checkpoints;  ///< where tasks had got to: apart, since they are removed again
  LineIndexes& lines;
  const certs::Authority& authority;
  PublicKeyText rootKey;      ///< the project's package-signing root
  std::string project;        ///< the project's name, as people and agents are told it
  std::string publicAddress;  ///< "host:port" for join links
  std::function<Instant()> clock;
  std::function<std::size_t()> openConnections;  ///< for /metrics; may be empty
};

/// Who may make an account for themselves.
enum class SignUp : std::uint8_t {
  kClosed = 0,      ///< nobody: admins make them
  kInvitation = 1,  ///< who has an admin's invitation
  kOpen = 2,        ///< everybody
};

/// How people sign up and in. Plain values.
struct AccountOptions {
  SignUp signUp = SignUp::kInvitation;
  RoleSet signUpRoles = RoleSet{}.with(Role::kVolunteer).with(Role::kScientist);  ///< of who signs up uninvited
  Duration sessionLife = Duration::days(30);
  Duration invitationLife = Duration::days(14);  ///< of one whose maker names no other
  Duration passwordLinkLife = Duration::hours(24);
  ScryptCost passwordCost = {};
  std::size_t passwordThreads = 2;  ///< that hash passwords
  std::size_t waitingPasswords = 64;
};

/// What an installation may tune. Plain values.
struct ApiOptions {
  Duration certificateLife = Duration::days(30);     ///< of a host; agents renew at two thirds
  Duration renewalGrace = Duration::days(180);       ///< so long after its expiry a certificate may still be renewed
  Duration accessTokenLife = Duration::days(90);     ///< of an access token whose maker names no other
  Duration joinTokenLife = Duration::days(7);        ///< of a join token whose maker names no other
  Duration tokenCacheLife = Duration::seconds(2);    ///< so long a token is believed without asking the store
  std::size_t waitingJobs = 1024;                    ///< slow work waiting in each pool; further requests get 503
  std::size_t cachedSpecBytes = 256 * limits::kMiB;  ///< parsed specs kept for agents' calls
  std::size_t watchersPerAccount = 16;               ///< event streams open at a time
  std::string about = {};                            ///< what the project computes and who it helps, for its page
  std::vector<std::string> uses = {};                ///< what results were used for, newest first
  AccountOptions accounts = {};
  std::uint64_t draftBytesPerAccount = 256 * limits::kGiB;  ///< files of all its drafts together
  Duration uploadLife = Duration::days(7);                  ///< so long an upload waits for its next piece
  std::filesystem::path examplesFolder = {};                ///< folders with examples of the installation's own
  FetchOptions fetch = {};                                  ///< what is fetched for people from elsewhere
  std::vector<OidcSettings> oidc = {};                      ///< parties that sign people in
  Quota quota = {};                                         ///< of accounts whose own was not set
  Duration keepResults = {};        ///< so long after the end of a batch its results are removed; 0: never
  Duration keepResultsAtMost = {};  ///< so long an owner may have them kept; 0: as long as they like
  MessageSettings messages = {};
};

/// The HTTP API of docs/protocol.md as handlers on a Router (server/api/openapi.yaml describes it). Owned by the
/// composition root. It holds no state of the project: only caches, the open event streams, counters, and a small pool
/// of threads for slow work. Handlers are called by any HTTP thread, answer by callbacks of the Runtime or of the pool,
/// and fail with problem documents only.
class Api {
 public:
  explicit Api(ApiDependencies dependencies, ApiOptions options = {});
  /// Ends event streams and the pool. The HttpServer and the Runtime must have been drained before.
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Adds every route, once, before the server starts. Also sets Runtime::onNotice. The Api must outlive the router's
  /// last call.
  void addRoutes(Router& router);

  /// What its handlers stand on, for those of the portal's pages.
  ApiContext& context();
  /// Begins to send the messages that wait, once requests are answered.
  void startMessages();

  /// Lets go of what nobody has used for long: drafts, unfinished uploads. Slow.
  void keepHouse();

  /// Sends every event stream its end, so that a draining server need not wait for its watchers. Any thread.
  void closeStreams();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::server
