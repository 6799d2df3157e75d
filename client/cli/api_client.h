// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "cli/http_client.h"

namespace hearth::cli {

/// The calls of docs/protocol.md for people, with their answers read. One thread at a time, as HttpClient.
class ApiClient {
 public:
  explicit ApiClient(HttpClient http) : m_http(std::move(http)) {}

  HttpClient& http() { return m_http; }

  template <typename View>
  Result<View> get(const std::string& path, Result<View> (*parse)(std::string_view)) {
    return read(m_http.send({"GET", path, {}, {}, true}), parse);
  }
  /// A call that creates; repeated after a lost answer only with an idempotency key.
  template <typename View>
  Result<View> post(const std::string& path, std::string body, Result<View> (*parse)(std::string_view),
                    const std::string& idempotencyKey = {}) {
    return read(sendPost(path, std::move(body), idempotencyKey), parse);
  }
  /// A call of any method; repeated after a lost answer unless it creates.
  template <typename View>
  Result<View> call(const std::string& method, const std::string& path, std::string body,
                    Result<View> (*parse)(std::string_view)) {
    return read(m_http.send({method, path, {}, std::move(body), method != "POST"}), parse);
  }
  /// A call whose answer does not matter. `isRepeatable`: doing it twice does no harm.
  Result<void> act(const std::string& method, const std::string& path, std::string body, bool isRepeatable) {
    auto response = m_http.send({method, path, {}, std::move(body), isRepeatable});
    if (!response) return fail(std::move(response).error());
    return {};
  }

 private:
  Result<HttpResponse> sendPost(const std::string& path, std::string body, const std::string& idempotencyKey) {
    HttpRequest request{"POST", path, {}, std::move(body), !idempotencyKey.empty()};
    if (!idempotencyKey.empty()) request.headers.emplace_back("Idempotency-Key", idempotencyKey);
    return m_http.send(request);
  }
  template <typename View>
  static Result<View> read(Result<HttpResponse> response, Result<View> (*parse)(std::string_view)) {
    if (!response) return fail(std::move(response).error());
    auto view = parse(response->body);
    if (!view) {
      return fail(ErrorCode::kUnsupported, "the server's answer cannot be read: " + view.error().message,
                  "It may be of another version than this program: update the older of the two");
    }
    return view;
  }

  HttpClient m_http;
};

/// "/api/v1/batches/7" and what follows.
inline std::string batchPath(BatchId batch, const std::string& rest = {}) {
  return "/api/v1/batches/" + std::to_string(batch.value) + rest;
}

}  // namespace hearth::cli
