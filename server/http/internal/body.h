// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "server/http/message.h"

namespace hearth::server {

/// How many bytes of request bodies may lie in memory at once, over all connections. Small ones are not counted.
inline constexpr std::size_t kBodiesBytes = 512 * limits::kMiB;
inline constexpr std::size_t kSmallBodyBytes = 64 * limits::kKiB;

/// Where the pieces of a request's body go. One request, one thread.
class BodyTarget {
 public:
  virtual ~BodyTarget() = default;
  /// An error ends the request.
  virtual Result<void> take(std::string_view piece) = 0;
};

/// Gathers the body in a string, up to limits::kJsonBodyBytes.
class TextBody : public BodyTarget {
 public:
  TextBody(std::string& text, std::atomic<std::size_t>& inMemory) : m_text(text), m_inMemory(inMemory) {}
  TextBody(const TextBody&) = delete;
  TextBody& operator=(const TextBody&) = delete;
  ~TextBody() override { m_inMemory -= m_counted; }
  Result<void> take(std::string_view piece) override;

 private:
  std::string& m_text;
  std::atomic<std::size_t>& m_inMemory;
  std::size_t m_counted = 0;
};

/// Hands the body on to a sink.
class StreamedBody : public BodyTarget {
 public:
  explicit StreamedBody(BodySink& sink) : m_sink(sink) {}
  Result<void> take(std::string_view piece) override;
  /// Whether it was the sink that refused the body.
  bool hasFailed() const { return m_failed; }

 private:
  BodySink& m_sink;
  bool m_failed = false;
};

/// Throws the body away: that of a refused request on a connection worth keeping.
class UnwantedBody : public BodyTarget {
 public:
  Result<void> take(std::string_view) override { return {}; }
};

/// The error of a body over limits::kJsonBodyBytes.
Error bodyTooLarge();

}  // namespace hearth::server
