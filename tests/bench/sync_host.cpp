// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/sync_host.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <thread>

#include <poll.h>

#include "bench/ready_loop.h"
#include "certs/authority.h"
#include "certs/sha256.h"
#include "wire/agent.h"

namespace hearth::bench {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::string_view kOutput = "42\n";

/// A request with one result, in the words of the codec: what is cut out of it fits the server whatever it looks like.
std::string sampleRequest(std::uint32_t tasksPerSync) {
  wire::SyncRequest request;
  request.free = {tasksPerSync, 64, 64ULL << 30, 1ULL << 40};
  wire::ReturnedResult result{AttemptId{1}, {BatchId{1}, 0}, 0, {}};
  result.report.usage = {Duration::milliseconds(3), Duration::milliseconds(2), 1 << 20};
  result.report.outputs = {{"out", certs::sha256(kOutput), kOutput.size(), false}};
  request.results = {result};
  return toJson(request);
}

/// Takes `label` and the number behind it off the text.
std::uint64_t takeNumber(std::string_view& text, std::string_view label) {
  if (!text.starts_with(label)) giveUp("a sync's reply has another form: " + std::string(text.substr(0, 80)));
  text.remove_prefix(label.size());
  std::uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

void append(std::string& text, std::string_view label, std::uint64_t number) {
  char digits[20];
  text += label;
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::size_t count(std::string_view text, std::string_view piece) {
  std::size_t found = 0;
  for (std::size_t at = text.find(piece); at != std::string_view::npos; at = text.find(piece, at + piece.size()))
    ++found;
  return found;
}

}  // namespace

SyncHost::SyncHost(const ServedProject& project, int number, std::uint32_t tasksPerSync)
    : m_identity(project.enrolHost("bench-" + std::to_string(number))),
      m_connection(m_identity, project.port(), std::string(certs::kAgentServerName)),
      m_tasksPerSync(tasksPerSync) {
  const std::string sample = sampleRequest(tasksPerSync);
  const std::size_t results = sample.find("\"results\":[");
  const std::size_t report = sample.find(",\"exit\"");
  if (results == std::string::npos || report == std::string::npos || !sample.ends_with("]}"))
    giveUp("a sync's request has another form");
  m_head = sample.substr(0, sample.find('[', results) + 1);
  m_report = sample.substr(report, sample.size() - 2 - report);
  send();
  receive();
  uploadOutput();  // only what a host sent itself counts
}

void SyncHost::uploadOutput() {
  const std::string path =
      "/agent/v1/attempts/" + std::to_string(m_given.at(0).attempt) + "/outputs/" + certs::sha256(kOutput).hex();
  const HttpReply reply = m_connection.call("PUT", path, "", kOutput);
  if (reply.status >= 300) giveUp("output refused: " + reply.body);
}

void SyncHost::send() {
  m_request = m_head;
  for (const Given& given : m_given) {
    if (m_request.size() > m_head.size()) m_request += ',';
    append(m_request, "{\"attempt\":", given.attempt);
    append(m_request, ",\"batch\":", given.batch);
    append(m_request, ",\"index\":", given.index);
    append(m_request, ",\"revision\":", given.revision);
    m_request += m_report;
  }
  m_request += "]}";
  m_connection.send("POST", "/agent/v1/sync", "Content-Type: application/json\r\n", m_request);
}

std::size_t SyncHost::receive() {
  const HttpReplyView reply = m_connection.receiveView();
  if (reply.status != 200) giveUp("sync refused: " + std::string(reply.body));
  m_reply = reply.body;
  const std::size_t returned = m_given.size();
  const std::size_t accepted = scan(reply.body);
  if (accepted != returned) giveUp("a result was not accepted: " + std::string(reply.body));
  if (m_given.size() != m_tasksPerSync) giveUp("the server gave fewer tasks than it was asked for");
  return accepted;
}

/// Reads what was given out of the reply; returns how many results it accepts.
std::size_t SyncHost::scan(std::string_view reply) {
  m_given.clear();
  const std::size_t jobs = reply.find("],\"jobs\":[");
  const std::size_t acks = reply.rfind("\"acks\":[");
  if (jobs == std::string_view::npos || acks == std::string_view::npos) giveUp("a sync's reply lacks its lists");
  std::string_view attempts = reply.substr(0, jobs);
  for (;;) {
    const std::size_t next = attempts.find("{\"attempt\":");
    if (next == std::string_view::npos) break;
    attempts.remove_prefix(next);
    Given given;
    given.attempt = takeNumber(attempts, "{\"attempt\":");
    given.batch = takeNumber(attempts, ",\"batch\":");
    given.index = takeNumber(attempts, ",\"index\":");
    given.revision = takeNumber(attempts, ",\"revision\":");
    m_given.push_back(given);
  }
  return count(reply.substr(acks), "\"verdict\":\"accepted\"");
}

void submitLife(const ServedProject& project) {
  TlsConnection person = project.person();
  BatchSpec spec = project.signedSpec(person, "life");
  spec.sweep.axes = {RangeAxis{"n", 1, 100'000'000, 1, 0}};
  project.submit(person, spec);
}

double Measured::percentile(double part) {
  if (latencies.empty()) return 0;
  const auto at = latencies.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(latencies.size() - 1));
  std::nth_element(latencies.begin(), at, latencies.end());
  return *at;
}

namespace {

double secondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Gives each thread its share of the hosts and sums up what they measured.
Measured drive(std::vector<SyncHost>& hosts, const std::function<void(std::size_t, std::size_t, Measured&)>& work) {
  std::vector<Measured> parts(kThreads);
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (std::size_t t = 0; t < kThreads; ++t) {
    const std::size_t first = hosts.size() * t / kThreads;
    const std::size_t last = hosts.size() * (t + 1) / kThreads;
    threads.emplace_back([&work, &part = parts[t], first, last] { work(first, last, part); });
  }
  for (std::thread& thread : threads) thread.join();
  Measured all;
  all.seconds = secondsBetween(begin, Clock::now());
  for (const Measured& part : parts) {
    all.tasks += part.tasks;
    all.syncs += part.syncs;
    all.latencies.insert(all.latencies.end(), part.latencies.begin(), part.latencies.end());
  }
  return all;
}

/// The hosts of one thread, each with the time at which its next sync is to be sent.
class Pace {
 public:
  Pace(std::vector<SyncHost>& hosts, std::size_t first, std::size_t last, Clock::duration interval)
      : m_hosts(hosts), m_interval(interval), m_first(first) {
    const auto now = Clock::now();
    for (std::size_t i = first; i < last; ++i) {
      m_due.push_back(now + interval * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(hosts.size()));
      m_polled.push_back({-1, POLLIN, 0});
    }
  }

