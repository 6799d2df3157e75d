// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "db/store.h"
#include "server/api/bounded_cache.h"

namespace hearth::server {

class BlobStore;

/// Failed tasks that failed alike: of the same kind, with the same last line of standard error once numbers are left
/// out of it.
struct FailureGroup {
  std::string id;    ///< names the group: the same failure has it tomorrow too
  std::string kind;  ///< "exit-code", "time-limit", …; "disagreement": the results of a task differed
  std::int32_t exitCode = 0;
  std::string line;    ///< the last line of standard error, numbers as '#'; empty: there was none
  std::string reason;  ///< of the first task
  std::uint64_t tasks = 0;
  std::vector<TaskIndex> first;  ///< indices, at most kFirst
  AttemptId attempt;             ///< of the first task, whose log is shown
  Digest log;                    ///< its standard error; all zero: it wrote none

  static constexpr std::size_t kFirst = 10;
};

struct Failures {
  std::vector<FailureGroup> groups;  ///< the most frequent first, at most kGroups; then one of all others, without id
  std::uint64_t counted = 0;         ///< failed tasks that were looked at
  bool complete = true;              ///< that is all of them
  Instant at;

  static constexpr std::size_t kGroups = 100;
  static constexpr std::uint64_t kMostTasks = 20'000;
};

/// `line` with everything that differs from task to task left out: runs of digits and long hexadecimal words are '#'.
std::string withoutNumbers(std::string_view line);
/// The last line that is not blank, shortened.
std::string lastLine(std::string_view text);

/// Groups the failed tasks of batches. What was worked out is kept until further tasks fail, and where there are many
/// for a while, since many may look at one page. Any
/// thread may call; looking takes up to a second.
class FailureGroups {
 public:
  static constexpr Duration kFresh = Duration::seconds(5);
  static constexpr std::uint64_t kMany = 1000;

  FailureGroups(db::ReadStore& read, const BlobStore& blobs) : m_read(read), m_blobs(blobs) {}

  Result<std::shared_ptr<const Failures>> of(const db::BatchRecord& batch, Instant now);
  /// The failed tasks of one group from `from` on, ascending, at most `limit`; `next` is where to go on, 0: nowhere.
  struct Members {
    std::vector<TaskIndex> tasks;
    TaskIndex next = 0;
  };
  Result<Members> members(BatchId batch, std::string_view group, TaskIndex from, std::size_t limit);

 private:
  Result<FailureGroup> signatureOf(const TaskPut& task);
  Result<Failures> look(const db::BatchRecord& batch, Instant now);
  std::string lastLineOf(const Digest& log);

  db::ReadStore& m_read;
  const BlobStore& m_blobs;
  BoundedCache<BatchId, std::shared_ptr<const Failures>> m_known{64};
  BoundedCache<Digest, std::string> m_lines{4096};
};

}  // namespace hearth::server
