// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace hearth::server {

/// Style sheets, scripts and icons under `/assets/VERSION/…`, where VERSION changes with their bytes: a browser keeps
/// them for a year and never asks again, and modules that import each other by relative path stay of one version.
/// Compressed once at the start. Owned by the Portal; any thread may call.
class Assets {
 public:
  Assets();

  /// "/assets/0123456789abcdef"
  const std::string& prefix() const { return m_prefix; }
  bool has(std::string_view path) const { return m_files.contains(path); }
  /// `path` is below the prefix: "css/hearth.css". One that is not there is a 404.
  Response response(const Request& request, std::string_view version, std::string_view path) const;

 private:
  struct File {
    std::string_view bytes;
    std::string compressed;  ///< empty where that gains nothing
    std::string_view type;
  };
  std::string m_prefix;
  std::map<std::string, File, std::less<>> m_files;
};

/// gzip of a text, for a response of its own.
std::string gzip(std::string_view text);
/// Whether the sender of a request understands gzip.
bool acceptsGzip(const Request& request);

}  // namespace hearth::server
