// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/file_response.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <unistd.h>

#include "server/http/internal/refusal.h"

namespace hearth::server {
namespace {

struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The weak comparison of RFC 9110, which If-None-Match asks for.
bool listsTag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view tag = trimmed(list.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

/// Nothing: no range that we know how to read, so the whole. An empty range: it lies outside.
std::optional<Range> parseRange(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header = trimmed(header.substr(kUnit.size()));
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return std::nullopt;
  const auto first = number(header.substr(0, dash));
  const auto last = number(header.substr(dash + 1));
  if (dash == 0) {  // the last so many bytes
    if (!last) return std::nullopt;
    const std::uint64_t length = std::min(*last, size);
    return Range{size - length, length};
  }
  const bool open = dash + 1 == header.size();
  if (!first || (!open && !last) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return Range{};
  const std::uint64_t end = open ? size : std::min(size - 1, *last) + 1;
  return Range{*first, end - *first};
}

}  // namespace

RangedAnswer rangedAnswer(const Request& request, std::uint64_t size, std::string_view etag,
                          std::string_view contentType) {
  if (listsTag(request.header("if-none-match"), etag)) {
    return {{304, {{"etag", std::string(etag)}}, std::string()}, 0, 0, true};
  }
  RangedAnswer answer;
  Response& head = answer.head;
  head.headers = {{"content-type", std::string(contentType)}, {"accept-ranges", "bytes"}, {"etag", std::string(etag)}};
  // A range of an older state of the file would not fit what the caller has.
  const std::string_view condition = request.header("if-range");
  const auto range = condition.empty() || condition == etag ? parseRange(request.header("range"), size) : std::nullopt;
  if (!range) {
    answer.length = size;
    return answer;
  }
  const std::string whole = std::to_string(size);
  if (range->length == 0) {
    answer.head = refusal(416, "range", "the range lies outside the file", "Ask for bytes below content-range's size.");
    answer.head.headers.emplace_back("content-range", "bytes */" + whole);
    answer.complete = true;
    return answer;
  }
  head.status = 206;
  head.headers.emplace_back("content-range", "bytes " + std::to_string(range->offset) + "-" +
                                                 std::to_string(range->offset + range->length - 1) + "/" + whole);
  answer.offset = range->offset;
  answer.length = range->length;
  return answer;
}

Response fileResponse(const Request& request, int descriptor, std::uint64_t size, std::string_view etag,
                      std::string_view contentType) {
  RangedAnswer answer = rangedAnswer(request, size, etag, contentType);
  if (answer.complete) {
    ::close(descriptor);
  } else {
    answer.head.body = FileBody{descriptor, answer.offset, answer.length};
  }
  return std::move(answer.head);
}

}  // namespace hearth::server
