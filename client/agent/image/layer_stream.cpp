// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/layer_stream.h"

#include <vector>

#include "base/limits.h"
#include "certs/sha256.h"
#include "image/archive_reader.h"

namespace hearth::image {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

class Layer final : public LayerStream {
 public:
  Layer(ByteStream& stored, std::uint64_t mostBytes)
      : m_stored(stored), m_most(mostBytes), m_feed([this] { return pull(); }), m_buffer(kBlockBytes) {}

  Result<void> begin() {
    m_reader.reset(::archive_read_new());
    if (!m_reader) return fail(ErrorCode::kExhausted, "out of memory");
    ::archive_read_support_filter_gzip(m_reader.get());
    ::archive_read_support_filter_zstd(m_reader.get());
    ::archive_read_support_format_raw(m_reader.get());
    ::archive_read_support_format_empty(m_reader.get());
    archive_entry* entry = nullptr;
    if (m_feed.open(m_reader.get()) != ARCHIVE_OK) return fail(m_feed.errorOf(m_reader.get()));
    const int status = ::archive_read_next_header(m_reader.get(), &entry);
    m_ended = status == ARCHIVE_EOF;
    if (!m_ended && status < ARCHIVE_WARN) return fail(m_feed.errorOf(m_reader.get()));
    return {};
  }

  Result<std::string_view> next() override {
    if (m_ended) return std::string_view();
    const la_ssize_t got = ::archive_read_data(m_reader.get(), m_buffer.data(), m_buffer.size());
    if (got < 0) return fail(m_feed.errorOf(m_reader.get()));
    const std::string_view piece(m_buffer.data(), static_cast<std::size_t>(got));
    m_ended = piece.empty();
    m_bytes += piece.size();
    if (m_bytes > m_most) {
      return fail(ErrorCode::kTooLarge, "it unpacks to more than " + std::to_string(m_most / limits::kMiB) + " MiB",
                  "Make the image smaller.");
    }
    m_unpackedHash.update(piece);
    return piece;
  }

  Result<Digests> finish() override {
    for (;;) {
      auto piece = next();
      if (!piece) return fail(std::move(piece).error());
      if (piece->empty()) break;
    }
    for (;;) {  // what stands behind the packed stream belongs to the stored bytes too
      auto piece = pull();
      if (!piece) return fail(std::move(piece).error());
      if (piece->empty()) break;
    }
    return Digests{m_storedHash.finish(), m_unpackedHash.finish()};
  }

 private:
  Result<std::string_view> pull() {
    auto piece = m_stored.next();
    if (piece) m_storedHash.update(*piece);
    return piece;
  }

  ByteStream& m_stored;
  const std::uint64_t m_most;
  certs::Sha256 m_storedHash, m_unpackedHash;
  ArchiveFeed m_feed;
  ArchiveHandle m_reader;
  std::vector<char> m_buffer;
  std::uint64_t m_bytes = 0;
  bool m_ended = false;
};

}  // namespace

Result<std::unique_ptr<LayerStream>> LayerStream::open(ByteStream& stored, std::uint64_t mostBytes) {
  auto layer = std::make_unique<Layer>(stored, mostBytes);
  HEARTH_TRY(layer->begin());
  return std::unique_ptr<LayerStream>(std::move(layer));
}

}  // namespace hearth::image
