// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/message.h"

namespace hearth::server {

/// Which handler serves which path. Filled before the server starts, then only read, by any thread. Patterns are
/// "/api/v1/batches/{batch}": a {…} matches one part of the path and is given as a capture.
class Router {
 public:
  struct Route {
    Method method = Method::kGet;
    std::vector<std::string> parts;
    Handler handler;  ///< one of the two
    SinkOpener opener;
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> captures;
    bool pathKnown = false;  ///< other methods exist for this path: 405, not 404
  };

  void add(Method method, std::string_view pattern, Handler handler);
  void addStreaming(Method method, std::string_view pattern, SinkOpener opener);
  /// What answers a browser that asks for a path that nothing serves: a page instead of a problem document.
  void addOtherwise(Handler handler);
  /// That one, if this request is a browser's.
  const Route* otherwise(const Request& request) const;
  /// A path that has a GET and no HEAD answers HEAD by its GET; a word of a pattern wins over a {…}.
  Match match(Method method, std::string_view path) const;
  /// The methods that a path answers, as an Allow header lists them.
  std::string allow(std::string_view path) const;
  /// All of them, in the order in which they were added.
  const std::vector<Route>& routes() const { return m_routes; }

 private:
  std::vector<Route> m_routes;
  std::optional<Route> m_otherwise;
};

}  // namespace hearth::server
