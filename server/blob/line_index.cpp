// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/line_index.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <fcntl.h>

#include "base/limits.h"
#include "certs/sha256.h"
#include "server/blob/line_scan.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

constexpr std::size_t kPiece = 1 * limits::kMiB;
constexpr std::string_view kMagic = "hearth list index 1\n";

/// Gives the scan every whole line of the buffer; returns how many bytes that were.
Result<std::size_t> scanLines(LineScan& scan, std::string_view buffer, std::uint64_t offset) {
  std::size_t begin = 0;
  while (const void* found = std::memchr(buffer.data() + begin, '\n', buffer.size() - begin)) {
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data());
    HEARTH_TRY(scan.line(buffer.substr(begin, end - begin), offset + begin));
    begin = end + 1;
    if (begin == buffer.size()) break;
  }
  return begin;
}

void appendNumber(std::string& to, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) to += static_cast<char>(number >> shift & 0xFF);
}

/// Reads what appendNumber wrote; `failed` once the bytes do not suffice.
struct Reader {
  std::string_view rest;
  bool failed = false;

  std::uint64_t number() {
    if (rest.size() < 8) failed = true;
    if (failed) return 0;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{static_cast<unsigned char>(rest[i])} << (8 * i);
    rest.remove_prefix(8);
    return value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest.size()) failed = true;
    if (failed) return {};
    std::string value(rest.substr(0, static_cast<std::size_t>(size)));
    rest.remove_prefix(value.size());
    return value;
  }
};

tl::unexpected<Error> brokenIndex() {
  return fail(ErrorCode::kIntegrity, "the index of a list is damaged", "It is made again from the list.");
}

}  // namespace

Result<LineIndex> buildLineIndex(int file) {
  ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  LineScan scan;
  std::string buffer(kPiece + limits::kListLineBytes + 2, '\0');
  std::size_t held = 0;      // bytes of an unfinished line at the start of the buffer
  std::uint64_t offset = 0;  // of the buffer's start in the file
  for (;;) {
    const auto count = readAt(file, std::as_writable_bytes(std::span(buffer).subspan(held, kPiece)), offset + held);
    if (!count) return fail(count.error());
    const std::string_view filled(buffer.data(), held + *count);
    const auto used = scanLines(scan, filled, offset);
    if (!used) return fail(used.error());
    held = filled.size() - *used;
    offset += *used;
    const std::string_view rest = filled.substr(*used);
    // The last line may lack its end; one that is too long is refused before it fills the buffer.
    const bool last = *count < kPiece;
    if ((last && held > 0) || held > limits::kListLineBytes + 1) HEARTH_TRY(scan.line(rest, offset));
    if (last) return scan.finish();
    std::memmove(buffer.data(), rest.data(), held);
  }
}

std::string toBytes(const LineIndex& index) {
  std::string bytes(kMagic);
  bytes.reserve(bytes.size() + index.blocks.size() * 16 + 1024);
  appendNumber(bytes, index.lines);
  appendNumber(bytes, index.end);
  appendNumber(bytes, index.columns.size());
  for (const std::string& column : index.columns) {
    appendNumber(bytes, column.size());
    bytes += column;
  }
  appendNumber(bytes, index.blocks.size());
  for (const LineIndex::Block& block : index.blocks) {
    appendNumber(bytes, block.firstLine);
    appendNumber(bytes, block.offset);
  }
  return bytes + certs::sha256(bytes).hex();
}

Result<LineIndex> parseLineIndex(std::string_view bytes) {
  constexpr std::size_t kHex = 64;
  if (bytes.size() < kMagic.size() + kHex || bytes.substr(0, kMagic.size()) != kMagic) return brokenIndex();
  const std::string_view body = bytes.substr(0, bytes.size() - kHex);
  if (certs::sha256(body).hex() != bytes.substr(body.size())) return brokenIndex();
  Reader reader{body.substr(kMagic.size())};
  LineIndex index;
  index.lines = reader.number();
  index.end = reader.number();
  for (std::uint64_t left = reader.number(); left > 0 && !reader.failed; --left) index.columns.push_back(reader.text());
  const std::uint64_t blocks = reader.number();
  if (reader.failed || blocks > reader.rest.size() / 16) return brokenIndex();
  index.blocks.reserve(static_cast<std::size_t>(blocks));
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const std::uint64_t firstLine = reader.number();
    index.blocks.push_back({firstLine, reader.number()});
  }
  if (reader.failed || index.blocks.empty()) return brokenIndex();
  return index;
}

LineList::LineList(int file, LineIndex index) : m_file(file), m_index(std::move(index)) {}

LineList::~LineList() { Descriptor(m_file).close(); }

Result<std::shared_ptr<const LineList::Text>> LineList::text(std::size_t block) const {
  {
    const std::lock_guard lock(m_mutex);
    if (m_recent && m_recent->block == block) return m_recent;
  }
  const auto& blocks = m_index.blocks;
  const std::uint64_t begin = blocks[block].offset;
  const std::uint64_t end = block + 1 < blocks.size() ? blocks[block + 1].offset : m_index.end;
  auto read = std::make_shared<Text>(Text{block, std::string(static_cast<std::size_t>(end - begin), '\0')});
  const auto count = readAt(m_file, std::as_writable_bytes(std::span(read->bytes)), begin);
  if (!count) return fail(count.error());
  if (*count != read->bytes.size()) {
    return fail(ErrorCode::kIntegrity, "a list is shorter than it was", "Restore the blob from a backup.");
  }
  const std::lock_guard lock(m_mutex);
  m_recent = read;
  return read;
}

Result<std::string> LineList::line(TaskIndex index) const {
  if (index >= m_index.lines) {
    return fail(ErrorCode::kNotFound,
                "the list has " + std::to_string(m_index.lines) + " lines, there is no line " + std::to_string(index));
  }
  const auto next = std::upper_bound(m_index.blocks.begin(), m_index.blocks.end(), index,
                                     [](TaskIndex wanted, const LineIndex::Block& b) { return wanted < b.firstLine; });
  const auto block = static_cast<std::size_t>(next - m_index.blocks.begin()) - 1;
  const auto found = text(block);
  if (!found) return fail(found.error());
  std::string_view rest = (*found)->bytes;
  for (std::uint64_t skip = index - m_index.blocks[block].firstLine; skip > 0; --skip) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return brokenIndex();
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return std::string(rest);
}

}  // namespace hearth::server
