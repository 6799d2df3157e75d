// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace hearth::server {

/// The pages' mustache templates (server/web/pages). `{{name}}` escapes; `{{> part}}` takes in pages/parts/part.html.
/// Each page stands in pages/parts/layout.html where that says `{{> content}}`. Owned by the Portal; any thread may
/// call. A template that is broken is our bug: it ends the program at the start.
class Templates {
 public:
  Templates();

  bool has(std::string_view page) const { return m_pages.contains(page); }
  /// The whole page. What the model lacks is empty.
  std::string render(std::string_view page, const boost::json::object& model) const;

 private:
  std::map<std::string, std::string, std::less<>> m_pages;  ///< their text, parts taken in
};

}  // namespace hearth::server
