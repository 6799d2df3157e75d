// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/image_source.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "image/archive_reader.h"
#include "sandbox/unique_fd.h"

namespace hearth::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMembers = 10'000;
constexpr int kLinks = 8;
constexpr std::size_t kBlockBytes = 128 * 1024;

tl::unexpected<Error> noMember(const std::string& member) {
  return fail(ErrorCode::kNotFound, "the image has no file '" + member + "'",
              "Save it again: podman save --format docker-archive -o FILE.tar IMAGE");
}

/// "./a/../b" as "b"; empty for what is not below the top.
std::string plainPath(const fs::path& path) {
  const fs::path plain = path.lexically_normal();
  if (plain.empty() || plain.is_absolute() || *plain.begin() == "..") return {};
  std::string text = plain.string();
  while (text.ends_with('/')) text.pop_back();
  return text == "." ? std::string() : text;
}

class TarMember final : public ByteStream {
 public:
  static Result<std::unique_ptr<ByteStream>> open(const fs::path& file, const std::string& member);

  Result<std::string_view> next() override {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    int status = ARCHIVE_OK;
    do {
      status = ::archive_read_data_block(m_reader.get(), &block, &size, &offset);
    } while (status == ARCHIVE_OK && size == 0);
    if (status == ARCHIVE_EOF) return std::string_view();
    if (status < ARCHIVE_WARN) return fail(ErrorCode::kInvalid, "the image's archive is damaged or cut off");
    // A hole would be bytes that the archive does not hold.
    if (offset != m_offset) return fail(ErrorCode::kInvalid, "a member of the image's archive is sparse");
    m_offset += static_cast<la_int64_t>(size);
    return std::string_view(static_cast<const char*>(block), size);
  }

 private:
  explicit TarMember(ArchiveHandle reader) : m_reader(std::move(reader)) {}
  ArchiveHandle m_reader;
  la_int64_t m_offset = 0;
};

Result<ArchiveHandle> openTar(const fs::path& file) {
  ArchiveHandle reader(::archive_read_new());
  if (!reader) return fail(ErrorCode::kExhausted, "out of memory");
  ::archive_read_support_format_tar(reader.get());
  if (::archive_read_open_filename(reader.get(), file.c_str(), kBlockBytes) != ARCHIVE_OK) {
    return fail(ErrorCode::kInvalid, file.string() + " is not a tar archive",
                "Save the image as one, not compressed: podman save --format docker-archive -o FILE.tar IMAGE");
  }
  return reader;
}

Result<std::unique_ptr<ByteStream>> TarMember::open(const fs::path& file, const std::string& member) {
  auto reader = openTar(file);
  if (!reader) return fail(std::move(reader).error());
  archive_entry* entry = nullptr;
  while (::archive_read_next_header(reader->get(), &entry) >= ARCHIVE_WARN && entry != nullptr) {
    const char* name = nameOf(entry);
    if (name == nullptr || plainPath(name) != member) {
      entry = nullptr;
      continue;
    }
    return std::unique_ptr<ByteStream>(new TarMember(std::move(*reader)));
  }
  return noMember(member);
}

class TarSource final : public ImageSource {
 public:
  static Result<std::unique_ptr<ImageSource>> open(const fs::path& file);

  bool has(const std::string& member) const override { return !resolved(member).empty(); }
  Result<std::unique_ptr<ByteStream>> open(const std::string& member) const override {
    const std::string real = resolved(member);
    if (real.empty()) return noMember(member);
    return TarMember::open(m_file, real);
  }

 private:
  explicit TarSource(fs::path file) : m_file(std::move(file)) {}
  std::string resolved(const std::string& member) const {
    std::string path = plainPath(member);
    for (int links = 0; links < kLinks; ++links) {
      const auto found = m_members.find(path);
      if (found == m_members.end()) return {};
      if (found->second.empty()) return path;
      path = found->second;
    }
    return {};
  }

  fs::path m_file;
  std::map<std::string, std::string> m_members;  ///< regular files, and links with the member that they lead to
};

Result<std::unique_ptr<ImageSource>> TarSource::open(const fs::path& file) {
  auto reader = openTar(file);
  if (!reader) return fail(std::move(reader).error());
  std::unique_ptr<TarSource> source(new TarSource(file));
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(reader->get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) {
      return fail(ErrorCode::kInvalid, file.string() + " is not a whole tar archive", "Save the image again.");
    }
    const char* name = nameOf(entry);
    const std::string path = name != nullptr ? plainPath(name) : std::string();
    if (path.empty()) continue;
    if (source->m_members.size() == kMembers)
      return fail(ErrorCode::kTooLarge, file.string() + " has too many members for an image");
    if (const char* same = ::archive_entry_hardlink(entry)) {
      source->m_members[path] = plainPath(same);
    } else if (::archive_entry_filetype(entry) == AE_IFREG) {
      source->m_members[path] = {};
    } else if (const char* target = ::archive_entry_symlink(entry)) {
      if (auto leads = plainPath(fs::path(path).parent_path() / target); !leads.empty())
        source->m_members[path] = leads;
    }
  }
  return std::unique_ptr<ImageSource>(std::move(source));
}

class FileStream final : public ByteStream {
 public:
  explicit FileStream(sandbox::UniqueFd file) : m_file(std::move(file)) {}
  Result<std::string_view> next() override {
    ssize_t got = 0;
    do {
      got = ::read(m_file.number(), m_buffer.data(), m_buffer.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail(ErrorCode::kIo, std::string("the image cannot be read: ") + std::strerror(errno));
    return std::string_view(m_buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  sandbox::UniqueFd m_file;
  std::array<char, kBlockBytes> m_buffer;
};

class FolderSource final : public ImageSource {
 public:
  explicit FolderSource(sandbox::UniqueFd folder) : m_folder(std::move(folder)) {}
  bool has(const std::string& member) const override { return static_cast<bool>(openFile(member)); }
  Result<std::unique_ptr<ByteStream>> open(const std::string& member) const override {
    auto file = openFile(member);
    if (!file) return noMember(member);
    return std::unique_ptr<ByteStream>(std::make_unique<FileStream>(std::move(file)));
  }

 private:
  sandbox::UniqueFd openFile(const std::string& member) const {
    open_how how{};
    how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    sandbox::UniqueFd file(
        static_cast<int>(::syscall(SYS_openat2, m_folder.number(), member.c_str(), &how, sizeof how)));
    struct stat info {};
    if (!file || ::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
    return file;
  }

  sandbox::UniqueFd m_folder;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> openImageSource(const fs::path& image) {
  sandbox::UniqueFd found(::open(image.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info {};
  if (!found || ::fstat(found.number(), &info) != 0) {
    return fail(ErrorCode::kNotFound, "cannot open the image " + image.string() + ": " + std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) return std::unique_ptr<ImageSource>(std::make_unique<FolderSource>(std::move(found)));
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kInvalid, image.string() + " is neither a file nor a folder");
  return TarSource::open(image);
}

Result<std::string> readMember(const ImageSource& source, const std::string& member, std::size_t mostBytes) {
  auto stream = source.open(member);
  if (!stream) return fail(std::move(stream).error());
  std::string text;
  for (;;) {
    auto piece = (*stream)->next();
    if (!piece) return fail(std::move(piece).error().within("'" + member + "'"));
    if (piece->empty()) return text;
    if (piece->size() > mostBytes - text.size()) {
      return fail(ErrorCode::kTooLarge,
                  "'" + member + "' in the image is larger than " + std::to_string(mostBytes / limits::kKiB) + " KiB");
    }
    text += *piece;
  }
}

}  // namespace hearth::image
