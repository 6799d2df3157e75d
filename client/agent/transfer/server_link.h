// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include <tl/expected.hpp>

#include "agent_core/event.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/agent.h"
#include "wire/project.h"

namespace hearth::agent {

/// What the agent needs of its server. Calls block; any thread may call.
class ServerLink {
 public:
  virtual ~ServerLink() = default;

  virtual tl::expected<wire::SyncReply, SyncFailed> sync(const wire::SyncRequest& request) = 0;

  /// Takes the bytes of a blob from some offset on.
  class Sink {
   public:
    virtual ~Sink() = default;
    /// Where the first bytes that follow belong: the offset asked for, or 0 when the server sends the whole.
    virtual Result<void> begin(std::uint64_t offset) = 0;
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  };
  /// kInvalid when the server has nothing at that offset.
  virtual Result<void> download(AttemptId attempt, const Digest& digest, std::uint64_t offset, Sink& sink,
                                const std::atomic<bool>& cancelled) = 0;

  enum class Upload { kOutput, kCheckpoint };
  /// Uploads a file of the attempt, resuming what the server has of it. kNotFound or kForbidden: the server does not
  /// think that we hold the attempt.
  virtual Result<void> upload(Upload what, AttemptId attempt, const Digest& digest, const std::filesystem::path& file,
                              std::uint64_t size, const std::atomic<bool>& cancelled) = 0;

  virtual Result<wire::EnrolReply> renew(const wire::RenewRequest& request) = 0;

  /// What the project says of itself and of this host's account. kNotFound: the server is too old to be asked.
  virtual Result<wire::ProjectView> project() = 0;

  /// The agent quits: what is under way ends soon, with an error.
  virtual void close() = 0;
};

}  // namespace hearth::agent
