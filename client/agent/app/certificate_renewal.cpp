// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/certificate_renewal.h"

#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/app/renewal.h"
#include "agent/platform/host_facts.h"
#include "agent/transfer/worker_pool.h"
#include "base/random.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;

constexpr auto kCheck = std::chrono::hours(1);
constexpr auto kRetry = std::chrono::minutes(5);  // and up to as long again: a failure is seldom one host's alone

}  // namespace

struct CertificateRenewal::State {
  State(asio::io_context& loop, ProjectFolder where, AgentIdentity who, HttpsLink& server)
      : context(loop), folder(std::move(where)), identity(std::move(who)), link(server), timer(loop), pool(1) {}

  void check();
  void checkIn(std::chrono::seconds pause);
  void take(const Result<AgentIdentity>& renewed);
  void use(const AgentIdentity& renewed);

  asio::io_context& context;
  const ProjectFolder folder;
  AgentIdentity identity;
  HttpsLink& link;
  std::function<void(Instant)> expires;
  std::function<void(bool, const std::string&)> log;
  asio::steady_timer timer;
  RandomStream random{randomSeed()};
  /// Ends with this: calls that wait in the loop by then are not made.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  WorkerPool pool;
};

CertificateRenewal::CertificateRenewal(asio::io_context& context, ProjectFolder folder, AgentIdentity identity,
                                       HttpsLink& link, std::function<void(Instant until)> expires,
                                       std::function<void(bool warning, const std::string& text)> log)
    : m_state(std::make_unique<State>(context, std::move(folder), std::move(identity), link)) {
  m_state->expires = std::move(expires);
  m_state->log = std::move(log);
}
CertificateRenewal::~CertificateRenewal() = default;

void CertificateRenewal::check() { m_state->check(); }
void CertificateRenewal::use(const AgentIdentity& identity) { m_state->use(identity); }

void CertificateRenewal::State::check() {
  checkIn(kCheck);
  const auto validity = validityOf(identity.certificatePem);
  if (validity) expires(validity->until);
  if (validity && !validity->wantsRenewal(wallClock())) return;
  pool.post([this, present = identity] {
    auto renewed = renewIdentity(folder, present, link);
    asio::post(context, [this, renewed = std::move(renewed), living = std::weak_ptr(alive)] {
      if (!living.expired()) take(renewed);
    });
  });
}

void CertificateRenewal::State::checkIn(std::chrono::seconds pause) {
  timer.expires_after(pause);
  timer.async_wait([this, living = std::weak_ptr(alive)](boost::system::error_code stopped) {
    if (!stopped && !living.expired()) check();
  });
}

void CertificateRenewal::State::take(const Result<AgentIdentity>& renewed) {
  if (!renewed) {
    log(true, "the certificate of " + identity.project + " could not be renewed: " + renewed.error().message);
    return checkIn(kRetry + std::chrono::seconds(random.below(300)));
  }
  use(*renewed);
  log(false, "the certificate of " + identity.project + " was renewed");
}

void CertificateRenewal::State::use(const AgentIdentity& renewed) {
  identity = renewed;
  link.setIdentity(identity.tls());
  if (const auto validity = validityOf(identity.certificatePem)) expires(validity->until);
}

}  // namespace hearth::agent
