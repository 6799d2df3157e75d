// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::wasm {

/// One thing that a module wants from outside.
struct Import {
  std::string module;
  std::string name;
  bool isFunction = false;
  bool operator==(const Import&) const = default;
};

/// The imports of a module's bytes, in their order. An error when the bytes are no module of version 1 or end too
/// early. Only the frame of sections and the import section are looked at: whether the rest is sound, wabt says.
Result<std::vector<Import>> readImports(std::string_view bytes);

/// An error that names every import that our host does not have.
Result<void> checkImports(const std::vector<Import>& imports);

}  // namespace hearth::wasm
