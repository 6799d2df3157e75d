// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/templates.h"

#include <kainjow/mustache.hpp>

#include "base/check.h"
#include "server/web/embedded.h"

namespace hearth::server {
namespace {

namespace json = boost::json;
namespace mustache = kainjow::mustache;

constexpr std::string_view kFolder = "pages/";
constexpr std::string_view kEnding = ".html";
constexpr int kNesting = 8;  // of parts within parts

std::string_view fileText(const std::string& path) {
  for (const EmbeddedFile& file : embeddedFiles()) {
    if (file.path == path) return file.bytes;
  }
  HEARTH_CHECK(false, "a template takes in a part that is not there");
  return {};
}

/// The text with each `{{> part}}` replaced by its file; `content` stands for the page's own text.
std::string takeIn(std::string_view text, std::string_view content, int depth) {
  constexpr std::string_view kOpen = "{{> ";
  HEARTH_CHECK(depth <= kNesting, "parts of templates take in one another");
  std::string whole;
  for (;;) {
    const std::size_t open = text.find(kOpen);
    whole += text.substr(0, open);
    if (open == std::string_view::npos) return whole;
    const std::size_t close = text.find("}}", open);
    HEARTH_CHECK(close != std::string_view::npos, "a template's {{> … ends");
    const std::string_view part = text.substr(open + kOpen.size(), close - open - kOpen.size());
    whole += takeIn(part == "content" ? content : fileText("pages/parts/" + std::string(part) + ".html"), content,
                    depth + 1);
    text.remove_prefix(close + 2);
  }
}

mustache::data dataOf(const json::value& value);

mustache::data dataOf(const json::object& object) {
  mustache::data data;
  for (const auto& member : object) data.set(member.key(), dataOf(member.value()));
  return data;
}

mustache::data listOf(const json::array& array) {
  mustache::data data(mustache::data::type::list);
  for (const json::value& item : array) data << dataOf(item);
  return data;
}

mustache::data dataOf(const json::value& value) {
  if (value.is_object()) return dataOf(value.get_object());
  if (value.is_array()) return listOf(value.get_array());
  if (value.is_bool()) return {value.get_bool()};
  if (value.is_null()) return {false};
  if (value.is_string() && value.get_string().empty()) return {false};  // a section about it is left out
  if (value.is_string()) return {std::string(value.get_string())};
  return {json::serialize(value)};
}

}  // namespace

Templates::Templates() {
  const std::string_view layout = fileText("pages/parts/layout.html");
  for (const EmbeddedFile& file : embeddedFiles()) {
    if (!file.path.starts_with(kFolder) || !file.path.ends_with(kEnding)) continue;
    const std::string_view name = file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kEnding.size());
    if (name.find('/') != std::string_view::npos) continue;
    std::string whole = takeIn(layout, file.bytes, 0);
    HEARTH_CHECK(mustache::mustache(whole).is_valid(), "every template is well formed");
    m_pages.emplace(name, std::move(whole));
  }
}

std::string Templates::render(std::string_view page, const json::object& model) const {
  const auto found = m_pages.find(page);
  HEARTH_CHECK(found != m_pages.end(), "a page that is shown has a template");
  return mustache::mustache(found->second).render(dataOf(model));
}

}  // namespace hearth::server
