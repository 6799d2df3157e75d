// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/package.h"
#include "server/api/context.h"

namespace hearth::server {

/// A bundle to begin with, opened: its files are blobs by now.
struct Example {
  std::string manifest;
  std::vector<FileRef> files;
};

/// An example that the program brings: its manifest and its small text files.
struct BuiltInExample {
  std::string_view name;
  std::string_view application;  ///< whose published version its manifest can use in the place of a package
  std::span<const std::pair<std::string_view, std::string_view>> files;  ///< path and text
};
std::span<const BuiltInExample> builtInExamples();

/// One in the list.
struct ExampleView {
  std::string name;
  std::string title;     ///< the name of its batch
  std::string about;     ///< what it computes, from the comment that its manifest begins with
  bool isReady = false;  ///< nothing is missing: it can be submitted as it is
};

/// Examples are folders in the data folder (`examples/NAME`, where an admin puts them), and those of the program that
/// none of these has the name of. Reads the disk.
std::vector<ExampleView> listExamples(ApiContext& context);
Result<Example> openExample(ApiContext& context, std::string_view name);

}  // namespace hearth::server
