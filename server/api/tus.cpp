// SPDX-License-Identifier: GPL-3.0-or-later
// Uploads that go on where they ended, by the tus protocol: what came is on the disk before it is acknowledged, and the
// digest is worked out on the way, so that nobody has to know it beforehand.
#include <algorithm>
#include <memory>
#include <utility>

#include "certs/sha256.h"
#include "server/api/draft_files.h"
#include "server/api/drafts.h"
#include "server/api/sha1.h"
#include "server/api/tus_parts.h"
#include "wire/manifest.h"

namespace hearth::server {
namespace {

constexpr std::size_t kUploadsAtOnce = 1'000;  ///< unfinished, of one account
constexpr std::uint64_t kUnwantedBytes = limits::kMiB;
constexpr unsigned kChecksumMismatch = 460;

Response tusResponse(unsigned status) {
  return {status, {{"tus-resumable", std::string(tus::kVersion)}, {"cache-control", "no-store"}}, std::string{}};
}

Response tusError(unsigned status, const Error& error) {
  Response response = problemResponse(error);
  if (status != 0) response.status = status;
  response.headers.emplace_back("tus-resumable", tus::kVersion);
  if (status == 412) response.headers.emplace_back("tus-version", tus::kVersion);
  return response;
}

/// An error with a status of its own where the protocol wants one.
struct Refusal {
  unsigned status = 0;
  Error error;
};
template <typename T>
using Checked = tl::expected<T, Refusal>;

tl::unexpected<Refusal> refuse(Error error, unsigned status = 0) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(error)});
}

/// Reads a little of a body that is not wanted, so that its sender sees the answer and not a broken connection.
class RefusedSink : public BodySink {
 public:
  explicit RefusedSink(Refusal refusal) : m_refusal(std::move(refusal)) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    m_read += bytes.size();
    if (m_read <= kUnwantedBytes) return {};
    return fail(m_refusal.error);
  }
  void finish(Respond respond) override { respond(tusError(m_refusal.status, m_refusal.error)); }
  void abandon() override {}

 private:
  const Refusal m_refusal;
  std::uint64_t m_read = 0;
};

Checked<void> checkVersion(const Request& request) {
  if (request.header("tus-resumable") == tus::kVersion) return {};
  return refuse({ErrorCode::kUnsupported, "This server speaks tus 1.0.0.", "Send Tus-Resumable: 1.0.0."}, 412);
}

Checked<std::uint64_t> headerNumber(const Request& request, std::string_view name, std::string_view shown) {
  const auto number = parseNumber(request.header(name), shown);
  if (!number) return refuse(number.error());
  return *number;
}

/// The upload that the first capture names; to others than its owner it does not exist.
Checked<UploadRecord> uploadOf(ApiContext& context, const Caller& caller, const Request& request) {
  auto upload = context.deps.read.upload(request.captures.at(0));
  if (!upload) return refuse(std::move(upload).error());
  if (*upload && (*upload)->owner == caller.account.id) return std::move(**upload);
  return refuse({ErrorCode::kNotFound, "You have no such upload.",
                 "It may have expired or been removed: begin it again with POST /api/v1/uploads."});
}

std::uint64_t offsetOf(ApiContext& context, const UploadRecord& upload) {
  return upload.complete ? upload.size : context.deps.blobs.namedOffset(upload.id);
}

Response withState(ApiContext& context, Response response, const UploadRecord& upload, std::uint64_t offset) {
  response.headers.emplace_back("upload-offset", std::to_string(offset));
  response.headers.emplace_back("upload-expires", tus::httpDate(upload.created + context.options.uploadLife));
  if (upload.complete) response.headers.emplace_back("hearth-digest", upload.digest.hex());
  return response;
}

