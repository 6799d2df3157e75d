// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/message.h"

#include "wire/problem.h"

namespace hearth::server {
namespace {

constexpr const char* kRetrySoon = "5";
constexpr const char* kRetryLater = "60";  // somebody must free a disk first

}  // namespace

std::string_view Request::header(std::string_view lowerCaseName) const {
  for (const auto& [name, value] : headers) {
    if (name == lowerCaseName) return value;
  }
  return {};
}

std::string_view Request::queryValue(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

Response jsonResponse(unsigned status, std::string json) {
  return {status, {{"content-type", "application/json"}}, std::move(json)};
}

Response jsonResponse(unsigned status, TextMaker make) {
  return {status, {{"content-type", "application/json"}}, std::move(make)};
}

Response problemResponse(const Error& error) {
  Response response{wire::httpStatus(error.code),
                    {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}},
                    wire::problemJson(error)};
  if (error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout) {
    response.headers.emplace_back("retry-after", kRetrySoon);
  } else if (error.code == ErrorCode::kExhausted) {
    response.headers.emplace_back("retry-after", kRetryLater);
  }
  return response;
}

}  // namespace hearth::server
