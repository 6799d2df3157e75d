// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "server/api/context.h"

namespace hearth::server {

/// What the head of an upload says (docs/protocol.md, "Resumable upload").
struct UploadHead {
  Digest digest;
  std::uint64_t size = 0;    ///< of the whole blob
  std::uint64_t offset = 0;  ///< where this piece begins
};
Result<UploadHead> parseUploadHead(const Request& request, const Digest& digest);

/// An upload under way. It may begin before it is known whether it is allowed: what comes until then is kept in memory,
/// a little at most. Shared by the connection's sink and by whoever decides. Any thread may call.
class UploadTransfer : public std::enable_shared_from_this<UploadTransfer> {
 public:
  /// `completed` is called on a thread of the pool once all bytes are durable; it answers.
  using Completed = std::function<void(const UploadHead&, const Respond&)>;

  /// `store` is where the blob goes.
  UploadTransfer(ApiContext& context, BlobStore& store, UploadHead head, std::string uploader, Completed completed);

  const UploadHead& head() const { return m_head; }
  /// Opens the upload. Called once, or refuse() is.
  void allow();
  void refuse(Error error);

  // As BodySink has it.
  Result<void> write(std::span<const std::byte> bytes);
  void finish(Respond respond);
  void abandon();

 private:
  using Opened = Result<std::unique_ptr<BlobStore::Upload>>;
  void decide(Opened opened);
  Result<void> keep(std::span<const std::byte> bytes);
  void end(const Respond& respond);
  void complete(const Respond& respond);
  Response answerOf(const Error& error) const;

  ApiContext& m_context;
  BlobStore& m_store;
  const UploadHead m_head;
  const std::string m_uploader;
  const Completed m_completed;

  std::mutex m_mutex;  // guards all below
  std::condition_variable m_decision;
  std::optional<Opened> m_opened;
  std::vector<std::byte> m_early;  ///< came before the decision
  std::uint64_t m_received = 0;
  Respond m_waiting;  ///< everything came before the decision
  bool m_over = false;
};

/// The sink that feeds a transfer.
std::unique_ptr<BodySink> makeUploadSink(std::shared_ptr<UploadTransfer> transfer);

/// The answer to HEAD: 200 for what is complete, else 404 with the offset to go on from.
Response uploadState(const BlobStore& store, const Digest& digest, bool complete, const std::string& uploader);

}  // namespace hearth::server
