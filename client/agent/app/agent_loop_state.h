// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/app/agent_loop.h"
#include "agent/control/control_server.h"
#include "agent/transfer/worker_pool.h"
#include "agent_core/sharing.h"

namespace hearth::agent {

/// The inside of AgentLoop, which owns it: one for the files that carry it out. Everything but post() belongs to the
/// loop's thread.
class AgentLoop::State final : public ControlTarget {
 public:
  State(boost::asio::io_context& context, LoopParts given);
  ~State() override {
    m_control.reset();
    m_looks.reset();
    m_joins.reset();
    m_projects.clear();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> start();
  void post(ProjectNumber project, Event event);
  void postToAll(const Event& event);
  void quit();

  std::string state() override;
  void obey(std::uint64_t client, const ControlRequest& request, Answer answer) override;
  void gone(std::uint64_t client) override;

 private:
  struct Arrived {
    ProjectNumber project;
    Event event;
  };

  void drain();
  void carryOut(Sharing::Out out);
  void describe();
  void restIn(std::chrono::seconds pause);
  void look();
  void see(const PolicyFacts& facts);
  void exit(ProjectNumber project);
  void stopWhenDone();
  std::unique_ptr<ProjectShell> makeShell(ProjectNumber number, ProjectParts parts);
  std::chrono::milliseconds lookPace() const;
  std::chrono::microseconds untilDecision() const;

  // agent_orders.cpp: what control clients ask for
  Outcome take(std::uint64_t client, const ControlRequest& request);
  Outcome order(const ControlRequest& request, const Event& event);
  Outcome greet(const ControlRequest& request) const;
  Outcome setPreferences(const ControlRequest& request);
  Outcome resetPreferences(const ControlRequest& request);
  Outcome adopt(Preferences wanted);
  Outcome messages(const ControlRequest& request) const;
  Outcome history(const ControlRequest& request);
  Result<std::optional<ProjectNumber>> projectNamed(const std::string& name) const;

  // agent_projects.cpp: projects that come and go
  void inspect(const ControlRequest& request, Answer answer);
  void join(const std::string& link, const std::string& name, Answer answer);
  void joined(const std::string& link, Result<JoinedProject> result);
  Result<void> serve(ProjectParts parts);
  void leave(const ControlRequest& request, Answer answer);
  void finishLeaving(ProjectNumber project);
  void acceptInvitations();
  void work(std::function<void()> job, Answer refuse);

  Duration processorTime() const;
  void changed() {
    if (m_control) m_control->changed();
  }

  boost::asio::io_context& m_context;
  LoopParts m_parts;
  Sharing m_sharing;
  boost::asio::steady_timer m_describeTimer, m_lookTimer, m_restTimer;
  std::optional<std::chrono::milliseconds> m_lookIn;  ///< none: the sensors are being asked
  std::mutex m_mutex;                            ///< guards the two that follow
  std::vector<Arrived> m_inbox;
  bool m_scheduled = false;
  std::map<ProjectNumber, std::unique_ptr<ProjectShell>> m_projects;
  std::set<ProjectNumber> m_exited;
  bool m_quitting = false;
  Duration m_wallLessAgent;  ///< since somebody set the clock
  std::unique_ptr<WorkerPool> m_looks, m_joins;
  std::map<std::string, std::vector<Answer>> m_joining;  ///< by link: who asked for it
  std::map<ProjectNumber, std::vector<Answer>> m_leaving;
  std::size_t m_jobs = 0;  ///< that wait for m_joins or are under way there
  boost::asio::steady_timer m_invitationTimer;
  std::unique_ptr<ControlServer> m_control;
};

}  // namespace hearth::agent
