// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/body.h"

#include <span>

namespace hearth::server {

Result<void> TextBody::take(std::string_view piece) {
  const std::size_t size = m_text.size() + piece.size();
  if (size > limits::kJsonBodyBytes) return fail(bodyTooLarge());
  if (size > kSmallBodyBytes) {
    const std::size_t more = size - m_counted;
    m_counted += more;
    if (m_inMemory.fetch_add(more) + more > kBodiesBytes) {
      return fail(ErrorCode::kUnavailable, "too many large requests are being received", "Try again in a few seconds.");
    }
  }
  m_text.append(piece);
  return {};
}

Result<void> StreamedBody::take(std::string_view piece) {
  auto written = m_sink.write(std::as_bytes(std::span(piece.data(), piece.size())));
  m_failed = !written;
  return written;
}

Error bodyTooLarge() {
  return {ErrorCode::kTooLarge, "the request's body is longer than 16 MiB",
          "Upload large data as blobs and name them by digest."};
}

}  // namespace hearth::server
