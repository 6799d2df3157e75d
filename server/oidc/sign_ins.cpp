// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/oidc/sign_ins.h"

#include <algorithm>
#include <utility>

#include "certs/password.h"

namespace hearth::server {
namespace {

constexpr Duration kPatience = Duration::minutes(10);
constexpr std::size_t kMostPending = 1000;

}  // namespace

OidcSignIns::OidcSignIns(const std::vector<OidcSettings>& settings) {
  for (const OidcSettings& one : settings) m_providers.push_back(std::make_unique<OidcProvider>(one));
}

OidcProvider* OidcSignIns::find(std::string_view id) const {
  const auto found = std::find_if(m_providers.begin(), m_providers.end(),
                                  [&](const auto& provider) { return provider->settings().id == id; });
  return found == m_providers.end() ? nullptr : found->get();
}

const OidcProvider* OidcSignIns::ofIssuer(std::string_view issuer) const {
  const auto found = std::find_if(m_providers.begin(), m_providers.end(),
                                  [&](const auto& provider) { return provider->settings().issuer == issuer; });
  return found == m_providers.end() ? nullptr : found->get();
}

void OidcSignIns::keep(Pending pending, Instant now) {
  pending.expires = now + kPatience;
  const std::lock_guard lock(m_mutex);
  m_pending.push_front(std::move(pending));
  while (m_pending.size() > kMostPending || m_pending.back().expires <= now) m_pending.pop_back();
}

std::optional<OidcSignIns::Pending> OidcSignIns::take(std::string_view state, Instant now) {
  const std::lock_guard lock(m_mutex);
  const auto found = std::find_if(m_pending.begin(), m_pending.end(), [&](const Pending& pending) {
    return certs::sameBytes(pending.question.state, state);
  });
  if (found == m_pending.end()) return std::nullopt;
  Pending pending = std::move(*found);
  m_pending.erase(found);
  if (pending.expires <= now) return std::nullopt;
  return pending;
}

std::string oidcCallbackPath(std::string_view provider) {
  return "/signin/oidc/" + std::string(provider) + "/callback";
}

}  // namespace hearth::server
