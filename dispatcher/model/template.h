// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/sweep.h"

namespace hearth {

/// `text` with every {name} replaced by that parameter's value; "{{" and "}}" stand for the braces themselves. An
/// unknown name is an error that suggests the nearest known one.
Result<std::string> expandTemplate(std::string_view text, const Parameters& parameters);

/// Checks a template against the names it may use, without values.
Result<void> checkTemplate(std::string_view text, std::span<const std::string> names);

/// Whether the template names any parameter at all.
bool hasParameters(std::string_view text);

/// A path inside a bundle or a task's directory: relative, '/' between the parts, no "." or ".." part, no empty part,
/// no NUL, no backslash, at most limits::kPathBytes and 255 bytes a part. Everything that ever becomes a path of a host
/// goes through this.
Result<void> checkRelativePath(std::string_view path);

}  // namespace hearth
