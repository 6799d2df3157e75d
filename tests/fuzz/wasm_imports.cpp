// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "wasm/module_check.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto imports = wasm::readImports(fuzz::textOf(data, size));
  if (imports)
    static_cast<void>(wasm::checkImports(*imports));
  else
    HEARTH_CHECK(!imports.error().message.empty(), "a refusal says why");
  return 0;
}
