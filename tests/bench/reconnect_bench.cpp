// SPDX-License-Identifier: GPL-3.0-or-later
// Ten thousand agents that lose their server at one moment and come back at one moment: SIGKILL, a new hearthd on the
// same data folder, and every agent connects at once, says what it holds and asks for more. Twice: without the session
// tickets of before (every connection costs a full mutual handshake) and with them.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <openssl/pem.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/served_project.h"
#include "bench/storm_agent.h"
#include "certs/authority.h"
#include "db/sqlite/sqlite_store.h"

namespace hearth::bench {
namespace {

constexpr std::size_t kHandshakesMeasured = 2'000;
constexpr std::size_t kAtOnce = 64;
constexpr std::chrono::seconds kLongest{90};
constexpr std::chrono::seconds kConnectTimeout{20};  // as the agent's
constexpr std::chrono::milliseconds kProbeEvery{20};

std::string readFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename T>
T must(Result<T> result, const char* what) {
  if (!result) giveUp(std::string(what) + ": " + result.error().message);
  return std::move(*result);
}

Instant wallClock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

int keepSession(SSL* ssl, SSL_SESSION* session) {
  static_cast<StormAgent*>(SSL_get_ex_data(ssl, StormAgent::kOwnerSlot))->keepSession(session);
  return 1;
}

SSL_CTX* clientContext(const std::string& authorityPem) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keepSession);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  BIO* bio = BIO_new_mem_buf(authorityPem.data(), static_cast<int>(authorityPem.size()));
  X509* authority = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority);
  X509_free(authority);
  BIO_free(bio);
  return context;
}

/// Agents whose hosts are in the project's database before its server starts.
std::deque<StormAgent> enrolAgents(const ServedProject& project, SSL_CTX* context, std::size_t count) {
  const auto data = project.folder() / "data";
  const auto authority =
      must(certs::Authority::open({readFile(data / "certs/authority.crt"), readFile(data / "certs/authority.key")}),
           "authority");
  const auto store = must(db::openSqliteStore(data / "hearth.db"), "database");
  std::deque<StormAgent> agents;
  Changes changes{CountersPut{1, count + 1, 1}};
  const Instant now = wallClock();
  for (std::size_t i = 1; i <= count; ++i) {
    const HostId id{i};
    const std::string key = must(certs::newPrivateKey(), "key");
    const std::string request = must(certs::newSigningRequest(key, "storm"), "signing request");
    const std::string certificate = must(authority.issueHost(request, id, now, Duration::days(30)), "certificate");
    HostDescription description{
        "storm-" + std::to_string(i), "linux-x86_64", "bench", "bench", 64, 64ULL << 30, 1ULL << 40,
        SandboxTier::kCgroup};
    changes.emplace_back(HostPut{
        {id, AccountId{1}, must(certs::keyOfCertificate(certificate), "key"), std::move(description), now, false}});
    agents.emplace_back(context, id, certificate, key);
  }
  const std::vector<db::Unit> units{{std::move(changes)}};
  must(store->apply(units), "hosts");
  return agents;
}

/// Drives agents by epoll, on one thread.
class Crowd {
 public:
  explicit Crowd(std::uint16_t port) : m_port(port), m_epoll(::epoll_create1(EPOLL_CLOEXEC)) {}
  ~Crowd() { ::close(m_epoll); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  Seen seen;

  void start(StormAgent& agent, StormAgent::Goal goal) {
    agent.connect(m_port, goal);
    epoll_event event{EPOLLOUT, {.ptr = &agent}};
    if (agent.hasFailed() || ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, agent.descriptor(), &event) != 0) return failed(agent);
    m_connecting.push({Clock::now() + kConnectTimeout, &agent});
  }
  /// Lets time pass until something happened, at most so long. Returns those that are done.
  std::vector<StormAgent*> step(std::chrono::milliseconds longest) {
    m_done.clear();
    epoll_event events[256];
    const int count = ::epoll_wait(m_epoll, events, 256, static_cast<int>(longest.count()));
    for (int i = 0; i < count; ++i) advance(*static_cast<StormAgent*>(events[i].data.ptr));
    const auto now = Clock::now();
    for (; !m_connecting.empty() && m_connecting.front().first <= now; m_connecting.pop()) {
      StormAgent& agent = *m_connecting.front().second;
      if (!agent.isConnecting() || agent.descriptor() < 0) continue;
      ++seen.timeouts;
      failed(agent);
    }
    for (; !m_retries.empty() && m_retries.top().first <= now; m_retries.pop()) {
      start(*m_retries.top().second, StormAgent::Goal::kSync);
    }
    return m_done;
  }

