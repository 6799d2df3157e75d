// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/unpack.h"

#include <algorithm>
#include <array>
#include <clocale>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "server/api/drafts.h"
#include "server/blob/posix_file.h"
#include "wire/manifest.h"

namespace hearth::server {
namespace {

constexpr std::size_t kReadAtOnce = 128 * limits::kKiB;

struct Closer {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Reader = std::unique_ptr<archive, Closer>;

/// Names in archives are turned into UTF-8 by the thread's locale.
class Utf8Locale {
 public:
  Utf8Locale() : m_locale(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (m_locale != nullptr) m_before = ::uselocale(m_locale);
  }
  ~Utf8Locale() {
    if (m_locale == nullptr) return;
    ::uselocale(m_before);
    ::freelocale(m_locale);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t m_locale;
  locale_t m_before = nullptr;
};

/// Bytes that are not UTF-8 shown as what they are.
std::string shown(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : name.substr(0, 200)) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code < 0x7F) {
      text += c;
    } else {
      text += "\\x";
      text += kHex[code >> 4U];
      text += kHex[code & 15U];
    }
  }
  return text + (name.size() > 200 ? "…" : "");
}

tl::unexpected<Error> refuse(std::string_view entry, const std::string& why,
                             std::string hint = "Make the archive anew, of regular files only.") {
  return fail(ErrorCode::kInvalid, "The archive's entry '" + std::string(entry) + "' " + why + ". Nothing was taken.",
              std::move(hint));
}

/// "./a/b/" as "a/b"; empty for the root itself.
std::string withoutDots(std::string_view path) {
  while (path.rfind("./", 0) == 0) path.remove_prefix(2);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return path == "." ? std::string() : std::string(path);
}

class Unpacking {
 public:
  Unpacking(BlobStore& blobs, std::string name, std::uint64_t size, const UnpackLimits& most)
      : m_blobs(blobs),
        m_name(std::move(name)),
        m_most(most),
        m_mostBytes(std::min(most.bytes, std::max(most.freeBytes, size * most.ratio))) {}

  Result<std::vector<FileRef>> run(int file) {
    const Utf8Locale locale;
    const Reader reader(archive_read_new());
    if (!reader) return fail(ErrorCode::kExhausted, "out of memory", "Try again later.");
    archive_read_support_filter_all(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_format_zip(reader.get());
    if (archive_read_open_fd(reader.get(), file, kReadAtOnce) != ARCHIVE_OK) return fail(broken(reader.get()));
    for (std::uint64_t entries = 0;; ++entries) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader.get(), &entry);
      if (status == ARCHIVE_EOF) break;
      if (m_most.ending != nullptr && *m_most.ending)
        return fail(ErrorCode::kUnavailable, "The server is stopping. Nothing was taken.", "Try again in a minute.");
      if (status < ARCHIVE_WARN) return fail(broken(reader.get()));
      if (entries >= m_most.entries) {
        return fail(ErrorCode::kTooLarge,
                    "The archive has more than " + std::to_string(m_most.entries) + " entries. Nothing was taken.",
                    "Put fewer files into it.");
      }
      HEARTH_TRY(take(reader.get(), entry));
    }
    return result();
  }

 private:
  Result<void> take(archive* reader, archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = raw;
    if (name == nullptr) return refuse("?", "has no readable name");
    if (!isUtf8(name)) {
      return refuse(shown(name), "has a name that is not in UTF-8",
                    "Make the archive anew on a system whose file names are UTF-8, or rename the file.");
    }
    const auto type = archive_entry_filetype(entry);
    const std::string path = withoutDots(name);
    if (type == AE_IFDIR) return {};
    if (archive_entry_hardlink(entry) != nullptr || type == AE_IFLNK)
      return refuse(path.substr(0, 300), "is a link", "Put a copy of the file in the place of the link.");
    if (type != AE_IFREG) return refuse(path.substr(0, 300), "is a device, pipe or socket");
    if (auto good = checkBundlePath(path); !good)
      return refuse(path.substr(0, 300), "cannot be taken: " + good.error().message, good.error().hint);
    m_entry = path;
    return store(reader, entry, path);
  }

