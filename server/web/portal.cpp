// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/portal.h"

#include <optional>
#include <string>
#include <utility>

#include "server/api/api.h"
#include "server/web/pages.h"

namespace hearth::server {

struct Portal::State {
  State(ApiContext& given, std::filesystem::path folder) : context(given), downloads(std::move(folder)) {}

  ApiContext& context;
  std::filesystem::path downloads;
  Templates templates;
  Assets assets;
  std::optional<Pages> pages;
};

Portal::Portal(Api& api, std::filesystem::path downloads)
    : m_state(std::make_unique<State>(api.context(), std::move(downloads))) {}
Portal::~Portal() = default;

void Portal::addRoutes(Router& router) {
  Pages& pages = m_state->pages.emplace(router, m_state->context, m_state->templates, m_state->assets);
  Routes routes(router, m_state->context);
  const Assets& assets = m_state->assets;
  for (const char* pattern :
       {"/assets/{version}/{file}", "/assets/{version}/{folder}/{file}", "/assets/{version}/{folder}/{inner}/{file}"}) {
    routes.anyone(Method::kGet, pattern, [&assets](const RequestPtr& request, const Respond& respond) {
      std::string path;
      for (std::size_t i = 1; i < request->captures.size(); ++i) path += (i > 1 ? "/" : "") + request->captures[i];
      respond(assets.response(*request, request->captures.at(0), path));
    });
  }
  pages.addOtherwise(router);
  addPublicPages(pages, m_state->context);
  addJoinPages(pages, routes, m_state->context, m_state->downloads);
  addSubmitPages(pages, m_state->context);
  addAccountPages(pages, m_state->context);
  addOidcPages(pages, m_state->context);
  addPeoplePages(pages, m_state->context);
  addGroupPages(pages, m_state->context);
  addBatchPages(pages, m_state->context);
  addTaskPages(pages, m_state->context);
}

}  // namespace hearth::server
