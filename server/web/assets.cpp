// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/assets.h"

#include <array>
#include <utility>

#include <zlib.h>

#include "base/check.h"
#include "certs/sha256.h"
#include "server/web/embedded.h"

namespace hearth::server {
namespace {

constexpr std::string_view kFolder = "assets/";
constexpr std::size_t kVersionDigits = 16;

std::string_view typeOf(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{{
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".webmanifest", "application/manifest+json"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace

std::string gzip(std::string_view text) {
  constexpr int kGzipWindow = 15 + 16;  // 15 bits, and a gzip head instead of zlib's
  z_stream stream{};
  HEARTH_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK,
               "zlib starts");
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  HEARTH_CHECK(ended == Z_STREAM_END, "deflateBound is a bound");
  return out;
}

bool acceptsGzip(const Request& request) {
  return request.header("accept-encoding").find("gzip") != std::string_view::npos;
}

Assets::Assets() {
  certs::Sha256 hash;
  for (const EmbeddedFile& file : embeddedFiles()) {
    if (!file.path.starts_with(kFolder)) continue;
    hash.update(file.path);
    hash.update(file.bytes);
    std::string compressed = gzip(file.bytes);
    if (compressed.size() >= file.bytes.size()) compressed.clear();
    m_files.emplace(file.path.substr(kFolder.size()), File{file.bytes, std::move(compressed), typeOf(file.path)});
  }
  m_prefix = "/assets/" + hash.finish().hex().substr(0, kVersionDigits);
}

Response Assets::response(const Request& request, std::string_view version, std::string_view path) const {
  const auto found = m_files.find(path);
  if (found == m_files.end()) {
    return problemResponse({ErrorCode::kNotFound, "There is no such file.", "Load the page again."});
  }
  const File& file = found->second;
  // A page of an older server asks by an older version: it gets what there is, and nobody keeps that.
  const bool current = m_prefix.ends_with(version);
  Response response{200,
                    {{"content-type", std::string(file.type)},
                     {"cache-control", current ? "public, max-age=31536000, immutable" : "no-store"},
                     {"x-content-type-options", "nosniff"},
                     {"vary", "accept-encoding"}},
                    std::string(file.bytes)};
  if (!file.compressed.empty() && acceptsGzip(request)) {
    response.headers.emplace_back("content-encoding", "gzip");
    response.body = file.compressed;
  }
  return response;
}

}  // namespace hearth::server
