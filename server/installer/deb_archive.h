// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hearth::server {

/// A file of a Debian package: an absolute path without its first slash, and what is in it. Readable for all.
struct DebFile {
  std::string path;
  std::string content;
};

/// What a Debian package of files for every architecture says and holds. A plain value.
struct DebPackage {
  std::string name = {}, version = {}, maintainer = {}, section = {};
  std::string depends, recommends;
  std::string homepage;
  std::string synopsis;     ///< a line of at most 80 letters
  std::string description;  ///< paragraphs, with an empty line in between; broken into lines here
  std::vector<DebFile> files;
};

/// The bytes of the .deb (deb(5)), made here, so that a server needs no tools of Debian. The same package made at the
/// same time is the same bytes.
Result<std::string> writeDeb(const DebPackage& package, Instant made);

/// Compressed by gzip as Debian wants its documents: at best, and without a time.
Result<std::string> gzipDocument(const std::string& text);

}  // namespace hearth::server
