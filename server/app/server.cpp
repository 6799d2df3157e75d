// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/time_text.h"
#include "db/sqlite/sqlite_store.h"
#include "server/api/api.h"
#include "server/api/blob_sweep.h"
#include "server/api/contributions.h"
#include "server/api/retention.h"
#include "server/app/data_folder.h"
#include "server/app/housekeeping.h"
#include "server/app/project_identity.h"
#include "server/app/ticket_key_file.h"
#include "server/blob/blob_store.h"
#include "server/blob/line_index.h"
#include "server/blob/posix_file.h"
#include "server/http/http_server.h"
#include "server/runtime/runtime.h"
#include "server/web/portal.h"

namespace hearth::server {
namespace {

constexpr Duration kDrainGrace = Duration::seconds(10);
constexpr std::chrono::hours kHousekeeping{24};
constexpr std::chrono::minutes kCheckpointSweep{5};
constexpr std::chrono::seconds kCounting{20};
constexpr std::chrono::minutes kRemoval{10};
constexpr std::chrono::hours kBlobSweep{6};
constexpr Duration kCheckpointGrace = Duration::minutes(10);
constexpr std::chrono::seconds kQueryPatience{10};
constexpr int kPortTries = 10;
constexpr std::uint64_t kRoomForRounds = 8 * limits::kMiB;  // twice what the log grows to before it is taken in

Instant systemNow() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

/// Whether the database may be tried again after its disk was full: there is room for its log, not just for a page.
Result<void> roomForRounds(const DataFolder& folder) {
  const auto free = freeBytes(folder.root);
  if (!free) return fail(free.error());
  if (*free >= kRoomForRounds) return {};
  return fail(ErrorCode::kExhausted, "the disk of " + folder.root.string() + " is full",
              "Free some space on that disk.");
}

/// What the limit of open files leaves when blobs, the database and the listening socket have theirs.
std::size_t connectionsThatFit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return limit.rlim_cur - limit.rlim_cur / 8;
}

/// See Server. The order of the members is that of building; they go in the reverse order, the API's callbacks after
/// everything that calls them.
class WiredServer final : public Server {
 public:
  WiredServer(const Config& config, DataLock lock, ProjectIdentity identity)
      : m_config(config), m_folder{config.folder}, m_lock(std::move(lock)), m_identity(std::move(identity)) {}
  ~WiredServer() override { drain(); }

  Result<void> openStores();
  Result<void> serve();

  std::uint16_t port() const override { return m_http->port(); }
  std::string url() const override { return "https://" + publicAddress(m_config, port()); }
  Digest certificateFingerprint() const override { return m_fingerprint; }
  void drain() override;

 private:
  Result<HttpServerOptions> httpOptions();
  TicketKeys ticketKeys() const;
  Result<void> listen(const HttpServerOptions& options);
  MessageSettings messageSettings(std::uint16_t port) const;
  void buildApi(std::uint16_t port);
  void keepHouse();
  void sweepCheckpoints();
  void countContributions();