 private:
  using Due = std::pair<Clock::time_point, StormAgent*>;

  void advance(StormAgent& agent) {
    const StormAgent::Wants wants = agent.advance(seen);
    if (agent.hasFailed()) return failed(agent);
    if (agent.isDone()) m_done.push_back(&agent);
    epoll_event event{wants == StormAgent::Wants::kWrite  ? static_cast<std::uint32_t>(EPOLLOUT)
                      : wants == StormAgent::Wants::kRead ? static_cast<std::uint32_t>(EPOLLIN)
                                                          : 0U,
                      {.ptr = &agent}};
    ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, agent.descriptor(), &event);
  }
  void failed(StormAgent& agent) {
    agent.close();  // which ends its watch too
    m_retries.push({Clock::now() + agent.pauseAfterFailure(), &agent});
  }

  std::uint16_t m_port;
  int m_epoll;
  std::queue<Due> m_connecting;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> m_retries;
  std::vector<StormAgent*> m_done;
};

/// Full mutual handshakes a second, kAtOnce at a time.
double handshakesPerSecond(std::deque<StormAgent>& agents, std::uint16_t port) {
  Crowd crowd(port);
  const std::size_t count = std::min(kHandshakesMeasured, agents.size());
  const auto begin = Clock::now();
  std::size_t started = 0;
  std::size_t done = 0;
  while (started < std::min(kAtOnce, count)) crowd.start(agents[started++], StormAgent::Goal::kHandshake);
  while (done < count) {
    for (StormAgent* agent : crowd.step(std::chrono::milliseconds(100))) {
      agent->close();
      agent->forgetSession();
      ++done;
      if (started < count) crowd.start(agents[started++], StormAgent::Goal::kHandshake);
    }
    if (Clock::now() - begin > kLongest) giveUp("the handshakes do not end");
  }
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A host that is back already and goes on talking while the others come back: on a thread of its own, so that what it
/// waits for is the server.
class Probe {
 public:
  Probe(const TlsIdentity& identity, std::uint16_t port)
      : m_connection(identity, port, std::string(certs::kAgentServerName)), m_thread([this] { talk(); }) {}
  /// Seconds of each sync.
  std::vector<double> end() {
    m_stopping = true;
    m_thread.join();
    return std::move(m_latencies);
  }

 private:
  void talk() {
    const std::string request = toJson(wire::SyncRequest{});
    while (!m_stopping) {
      const auto begin = Clock::now();
      const HttpReply reply =
          m_connection.call("POST", "/agent/v1/sync", "Content-Type: application/json\r\n", request);
      if (reply.status != 200) giveUp("a host that is back was refused: " + reply.body);
      m_latencies.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
      std::this_thread::sleep_for(kProbeEvery);
    }
  }

  TlsConnection m_connection;
  std::atomic<bool> m_stopping{false};
  std::vector<double> m_latencies;
  std::thread m_thread;
};

struct Storm {
  Seen seen;
  std::vector<double> latencies;  ///< seconds, of the probe
  double seconds = 0;
  double serverProcessor = 0;  ///< seconds
};

/// All agents connect at this moment; ends when each has had its answer and holds work again.
Storm comeBack(std::deque<StormAgent>& agents, const ServedProject& project, const TlsIdentity& prober) {
  Crowd crowd(project.port());
  Storm storm;
  Probe probe(prober, project.port());
  const double processorBefore = project.processorSeconds();
  const auto begin = Clock::now();
  for (StormAgent& agent : agents) crowd.start(agent, StormAgent::Goal::kSync);
  for (std::size_t back = 0; back < agents.size();) {
    for (StormAgent* agent : crowd.step(std::chrono::milliseconds(20))) {
      if (agent->holding() == 0) giveUp("the server had no work for an agent that came back");
      ++back;
    }
    if (Clock::now() - begin > kLongest) giveUp("only " + std::to_string(back) + " agents came back in time");
  }
  storm.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  storm.serverProcessor = project.processorSeconds() - processorBefore;
  storm.latencies = probe.end();
  storm.seen = crowd.seen;
  return storm;
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::uint64_t certifiedTasks(const ServedProject& project, std::uint64_t batch) {
  TlsConnection person = project.person();
  const HttpReply reply = person.call("GET", "/api/v1/batches/" + std::to_string(batch), project.bearer(), "");
  return boost::json::parse(reply.body).at("certified").to_number<std::uint64_t>();
}

std::string text(double value) { return std::to_string(value); }

void tell(const char* figure, Storm& storm, double rate, std::size_t count, double bytesEach) {
  const double wanted = static_cast<double>(count) / rate;
  printFigure(figure, storm.seconds, "s", wanted, storm.seconds / wanted,
              {{"agents", std::to_string(count)},
               {"full handshakes/s", text(rate)},
               {"resumed", std::to_string(storm.seen.resumed)},
               {"server CPU ms a connection", text(storm.serverProcessor / static_cast<double>(count) * 1e3)},
               {"results accepted", std::to_string(storm.seen.accepted)},
               {"lost", std::to_string(storm.seen.lost)},
               {"turned away", std::to_string(storm.seen.turnedAway)},
               {"connect timeouts", std::to_string(storm.seen.timeouts)},
               {"refused", std::to_string(storm.seen.refused)},
               {"refused without Retry-After", std::to_string(storm.seen.refusedWithoutWhen)},
               {"sync p50 ms of a host that is back", text(percentile(storm.latencies, 0.5) * 1e3)},
               {"sync p99 ms of a host that is back", text(percentile(storm.latencies, 0.99) * 1e3)},
               {"server KiB a connection", text(bytesEach / 1024)},
               {"ceiling", "agents / full mutual handshakes a second, same run, same load generator"}});
}

void run(std::size_t count) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  ServedProject project(false);
  SSL_CTX* context = clientContext(project.authorityPem());
  std::deque<StormAgent> agents = enrolAgents(project, context, count);
  project.start();
  const TlsIdentity prober = project.enrolHost("probe");
  std::uint64_t batch = 0;
  {
    TlsConnection person = project.person();
    BatchSpec spec = project.signedSpec(person, "storm");
    spec.outputs = {{"out", true}};
    spec.sweep.axes = {RangeAxis{"n", 1, 100'000'000, 1, 0}};
    batch = project.submit(person, spec);
  }
  const double rate = handshakesPerSecond(agents, project.port());
  const std::uint64_t before = project.residentBytes();
  const Storm first = comeBack(agents, project, prober);
  const double bytesEach = static_cast<double>(project.residentBytes() - before) / static_cast<double>(count);
  std::uint64_t accepted = first.seen.accepted;
  for (const char* figure : {"reconnect_storm", "reconnect_storm_resumed"}) {
    project.kill();
    const bool resumes = std::string_view(figure) == "reconnect_storm_resumed";
    for (StormAgent& agent : agents) {
      agent.close();
      if (!resumes) agent.forgetSession();
    }
    project.start();
    Storm storm = comeBack(agents, project, prober);
    accepted += storm.seen.accepted;
    tell(figure, storm, rate, count, bytesEach);
  }
  if (const std::uint64_t certified = certifiedTasks(project, batch); certified != accepted) {
    giveUp("the server certified " + std::to_string(certified) + " tasks and acknowledged " + std::to_string(accepted));
  }
  agents.clear();
  SSL_CTX_free(context);
}

}  // namespace
}  // namespace hearth::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a server that is killed is met by writes too
  hearth::bench::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000);
  return 0;
}
