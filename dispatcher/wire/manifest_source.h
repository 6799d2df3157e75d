// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "base/result.h"
#include "base/time.h"
#include "wire/manifest.h"

/// How a manifest's TOML is read: what is wrong is noted with its line and key, and reading goes on. Private to wire/.
namespace hearth::wire {

/// What is said where a problem has no hint of its own.
inline constexpr const char* kManifestGuide = "docs/manifest.md describes every key.";

/// The text of the manifest and what is wrong with it. Used by one reading.
struct ManifestSource {
  std::string_view text;
  std::vector<ManifestProblem> problems = {};
  std::string member = {};  ///< the key that is being read

  /// Notes a problem, unless its line has one: what follows from the first tells nothing new.
  void refuse(const toml::source_region& where, Error problem);
  void refuse(const toml::source_region& where, const std::string& message, std::string hint = {},
              ErrorCode code = ErrorCode::kInvalid) {
    refuse(where, Error{code, message, std::move(hint)});
  }
  /// A key is not there at all.
  void miss(std::string key, const std::string& message, std::string hint);
  bool hasProblemWith(std::string_view key) const;
  void add(std::uint64_t line, Error problem);

  /// The characters of a number as it is written: what a double would lose.
  std::string_view literal(const toml::node& node) const;
};

/// A table of the manifest: reads its keys, and refuses those that nobody knows. A key that is absent or wrong yields
/// the value for absence; what is wrong is noted in the source. Both must outlive it.
class ManifestTable {
 public:
  /// `prefix` stands before the names of its keys where a problem names them; empty: they are named by what holds it.
  ManifestTable(ManifestSource& source, const toml::table& table, std::initializer_list<std::string_view> known,
                std::string prefix = {}, bool isRoot = false);

  const toml::node* find(std::string_view key) const;
  bool has(std::string_view key) const { return m_table.contains(key); }

  std::string text(std::string_view key, std::size_t mostBytes) const;
  std::int64_t integer(std::string_view key, std::int64_t absent, std::int64_t least, std::int64_t most) const;
  Duration duration(std::string_view key, Duration absent) const;
  std::uint64_t byteCount(std::string_view key, std::uint64_t absent) const;
  const toml::table* table(std::string_view key) const;
  const toml::array* array(std::string_view key, std::size_t most) const;

 private:
  void name(std::string_view key) const;

  ManifestSource& m_source;
  const toml::table& m_table;
  const std::string m_prefix;
  const bool m_isRoot;
};

/// A plain value as the text that a task is given. Fractions stay as they are written.
std::optional<std::string> plainText(const ManifestSource& source, const toml::node& node);

/// The entries of a table in the order in which they are written (the library sorts them by name).
std::vector<std::pair<const toml::key*, const toml::node*>> entriesInOrder(const toml::table& table);

/// The table `sweep`: ranges, lists of values, or the file of a list.
void readSweep(ManifestSource& source, const toml::table& written, Manifest& manifest);

}  // namespace hearth::wire