  const Config m_config;
  const DataFolder m_folder;
  DataLock m_lock;
  ProjectIdentity m_identity;
  Digest m_fingerprint;
  std::string m_shownCertificate;
  std::unique_ptr<db::ReadStore> m_read;
  std::unique_ptr<BlobStore> m_blobs, m_checkpoints;
  std::unique_ptr<LineIndexes> m_lines;
  std::unique_ptr<Runtime> m_runtime;
  std::unique_ptr<Router> m_router;
  std::unique_ptr<HttpServer> m_http;
  std::atomic<HttpServer*> m_listening{nullptr};  // the same, for the API's threads
  std::unique_ptr<Api> m_api;
  std::unique_ptr<Portal> m_portal;
  std::unique_ptr<Retention> m_retention;
  std::unique_ptr<BlobSweep> m_sweep;
  std::unique_ptr<Housekeeping> m_housekeeping, m_checkpointSweep, m_counting, m_removal, m_sweeping;
  bool m_drained = false;
};

Result<void> WiredServer::openStores() {
  auto store = db::openSqliteStore(m_folder.database());
  if (!store) return fail(std::move(store).error());
  auto read = db::openSqliteReadStore(m_folder.database());
  if (!read) return fail(std::move(read).error());
  m_read = std::move(*read);
  BlobStoreOptions blobOptions;
  blobOptions.reserveBytes = m_config.diskReserveBytes;
  auto blobs = BlobStore::open(m_folder.blobs(), blobOptions);
  if (!blobs) return fail(std::move(blobs).error());
  m_blobs = std::move(*blobs);
  auto checkpoints = BlobStore::open(m_folder.checkpoints(), blobOptions);
  if (!checkpoints) return fail(std::move(checkpoints).error());
  m_checkpoints = std::move(*checkpoints);
  m_lines = std::make_unique<LineIndexes>(*m_blobs, m_folder.lists());

  Runtime::Options options;
  options.dispatcher.quota = m_config.quota;
  options.dispatcher.leaseTerm = m_config.leaseTerm;
  options.dispatcher.syncWhenBusy = m_config.syncWhenBusy;
  options.dispatcher.heartbeatsPerSecond = m_config.heartbeatsPerSecond;
  options.dispatcher.idleSyncsPerSecond = m_config.idleSyncsPerSecond;
  options.dispatcher.syncWhenIdle = m_config.syncWhenIdle;
  options.dispatcher.retrySameHostAfter = m_config.retrySameHostAfter;
  options.inbox = m_config.inbox;
  options.mayTryAgain = [this] { return roomForRounds(m_folder); };
  options.clock = systemNow;
  auto runtime = Runtime::start(std::move(options), std::move(*store));
  if (!runtime) return fail(std::move(runtime).error());
  m_runtime = std::move(*runtime);
  return {};
}

Result<HttpServerOptions> WiredServer::httpOptions() {
  HttpServerOptions options;
  options.address = m_config.address;
  options.threads = m_config.threads;
  options.connections = std::min(m_config.connections, connectionsThatFit());
  if (options.connections < m_config.connections) {
    spdlog::warn("{} clients may connect at a time, not {}: the process may not open more files (LimitNOFILE)",
                 options.connections, m_config.connections);
  }
  options.authorityPem = m_identity.authority.identity().certificatePem;
  options.privateCertificatePem = m_identity.server.certificatePem;
  options.privateKeyPem = m_identity.server.privateKeyPem;
  if (!m_config.publicCertificate.empty()) {
    auto certificate = readTextFile(m_config.publicCertificate);
    if (!certificate) return fail(std::move(certificate).error().within("[public] certificate in hearthd.toml"));
    auto key = readTextFile(m_config.publicKey);
    if (!key) return fail(std::move(key).error().within("[public] key in hearthd.toml"));
    options.publicCertificatePem = std::move(*certificate);
    options.publicKeyPem = std::move(*key);
  }
  m_shownCertificate =
      options.publicCertificatePem.empty() ? options.privateCertificatePem : options.publicCertificatePem;
  options.ticketKeys = ticketKeys();
  const auto fingerprint = certs::fingerprint(m_shownCertificate);
  if (!fingerprint) return fail(Error(fingerprint.error()).within("the server's certificate"));
  m_fingerprint = *fingerprint;
  return options;
}

/// A server that cannot keep them serves all the same: its clients pay a full handshake after the next restart.
TicketKeys WiredServer::ticketKeys() const {
  auto keys = keepTicketKeys(m_folder, systemNow());
  if (keys) return std::move(*keys);
  spdlog::warn("the keys of TLS sessions are not kept: {}", keys.error().message);
  return {};
}

/// A port that is free now. The API must know the port before the server listens, so "any" is decided beforehand.
Result<std::uint16_t> freePort() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.number(), generic, length) != 0 ||
      ::getsockname(socket.number(), generic, &length) != 0) {
    return fail(systemError(errno, "looking for a free port"));
  }
  return ntohs(address.sin_port);
}

