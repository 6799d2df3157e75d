// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "db/memory/memory_store.h"
#include "sim/checkers.h"
#include "sim/event_queue.h"
#include "sim/faulty_store.h"
#include "sim/network.h"
#include "sim/server.h"
#include "sim/world.h"

namespace hearth::sim {

/// An attempt that a host holds.
struct HeldAttempt {
  AttemptId attempt;
  TaskId task;
  Duration left;  ///< of its run on this host while it is up
  std::uint32_t revision = 0;
  std::uint32_t submission = 0;
  bool finished = false;
};

/// A host as the world keeps it: a million of them fit into memory.
struct SimHost {
  SimHost(const Population& population, std::uint32_t number, const HostTraits& traits);

  UpTimes times;
  Duration nextSync;         ///< while it is up; while it waits for an answer: when it gives up
  Duration accounted;        ///< its attempts have run up to here
  Duration wakeAt = kNever;  ///< the happening that counts; others are stale
  HostId id;                 ///< 0: not enrolled
  RandomStream random;
  std::uint32_t megaflops;
  std::uint32_t benchmark;
  std::uint32_t call = 0;  ///< number of its last one
  std::uint16_t life = 0;  ///< how often it came back as another host
  std::uint8_t failures = 0;
  Behaviour behaviour = Behaviour::kHonest;
  bool calling = false;
  bool gone = false;
  bool skewed = false;
  std::vector<HeldAttempt> held;
};

/// Order-dependent hash of a stream of words.
class RunHash {
 public:
  void add(std::uint64_t word) {
    m_value = (m_value ^ word) * 0x9E3779B97F4A7C15ULL;
    m_value ^= m_value >> 29;
  }
  std::uint64_t value() const { return m_value; }

 private:
  std::uint64_t m_value = 0xCBF29CE484222325ULL;
};

/// What happens in a world, by who does it: people (world_people.cpp), hosts (world_hosts.cpp), the network and faults
/// (world_faults.cpp).
class World::Impl : public ServerListener {
 public:
  explicit Impl(WorldOptions options);
  WorldReport run();
  const core::Dispatcher& dispatcher() const { return m_server.dispatcher(); }

 private:
  enum Kind : std::uint32_t {
    kHostWakes,
    kServerWakes,
    kPersonSubmits,
    kPersonCancels,
    kPersonLooks,
    kPersonResumes,
    kArrives,
    kServerCrashes,
    kServerStarts,
    kStoreFails,
    kStoreHeals,
    kHostDies,
    kAllHeals,
  };
  struct Message {
    std::uint32_t host = 0;
    std::variant<core::Event, core::Reply> what;
  };

  // ServerListener
  void replied(const core::Reply& reply) override;
  void committed(const Changes& changes) override;
  void noticed(const core::BatchNotice&) override {}
  void handled(const core::Event& event, const core::Actions& actions, Instant now) override;
  void rebuilt(Instant now) override;
  void crashed() override;

  void begin();
  void makeHosts();
  void happen(const Happening& happening);
  void warmUp() const;
  void serverWakes(Duration at);
  void planServer();
  bool finished() const;
  WorldReport report();
  static std::vector<JoinToken> tokensFor(const WorldOptions& options);

  // People
  void submit(std::uint32_t number);
  void cancel(std::uint32_t number);
  void look();
  void resume(BatchId batch);
  void answerPerson(const core::Reply& reply);
  void postAsPerson(decltype(core::Event::what) what, core::RequestId request);
  void count(const BatchProgress& progress);

  // Hosts
  void wakeHost(std::uint32_t number);
  void live(std::uint32_t number);
  void workUntil(SimHost& host, Duration until);
  void plan(std::uint32_t number);
  void callServer(std::uint32_t number);
  void makeEnrolment(std::uint32_t number);
  void makeSync(std::uint32_t number);
  void answerHost(std::uint32_t number, const core::Reply& reply);
  void takeOutcome(SimHost& host, const core::SyncOutcome& outcome);
  void takeAssigned(SimHost& host, const core::SyncOutcome::Assigned& assigned);
  void backOff(SimHost& host);
  wire::ReturnedResult resultOf(std::uint32_t number, const HeldAttempt& held) const;
  HostDescription descriptionOf(const SimHost& host) const;
  Duration runTimeOn(const SimHost& host, std::uint32_t submission) const;

  // Network and faults
  void planFaults();
  bool faulty() const { return m_options.faults && m_now < m_options.faults->until; }
  void misbehave(std::uint32_t number);
  void setSpeed(SimHost& host, std::uint32_t megaflops);
  void becomeAnother(SimHost& host);
  Duration onItsClock(SimHost& host, Duration interval);
  void spoil(std::uint32_t number, const HeldAttempt& held, ResultReport& report) const;
  void send(std::uint32_t host, std::variant<core::Event, core::Reply> what);
  void deliverAt(Duration at, std::uint32_t host, const std::variant<core::Event, core::Reply>& what);
  void arrive(std::uint32_t slot);
  void startServer();
  void troubleStore(std::uint32_t number, bool begins);
  void heal();

  WorldOptions m_options;
  Population m_population;
  std::shared_ptr<FaultyStore> m_store;  ///< shared with the server; null when rows are dropped
  std::unique_ptr<Checkers> m_checkers;
  Network m_network;
  Server m_server;
  EventQueue m_queue;
  Duration m_now;
  Duration m_serverWakes = kNever;
  RandomStream m_random;  ///< of people and crashes
  std::vector<SimHost> m_hosts;
  std::vector<Message> m_messages;
  std::vector<std::uint32_t> m_freeMessages;
  std::vector<std::uint32_t> m_submissionOf;  ///< by the batch's id
  std::vector<BatchProgress> m_progress;      ///< by the batch's id, as it became durable last
  std::vector<BatchId> m_accepted;            ///< by submission; 0: its person has no answer yet
  core::Event m_event;                        ///< reused, so that its lists keep their memory
  std::uint64_t m_tasks = 0, m_certified = 0, m_failed = 0;
  WorldReport m_report;
  RunHash m_hash;
};

Digest keyOf(std::uint64_t kind, std::uint64_t number);

// What keys and streams are for.
inline constexpr std::uint64_t kHostKey = 1, kTokenKey = 2;
inline constexpr std::uint64_t kHostStream = 10, kPeopleStream = 11, kCrashStream = 12, kResultStream = 13;

/// People's requests have this bit; the others say which host and its how manieth call.
inline constexpr core::RequestId kPerson = core::RequestId{1} << 63;
constexpr core::RequestId requestOf(std::uint32_t host, std::uint32_t call) {
  return core::RequestId{call & 0x7FFFFFFF} << 32 | (host + 1);
}

}  // namespace hearth::sim
