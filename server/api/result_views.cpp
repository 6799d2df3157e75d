// SPDX-License-Identifier: GPL-3.0-or-later
// Results to look at: pictures as pictures, numbers as points of a plot.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "server/api/result_values.h"
#include "server/api/routes.h"
#include "server/blob/posix_file.h"
#include "wire/json_writer.h"

namespace hearth::server {
namespace {

std::string toJson(const ResultValues& values) {
  wire::JsonWriter json;
  const auto list = [&json](std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).beginArray();
    for (const std::string& text : texts) json.value(text);
    json.endArray();
  };
  json.beginObject();
  list("outputs", values.outputs);
  list("columns", values.columns);
  list("parameters", values.parameters);
  json.member("output", values.output).member("column", values.column).member("parameter", values.parameter);
  json.member("looked", values.looked).key("points").beginArray();
  for (const ResultValues::Point& point : values.points) {
    json.beginArray().value(point.x).value(point.y).value(point.index).endArray();
  }
  return json.endArray().endObject().take();
}

void showValues(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request, const Respond& respond) {
  runOn(context.scans, respond, [&context, id = batch.batch, request, respond] {
    const auto prepared = valueOr(context.prepared.find(id), respond);
    if (!prepared) return;
    const auto asked = [&](std::string_view name) { return std::string(request->queryValue(name)); };
    const auto values = valueOr(readResultValues(context.deps.read, context.deps.blobs, context.deps.lines, **prepared,
                                                 {asked("output"), asked("column"), asked("parameter")}),
                                respond);
    if (values) respond(jsonResponse(200, toJson(*values)));
  });
}

/// A picture of a kind that every browser draws and that runs nothing.
std::string_view pictureType(std::string_view head) {
  if (head.starts_with("\x89PNG\r\n\x1A\n")) return "image/png";
  if (head.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return "image/gif";
  if (head.starts_with("RIFF") && head.substr(std::min<std::size_t>(8, head.size())).starts_with("WEBP"))
    return "image/webp";
  return {};
}

}  // namespace

void showPictureOf(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request,
                   const Respond& respond) {
  fetchBlobOf(context, batch, request, [respond](Response response) {
    const auto* file = std::get_if<FileBody>(&response.body);
    if (file == nullptr) return respond(std::move(response));
    std::array<char, 12> head{};
    const auto got = readAt(file->descriptor, std::as_writable_bytes(std::span(head)), 0);
    const std::string_view type = pictureType({head.data(), got.value_or(0)});
    if (type.empty()) {
      const Descriptor unused(file->descriptor);
      return respondError(respond, {ErrorCode::kInvalid, "This output is no picture that a browser draws.",
                                    "PNG, JPEG, GIF and WebP are; download it instead."});
    }
    for (auto& [name, value] : response.headers) {
      if (name == "content-type") value = type;
      if (name == "content-disposition") value = "inline";
    }
    response.headers.emplace_back("x-content-type-options", "nosniff");
    response.headers.emplace_back("content-security-policy", "sandbox; default-src 'none'");
    respond(std::move(response));
  });
}

void addResultViewRoutes(Routes& routes, ApiContext& context) {
  const auto add = [&](std::string_view pattern, auto handler) {
    routes.person(Method::kGet, pattern, {Role::kScientist, Role::kOperator, Role::kAdmin},
                  [&context, handler](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
                    if (batch) handler(context, *batch, request, respond);
                  });
  };
  add("/api/v1/batches/{batch}/values", showValues);
  add("/api/v1/batches/{batch}/tasks/{index}/pictures/{digest}", showPictureOf);
}

}  // namespace hearth::server
