// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "server/http/internal/body.h"
#include "server/http/message.h"

namespace hearth::server {

/// Reads HTTP/1.1 requests out of bytes, by Beast's parser, whose headers only the .cpp sees. One connection, one
/// thread; start() between requests.
class RequestParser {
 public:
  enum class Step {
    kMore,    ///< give it more bytes, those that it did not consume first
    kHead,    ///< the head is complete; consumes nothing of the body until setBody()
    kDone,    ///< the whole request is
    kFailed,  ///< failure() is the answer to give; the connection is of no further use
  };

  RequestParser();
  ~RequestParser();

  /// Forgets the last request.
  void start();
  Step feed(std::string_view bytes, std::size_t& consumed);
  /// Where the body goes; must live until the request is done.
  void setBody(BodyTarget& target);

  // From kHead on
  std::shared_ptr<Request> request() const;
  bool expectsBody() const;
  std::optional<std::uint64_t> contentLength() const;
  bool keepAlive() const;
  bool isHttp11() const;

  Response failure();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::server