  void run(Clock::time_point end, Measured& measured) {
    for (auto now = Clock::now(); now < end || m_underWay > 0; now = Clock::now()) {
      if (now < end) sendDue(now);
      wait(now);
      for (std::size_t i = 0; i < m_polled.size(); ++i) {
        if (m_polled[i].fd >= 0 && m_polled[i].revents != 0) take(i, measured);
      }
    }
  }

 private:
  void sendDue(Clock::time_point now) {
    for (std::size_t i = 0; i < m_due.size(); ++i) {
      if (m_polled[i].fd >= 0 || m_due[i] > now) continue;
      m_hosts[m_first + i].send();
      m_polled[i].fd = m_hosts[m_first + i].descriptor();
      ++m_underWay;
    }
  }
  void wait(Clock::time_point now) {
    auto next = now + std::chrono::milliseconds(50);
    for (std::size_t i = 0; i < m_due.size(); ++i) {
      if (m_polled[i].fd < 0) next = std::min(next, m_due[i]);
    }
    const auto pause = std::max<std::int64_t>(0, std::chrono::nanoseconds(next - now).count());
    const timespec time{pause / 1'000'000'000, pause % 1'000'000'000};
    if (::ppoll(m_polled.data(), m_polled.size(), &time, nullptr) < 0) giveUp("ppoll failed");
  }
  void take(std::size_t i, Measured& measured) {
    measured.tasks += m_hosts[m_first + i].receive();
    measured.latencies.push_back(secondsBetween(m_due[i], Clock::now()));
    ++measured.syncs;
    m_polled[i].fd = -1;
    m_due[i] += m_interval;
    --m_underWay;
  }

  std::vector<SyncHost>& m_hosts;
  Clock::duration m_interval;
  std::size_t m_first;
  std::vector<Clock::time_point> m_due;
  std::vector<pollfd> m_polled;  ///< a sync under way has its connection here
  std::size_t m_underWay = 0;
};

}  // namespace

Measured driveFully(std::vector<SyncHost>& hosts, std::chrono::seconds time) {
  const auto end = Clock::now() + time;
  return drive(hosts, [&hosts, end](std::size_t first, std::size_t last, Measured& measured) {
    std::vector<Clock::time_point> sent;
    std::vector<int> descriptors;
    for (std::size_t i = first; i < last; ++i) {
      sent.push_back(Clock::now());
      hosts[i].send();
      descriptors.push_back(hosts[i].descriptor());
    }
    whileAnswered(descriptors, [&](std::size_t i) {
      measured.tasks += hosts[first + i].receive();
      ++measured.syncs;
      const auto now = Clock::now();
      measured.latencies.push_back(secondsBetween(sent[i], now));
      if (now >= end) return false;
      sent[i] = now;
      hosts[first + i].send();
      return true;
    });
  });
}

Measured drivePaced(std::vector<SyncHost>& hosts, double syncsPerSecond, std::chrono::seconds time) {
  const auto end = Clock::now() + time;
  const auto interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(static_cast<double>(hosts.size()) / syncsPerSecond));
  return drive(hosts, [&hosts, end, interval](std::size_t first, std::size_t last, Measured& measured) {
    Pace(hosts, first, last, interval).run(end, measured);
  });
}

}  // namespace hearth::bench
