// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"

namespace hearth::wire {

/// A bundle's manifest (hearth.toml) as a scientist writes it: a BatchSpec whose files are not hashed yet.
struct Manifest {
  BatchSpec spec;           ///< digests, sizes and `files` empty; everything else filled in
  std::string packagePath;  ///< folder made by `hearth pack`, relative to the manifest; empty: an application
  std::string listPath;     ///< CSV file of the sweep, relative to the manifest; empty: none
  std::vector<std::string>
      filePatterns;  ///< files of the bundle that inputs refer to ("queries/*.hmm"), relative to the manifest
};

/// The version of the manifest's language that this program reads: the key `format`, or 1 without it.
inline constexpr std::int64_t kManifestFormat = 1;

/// Something that is wrong with a manifest.
struct ManifestProblem {
  std::uint64_t line = 0;  ///< counted from 1; 0: no line of its own
  std::string member;      ///< the key, as in "requirements.memory" or "sweep.n"; empty: the text as a whole
  Error error;             ///< without the line
};

/// What could be read of a manifest, and all that is wrong with it (one problem a line, the first hundred).
struct ManifestReading {
  Manifest manifest;
  std::vector<ManifestProblem> problems;
  std::map<std::string, std::uint64_t> lines;  ///< where each key stands: "command", "requirements.memory", "sweep.n"

  std::uint64_t lineOf(std::string_view member) const;
};
ManifestReading readManifest(std::string_view toml);

/// Reads hearth.toml (docs/manifest.md). An unknown key is an error that names the line and suggests the nearest known
/// key.
Result<Manifest> parseManifest(std::string_view toml);

/// "90s", "15m", "2h", "3d", "500ms".
Result<Duration> parseDuration(std::string_view text);
/// "512MiB", "2GiB", "100MB", "4096".
Result<std::uint64_t> parseByteCount(std::string_view text);
std::string formatDuration(Duration duration);
std::string formatByteCount(std::uint64_t bytes);

}  // namespace hearth::wire
