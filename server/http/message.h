// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

/// Requests and responses as the API sees them: no Beast, no Asio, so that a handler compiles in a second and is tested
/// without a socket.
namespace hearth::server {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

/// Who is at the other end, as TLS knows it.
struct Peer {
  bool agentName = false;  ///< asked for certs::kAgentServerName: an agent, not a person
  std::string
      certificateDer;  ///< of the client; empty: it showed none. Signed by the project's authority, but perhaps expired
  bool certificateExpired = false;
  std::string address;
};

using Headers = std::vector<std::pair<std::string, std::string>>;  ///< names in lower case

/// A request. Owned by the connection; a handler that answers later keeps the shared_ptr it was given.
struct Request {
  Method method = Method::kGet;
  std::string path;                                        ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded
  Headers headers;
  std::string body;  ///< empty where a BodySink took it
  std::shared_ptr<const Peer> peer;
  std::vector<std::string> captures;  ///< the {…} of the route, in order

  std::string_view header(std::string_view lowerCaseName) const;  ///< empty if absent
  std::string_view queryValue(std::string_view name) const;       ///< empty if absent
};

/// Part of a file, sent in pieces. The descriptor is closed when it is done with.
struct FileBody {
  int descriptor = -1;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// A live stream of server-sent events. The producer calls push from any thread; false means that the reader is gone or
/// too slow and has been cut off. The connection sends a comment every 15 s to keep it alive.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual bool push(std::string_view event, std::string_view data) = 0;
  virtual void close() = 0;
};
/// Given the stream once the headers are out.
using EventSource = std::function<void(std::shared_ptr<EventStream>)>;

/// Makes the text of a body on the thread of its connection, so that who answers many requests at once does not spend
/// its own time on it. Called once, or not at all if the connection is gone.
using TextMaker = std::function<std::string()>;

/// Makes a body piece by piece while it is sent, as fast as the client takes it, so that it never lies in memory.
/// Called by the thread of its connection, which others share: each call does little.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Appends the next bytes, some tens of KiB. Nothing: it had other work to do first, and is asked again soon. An
  /// error breaks the connection off, so that the client sees that bytes are missing.
  virtual Result<void> next(std::string& out) = 0;
};
/// `length` bytes of a source.
struct PulledBody {
  std::shared_ptr<BodySource> source;
  std::uint64_t length = 0;
};

struct Response {
  unsigned status = 200;
  Headers headers;
  std::variant<std::string, FileBody, EventSource, TextMaker, PulledBody> body;
};

/// application/json with this text.
Response jsonResponse(unsigned status, std::string json);
Response jsonResponse(unsigned status, TextMaker make);
/// The problem document of an error, with Retry-After where it is a matter of time.
Response problemResponse(const Error& error);

/// Called exactly once, from any thread.
using Respond = std::function<void(Response)>;

/// Takes a body piece by piece as it arrives, so that an upload never lies in memory. Calls come from one thread at a
/// time.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// An error ends the request: it is the answer, the rest of the body is not read, and nothing else is called.
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// All of it came: now answer.
  virtual void finish(Respond respond) = 0;
  /// The connection broke or sent nonsense: what came is kept if it can be resumed.
  virtual void abandon() = 0;
};

using Handler = std::function<void(std::shared_ptr<const Request>, Respond)>;
/// Looks at the head of a request and returns where its body goes, or the error to answer at once.
using SinkOpener = std::function<Result<std::unique_ptr<BodySink>>(std::shared_ptr<const Request>)>;

}  // namespace hearth::server