/// All of it is here: now it is data of its owner and, where it was meant for one, a file of the draft.
void keep(ApiContext& context, UploadRecord upload, const Digest& digest, const Respond& respond,
          const std::function<Response(const UploadRecord&)>& answer) {
  upload.complete = true;
  upload.digest = digest;
  Changes changes{DataPut{upload.owner, digest, upload.size, context.now()}, UploadPut{upload}};
  if (!upload.draft.empty()) {
    const auto metadata = tus::parseMetadata(upload.metadata);
    const bool isExecutable = metadata && metadata->contains("executable") && metadata->at("executable") == "1";
    changes.push_back(DraftFilePut{upload.draft, {upload.path, digest, upload.size, isExecutable}});
  }
  commit(context, std::move(changes), {}, respond, [&context, upload, respond, answer] {
    if (!upload.draft.empty()) context.draftFiles.changed(upload.draft);
    respond(answer(upload));
  });
}

/// A piece that comes in. Shared with the job that finishes it.
class Piece : public std::enable_shared_from_this<Piece> {
 public:
  /// `isNew`: the upload is made by this very request, and is acknowledged with it.
  Piece(ApiContext& context, UploadRecord record, std::unique_ptr<BlobStore::Upload> upload, bool isNew,
        std::optional<tus::Checksum> checksum)
      : m_context(context),
        m_record(std::move(record)),
        m_upload(std::move(upload)),
        m_begin(m_upload->offset()),
        m_isNew(isNew),
        m_checksum(std::move(checksum)) {}

  Result<void> write(std::span<const std::byte> bytes) {
    m_context.metrics.blobBytesIn(bytes.size());
    if (m_checksum) (m_checksum->algorithm == "sha1" ? m_sha1.update(bytes) : m_sha256.update(bytes));
    return m_upload->write(bytes);
  }

  void finish(const Respond& respond) {
    const bool taken = m_context.uploads.post([self = shared_from_this(), respond] { self->end(respond); });
    if (taken) return;
    abandon();
    respond(tusError(0, {ErrorCode::kUnavailable, "The server has too many uploads to finish at the moment.",
                         "Try again in some seconds."}));
  }

  void abandon() {
    // A piece that came in part cannot be held against its checksum.
    if (m_checksum) (void)m_upload->rollBack(m_begin);
    m_upload->suspend();
    if (m_isNew) m_context.deps.blobs.discardNamed(m_record.id);
  }

 private:
  void end(const Respond& respond) {
    if (m_checksum && !checksumHolds()) {
      (void)m_upload->rollBack(m_begin);
      m_upload->suspend();
      return respond(tusError(kChecksumMismatch, {ErrorCode::kIntegrity, "The bytes are not those of Upload-Checksum.",
                                                  "They were thrown away: send them again."}));
    }
    const std::uint64_t offset = m_upload->offset();
    if (offset < m_record.size) return suspend(offset, respond);
    if (auto complete = m_upload->complete(); !complete) return respond(tusError(0, complete.error()));
    keep(m_context, m_record, m_upload->digest(), respond,
         [self = shared_from_this()](const UploadRecord& kept) { return self->answer(kept, kept.size); });
  }

  void suspend(std::uint64_t offset, const Respond& respond) {
    const auto flushed = m_upload->flush();
    m_upload->suspend();
    if (!flushed) return respond(tusError(0, flushed.error()));
    if (!m_isNew) return respond(answer(m_record, offset));
    commit(m_context, {UploadPut{m_record}}, {}, respond,
           [self = shared_from_this(), offset, respond] { respond(self->answer(self->m_record, offset)); });
  }

  Response answer(const UploadRecord& record, std::uint64_t offset) const {
    Response response = withState(m_context, tusResponse(m_isNew ? 201 : 204), record, offset);
    if (m_isNew) response.headers.emplace_back("location", "/api/v1/uploads/" + record.id);
    return response;
  }

  bool checksumHolds() {
    if (m_checksum->algorithm == "sha1") return m_sha1.finish() == m_checksum->digest;
    const Digest found = m_sha256.finish();
    return std::string(found.bytes.begin(), found.bytes.end()) == m_checksum->digest;
  }

  ApiContext& m_context;
  const UploadRecord m_record;
  const std::unique_ptr<BlobStore::Upload> m_upload;
  const std::uint64_t m_begin;
  const bool m_isNew;
  const std::optional<tus::Checksum> m_checksum;
  Sha1 m_sha1;
  certs::Sha256 m_sha256;
};

