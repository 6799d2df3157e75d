// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/group.h"
#include "model/package.h"
#include "model/requirements.h"
#include "model/sweep.h"

namespace hearth {

/// A file of the bundle that a task finds in its directory. Both may be templates; `from` is a path of the bundle.
struct InputRule {
  std::string from;
  std::string to;
  bool operator==(const InputRule&) const = default;
};

/// A file that the task must leave behind (a template of a path in its directory). Only declared outputs are compared
/// and kept.
struct OutputRule {
  std::string path;
  bool optional = false;
  bool operator==(const OutputRule&) const = default;
};

/// What counts as another opinion when a task is run more than once.
enum class Distinct : std::uint8_t {
  kHosts = 0,     ///< each attempt of a task on a host of its own
  kAccounts = 1,  ///< and each host of another account, so that nobody agrees with himself
};
const char* name(Distinct distinct) noexcept;
Result<Distinct> parseDistinct(std::string_view text);

/// How the dispatcher treats the tasks of a batch.
struct BatchPolicy {
  std::uint32_t quorum = 1;                 ///< equal results from so many hosts certify a task
  std::uint32_t retries = 3;                ///< further attempts after the first `quorum`, whatever their reason
  Duration deadline = Duration::hours(24);  ///< an attempt ends so long after it was leased, heartbeats or not
  std::uint64_t atOnce = 0;                 ///< live attempts at most; 0: no bound
  std::uint64_t stopAfterFailures =
      0;                      ///< the batch pauses itself at so many failed tasks; 0: only when it fails everywhere
  std::int32_t priority = 0;  ///< among batches of the same owner, higher first
  std::uint32_t weight = 1;   ///< share among batches of the same owner and priority, at most limits::kWeight
  Distinct distinct = Distinct::kHosts;
  bool operator==(const BatchPolicy&) const = default;
};

inline constexpr std::size_t kPurposeBytes = 500;

/// Everything about a submission. Only the server's API and agents see it whole; the Dispatcher keeps a BatchPlan.
/// DESIGN leaves room for `after`, `gang` and `network`, which the codec refuses until they are built.
struct BatchSpec {
  std::string name;
  std::string
      application;  ///< "name" or "name@version" of a published app version; empty: `package` is the scientist's own
  Digest package;   ///< digest of the package manifest; filled in by the server for an application
  PackageSignature signature;
  std::vector<std::string> command;  ///< templates; the first names a program of the package
  std::vector<std::pair<std::string, std::string>> environment;  ///< values are templates
  std::string standardInput;  ///< template of a path in the task's directory, or empty
  std::string
      standardOutput;  ///< template of the declared output that standard output becomes; empty: it is a log only
  std::vector<std::int32_t> exitCodes = {
      0};  ///< exit codes of the program that mean success, sorted (ecm ends with 14 when it finds a factor)
  Sweep sweep;
  std::vector<FileRef> files;  ///< the bundle's files, sorted by path
  std::vector<InputRule> inputs;
  std::vector<OutputRule> outputs;
  Requirements requirements;
  TaskLimits limits;
  BatchPolicy policy;
  Placement placement = {};  ///< where it may run
  Duration checkpoint = {};  ///< a task is asked to write its state so often, that another host may go on; 0: never
  std::string purpose = {};  ///< what it is for, a sentence for those whose computers do it
  bool operator==(const BatchSpec&) const = default;
};

/// The part of a batch that the Dispatcher needs: O(1) whatever the number of tasks and files.
struct BatchPlan {
  AccountId owner;
  std::string name;
  std::uint64_t tasks = 0;
  Requirements requirements;
  BatchPolicy policy;
  /// What is run: the name of the application, or the digest of the package. Hosts' speeds are learnt for each.
  std::string application = {};
  Where where = Where::kAnywhere;
  GroupId group = {};  ///< that `where` names
  bool operator==(const BatchPlan&) const = default;
};

}  // namespace hearth
