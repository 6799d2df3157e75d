// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace hearth::image {

/// Parses a document whose top is an object or, for `parseList`, a list of objects. `name` is for the error.
Result<boost::json::object> parseObject(const std::string& text, const std::string& name);
Result<std::vector<boost::json::object>> parseList(const std::string& text, const std::string& name);

// Members that are absent or of another type are empty: images are written by many programs, and null is common.
const boost::json::object& objectIn(const boost::json::object& object, std::string_view member);
std::string textIn(const boost::json::object& object, std::string_view member);
std::vector<std::string> textsIn(const boost::json::object& object, std::string_view member);
std::vector<boost::json::object> objectsIn(const boost::json::object& object, std::string_view member);

}  // namespace hearth::image