MessageSettings WiredServer::messageSettings(std::uint16_t port) const {
  MessageSettings settings{
      m_config.mailServer, m_config.mailFrom,        m_config.mailUser, {},
      m_config.mailTls,    m_config.privateWebhooks, m_config.project,  publicAddress(m_config, port)};
  if (m_config.mailPasswordFile.empty()) return settings;
  if (auto password = readTextFile(m_config.mailPasswordFile)) {
    settings.mailPassword = password->substr(0, password->find_first_of("\r\n"));
  } else {
    spdlog::warn("[mail] password_file cannot be read, so no mail will leave: {}", password.error().message);
  }
  return settings;
}

void WiredServer::buildApi(std::uint16_t port) {
  ApiDependencies dependencies{*m_runtime,
                               *m_read,
                               *m_blobs,
                               *m_checkpoints,
                               *m_lines,
                               m_identity.authority,
                               m_identity.rootKey,
                               m_config.project,
                               publicAddress(m_config, port),
                               systemNow,
                               [this] {
                                 const HttpServer* listening = m_listening;
                                 return listening == nullptr ? std::size_t{0} : listening->openConnections();
                               }};
  ApiOptions options;
  options.certificateLife = m_config.certificateLife;
  options.about = m_config.about;
  options.uses = m_config.uses;
  options.oidc = m_config.oidc;
  options.quota = m_config.quota;
  options.accounts.signUp = m_config.signUp;
  options.accounts.signUpRoles = m_config.signUpRoles;
  options.accounts.sessionLife = m_config.sessionLife;
  options.draftBytesPerAccount = m_config.draftBytes;
  options.examplesFolder = m_folder.examples();
  options.fetch.privateAddresses = m_config.fetchPrivate;
  options.fetch.authorities = m_config.fetchAuthorities.string();
  options.keepResults = m_config.keepResults;
  options.keepResultsAtMost = m_config.keepResultsAtMost;
  options.messages = messageSettings(port);
  m_runtime->onNotice({});  // an earlier try's API goes
  m_router = std::make_unique<Router>();
  m_portal.reset();  // before the API that it stands on
  m_api = std::make_unique<Api>(std::move(dependencies), options);
  m_api->addRoutes(*m_router);
  m_portal = std::make_unique<Portal>(*m_api, m_folder.downloads());
  m_portal->addRoutes(*m_router);
}

Result<void> WiredServer::listen(const HttpServerOptions& given) {
  HttpServerOptions options = given;
  const int tries = m_config.port == 0 ? kPortTries : 1;
  Result<std::unique_ptr<HttpServer>> http = fail(ErrorCode::kUnavailable, "no port is free");
  for (int i = 0; i < tries && !http; ++i) {
    const auto port = m_config.port == 0 ? freePort() : Result<std::uint16_t>(m_config.port);
    if (!port) return fail(port.error());
    options.port = *port;
    buildApi(*port);
    http = HttpServer::start(options, *m_router);
  }
  if (!http) return fail(std::move(http).error());
  m_http = std::move(*http);
  m_listening = m_http.get();
  return {};
}

Result<void> WiredServer::serve() {
  const auto options = httpOptions();
  if (!options) return fail(options.error());
  HEARTH_TRY(listen(*options));
  m_housekeeping = std::make_unique<Housekeeping>(kHousekeeping, [this] { keepHouse(); });
  m_checkpointSweep = std::make_unique<Housekeeping>(kCheckpointSweep, [this] { sweepCheckpoints(); });
  m_counting = std::make_unique<Housekeeping>(kCounting, [this] { countContributions(); });
  m_retention = std::make_unique<Retention>(
      *m_runtime, *m_read, *m_blobs, Retention::Settings{m_config.keepResults, messageSettings(port())}, systemNow);
  m_sweep = std::make_unique<BlobSweep>(*m_runtime, *m_read, *m_blobs, m_folder.blobs(), systemNow);
  m_sweeping = std::make_unique<Housekeeping>(kBlobSweep, [this] { m_sweep->run(); });
  m_removal = std::make_unique<Housekeeping>(kRemoval, [this] { m_retention->run(); });
  m_api->startMessages();
  keepHouse();
  return {};
}