class PieceSink : public BodySink {
 public:
  explicit PieceSink(std::shared_ptr<Piece> piece) : m_piece(std::move(piece)) {}
  ~PieceSink() override { abandon(); }
  Result<void> write(std::span<const std::byte> bytes) override { return m_piece->write(bytes); }
  void finish(Respond respond) override {
    m_over = true;
    m_piece->finish(respond);
  }
  void abandon() override {
    if (!std::exchange(m_over, true)) m_piece->abandon();
  }

 private:
  const std::shared_ptr<Piece> m_piece;
  bool m_over = false;
};

Checked<std::optional<tus::Checksum>> checksumOf(const Request& request) {
  const std::string_view header = request.header("upload-checksum");
  if (header.empty()) return std::optional<tus::Checksum>{};
  auto checksum = tus::parseChecksum(header);
  if (!checksum) return refuse(std::move(checksum).error());
  return std::optional(std::move(*checksum));
}

using Opened = Checked<std::shared_ptr<Piece>>;

/// What the head of a creation says.
Checked<UploadRecord> recordOf(ApiContext& context, const Caller& caller, const Request& request) {
  if (auto version = checkVersion(request); !version) return tl::unexpected(std::move(version).error());
  if (!request.header("upload-defer-length").empty() || !request.header("upload-concat").empty()) {
    return refuse({ErrorCode::kUnsupported, "Uploads of unknown length and in parallel parts are not taken.",
                   "Send Upload-Length, and one upload for each file."});
  }
  const auto size = headerNumber(request, "upload-length", "Upload-Length");
  if (!size) return tl::unexpected(size.error());
  if (*size > limits::kBlobBytes) {
    return refuse({ErrorCode::kTooLarge, "A file may have " + wire::formatByteCount(limits::kBlobBytes) + " at most.",
                   "Split it into several files."});
  }
  const std::string metadata(request.header("upload-metadata"));
  auto entries = tus::parseMetadata(metadata);
  if (!entries) return refuse(std::move(entries).error());
  UploadRecord record{newAddress(), caller.account.id, *size, metadata, (*entries)["draft"], {}, false,
                      {},           context.now()};
  record.path = entries->contains("path") ? entries->at("path") : (*entries)["filename"];
  const auto others = context.deps.read.uploadsOf(caller.account.id, kUploadsAtOnce);
  if (!others) return refuse(others.error());
  if (others->size() >= kUploadsAtOnce) {
    return refuse({ErrorCode::kTooLarge, "You have " + std::to_string(kUploadsAtOnce) + " unfinished uploads.",
                   "Finish or delete some of them first."});
  }
  if (auto room = context.stored.admit(caller.account.id, *size); !room) return refuse(room.error());
  if (record.draft.empty()) return record;
  if (auto good = checkBundlePath(record.path); !good) return refuse(good.error());
  const auto draft = draftOf(context, caller, record.draft);
  if (!draft) return refuse(draft.error());
  if (auto room = checkDraftRoom(context, *draft, 1, *size); !room) return refuse(room.error());
  return record;
}

Opened openCreation(ApiContext& context, const Caller& caller, const Request& request) {
  auto record = recordOf(context, caller, request);
  if (!record) return tl::unexpected(std::move(record).error());
  const bool hasBody = request.header("content-length") != "0" && !request.header("content-type").empty();
  if (hasBody && request.header("content-type") != tus::kBodyType) {
    return refuse({ErrorCode::kInvalid, "The body of an upload has the type application/offset+octet-stream.",
                   "Send that Content-Type, or no body."},
                  415);
  }
  auto checksum = checksumOf(request);
  if (!checksum) return tl::unexpected(std::move(checksum).error());
  auto upload = context.deps.blobs.uploadNamed(record->id, record->size, 0);
  if (!upload) return refuse(std::move(upload).error());
  return std::make_shared<Piece>(context, std::move(*record), std::move(*upload), true, std::move(*checksum));
}