  Result<void> store(archive* reader, archive_entry* entry, const std::string& path) {
    const la_int64_t claimed = archive_entry_size(entry);  // what it really holds is counted while it is read
    if (claimed > 0 && static_cast<std::uint64_t>(claimed) > m_mostBytes - m_bytes) return tooLarge();
    m_blobs.discardNamed(m_name);
    auto upload = m_blobs.uploadNamed(m_name, std::nullopt, 0);
    if (!upload) return fail(std::move(upload).error());
    auto copied = copy(reader, **upload);
    if (copied) copied = (*upload)->complete();
    if (!copied) {
      m_blobs.discardNamed(m_name);
      return copied;
    }
    const bool isExecutable = (archive_entry_perm(entry) & 0100) != 0;
    const FileRef file{path, (*upload)->digest(), (*upload)->size(), isExecutable};
    if (!m_files.emplace(path, file).second) return refuse(path, "is there twice");
    return {};
  }

  Result<void> copy(archive* reader, BlobStore::Upload& upload) {
    for (;;) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(reader, &block, &size, &offset);
      if (status == ARCHIVE_EOF) return {};
      if (status < ARCHIVE_WARN) return fail(broken(reader));
      const auto begin = static_cast<std::uint64_t>(std::max<la_int64_t>(offset, 0));
      if (begin < upload.offset()) return refuse(m_entry, "is damaged");
      if (begin + size - upload.offset() > m_mostBytes - m_bytes) return tooLarge();
      m_bytes += begin + size - upload.offset();
      HEARTH_TRY(fill(upload, begin));
      HEARTH_TRY(upload.write(std::span(static_cast<const std::byte*>(block), size)));
    }
  }

  /// The hole of a sparse file.
  static Result<void> fill(BlobStore::Upload& upload, std::uint64_t end) {
    static const std::array<std::byte, 64 * limits::kKiB> kZeros{};
    while (upload.offset() < end) {
      const std::size_t piece = std::min<std::uint64_t>(kZeros.size(), end - upload.offset());
      HEARTH_TRY(upload.write(std::span(kZeros).first(piece)));
    }
    return {};
  }

  Error broken(archive* a) const {
    const char* why = archive_error_string(a);
    return {ErrorCode::kInvalid,
            "The archive is damaged or of an unknown kind" + (m_entry.empty() ? "" : " after '" + m_entry + "'") +
                (why == nullptr ? "" : std::string(": ") + why) + ". Nothing was taken.",
            "Zip, tar, tar.gz, tar.xz, tar.bz2 and tar.zst are read. Make it anew, or drop the folder itself."};
  }

  tl::unexpected<Error> tooLarge() const {
    return fail(ErrorCode::kTooLarge,
                "The archive unpacks to more than " + wire::formatByteCount(m_mostBytes) +
                    ", which is out of proportion to its size" + (m_entry.empty() ? "" : " (at '" + m_entry + "')") +
                    ": it may be a bomb. Nothing was taken.",
                "Unpack it yourself, look at it, and drop the folder.");
  }

  /// The files, without the folder that holds them all.
  Result<std::vector<FileRef>> result() const {
    if (m_files.empty()) {
      return fail(ErrorCode::kInvalid, "The archive holds no file.", "Make it of the files that the tasks need.");
    }
    const std::string& first = m_files.begin()->first;
    const std::string top = first.substr(0, first.find('/') + 1);
    const bool hasTop = !top.empty() && std::all_of(m_files.begin(), m_files.end(), [&](const auto& file) {
      return file.first.compare(0, top.size(), top) == 0;
    });
    std::vector<FileRef> files;
    for (const auto& [path, file] : m_files) {
      files.push_back(file);
      if (hasTop) files.back().path.erase(0, top.size());
    }
    return files;
  }

  BlobStore& m_blobs;
  const std::string m_name;
  const UnpackLimits m_most;
  const std::uint64_t m_mostBytes;
  std::uint64_t m_bytes = 0;
  std::string m_entry;  ///< the last one whose name was read
  std::map<std::string, FileRef> m_files;
};

}  // namespace

bool isArchiveName(std::string_view path) {
  constexpr std::array<std::string_view, 8> kEndings = {".tar",     ".tar.gz",  ".tgz",  ".tar.xz",
                                                        ".tar.zst", ".tar.bz2", ".tbz2", ".zip"};
  return std::any_of(kEndings.begin(), kEndings.end(), [path](std::string_view ending) {
    return path.size() > ending.size() && path.substr(path.size() - ending.size()) == ending;
  });
}

Result<std::vector<FileRef>> unpackToBlobs(BlobStore& blobs, int archive, std::uint64_t size, const std::string& name,
                                           const UnpackLimits& most) {
  const Descriptor file(archive);
  return Unpacking(blobs, name, size, most).run(file.number());
}

}  // namespace hearth::server
