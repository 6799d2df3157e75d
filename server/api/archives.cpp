// SPDX-License-Identifier: GPL-3.0-or-later
// Files of a draft that come in one piece: an archive that was uploaded, or a file that the server fetches.
#include <algorithm>
#include <memory>
#include <utility>

#include "server/api/draft_files.h"
#include "server/api/drafts.h"
#include "server/api/fetch.h"
#include "server/api/problem_at.h"
#include "server/api/unpack.h"
#include "wire/json_reader.h"
#include "wire/manifest.h"

namespace hearth::server {
namespace {

constexpr const char* kManifestName = "hearth.toml";

/// Puts the files of the archive in its place.
void take(ApiContext& context, Draft draft, const std::string& archive, std::vector<FileRef> files,
          const Respond& respond) {
  std::uint64_t bytes = 0;
  for (const FileRef& file : files) bytes += file.size;
  if (auto room = checkDraftRoom(context, draft, files.size(), bytes); !room)
    return respondError(respond, room.error());
  if (auto room = admitFiles(context, draft.owner, files); !room) return respondError(respond, room.error());
  Changes changes{DraftFileDelete{draft.id, archive}};
  const auto manifest =
      std::find_if(files.begin(), files.end(), [](const auto& file) { return file.path == kManifestName; });
  const bool hasManifest = manifest != files.end();
  if (hasManifest) {
    auto text = valueOr(context.deps.blobs.read(manifest->digest, kDraftManifestBytes), respond);
    if (!text) return;
    if (!isUtf8(*text)) {
      return respondError(
          respond,
          {ErrorCode::kInvalid, "The archive's hearth.toml is not in UTF-8. Nothing was taken.", "Save it as UTF-8."});
    }
    draft.manifest = std::move(*text);
    const std::string name = wire::readManifest(draft.manifest).manifest.spec.name;
    if (!name.empty()) draft.name = name;
    files.erase(manifest);
  }
  draft.changed = context.now();
  changes.push_back(DraftPut{draft});
  wire::JsonWriter json;
  json.beginObject().member("files", static_cast<std::uint64_t>(files.size())).member("bytes", bytes);
  json.member("hasManifest", hasManifest).endObject();
  addDraftFiles(context, draft, files, std::move(changes), respond,
                [respond, body = json.take()] { respond(jsonResponse(200, body)); });
}

/// POST /api/v1/drafts/{draft}/unpack
void unpack(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  auto document = valueOr(wire::JsonDocument::parse(request->body), respond);
  if (!document) return;
  const std::string path = document->root().text("path", limits::kPathBytes);
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  const auto file = valueOr(context.deps.read.draftFile(draft->id, path), respond);
  if (!file) return;
  if (!*file) {
    return respondError(at("path", respond), {ErrorCode::kNotFound, "The draft has no file '" + path + "'.",
                                              "Upload the archive to the draft first."});
  }
  const auto descriptor = valueOr(context.deps.blobs.open((*file)->digest), respond);
  if (!descriptor) return;
  UnpackLimits most;
  most.bytes = std::min(most.bytes, context.options.draftBytesPerAccount);
  most.ending = &context.ending;
  auto files = unpackToBlobs(context.deps.blobs, *descriptor, (*file)->size, "unpack " + newAddress(), most);
  if (!files) return respondError(respond, std::move(files).error());
  // What was typed while it was unpacked is not to be lost.
  auto now = valueOr(draftOf(context, caller, draft->id), respond);
  if (now) take(context, std::move(*now), path, std::move(*files), respond);
}

/// POST /api/v1/drafts/{draft}/fetches
void fetch(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  auto document = valueOr(wire::JsonDocument::parse(request->body), respond);
  if (!document) return;
  wire::JsonReader json = document->root();
  const std::string path = json.text("path", limits::kPathBytes);
  const FetchOrder order{json.text("url", kUrlBytes), json.digest("digest"), "fetch " + draft->id + " " + path,
                         &context.ending};
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  if (auto good = checkBundlePath(path); !good) return respondError(at("path", respond), good.error());
  if (auto room = checkDraftRoom(context, *draft, 1, 0); !room) return respondError(respond, room.error());
  const auto size = fetchToBlob(context.deps.blobs, order, context.options.fetch);
  if (!size) {
    const bool isOther = size.error().code == ErrorCode::kIntegrity;
    return respondError(at(isOther ? "digest" : "url", respond), size.error());
  }
  const FileRef file{path, order.digest, *size, false};
  if (auto room = checkDraftRoom(context, *draft, 1, *size); !room) return respondError(respond, room.error());
  if (auto room = admitFiles(context, draft->owner, {file}); !room) return respondError(respond, room.error());
  wire::JsonWriter answer;
  writeFile(answer, file);
  addDraftFiles(context, *draft, {file}, {}, respond,
                [respond, body = answer.take()] { respond(jsonResponse(201, body)); });
}

}  // namespace

void addArchiveRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/unpack", {Role::kScientist},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.arrivals, respond,
                        [&context, caller, request, respond] { unpack(context, caller, request, respond); });
                });
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/fetches", {Role::kScientist},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.arrivals, respond,
                        [&context, caller, request, respond] { fetch(context, caller, request, respond); });
                });
}

}  // namespace hearth::server
