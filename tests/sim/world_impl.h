// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "db/memory/memory_store.h"
#include "sim/event_queue.h"
#include "sim/server.h"
#include "sim/world.h"

namespace hearth::sim {

inline constexpr Duration kNever{std::numeric_limits<std::int64_t>::max()};

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
  SimHost(const Population& population, std::uint32_t number, const HostTraits& traits)
      : times(population, number, traits), megaflops(traits.megaflops) {}

  UpTimes times;
  Duration nextSync;         ///< while it is up
  Duration accounted;        ///< its attempts have run up to here
  Duration wakeAt = kNever;  ///< the happening that counts; others are stale
  HostId id;                 ///< 0: not enrolled yet
  std::uint32_t megaflops;
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

class World::Impl : public ServerListener {
 public:
  explicit Impl(WorldOptions options);
  WorldReport run();
  const core::Dispatcher& dispatcher() const { return m_server.dispatcher(); }

 private:
  enum Kind : std::uint32_t { kHostWakes, kServerWakes, kPersonSubmits };

  // ServerListener
  void replied(const core::Reply& reply) override;
  void committed(const Changes& changes) override;
  void noticed(const core::BatchNotice& notice) override;

  void begin();
  void happen(const Happening& happening);
  void submit(std::uint32_t number);
  void planServer();
  Instant serverTime() const { return kBeginning + m_now; }
  void post(core::RequestId request);

  // Hosts (world_hosts.cpp)
  void wakeHost(std::uint32_t number);
  void live(SimHost& host);
  void workUntil(SimHost& host, Duration until);
  void plan(std::uint32_t number);
  void enrol(std::uint32_t number);
  void sync(std::uint32_t number);
  void takeOutcome(SimHost& host, const core::SyncOutcome& outcome);
  wire::ReturnedResult resultOf(std::uint32_t number, const HeldAttempt& held) const;
  HostDescription descriptionOf(const SimHost& host) const;

  WorldOptions m_options;
  Population m_population;
  db::MemoryStore m_memory;
  Server m_server;
  EventQueue m_queue;
  Duration m_now;
  Duration m_serverWakes = kNever;
  std::vector<SimHost> m_hosts;
  std::vector<std::uint32_t> m_submissionOf;  ///< by the batch's id
  std::vector<BatchProgress> m_progress;      ///< by the batch's id, as it was noticed last
  core::Event m_event;                        ///< reused, so that its lists keep their memory
  std::uint64_t m_tasks = 0, m_certified = 0, m_failed = 0;
  WorldReport m_report;
  RunHash m_hash;
};

Digest keyOf(std::uint64_t kind, std::uint64_t number);

}  // namespace hearth::sim
