// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"

namespace hearth {

/// A bundle in the making that the server keeps for its owner: what was typed and which files came, until it is
/// submitted or nobody has touched it for long. Its files are rows of their own.
struct Draft {
  std::string id;  ///< random letters and digits: part of its address
  AccountId owner;
  std::string name;      ///< of the batch that it would become, for lists
  std::string manifest;  ///< TOML as its owner left it, right or wrong
  BatchId trial;         ///< its first task, submitted alone
  BatchId batch;         ///< what became of it
  Instant created;
  Instant changed;
  bool operator==(const Draft&) const = default;
};

/// What the files of drafts come to.
struct DraftTotals {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool operator==(const DraftTotals&) const = default;
};

/// A file that comes in pieces (tus). The bytes that are here lie in the blob store under the same name.
struct UploadRecord {
  std::string id;  ///< random letters and digits: part of its address
  AccountId owner;
  std::uint64_t size = 0;
  std::string metadata;  ///< as its sender wrote it
  std::string draft;     ///< whose file it becomes; empty: it is data of its owner only
  std::string path;      ///< in that draft
  bool complete = false;
  Digest digest;  ///< once it is complete
  Instant created;
  bool operator==(const UploadRecord&) const = default;
};

}  // namespace hearth
