// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "wire/agent.h"
#include "wire/batch_json.h"
#include "wire/package_json.h"
#include "wire/people.h"

/// Golden files: what a message looked like when it was last agreed on. They lie indented in tests/golden/wire, so that
/// a change is readable. HEARTH_UPDATE_GOLDEN=1 rewrites them; look at the difference before committing it.
namespace hearth::tests {

/// The same JSON with line breaks and indentation; the order of members stays.
inline std::string pretty(const std::string& compact) {
  std::string text;
  std::size_t depth = 0;
  bool inString = false;
  const auto newLine = [&] { text += "\n" + std::string(2 * depth, ' '); };
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (inString) {
      text += c;
      if (c == '\\') text += compact[++i];
      if (c == '"') inString = false;
    } else if (c == '{' || c == '[') {
      text += c;
      if (compact[i + 1] == '}' || compact[i + 1] == ']') {
        text += compact[++i];
      } else {
        ++depth;
        newLine();
      }
    } else if (c == '}' || c == ']') {
      --depth;
      newLine();
      text += c;
    } else {
      text += c;
      if (c == ',') newLine();
      if (c == ':') text += ' ';
      if (c == '"') inString = true;
    }
  }
  return text + "\n";
}

inline std::string readGolden(const std::string& name) {
  std::ifstream file(std::string(HEARTH_SOURCE_DIR) + "/tests/golden/wire/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Holds a value against its golden file: it is written like that, and the file reads back as that value.
template <typename Value, typename Parse>
void holdsGolden(const std::string& name, const Value& value, Parse parse) {
  using wire::toJson;
  const std::string written = pretty(toJson(value));
  if (std::getenv("HEARTH_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(std::string(HEARTH_SOURCE_DIR) + "/tests/golden/wire/" + name, std::ios::binary) << written;
  }
  const std::string golden = readGolden(name);
  CHECK(written == golden);
  const auto read = parse(golden);
  INFO((read ? std::string() : read.error().message));
  REQUIRE(read);
  CHECK(*read == value);
}

}  // namespace hearth::tests
