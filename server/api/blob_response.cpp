// SPDX-License-Identifier: GPL-3.0-or-later
#include <utility>
#include <variant>

#include "server/api/routes.h"
#include "server/http/file_response.h"

namespace hearth::server {

Response blobResponse(ApiContext& context, const BlobStore& store, const Request& request, const Digest& digest) {
  const auto size = store.size(digest);
  if (!size) {
    return problemResponse({ErrorCode::kNotFound, "The blob " + digest.hex() + " is not here any more.",
                            "Upload it again, or tell the project's admin."});
  }
  auto file = store.open(digest);
  if (!file) return problemResponse(file.error());
  Response response = fileResponse(request, *file, *size, "\"" + digest.hex() + "\"", "application/octet-stream");
  if (response.status == 200 || response.status == 206) {
    response.headers.emplace_back("cache-control", "private, max-age=31536000, immutable");
    response.headers.emplace_back("content-disposition", "attachment");
    if (const auto* body = std::get_if<FileBody>(&response.body)) context.metrics.blobBytesOut(body->length);
  }
  return response;
}

}  // namespace hearth::server
