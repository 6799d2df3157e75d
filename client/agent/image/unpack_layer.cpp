// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/unpack_layer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>
#include <unistd.h>

#include "image/archive_reader.h"
#include "sandbox/unique_fd.h"

namespace hearth::image {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kReserved = ".wh..wh.";

/// Takes the entries of one layer one by one.
class LayerUnpacker {
 public:
  LayerUnpacker(LayerStream& layer, RootFolder& root, const ImageLimits& most, UnpackTotals& totals)
      : m_feed([this] { return pull(); }), m_layer(layer), m_root(root), m_most(most), m_totals(totals) {}

  Result<void> run();

 private:
  Result<void> take(archive_entry* entry, const std::string& path);
  Result<void> takeWhiteout(const std::string& folder, std::string_view name, const std::string& path);
  Result<void> takeFile(archive_entry* entry, const std::string& path);
  Result<void> copyData(int file, const std::string& path);
  Result<void> count(std::uint64_t bytes);
  Result<std::string_view> pull();

  ArchiveFeed m_feed;
  ArchiveHandle m_reader;
  LayerStream& m_layer;
  RootFolder& m_root;
  const ImageLimits& m_most;
  UnpackTotals& m_totals;
  bool m_padded = false;
};

/// Some tools (umoci) leave out the zeros behind the last file.
Result<std::string_view> LayerUnpacker::pull() {
  static constexpr std::array<char, 1536> kPadding{};
  auto piece = m_layer.next();
  if (!piece || !piece->empty() || std::exchange(m_padded, true)) return piece;
  return std::string_view(kPadding.data(), kPadding.size());
}

Result<void> LayerUnpacker::run() {
  m_reader.reset(::archive_read_new());
  if (!m_reader) return fail(ErrorCode::kExhausted, "out of memory");
  ::archive_read_support_format_tar(m_reader.get());
  if (m_feed.open(m_reader.get()) != ARCHIVE_OK) return fail(m_feed.errorOf(m_reader.get()));
  m_root.beginLayer();
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(m_reader.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return fail(m_feed.errorOf(m_reader.get()));
    if (++m_totals.entries > m_most.entries) {
      return fail(ErrorCode::kTooLarge, "the image has more than " + std::to_string(m_most.entries) + " files",
                  "Put fewer files into it.");
    }
    const char* name = nameOf(entry);
    if (name == nullptr) return fail(ErrorCode::kInvalid, "an entry has a name that cannot be read");
    HEARTH_TRY(take(entry, name));
  }
}

Result<void> LayerUnpacker::take(archive_entry* entry, const std::string& path) {
  std::string_view plain = path;
  while (plain.ends_with('/')) plain.remove_suffix(1);
  const auto slash = plain.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? plain : plain.substr(slash + 1);
  if (name.starts_with(kWhiteout))
    return takeWhiteout(std::string(plain.substr(0, plain.size() - name.size())), name, path);
  if (const char* existing = ::archive_entry_hardlink(entry)) return m_root.makeHardLink(path, existing);
  switch (::archive_entry_filetype(entry)) {
    case AE_IFDIR:
      return m_root.makeFolder(path);
    case AE_IFREG:
      return takeFile(entry, path);
    case AE_IFLNK: {
      const char* target = ::archive_entry_symlink(entry);
      return m_root.makeLink(path, target != nullptr ? target : "");
    }
    default:
      return m_root.remove(path);  // a device, pipe or socket: the sandbox gives those that a task may have
  }
}

Result<void> LayerUnpacker::takeWhiteout(const std::string& folder, std::string_view name, const std::string& path) {
  if (name == kOpaque) return m_root.whiteOutBelow(folder);
  if (name.starts_with(kReserved)) return {};  // what the storage of an engine keeps for itself
  const std::string_view hidden = name.substr(kWhiteout.size());
  if (hidden.empty() || hidden == "." || hidden == "..") {
    return fail(ErrorCode::kInvalid, "the entry '" + path.substr(0, 300) + "' removes nothing that has a name",
                "Make the image anew.");
  }
  return m_root.whiteOut(folder + std::string(hidden));
}

Result<void> LayerUnpacker::count(std::uint64_t bytes) {
  if (bytes <= m_most.bytes - m_totals.bytes) {
    m_totals.bytes += bytes;
    return {};
  }
  return fail(ErrorCode::kTooLarge,
              "the image unpacks to more than " + std::to_string(m_most.bytes / limits::kMiB) + " MiB",
              "Make the image smaller.");
}

Result<void> LayerUnpacker::takeFile(archive_entry* entry, const std::string& path) {
  const la_int64_t size = ::archive_entry_size(entry);
  if (size < 0) return fail(ErrorCode::kInvalid, "the entry '" + path.substr(0, 300) + "' has no size");
  HEARTH_TRY(count(static_cast<std::uint64_t>(size)));
  auto made = m_root.makeFile(path, (::archive_entry_perm(entry) & 0111) != 0);
  if (!made) return fail(std::move(made).error());
  const sandbox::UniqueFd file(*made);
  if (size > 0 && ::ftruncate(file.number(), size) != 0) {
    return fail(ErrorCode::kIo, "the entry '" + path.substr(0, 300) + "' cannot be made: " + std::strerror(errno));
  }
  return copyData(file.number(), path);
}

Result<void> LayerUnpacker::copyData(int file, const std::string& path) {
  for (;;) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = ::archive_read_data_block(m_reader.get(), &block, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return fail(m_feed.errorOf(m_reader.get()));
    const char* from = static_cast<const char*>(block);
    while (size > 0) {
      const ssize_t written = ::pwrite(file, from, size, offset);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        return fail(errno == ENOSPC || errno == EDQUOT ? ErrorCode::kExhausted : ErrorCode::kIo,
                    "the entry '" + path.substr(0, 300) + "' cannot be written: " + std::strerror(errno),
                    "Free some disk space.");
      }
      from += written;
      offset += written;
      size -= static_cast<std::size_t>(written);
    }
  }
}

}  // namespace

Result<void> unpackLayer(LayerStream& layer, RootFolder& root, const ImageLimits& most, UnpackTotals& totals) {
  return LayerUnpacker(layer, root, most, totals).run();
}

}  // namespace hearth::image