/// A checkpoint is of use until a newer one took its place or its task was decided. One that came a moment ago may not
/// have been told to the Dispatcher yet.
void WiredServer::sweepCheckpoints() {
  auto kept = std::make_shared<std::promise<std::unordered_set<Digest>>>();
  auto answered = kept->get_future();
  m_runtime->query([kept](const core::Dispatcher& dispatcher) { kept->set_value(dispatcher.checkpointDigests()); });
  if (answered.wait_for(kQueryPatience) != std::future_status::ready) return;
  m_checkpoints->removeAllBut(answered.get(), systemNow() - kCheckpointGrace);
}

/// Counts who gave what to batches that are over. One that cannot be counted is tried again at the next time.
void WiredServer::countContributions() {
  constexpr std::size_t kBatchesAtATime = 100;
  const auto batches = m_read->untallied(kBatchesAtATime);
  if (!batches) return spdlog::warn("contributions are not counted: {}", batches.error().message);
  for (const db::BatchRecord& batch : *batches) {
    auto tally = tallyOf(*m_read, batch);
    if (!tally) return spdlog::warn("contributions are not counted: {}", tally.error().message);
    m_runtime->commit(db::Unit{{TallyPut{std::move(*tally)}}}, [](const Result<db::Outcome>& outcome) {
      if (!outcome) spdlog::warn("contributions are not kept: {}", outcome.error().message);
    });
  }
}

void WiredServer::keepHouse() {
  m_blobs->sweepUploads();
  m_checkpoints->sweepUploads();
  m_api->keepHouse();
  if (TicketKeys keys = ticketKeys(); !keys.empty()) m_http->useTicketKeys(std::move(keys));
  const auto warn = [](const std::string& certificate, const char* which, const char* advice) {
    const auto expiry = expiryOf(certificate);
    if (!expiry || *expiry - systemNow() >= kServerCertificateRenewal) return;
    spdlog::warn("the {} certificate ends on {}: {}", which, formatInstant(*expiry), advice);
  };
  warn(m_identity.server.certificatePem, "server's own", "restart hearthd, which makes a new one");
  if (!m_config.publicCertificate.empty()) warn(m_shownCertificate, "public", "install a new one and restart hearthd");
}

/// First what makes requests, then what answers them; the API and the HTTP server stay until the last callback has
/// come.
void WiredServer::drain() {
  if (std::exchange(m_drained, true)) return;
  m_housekeeping.reset();
  m_checkpointSweep.reset();
  m_counting.reset();
  m_removal.reset();
  if (m_sweep) m_sweep->stop();
  m_sweeping.reset();
  if (m_api) m_api->closeStreams();
  if (m_http) m_http->drain(kDrainGrace);
  if (m_runtime) m_runtime->drain();
  m_portal.reset();
  m_api.reset();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Config& config) {
  const DataFolder folder{config.folder};
  std::error_code ignored;
  if (!std::filesystem::exists(folder.database(), ignored)) {
    return fail(ErrorCode::kNotFound, "there is no Hearth project in " + folder.root.string(),
                "Make one first: hearthd init " + folder.root.string());
  }
  auto lock = DataLock::take(folder);
  if (!lock) return fail(std::move(lock).error());
  auto identity = openIdentity(folder, config, systemNow());
  if (!identity) return fail(std::move(identity).error());
  auto server = std::make_unique<WiredServer>(config, std::move(*lock), std::move(*identity));
  HEARTH_TRY(server->openStores());
  HEARTH_TRY(server->serve());
  return server;
}

}  // namespace hearth::server
