// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest_form.h"

#include "fuzz.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  if (const auto form = wire::formOfManifest(text)) {
    const auto manifest = wire::manifestOfForm(*form, text);
    if (manifest) HEARTH_CHECK(wire::formOfManifest(*manifest).has_value(), "what a form wrote is a manifest");
  } else {
    HEARTH_CHECK(!form.error().message.empty(), "a refusal says why");
  }
  const auto typed = wire::manifestOfForm(text, "");
  if (typed) HEARTH_CHECK(wire::formOfManifest(*typed).has_value(), "what was typed into a form is a manifest");
  return 0;
}
