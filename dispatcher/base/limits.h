// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

/// Every bound of the system that more than one folder must agree on, in one place. A bound that concerns one folder
/// only stands there.
namespace hearth::limits {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

// What crosses the network
inline constexpr std::size_t kJsonBodyBytes = 16 * kMiB;     ///< a JSON request body
inline constexpr std::size_t kJsonDepth = 32;                ///< nesting of a JSON document
inline constexpr std::size_t kHeaderBytes = 16 * kKiB;       ///< all headers of a request
inline constexpr std::uint64_t kBlobBytes = 64 * kGiB;       ///< one blob
inline constexpr std::uint64_t kBlobChunkBytes = 1 * kMiB;   ///< the unit that has a digest of its own
inline constexpr std::size_t kSyncResults = 256;             ///< results in one sync
inline constexpr std::size_t kSyncAttempts = 256;            ///< attempts handed out by one sync
inline constexpr std::size_t kHostAttempts = 1024;           ///< live attempts of one host
inline constexpr std::uint64_t kCheckpointBytes = 8 * kGiB;  ///< the state of one task
inline constexpr std::size_t kGpus = 64;                     ///< devices of one host

// What a scientist may ask
inline constexpr std::uint64_t kTasksPerBatch = 1'000'000'000;
inline constexpr std::uint32_t kQuorum = 16;
inline constexpr std::uint32_t kRetries = 100;
inline constexpr std::uint32_t kWeight = 1000;  ///< of a batch or an account in fair sharing
inline constexpr std::size_t kFilesPerBundle = 100'000;
inline constexpr std::size_t kOutputsPerTask = 64;
inline constexpr std::size_t kArguments = 1024;
inline constexpr std::size_t kArgumentBytes = 64 * kKiB;  ///< one expanded argument
inline constexpr std::size_t kExitCodes = 256;            ///< exit codes that mean success
inline constexpr std::uint32_t kHighestExitCode = 255;
inline constexpr std::size_t kPathBytes = 1024;
inline constexpr std::size_t kNameBytes = 200;  ///< names that people give: batches, hosts, accounts
inline constexpr std::size_t kSweepAxes = 16;
inline constexpr std::size_t kSweepListValues = 100'000;  ///< values of one list that stands in a manifest
inline constexpr std::size_t kListLineBytes = 64 * kKiB;  ///< one line of a CSV list

// Standard output and error that are kept for people
inline constexpr std::uint64_t kStreamBytes = 256 * kKiB;

// Groups of hosts
inline constexpr std::size_t kGroupMembers = 1'000;    ///< of one group
inline constexpr std::size_t kGroupsPerAccount = 100;  ///< that one account owns

// The dispatcher
inline constexpr std::size_t kRetryWindow =
    10'000;  ///< tasks of a batch that wait for another attempt before its cursor stops
inline constexpr std::size_t kExpiriesPerTick = 1'000;  ///< leases ended by one event
inline constexpr std::size_t kLoadRows = 1'000;         ///< rows of one `load`

}  // namespace hearth::limits
