// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/problem.h"

#include <array>
#include <string>

#include "wire/json_reader.h"
#include "wire/json_writer.h"
#include "wire/model_json.h"

namespace hearth::wire {
namespace {

constexpr std::string_view kTypePrefix = "urn:hearth:problem:";
constexpr std::size_t kMessageBytes = 16 * limits::kKiB;
constexpr std::size_t kMemberBytes = limits::kKiB;
constexpr std::string_view kMemberKey = ",\"member\":";

struct Row {
  ErrorCode code;
  unsigned status;
  const char* title;
};
// For a body that is no problem document, the first row of a status names the code.
constexpr std::array<Row, 12> kRows{{
    {ErrorCode::kInvalid, 400, "The request is wrong"},
    {ErrorCode::kUnauthorized, 401, "Not logged in"},
    {ErrorCode::kForbidden, 403, "Not allowed"},
    {ErrorCode::kNotFound, 404, "Not found"},
    {ErrorCode::kConflict, 409, "It contradicts what is there"},
    {ErrorCode::kTooLarge, 413, "Over a limit"},
    {ErrorCode::kIntegrity, 422, "A digest or signature does not hold"},
    {ErrorCode::kIo, 500, "The server has a fault"},
    {ErrorCode::kUnsupported, 501, "Not supported"},
    {ErrorCode::kUnavailable, 503, "Not available now"},
    {ErrorCode::kTimeout, 504, "It took too long"},
    {ErrorCode::kExhausted, 507, "Out of space or memory"},
}};

ErrorCode codeOfStatus(unsigned status) {
  for (const Row& row : kRows) {
    if (row.status == status) return row.code;
  }
  if (status == 408) return ErrorCode::kTimeout;
  if (status == 429 || status == 502) return ErrorCode::kUnavailable;
  return status >= 500 ? ErrorCode::kIo : ErrorCode::kInvalid;
}

/// The member in a decoder's message, "member 'results[3].exit': must be text"; empty: it is another message.
std::string_view memberIn(std::string_view message) {
  constexpr std::string_view kBegin = "member '";
  if (!message.starts_with(kBegin)) return {};
  const std::size_t end = message.find("': ", kBegin.size());
  return end == std::string_view::npos ? std::string_view() : message.substr(kBegin.size(), end - kBegin.size());
}

Error errorOfStatus(unsigned status) {
  const ErrorCode code = codeOfStatus(status);
  const bool later = code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout;
  return Error{code, "the server answered HTTP " + std::to_string(status) + " without saying why",
               later ? "Try again in a while."
                     : "Check that the address is that of a Hearth server, and whether a proxy answers instead."};
}

}  // namespace

unsigned httpStatus(ErrorCode code) noexcept {
  for (const Row& row : kRows) {
    if (row.code == code) return row.status;
  }
  return 500;
}

std::string problemJson(const Error& error) {
  const char* title = "Error";
  for (const Row& row : kRows) {
    if (row.code == error.code) title = row.title;
  }
  return problemJson(error, {httpStatus(error.code), errorCodeName(error.code), title});
}

std::string problemJson(const Error& error, const ProblemKind& kind) {
  JsonWriter json;
  json.beginObject()
      .member("type", std::string(kTypePrefix) + kind.type)
      .member("title", kind.title)
      .member("status", kind.status)
      .member("detail", clipped(error.message, kMessageBytes / 4));
  if (!error.hint.empty()) json.member("hint", clipped(error.hint, kMessageBytes / 4));
  if (const auto member = memberIn(error.message); !member.empty())
    json.member("member", clipped(member, kMemberBytes));
  return json.endObject().take();
}

std::string withMember(std::string problem, std::string_view member) {
  if (member.empty() || !problem.ends_with('}') || problem.find(kMemberKey) != std::string::npos) return problem;
  JsonWriter json;
  json.beginObject().member("member", clipped(member, kMemberBytes));
  problem.back() = ',';
  return problem + json.endObject().take().substr(1);
}

Error parseProblem(std::string_view body, unsigned status) {
  const auto read = readJson<Error>(body, [&](JsonReader& json, Error& error) {
    error.message = json.text("detail", kMessageBytes);
    error.hint = json.textOr("hint", "", kMessageBytes);
    error.code = codeOfStatus(status);
    const std::string type = json.textOr("type", "");
    for (const Row& row : kRows) {
      if (type == std::string(kTypePrefix) + errorCodeName(row.code)) error.code = row.code;
    }
  });
  return read && !read->message.empty() ? *read : errorOfStatus(status);
}

std::string parseProblemMember(std::string_view body) {
  const auto read = readJson<std::string>(
      body, [](JsonReader& json, std::string& member) { member = json.textOr("member", "", kMessageBytes); });
  return read ? *read : std::string();
}

}  // namespace hearth::wire