Opened openPiece(ApiContext& context, const Caller& caller, const Request& request) {
  if (auto version = checkVersion(request); !version) return tl::unexpected(std::move(version).error());
  if (request.header("content-type") != tus::kBodyType) {
    return refuse({ErrorCode::kInvalid, "A piece of an upload has the type application/offset+octet-stream.",
                   "Send that Content-Type."},
                  415);
  }
  auto record = uploadOf(context, caller, request);
  if (!record) return tl::unexpected(std::move(record).error());
  const auto offset = headerNumber(request, "upload-offset", "Upload-Offset");
  if (!offset) return tl::unexpected(offset.error());
  auto checksum = checksumOf(request);
  if (!checksum) return tl::unexpected(std::move(checksum).error());
  if (record->complete) {
    return refuse({ErrorCode::kConflict, "This upload is complete.", "Ask with HEAD how much the server has."});
  }
  auto upload = context.deps.blobs.uploadNamed(record->id, record->size, *offset);
  if (!upload) return refuse(std::move(upload).error());
  return std::make_shared<Piece>(context, std::move(*record), std::move(*upload), false, std::move(*checksum));
}

PersonOpener streaming(ApiContext& context, Opened (*open)(ApiContext&, const Caller&, const Request&)) {
  return [&context, open](const Caller& caller, const RequestPtr& request) -> Result<std::unique_ptr<BodySink>> {
    auto piece = open(context, caller, *request);
    if (!piece) return std::make_unique<RefusedSink>(std::move(piece).error());
    return std::make_unique<PieceSink>(std::move(*piece));
  };
}

void answerState(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  if (auto version = checkVersion(*request); !version)
    return respond(tusError(version.error().status, version.error().error));
  const auto upload = uploadOf(context, caller, *request);
  if (!upload) return respond(tusError(upload.error().status, upload.error().error));
  Response response = withState(context, tusResponse(200), *upload, offsetOf(context, *upload));
  response.headers.emplace_back("upload-length", std::to_string(upload->size));
  if (!upload->metadata.empty()) response.headers.emplace_back("upload-metadata", upload->metadata);
  respond(std::move(response));
}

void terminate(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  if (auto version = checkVersion(*request); !version)
    return respond(tusError(version.error().status, version.error().error));
  const auto upload = uploadOf(context, caller, *request);
  if (!upload) return respond(tusError(upload.error().status, upload.error().error));
  context.deps.blobs.discardNamed(upload->id);
  commit(context, {UploadDelete{upload->id}}, {}, respond, [respond] { respond(tusResponse(204)); });
}

void answerOptions(const Respond& respond) {
  Response response = tusResponse(204);
  response.headers.emplace_back("tus-version", tus::kVersion);
  response.headers.emplace_back("tus-extension", tus::kExtensions);
  response.headers.emplace_back("tus-max-size", std::to_string(limits::kBlobBytes));
  response.headers.emplace_back("tus-checksum-algorithm", "sha1,sha256");
  respond(std::move(response));
}

}  // namespace

void addTusRoutes(Routes& routes, ApiContext& context) {
  const auto roles = {Role::kScientist, Role::kOperator, Role::kAdmin};
  const auto options = [](const RequestPtr&, const Respond& respond) { answerOptions(respond); };
  routes.anyone(Method::kOptions, "/api/v1/uploads", options);
  routes.anyone(Method::kOptions, "/api/v1/uploads/{upload}", options);
  routes.personUpload("/api/v1/uploads", roles, streaming(context, openCreation), Method::kPost);
  routes.personUpload("/api/v1/uploads/{upload}", roles, streaming(context, openPiece), Method::kPatch);
  routes.person(Method::kHead, "/api/v1/uploads/{upload}", roles,
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.calls, respond,
                        [&context, caller, request, respond] { answerState(context, caller, request, respond); });
                });
  routes.person(Method::kDelete, "/api/v1/uploads/{upload}", roles,
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.calls, respond,
                        [&context, caller, request, respond] { terminate(context, caller, request, respond); });
                });
}

}  // namespace hearth::server
