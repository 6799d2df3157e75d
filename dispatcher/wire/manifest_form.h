// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::wire {

/// A manifest as the fields of a form: JSON whose members are the manifest's keys, numbers and texts as they are
/// written, so that what is wrong stays as it was typed. Differs from the TOML in `sweep`, an array in the order of the
/// axes ({name, kind: "range", from, to, step} or {name, kind: "list", values}), `list`, the path of the sweep's CSV
/// file, `inputs` and `outputs`, always objects, and `environment`, an array of {name, value}. Fails where the text is
/// no TOML at all.
Result<std::string> formOfManifest(std::string_view toml);

/// The manifest of a form. What the form does not know, keys that this version does not read among them, is taken over
/// from the manifest of before; its comments and its layout are not.
Result<std::string> manifestOfForm(std::string_view form, std::string_view before);

/// Text in the quotes of TOML.
std::string tomlText(std::string_view text);

}  // namespace hearth::wire
