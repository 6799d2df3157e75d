// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/template.h"

#include "fuzz.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  const Parameters parameters{{"n", "1"}, {"file", "a b"}, {"index", "0"}};
  const std::vector<std::string> names{"n", "file", "index"};
  const bool checked = checkTemplate(text, names).has_value();
  const auto expanded = expandTemplate(text, parameters);
  HEARTH_CHECK(checked || !expanded.has_value(), "what expands passes the check");
  if (checked && !hasParameters(text) && expanded) {
    HEARTH_CHECK(expanded->size() <= text.size(), "without parameters nothing is added");
  }
  if (checkRelativePath(text)) {
    HEARTH_CHECK(("/" + std::string(text) + "/").find("/../") == std::string::npos, "a path stays inside");
    HEARTH_CHECK(text.front() != '/', "a path is relative");
  }
  return 0;
}
