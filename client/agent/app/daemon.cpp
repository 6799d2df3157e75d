// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/daemon.h"

#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <signal.h>
#include <unistd.h>

#include "agent/app/agent_loop.h"
#include "agent/app/identity.h"
#include "agent/app/renewal.h"
#include "agent/app/settled_speed.h"
#include "agent/app/version.h"
#include "agent/platform/host_facts.h"
#include "agent/platform/speed.h"
#include "agent/transfer/https_link.h"
#include "agent/transfer/worker_pool.h"
#include "base/random.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr auto kRenewalCheck = std::chrono::hours(1);
constexpr auto kRenewalRetry =
    std::chrono::minutes(5);  // and up to as long again: a failure is seldom one host's alone

/// Where hearth-task-init was installed.
fs::path findTaskInit() {
  const fs::path here = programFolder();
  for (const fs::path& folder :
       {here, here / "../lib/hearth", here / "../libexec/hearth", fs::path("/usr/lib/hearth")}) {
    std::error_code error;
    if (fs::exists(folder / "hearth-task-init", error)) return fs::canonical(folder / "hearth-task-init", error);
  }
  return here / "hearth-task-init";
}

/// The executor, or why there is none.
struct Confinement {
  std::unique_ptr<sandbox::Executor> executor;
  std::string limitation;

  SandboxTier tier() const { return executor ? executor->tier() : SandboxTier::kNone; }
};

Confinement confine(const StateFolder& folder, bool dedicated) {
  sandbox::BubblewrapOptions options;
  options.background = !dedicated;
  options.scratch = folder.scratch();
  options.init = findTaskInit();
  options.busctl = "/usr/bin/busctl";
  auto executor = sandbox::makeExecutor(std::move(options), folder.packages());
  if (!executor) return {nullptr, executor.error().message + ". " + executor.error().hint};
  std::string limitation = (*executor)->limitation();
  return {std::move(*executor), std::move(limitation)};
}

/// Keeps the certificate fresh. Lives on the loop's thread; the call itself blocks a thread of its own.
class Renewal {
 public:
  Renewal(asio::io_context& context, const DaemonOptions& options, AgentIdentity identity, HttpsLink& link,
          AgentLoop& loop)
      : m_context(context),
        m_options(options),
        m_identity(std::move(identity)),
        m_link(link),
        m_loop(loop),
        m_timer(context),
        m_pool(1) {}

  void check() {
    checkIn(kRenewalCheck);
    const auto validity = validityOf(m_identity.certificatePem);
    if (validity) m_loop.setCertificateExpiry(validity->until);
    if (validity && !validity->wantsRenewal(wallClock())) return;
    m_pool.post([this, identity = m_identity] {
      auto renewed = renewIdentity(m_options.folder, identity, m_link);
      asio::post(m_context, [this, renewed = std::move(renewed)] { take(renewed); });
    });
  }

 private:
  void checkIn(std::chrono::seconds pause) {
    m_timer.expires_after(pause);
    m_timer.async_wait([this](boost::system::error_code stopped) {
      if (!stopped) check();
    });
  }

  void take(const Result<AgentIdentity>& renewed) {
    if (!renewed) {
      m_options.log(true, "the certificate could not be renewed: " + renewed.error().message);
      return checkIn(kRenewalRetry + std::chrono::seconds(m_random.below(300)));
    }
    m_identity = *renewed;
    m_link.setIdentity(m_identity.tls());
    m_options.log(false, "the certificate was renewed");
    if (const auto validity = validityOf(m_identity.certificatePem)) m_loop.setCertificateExpiry(validity->until);
  }

  asio::io_context& m_context;
  const DaemonOptions& m_options;
  AgentIdentity m_identity;
  HttpsLink& m_link;
  AgentLoop& m_loop;
  asio::steady_timer m_timer;
  RandomStream m_random{randomSeed()};
  WorkerPool m_pool;
};

AgentFacts factsOf(const StateFolder& folder, const AgentIdentity& identity) {
  AgentFacts facts;
  facts.version = kVersion;
  facts.process = static_cast<std::uint64_t>(::getpid());
  facts.started = agentClock();
  facts.folder = folder.root.string();
  facts.project = identity.project;
  facts.server = identity.server;
  facts.host = identity.host;
  return facts;
}

void quitOnSignals(asio::signal_set& signals, AgentLoop& loop, asio::io_context& context, bool again) {
  signals.async_wait([&signals, &loop, &context, again](boost::system::error_code stopped, int) {
    if (stopped) return;
    if (again) return context.stop();
    loop.post(VerbQuit{});
    quitOnSignals(signals, loop, context, true);
  });
}

/// Everything that run() keeps open, in the order in which it is made.
struct Stores {
  std::unique_ptr<Journal> journal;
  std::unique_ptr<BlobCache> cache;
  std::unique_ptr<PackageStore> packages;
};

Result<Stores> openStores(const StateFolder& folder, const AgentIdentity& identity) {
  HEARTH_TRY(folder.prepare());
  auto journal = Journal::open(folder.journal());
  if (!journal) return fail(std::move(journal).error());
  auto cache = BlobCache::open(folder.cache(), {});
  if (!cache) return fail(std::move(cache).error());
  auto packages = PackageStore::open(folder.packages(), folder.images(), identity.rootKey);
  if (!packages) return fail(std::move(packages).error());
  return Stores{std::move(*journal), std::move(*cache), std::move(*packages)};
}

}  // namespace

Result<void> runDaemon(const DaemonOptions& options) {
  const StateFolder& folder = options.folder;
  const auto lock = lockFile(folder.lock());
  if (!lock) return fail(lock.error());
  auto identity = loadIdentity(folder);
  if (!identity) return fail(std::move(identity).error());
  const auto endpoint = parseEndpoint(identity->server);
  if (!endpoint) return fail(endpoint.error());
  auto stores = openStores(folder, *identity);
  if (!stores) return fail(std::move(stores).error());
  ::signal(SIGPIPE, SIG_IGN);

  const Confinement confinement = confine(folder, options.dedicated);
  options.log(confinement.tier() == SandboxTier::kNone,
              std::string("sandbox: ") + sandboxTierName(confinement.tier()) +
                  (confinement.limitation.empty() ? "" : "; " + confinement.limitation));
  const std::uint32_t speed = settledSpeed(folder.speed(), measureSpeed());
  const auto describe = [&] {
    return HostSeen{describeHost(identity->name, options.offer, confinement.tier(), speed, folder.tasks()),
                    confinement.limitation};
  };
  HttpsLink link(*endpoint, identity->tls(), proxyFor(*endpoint, options.environment));
  AgentFacts facts = factsOf(folder, *identity);
  facts.description = describe().description;

  asio::io_context context(1);
  AgentLoop loop(context, {link, confinement.executor.get(), *stores->journal, *stores->cache, *stores->packages,
                           folder.tasks(), folder.control(), describe, facts, options.log, randomSeed()});
  HEARTH_TRY(loop.start());
  asio::signal_set signals(context, SIGTERM, SIGINT);
  quitOnSignals(signals, loop, context, false);
  Renewal renewal(context, options, *identity, link, loop);
  renewal.check();
  options.log(false, "hearth-agent " + std::string(kVersion) + " serves " + identity->project + " at " +
                         identity->server + " as host " + std::to_string(identity->host.value));
  context.run();
  link.close();  // so that nothing waits for the network any more
  options.log(false, "hearth-agent has quit");
  return {};
}

}  // namespace hearth::agent
