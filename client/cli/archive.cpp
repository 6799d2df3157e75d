// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/archive.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>

#include "model/template.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

struct ReadCloser {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct WriteCloser {
  void operator()(archive* a) const { archive_write_free(a); }
};
using Reader = std::unique_ptr<archive, ReadCloser>;
using Writer = std::unique_ptr<archive, WriteCloser>;

tl::unexpected<Error> refuse(std::string_view entry, const std::string& why) {
  return fail(ErrorCode::kInvalid, "the archive is refused: entry '" + std::string(entry) + "' " + why,
              "Make the archive of regular files inside one folder: tar -C BUNDLE -czf bundle.tar.gz .");
}

Error libraryError(archive* a, const fs::path& file) {
  const char* why = archive_error_string(a);
  const bool isFull = archive_errno(a) == ENOSPC;
  return {isFull ? ErrorCode::kExhausted : ErrorCode::kInvalid,
          file.string() + ": " + (why != nullptr ? why : "cannot be unpacked"),
          isFull ? "Free some space where TMPDIR points to" : "Is the archive complete? Make it anew"};
}

/// "./a/b/" as "a/b"; empty for the root itself.
std::string withoutDots(std::string_view path) {
  while (path.rfind("./", 0) == 0) path.remove_prefix(2);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return path == "." ? std::string() : std::string(path);
}

/// A link may only go up as far as the bundle's root, and only at its beginning: "a/../b" would leave the bundle where
/// "a" is a link.
bool leadsOut(const std::string& link, const std::string& target) {
  if (target.empty() || target.front() == '/') return true;
  auto depth = std::count(link.begin(), link.end(), '/');
  bool hasDescended = false;
  for (const fs::path& part : fs::path(target)) {
    if (part == "..") {
      if (hasDescended || --depth < 0) return true;
    } else if (part != "." && !part.empty()) {
      hasDescended = true;
    }
  }
  return false;
}

/// Checks the entry's name and kind and puts it below the folder.
Result<void> admit(archive_entry* entry, const std::string& path, const fs::path& folder) {
  if (auto checked = checkRelativePath(path); !checked)
    return refuse(path, "has a bad path: " + checked.error().message);
  const auto type = archive_entry_filetype(entry);
  if (const char* hardLink = archive_entry_hardlink(entry)) {
    const std::string target = withoutDots(hardLink);
    if (!checkRelativePath(target)) return refuse(path, "is a link out of the bundle");
    archive_entry_set_hardlink(entry, (folder / target).c_str());
  } else if (type == AE_IFLNK) {
    const char* target = archive_entry_symlink(entry);
    if (target == nullptr || leadsOut(path, target)) return refuse(path, "is a link out of the bundle");
  } else if (type != AE_IFREG && type != AE_IFDIR) {
    return refuse(path, "is a device, pipe or socket");
  }
  const bool isExecutable = type == AE_IFDIR || (archive_entry_perm(entry) & 0100) != 0;
  archive_entry_set_perm(entry, isExecutable ? 0755 : 0644);
  archive_entry_set_pathname(entry, (folder / path).c_str());
  return {};
}

class Unpacking {
 public:
  Unpacking(fs::path file, fs::path folder, const UnpackLimits& most)
      : m_file(std::move(file)), m_folder(std::move(folder)), m_most(most) {}

  Result<void> run() {
    std::error_code failed;
    const std::uint64_t size = fs::file_size(m_file, failed);
    if (failed) return fail(ErrorCode::kNotFound, "cannot read " + m_file.string() + ": " + failed.message());
    m_mostBytes = std::min(m_most.bytes, std::max(m_most.freeBytes, size * m_most.ratio));
    const Reader reader(archive_read_new());
    const Writer writer(archive_write_disk_new());
    if (!reader || !writer) return fail(ErrorCode::kExhausted, "out of memory");
    archive_read_support_filter_all(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_format_zip(reader.get());
    archive_write_disk_set_options(
        writer.get(), ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_PERM);
    if (archive_read_open_filename(reader.get(), m_file.c_str(), 128 * 1024) != ARCHIVE_OK) {
      return fail(libraryError(reader.get(), m_file));
    }
    for (std::uint64_t entries = 0;; ++entries) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader.get(), &entry);
      if (status == ARCHIVE_EOF) return {};
      if (status < ARCHIVE_WARN) return fail(libraryError(reader.get(), m_file));
      if (entries >= m_most.entries) {
        return fail(ErrorCode::kTooLarge,
                    m_file.string() + " has more than " + std::to_string(m_most.entries) + " entries",
                    "Put fewer files into it");
      }
      HEARTH_TRY(unpackEntry(reader.get(), writer.get(), entry));
    }
  }

 private:
  Result<void> unpackEntry(archive* reader, archive* writer, archive_entry* entry) {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr) return refuse("?", "has no readable name");
    const std::string path = withoutDots(name);
    if (path.empty() && archive_entry_filetype(entry) == AE_IFDIR) return {};
    HEARTH_TRY(admit(entry, path, m_folder));
    const la_int64_t claimed = archive_entry_size(entry);  // what it really holds is counted while it is read
    if (claimed > 0 && static_cast<std::uint64_t>(claimed) > m_mostBytes - m_bytes) return tooLarge();
    if (archive_write_header(writer, entry) < ARCHIVE_WARN) return fail(libraryError(writer, m_file).within(path));
    HEARTH_TRY(copyData(reader, writer, path));
    if (archive_write_finish_entry(writer) < ARCHIVE_WARN) return fail(libraryError(writer, m_file).within(path));
    return {};
  }

  Result<void> copyData(archive* reader, archive* writer, const std::string& path) {
    la_int64_t end = 0;  // holes of sparse files count: they fill the disk of whoever reads them
    for (;;) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(reader, &block, &size, &offset);
      if (status == ARCHIVE_EOF) return {};
      if (status < ARCHIVE_WARN) return fail(libraryError(reader, m_file).within(path));
      const la_int64_t blockEnd = offset + static_cast<la_int64_t>(size);
      m_bytes += blockEnd > end ? static_cast<std::uint64_t>(blockEnd - end) : 0;
      end = std::max(end, blockEnd);
      if (m_bytes > m_mostBytes) return tooLarge();
      if (archive_write_data_block(writer, block, size, offset) < ARCHIVE_WARN)
        return fail(libraryError(writer, m_file).within(path));
    }
  }

  tl::unexpected<Error> tooLarge() const {
    return fail(ErrorCode::kTooLarge,
                m_file.string() + " unpacks to more than " + std::to_string(m_mostBytes / limits::kMiB) +
                    " MiB, which is out of proportion to its size: it may be a bomb",
                "Unpack it yourself, look at it, and submit the folder");
  }

  fs::path m_file;
  fs::path m_folder;
  UnpackLimits m_most;
  std::uint64_t m_mostBytes = 0;
  std::uint64_t m_bytes = 0;
};

}  // namespace

bool isArchiveName(const fs::path& file) {
  const std::string name = file.filename().string();
  constexpr std::array<std::string_view, 6> kEndings = {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".zip"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&name](std::string_view ending) {
    return name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  });
}

Result<void> unpackArchive(const fs::path& archive, const fs::path& folder, const UnpackLimits& limits) {
  std::error_code failed;
  // SECURE_SYMLINKS looks at every part of the path: the folder itself must not be reached through a link.
  const fs::path real = fs::canonical(folder, failed);
  if (failed) return fail(ErrorCode::kIo, "cannot use " + folder.string() + ": " + failed.message());
  return Unpacking(archive, real, limits).run();
}

}  // namespace hearth::cli
