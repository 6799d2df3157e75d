// SPDX-License-Identifier: GPL-3.0-or-later
// Projects that come and go while the agent runs.
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

#include "agent/app/agent_loop_state.h"
#include "base/limits.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

using Outcome = ControlTarget::Outcome;

constexpr std::size_t kJobs = 8;  // joins, looks before them, and erasures that wait or are under way
constexpr auto kInvitationRetry = std::chrono::minutes(5);

/// The words that the protocol has for what can be wrong with a link.
Outcome refused(const Error& error) {
  const char* code = error.code == ErrorCode::kUnauthorized ? "expired"
                     : error.code == ErrorCode::kIntegrity  ? "wrong-server"
                                                            : "";
  return tl::unexpected(ControlError{error, code});
}

std::string prospectJson(const Prospect& prospect) {
  wire::JsonWriter json;
  json.beginObject().key("project").beginObject();
  json.member("name", prospect.name).member("about", prospect.about).member("home", prospect.home);
  json.member("server", prospect.server).member("fingerprint", prospect.authority);
  return json.endObject().endObject().take();
}

std::string joinedJson(const ProjectFacts& facts) {
  wire::JsonWriter json;
  json.beginObject().key("project").beginObject();
  json.member("name", facts.project).member("server", facts.server).member("host", facts.host);
  return json.endObject().endObject().take();
}

}  // namespace

/// What blocks is done on a thread beside; few of them wait.
void AgentLoop::State::work(std::function<void()> job, Answer refuse) {
  if (m_parts.memberships == nullptr || m_quitting) {
    return refuse(refused({ErrorCode::kUnavailable, "the agent takes no new projects now", "Start it again."}));
  }
  if (m_jobs >= kJobs) {
    return refuse(refused({ErrorCode::kUnavailable, "the agent is busy with other projects", "Try again."}));
  }
  ++m_jobs;
  m_joins->post([this, job = std::move(job)] {
    job();
    boost::asio::post(m_context, [this] { --m_jobs; });
  });
}

void AgentLoop::State::inspect(const ControlRequest& request, Answer answer) {
  work(
      [this, link = request.link, answer] {
        auto prospect = m_parts.memberships->inspect(link);
        boost::asio::post(m_context, [prospect = std::move(prospect), answer] {
          answer(prospect ? Outcome(prospectJson(*prospect)) : refused(prospect.error()));
        });
      },
      answer);
}

/// Whoever asks for a link that is being joined gets the same answer.
void AgentLoop::State::join(const std::string& link, const std::string& name, Answer answer) {
  auto& waiting = m_joining[link];
  waiting.push_back(std::move(answer));
  if (waiting.size() > 1) return;
  work(
      [this, link, name] {
        auto result = m_parts.memberships->join(link, name);
        boost::asio::post(m_context,
                          [this, link, result = std::move(result)]() mutable { joined(link, std::move(result)); });
      },
      [this, link](const Outcome& outcome) {
        const auto answers = m_joining.extract(link);
        for (const Answer& each : answers.mapped()) each(outcome);
      });
}

void AgentLoop::State::joined(const std::string& link, Result<JoinedProject> result) {
  const auto answers = m_joining.extract(link);
  Outcome outcome = result ? Outcome(joinedJson(result->facts)) : refused(result.error());
  if (result && result->opened) {
    if (auto served = serve(std::move(*result->opened)); !served) outcome = refused(served.error());
  } else if (result) {
    if (result->settle) result->settle();
    if (const auto known = projectNamed(result->facts.project); known && *known) {
      m_projects[**known]->setFacts(result->facts);
      post(**known, VerbRun{});  // what its server refused may go now
    }
  }
  if (!result) m_parts.log(true, "a project could not be joined: " + result.error().message);
  changed();
  for (const Answer& each : answers.mapped()) each(outcome);
}

Result<void> AgentLoop::State::serve(ProjectParts parts) {
  const std::string name = parts.facts.project;
  Sharing::Out out;
  const ProjectNumber number = m_sharing.add(name, agentClock(), out);
  m_projects[number] = makeShell(number, std::move(parts));
  auto contents = m_projects[number]->restore();
  if (!contents) m_projects.erase(number);
  carryOut(std::move(out));
  if (!contents) {
    carryOut(m_sharing.remove(number, agentClock()));
    return fail(std::move(contents).error());
  }
  post(number, std::move(*contents));
  m_parts.log(false, "joined " + name);
  return {};
}

/// Its tasks are stopped, what is done is returned, and then all that is here of it goes.
void AgentLoop::State::leave(const ControlRequest& request, Answer answer) {
  const auto project = projectNamed(request.project);
  if (!project) return answer(tl::unexpected(ControlError{project.error()}));
  if (m_parts.memberships == nullptr || m_quitting) {
    return answer(refused({ErrorCode::kUnavailable, "the agent leaves no projects now", "Start it again."}));
  }
  auto& waiting = m_leaving[**project];
  waiting.push_back(std::move(answer));
  if (waiting.size() == 1) post(**project, VerbQuit{});
}

void AgentLoop::State::finishLeaving(ProjectNumber project) {
  const std::filesystem::path folder = m_projects.at(project)->folder();
  const std::string name = m_projects.at(project)->facts().project;
  m_projects.erase(project);
  carryOut(m_sharing.remove(project, agentClock()));
  Preferences without = m_parts.preferences;
  if (without.shares.erase(name) > 0) (void)adopt(std::move(without));
  changed();
  const auto answers = std::make_shared<std::vector<Answer>>(std::move(m_leaving.extract(project).mapped()));
  const auto answerAll = [answers](const Outcome& outcome) {
    for (const Answer& each : *answers) each(outcome);
  };
  m_parts.log(false, "left " + name);
  if (m_quitting) stopWhenDone();
  work(
      [this, folder, answerAll] {
        auto erased = m_parts.memberships->erase(folder);
        boost::asio::post(m_context, [erased = std::move(erased), answerAll] {
          answerAll(erased ? Outcome("{}") : refused(erased.error()));
        });
      },
      answerAll);
}

/// An agent without projects follows the installation's invitations that say so, again and again until one works.
void AgentLoop::State::acceptInvitations() {
  if (!m_projects.empty() || m_parts.memberships == nullptr || !m_parts.invitations) return;
  for (const Invitation& invitation : m_parts.invitations()) {
    if (!invitation.now) continue;
    join(invitation.link, "", [](const Outcome&) {});
    m_invitationTimer.expires_after(kInvitationRetry);
    m_invitationTimer.async_wait([this](boost::system::error_code stopped) {
      if (!stopped) acceptInvitations();
    });
  }
}

}  // namespace hearth::agent
