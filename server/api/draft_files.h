// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/store.h"
#include "server/api/bounded_cache.h"

namespace hearth::server {

/// The files of the drafts looked at last, by path: a form that is checked at every key would read them as often from
/// the store. Any thread may call.
class DraftFiles {
 public:
  using Shared = std::shared_ptr<const std::vector<FileRef>>;

  explicit DraftFiles(db::ReadStore& read) : m_read(read) {}

  Result<Shared> of(const std::string& draft);
  /// Its files were changed.
  void changed(const std::string& draft);

 private:
  db::ReadStore& m_read;
  std::atomic<std::uint64_t> m_changes{0};
  BoundedCache<std::string, Shared> m_known{1'000'000};  // weight: files
};

}  // namespace hearth::server
