// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

namespace hearth::server {

class Api;
class Router;

/// The pages for people: what the API can do, in a browser. Holds templates and assets only; what a page shows comes
/// from the Api, and what a page changes goes there. Owned by the composition root; goes before the Api and after the
/// HTTP server has drained. Any thread calls its handlers.
class Portal {
 public:
  /// `downloads`: a folder with packages of agents that the page for volunteers offers; need not be there.
  Portal(Api& api, std::filesystem::path downloads);
  ~Portal();
  Portal(const Portal&) = delete;
  Portal& operator=(const Portal&) = delete;

  /// Adds every page, once, before the server starts.
  void addRoutes(Router& router);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::server
