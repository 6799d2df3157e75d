// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/package.h"

namespace hearth::wire {

/// The manifest of a package as canonical JSON (members in fixed order, files sorted by path): its SHA-256 names the
/// package.
std::string toJson(const Package& package);
/// Checks every path, name and size; duplicates and a program that is not among the files are errors.
Result<Package> parsePackage(std::string_view json);

std::string toJson(const PackageSignature& signature);
Result<PackageSignature> parsePackageSignature(std::string_view json);
std::string toJson(const KeyApproval& approval);
Result<KeyApproval> parseKeyApproval(std::string_view json);

}  // namespace hearth::wire
