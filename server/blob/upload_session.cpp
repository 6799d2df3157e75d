// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/upload_session.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace hearth::server {
namespace {

constexpr std::uint64_t kRoomStep = 16 * limits::kMiB;    // the disk is looked at once for so many bytes
constexpr std::uint64_t kHashAtOnce = 16 * limits::kMiB;  // of what a resumed upload had, so that no call takes long
constexpr std::size_t kPiece = 256 * limits::kKiB;

tl::unexpected<Error> closedError() {
  return fail(ErrorCode::kConflict, "this upload was taken over by a later connection of the same uploader",
              "Ask for Upload-Offset and go on from there.");
}

}  // namespace

Result<void> checkFreeSpace(const std::filesystem::path& path, std::uint64_t coming, std::uint64_t reserveBytes) {
  const auto free = freeBytes(path);
  if (!free) return fail(free.error());
  if (*free >= reserveBytes && *free - reserveBytes >= coming) return {};
  return fail(ErrorCode::kExhausted,
              "the server's disk is too full for " + std::to_string(coming) + " more bytes (" + std::to_string(*free) +
                  " are free, " + std::to_string(reserveBytes) + " are kept in reserve)",
              "Try again later; the server's administrator has to free space in the data folder.");
}

UploadSession::UploadSession(BlobFolder& folder, Expected expected, std::filesystem::path path, Descriptor file,
                             std::uint64_t offset, std::uint64_t reserveBytes)
    : m_folder(folder),
      m_expected(expected),
      m_size(expected.size.value_or(limits::kBlobBytes)),
      m_path(std::move(path)),
      m_reserveBytes(reserveBytes),
      m_file(std::move(file)),
      m_offset(offset) {}

std::uint64_t UploadSession::offset() const {
  const std::lock_guard lock(m_mutex);
  return m_offset;
}

Result<void> UploadSession::checkRoom(std::uint64_t coming) {
  if (m_roomLeft < coming) {
    HEARTH_TRY(checkFreeSpace(m_path.parent_path(), coming, m_reserveBytes));
    m_roomLeft = std::max(kRoomStep, coming);
  }
  m_roomLeft -= coming;
  return {};
}

Result<void> UploadSession::hashUpTo(std::uint64_t end) {
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, end - m_hashed)));
  while (m_hashed < end) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - m_hashed));
    const auto count = readAt(m_file.number(), std::span(piece).first(want), m_hashed);
    if (!count) return fail(count.error());
    if (*count < want) return fail(ErrorCode::kIo, "an upload's file became shorter", "Start the upload again.");
    m_hash.update(std::span(piece).first(want));
    m_hashed += want;
  }
  return {};
}

Result<void> UploadSession::write(std::span<const std::byte> bytes) {
  const std::lock_guard lock(m_mutex);
  if (!m_file) return closedError();
  if (bytes.size() > m_size - m_offset) {
    return fail(ErrorCode::kTooLarge, "more bytes came than the " + std::to_string(m_size) + " that were announced",
                "Send the size of the whole blob as Upload-Length.");
  }
  HEARTH_TRY(checkRoom(bytes.size()));
  if (auto written = writeAt(m_file.number(), bytes, m_offset); !written) {
    // The file's size is the offset to resume at: cut off what a failed call left.
    if (::ftruncate(m_file.number(), static_cast<off_t>(m_offset)) != 0) m_file.close();
    return written;
  }
  const bool upToDate = m_hashed == m_offset;
  m_offset += bytes.size();
  if (!upToDate) return hashUpTo(std::min(m_offset, m_hashed + kHashAtOnce));
  m_hash.update(bytes);
  m_hashed = m_offset;
  return {};
}

Result<void> UploadSession::complete() {
  const std::lock_guard lock(m_mutex);
  if (!m_file) return closedError();
  if (m_expected.size && m_offset < m_size) {
    return fail(ErrorCode::kInvalid,
                "only " + std::to_string(m_offset) + " of " + std::to_string(m_size) + " bytes came",
                "Send the rest with Upload-Offset: " + std::to_string(m_offset) + ".");
  }
  HEARTH_TRY(hashUpTo(m_offset));
  const Descriptor file = std::move(m_file);
  const Digest found = m_hash.finish();
  if (m_expected.digest && found != *m_expected.digest) {
    ::unlink(m_path.c_str());
    return fail(ErrorCode::kIntegrity,
                "the bytes that came have the digest " + found.hex() + ", not " + m_expected.digest->hex(),
                "They were thrown away: check the file and upload it again from the start.");
  }
  m_digest = found;
  return m_folder.name(found, m_offset, file.number(), m_path);
}

Result<void> UploadSession::flush() {
  const std::lock_guard lock(m_mutex);
  if (!m_file) return closedError();
  if (::fdatasync(m_file.number()) != 0) return fail(systemError(errno, "writing an upload to the disk"));
  return {};
}

Result<void> UploadSession::rollBack(std::uint64_t offset) {
  const std::lock_guard lock(m_mutex);
  if (!m_file) return closedError();
  if (offset >= m_offset) return {};
  if (::ftruncate(m_file.number(), static_cast<off_t>(offset)) != 0) {
    m_file.close();
    return fail(systemError(errno, "cutting an upload"));
  }
  m_offset = offset;
  if (m_hashed > offset) {
    m_hash = {};  // it cannot go back: what stays is read again
    m_hashed = 0;
  }
  return {};
}

Digest UploadSession::digest() const {
  const std::lock_guard lock(m_mutex);
  return m_digest;
}

std::uint64_t UploadSession::size() const {
  const std::lock_guard lock(m_mutex);
  return m_offset;
}

void UploadSession::close() {
  const std::lock_guard lock(m_mutex);
  m_file.close();
}

}  // namespace hearth::server
