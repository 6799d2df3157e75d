// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "server/api/routes.h"
#include "server/web/assets.h"
#include "server/web/templates.h"

namespace hearth::server {

/// Who may see a page. Who may not is sent to /signin, or told which role it needs.
enum class Access : std::uint8_t { kAnyone, kAccount, kScientist, kAdmin };

/// Who looks at a page.
struct Visitor {
  std::optional<Caller> caller;  ///< nobody is signed in: none. Always there on pages that need an account.
};

/// What a page shows. `model` is what its template reads; `title` in it becomes the window's. Not empty `redirect`: the
/// visitor is sent there instead.
struct Page {
  boost::json::object model;
  std::string redirect;
  unsigned status = 200;
  Headers headers = {};  ///< beside those of every page

  // NOLINTNEXTLINE(google-explicit-constructor): a page is mostly just its model
  Page(boost::json::object shown) : model(std::move(shown)) {}
  static Page redirectTo(std::string path) {
    Page page{boost::json::object{}};
    page.redirect = std::move(path);
    return page;
  }
};

/// Called exactly once, from any thread. An error becomes a page that shows its message and hint.
using Show = std::function<void(Result<Page>)>;
using PageHandler = std::function<void(const Visitor&, RequestPtr, Show)>;

/// Adds pages to the router, with what all of them have in common: who may see them, the layout, the headers that keep
/// a browser from running or loading anything that is not ours, compression. Pages answer GET and change nothing: what
/// changes something is a call of the API, which the page's script makes. Owned by the Portal, outlives every call.
class Pages {
 public:
  Pages(Router& router, ApiContext& context, const Templates& templates, const Assets& assets)
      : m_routes(router, context), m_context(context), m_templates(templates), m_assets(assets) {}

  /// `name` is that of the template, and of css/pages/NAME.css and js/pages/NAME.js where those exist.
  void add(std::string_view pattern, std::string_view name, Access access, PageHandler handler);
  /// The page for paths that nothing serves.
  void addOtherwise(Router& router);

 private:
  void answer(const RequestPtr& request, std::string_view name, const Visitor& visitor, Result<Page> page,
              const Respond& respond) const;
  Response render(const Request& request, std::string_view name, const Visitor& visitor, Page page) const;

  Routes m_routes;
  ApiContext& m_context;
  const Templates& m_templates;
  const Assets& m_assets;
};

// The slices of the portal. Each adds its pages; handlers keep a reference to the context.
void addPublicPages(Pages& pages, ApiContext& context);
/// `downloads` outlives every call.
void addJoinPages(Pages& pages, Routes& routes, ApiContext& context, const std::filesystem::path& downloads);
void addSubmitPages(Pages& pages, ApiContext& context);
void addAccountPages(Pages& pages, ApiContext& context);
void addOidcPages(Pages& pages, ApiContext& context);
void addGroupPages(Pages& pages, ApiContext& context);
void addPeoplePages(Pages& pages, ApiContext& context);
void addBatchPages(Pages& pages, ApiContext& context);
void addTaskPages(Pages& pages, ApiContext& context);

}  // namespace hearth::server
