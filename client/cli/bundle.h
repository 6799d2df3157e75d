// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/files.h"
#include "cli/pack.h"
#include "model/batch.h"

namespace hearth::cli {

/// A file of this machine that the server must hold before a batch can name it.
struct BlobSource {
  Digest digest;
  std::uint64_t size = 0;
  std::filesystem::path file;
};

/// A bundle, read and hashed: what it submits and what it must upload. The signature is still empty.
struct Bundle {
  BatchSpec spec;
  std::uint64_t tasks = 0;
  std::optional<PackedPackage> package;     ///< the scientist's own; nothing: a published application
  std::filesystem::path listFile;           ///< CSV of the sweep, or empty
  std::vector<BlobSource> blobs;            ///< unique by digest
  std::optional<TemporaryFolder> unpacked;  ///< where an archive was unpacked; goes with the bundle
};

/// Reads a bundle from its manifest, its folder or an archive of it: expands file patterns, hashes everything, reads
/// the columns of a CSV list, and checks the whole as the server will.
Result<Bundle> readBundle(const std::filesystem::path& manifestFolderOrArchive);

/// The files of a package and its list: what a server must hold of it. Unique by digest.
std::vector<BlobSource> blobsOfPackage(const PackedPackage& package);

/// Whether a path ("a/b/c.txt") matches a pattern: `*`, `?` and `[…]` stay within one part, the part `**` stands for
/// any number of parts, a pattern without any of them that names a folder stands for all below it.
bool matchesPattern(std::string_view pattern, std::string_view path);

/// The regular files below `folder` that the patterns name, by path. Links are followed inside of the folder. A link
/// that leads out, a device, pipe or socket that a pattern reaches, and a pattern that matches nothing are errors.
Result<std::vector<std::string>> expandPatterns(const std::filesystem::path& folder,
                                                const std::vector<std::string>& patterns);

/// Columns and number of lines of a CSV list; digest and size are those of the file.
Result<ListFile> readListFile(const std::filesystem::path& file);

/// The command of one task with its parameters filled in, as a shell would be given it.
Result<std::string> expandedCommand(const Bundle& bundle, TaskIndex index);

}  // namespace hearth::cli
