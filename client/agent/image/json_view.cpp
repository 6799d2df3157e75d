// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/json_view.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"

namespace hearth::image {
namespace {

namespace json = boost::json;

Result<json::value> parse(const std::string& text, const std::string& name) {
  json::parse_options options;
  options.max_depth = limits::kJsonDepth;
  json::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) {
    return fail(ErrorCode::kInvalid, "'" + name + "' in the image is no JSON: " + error.message(),
                "Save the image again.");
  }
  return value;
}

tl::unexpected<Error> otherShape(const std::string& name) {
  return fail(ErrorCode::kInvalid, "'" + name + "' in the image is not what it should be", "Save the image again.");
}

std::vector<json::object> objectsOf(const json::array& list) {
  std::vector<json::object> objects;
  for (const json::value& each : list) {
    if (const auto* object = each.if_object()) objects.push_back(*object);
  }
  return objects;
}

}  // namespace

Result<json::object> parseObject(const std::string& text, const std::string& name) {
  auto value = parse(text, name);
  if (!value) return fail(std::move(value).error());
  if (!value->is_object()) return otherShape(name);
  return std::move(value->get_object());
}

Result<std::vector<json::object>> parseList(const std::string& text, const std::string& name) {
  auto value = parse(text, name);
  if (!value) return fail(std::move(value).error());
  if (!value->is_array()) return otherShape(name);
  return objectsOf(value->get_array());
}

const json::object& objectIn(const json::object& object, std::string_view member) {
  static const json::object none;
  const json::value* value = object.if_contains(member);
  const json::object* found = value != nullptr ? value->if_object() : nullptr;
  return found != nullptr ? *found : none;
}

std::string textIn(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  const json::string* found = value != nullptr ? value->if_string() : nullptr;
  return found != nullptr ? std::string(found->begin(), found->end()) : std::string();
}

std::vector<std::string> textsIn(const json::object& object, std::string_view member) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(member);
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  if (list == nullptr) return texts;
  for (const json::value& each : *list) {
    if (const auto* text = each.if_string()) texts.emplace_back(text->begin(), text->end());
  }
  return texts;
}

std::vector<json::object> objectsIn(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  return list != nullptr ? objectsOf(*list) : std::vector<json::object>();
}

}  // namespace hearth::image
