// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/session.h"

namespace hearth::cli {

struct HttpRequest {
  std::string method = "GET";
  std::string path;  ///< "/api/v1/…", with its query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;          ///< JSON where it is not empty
  bool isRepeatable = true;  ///< doing it twice does no harm: it may be tried again after it was sent
};

struct HttpResponse {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string_view header(const std::string& lowerCaseName) const;
};

/// How often and how patiently a call is tried again.
struct RetryPolicy {
  int tries = 6;
  Duration firstPause = Duration::milliseconds(250);  ///< doubled each time, half of it random
  Duration longestPause = Duration::seconds(15);
};

/// Calls to one server over one kept-alive TLS connection (libcurl). With a fingerprint in the session, the server must
/// show a chain that leads to the certificate of that fingerprint, and nothing else is trusted; without, the system's
/// authorities decide. One thread at a time; make one for each thread.
class HttpClient {
 public:
  explicit HttpClient(Session session, RetryPolicy retries = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  const Session& session() const;

  /// The response if its status is below 400; else the error that its problem document carries. Tries again on 429,
  /// 502, 503, 504 and on a lost connection, where that is safe.
  Result<HttpResponse> send(const HttpRequest& request);
  /// As send(), but gives a 4xx response as it is (HEAD of an upload needs its headers).
  Result<HttpResponse> sendRaw(const HttpRequest& request);

  /// Bytes moved since the last call.
  using OnBytes = std::function<void(std::uint64_t)>;

  /// Sends `length` bytes of `file` from `offset` as the body of a PUT; once, since the caller asks for the offset
  /// anew.
  Result<HttpResponse> putFile(const HttpRequest& request, const std::filesystem::path& file, std::uint64_t offset,
                               std::uint64_t length, const OnBytes& onBytes);
  /// Writes the body to the end of `file`; once, since the caller resumes by its size. Asks for bytes from `offset`.
  Result<HttpResponse> getFile(const HttpRequest& request, const std::filesystem::path& file, std::uint64_t offset,
                               const OnBytes& onBytes);

  /// Called for each server-sent event; false ends the stream.
  using OnEvent = std::function<bool(std::string_view event, std::string_view data)>;
  /// Reads a stream of events until it ends, breaks (kUnavailable) or onEvent has enough.
  Result<void> follow(const HttpRequest& request, const OnEvent& onEvent);

  /// What a response of 400 or more says: its problem document, or that this is no server of our kind.
  Error errorOf(const HttpResponse& response, const HttpRequest& request) const;

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

/// Text made fit for one part of a path or query.
std::string percentEncoded(std::string_view text);

/// The pause before try number `attempt` (from 1), or what the server asked for by Retry-After, whichever is longer.
Duration retryPause(const RetryPolicy& policy, int attempt, std::string_view retryAfter, double random);

}  // namespace hearth::cli
