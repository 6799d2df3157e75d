// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace hearth::server {

/// A file of server/web/pages or server/web/assets as it lies in the program.
struct EmbeddedFile {
  std::string_view path;  ///< below server/web: "assets/css/hearth.css"
  std::string_view bytes;
};

/// All of them, by path. The build writes the table (embed.cmake); any thread.
std::span<const EmbeddedFile> embeddedFiles();

}  // namespace hearth::server
