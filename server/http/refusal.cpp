// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/refusal.h"

#include <string>

#include "server/http/internal/response_head.h"

namespace hearth::server {

Response refusal(unsigned status, const char* name, const char* detail, const char* hint) {
  std::string json = R"({"type":"urn:hearth:problem:)" + std::string(name) + R"(","title":")";
  json += reasonPhrase(status);
  json += R"(","status":)" + std::to_string(status) + R"(,"detail":")" + detail + R"(","hint":")" + hint + R"("})";
  return {status, {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}}, std::move(json)};
}

}  // namespace hearth::server
