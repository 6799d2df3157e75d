// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/upload_sink.h"

#include <chrono>
#include <utility>

#include "base/limits.h"
#include "server/api/routes.h"

namespace hearth::server {
namespace {

constexpr std::size_t kEarlyBytes = 256 * limits::kKiB;
constexpr std::chrono::seconds kDecisionWithin{3};
/// So much of a body that is not wanted is read, so that its sender sees the answer and not a broken connection.
constexpr std::uint64_t kUnwantedBytes = limits::kMiB;

class TransferSink : public BodySink {
 public:
  explicit TransferSink(std::shared_ptr<UploadTransfer> transfer) : m_transfer(std::move(transfer)) {}
  ~TransferSink() override { m_transfer->abandon(); }

  Result<void> write(std::span<const std::byte> bytes) override { return m_transfer->write(bytes); }
  void finish(Respond respond) override { m_transfer->finish(std::move(respond)); }
  void abandon() override { m_transfer->abandon(); }

 private:
  const std::shared_ptr<UploadTransfer> m_transfer;
};

Result<std::optional<std::uint64_t>> headerNumber(const Request& request, std::string_view name) {
  const std::string_view text = request.header(name);
  if (text.empty()) return std::nullopt;
  const auto number = parseNumber(text, name);
  if (!number) return fail(number.error());
  return std::optional<std::uint64_t>{*number};
}

Response withOffset(Response response, std::uint64_t offset) {
  response.headers.emplace_back("upload-offset", std::to_string(offset));
  return response;
}

}  // namespace

Result<UploadHead> parseUploadHead(const Request& request, const Digest& digest) {
  const auto offset = headerNumber(request, "upload-offset");
  if (!offset) return fail(offset.error());
  const auto whole = headerNumber(request, "upload-length");
  if (!whole) return fail(whole.error());
  const auto piece = headerNumber(request, "content-length");
  if (!piece) return fail(piece.error());
  UploadHead head{digest, 0, offset->value_or(0)};
  if (!*whole && (head.offset != 0 || !*piece)) {
    return fail(ErrorCode::kInvalid, "An upload that goes on, or whose body has no length, must say how large it is.",
                "Send the size of the whole blob as 'Upload-Length'.");
  }
  head.size = *whole ? **whole : **piece;
  if (head.size > limits::kBlobBytes) {
    return fail(ErrorCode::kTooLarge,
                "A blob may have " + std::to_string(limits::kBlobBytes) + " bytes at most, this one has " +
                    std::to_string(head.size) + ".",
                "Split it into several files.");
  }
  if (head.offset > head.size || piece->value_or(0) > head.size - head.offset) {
    return fail(ErrorCode::kInvalid, "The body goes beyond the end of the blob that 'Upload-Length' states.",
                "Ask with HEAD how much the server has, and send the rest.");
  }
  return head;
}

UploadTransfer::UploadTransfer(ApiContext& context, BlobStore& store, UploadHead head, std::string uploader,
                               Completed completed)
    : m_context(context),
      m_store(store),
      m_head(head),
      m_uploader(std::move(uploader)),
      m_completed(std::move(completed)) {}

void UploadTransfer::allow() { decide(m_store.upload(m_head.digest, m_head.size, m_head.offset, m_uploader)); }

void UploadTransfer::refuse(Error error) { decide(fail(std::move(error))); }

void UploadTransfer::decide(Opened opened) {
  Respond waiting;
  {
    const std::lock_guard lock(m_mutex);
    if (m_over) {
      if (opened) (*opened)->suspend();
      return;
    }
    m_opened = std::move(opened);
    m_decision.notify_all();
    waiting = std::exchange(m_waiting, nullptr);
    if (waiting) m_over = true;
  }
  if (waiting) end(waiting);
}

Result<void> UploadTransfer::write(std::span<const std::byte> bytes) {
  std::unique_lock lock(m_mutex);
  if (bytes.size() > m_head.size - m_head.offset - m_received) {
    return fail(ErrorCode::kInvalid, "More bytes came than 'Upload-Length' states.",
                "Ask with HEAD how much the server has, and send the rest.");
  }
  m_received += bytes.size();
  m_context.metrics.blobBytesIn(bytes.size());
  if (!m_opened && m_early.size() + bytes.size() <= kEarlyBytes) {
    m_early.insert(m_early.end(), bytes.begin(), bytes.end());
    return {};
  }
  if (!m_decision.wait_for(lock, kDecisionWithin, [this] { return m_opened.has_value(); })) {
    return fail(ErrorCode::kUnavailable, "The server is too busy to take the upload.", "Try again in some seconds.");
  }
  if (!*m_opened) {
    if (m_received <= kUnwantedBytes) return {};
    return fail(m_opened->error());
  }
  return keep(bytes);
}

Result<void> UploadTransfer::keep(std::span<const std::byte> bytes) {
  const std::vector<std::byte> early = std::exchange(m_early, {});
  if (!early.empty()) HEARTH_TRY((**m_opened)->write(early));
  if (!bytes.empty()) HEARTH_TRY((**m_opened)->write(bytes));
  return {};
}

void UploadTransfer::finish(Respond respond) {
  {
    const std::lock_guard lock(m_mutex);
    if (!m_opened) {
      m_waiting = std::move(respond);
      return;
    }
    m_over = true;
  }
  end(respond);
}

/// All of the piece came and the decision is there. Nobody else looks at the transfer any more, and the lock is not
/// held, since the answer may destroy the sink.
void UploadTransfer::end(const Respond& respond) {
  if (!*m_opened) return respond(answerOf(m_opened->error()));
  BlobStore::Upload& upload = ***m_opened;
  if (auto kept = keep({}); !kept) {
    upload.suspend();
    return respondError(respond, kept.error());
  }
  if (m_head.offset + m_received < m_head.size) {
    upload.suspend();
    return respond(withOffset({202, {}, std::string{}}, m_head.offset + m_received));
  }
  const bool taken = m_context.uploads.post([self = shared_from_this(), respond] { self->complete(respond); });
  if (taken) return;
  upload.suspend();
  respondError(respond, {ErrorCode::kUnavailable, "The server has too many uploads to finish at the moment.",
                         "Try again in some seconds."});
}

void UploadTransfer::complete(const Respond& respond) {
  if (auto completed = (**m_opened)->complete(); !completed) return respondError(respond, completed.error());
  m_completed(m_head, respond);
}

void UploadTransfer::abandon() {
  const std::lock_guard lock(m_mutex);
  if (m_over || m_waiting) return;
  m_over = true;
  if (m_opened && *m_opened) (**m_opened)->suspend();
}

Response UploadTransfer::answerOf(const Error& error) const {
  if (error.code != ErrorCode::kConflict) return problemResponse(error);
  return withOffset(problemResponse(error), m_store.uploadOffset(m_head.digest, m_uploader));
}

std::unique_ptr<BodySink> makeUploadSink(std::shared_ptr<UploadTransfer> transfer) {
  return std::make_unique<TransferSink>(std::move(transfer));
}

Response uploadState(const BlobStore& store, const Digest& digest, bool complete, const std::string& uploader) {
  if (complete) {
    if (const auto size = store.size(digest)) return withOffset({200, {}, std::string{}}, *size);
  }
  return withOffset(problemResponse({ErrorCode::kNotFound, "The blob " + digest.hex() + " is not here for this caller.",
                                     "Send it with PUT, from 'Upload-Offset' on."}),
                    store.uploadOffset(digest, uploader));
}

}  // namespace hearth::server
