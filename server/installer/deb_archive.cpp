// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/installer/deb_archive.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

namespace hearth::server {
namespace {

constexpr std::size_t kLineLetters = 78;
constexpr const char* kGzipBest = "gzip:!timestamp,gzip:compression-level=9";

struct FreeArchive {
  void operator()(archive* writer) const { ::archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { ::archive_entry_free(entry); }
};
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

la_ssize_t append(archive* /*writer*/, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

/// An archive in memory. Used by one function, and done with finish().
class Writer {
 public:
  enum class Kind : std::uint8_t { kTarGzip, kAr, kGzip };

  Writer(Kind kind, Instant made) : m_writer(::archive_write_new()), m_made(made) {
    bool set = false;
    if (kind == Kind::kAr) {
      set = ::archive_write_set_format_ar_bsd(m_writer.get()) == ARCHIVE_OK;
    } else {
      const int format = kind == Kind::kGzip ? ::archive_write_set_format_raw(m_writer.get())
                                             : ::archive_write_set_format_ustar(m_writer.get());
      set = format == ARCHIVE_OK && ::archive_write_add_filter_gzip(m_writer.get()) == ARCHIVE_OK &&
            ::archive_write_set_options(m_writer.get(), kGzipBest) == ARCHIVE_OK;
    }
    ::archive_write_set_bytes_in_last_block(m_writer.get(), 1);
    m_well = set && ::archive_write_open(m_writer.get(), &m_bytes, nullptr, append, nullptr) == ARCHIVE_OK;
  }

  void folder(const std::string& path) { put(path, AE_IFDIR, 0755, {}); }
  void file(const std::string& path, const std::string& content) { put(path, AE_IFREG, 0644, content); }

  Result<std::string> finish() {
    if (m_well && ::archive_write_close(m_writer.get()) == ARCHIVE_OK) return std::move(m_bytes);
    const char* reason = ::archive_error_string(m_writer.get());
    return fail(ErrorCode::kIo, std::string("cannot write an archive: ") + (reason == nullptr ? "?" : reason));
  }

 private:
  void put(const std::string& path, unsigned type, int mode, const std::string& content) {
    const Entry entry(::archive_entry_new());
    ::archive_entry_set_pathname(entry.get(), path.c_str());
    ::archive_entry_set_filetype(entry.get(), type);
    ::archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
    ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    ::archive_entry_set_mtime(entry.get(), static_cast<time_t>(m_made.micros / 1'000'000), 0);
    ::archive_entry_set_uname(entry.get(), "root");
    ::archive_entry_set_gname(entry.get(), "root");
    m_well = m_well && ::archive_write_header(m_writer.get(), entry.get()) == ARCHIVE_OK;
    if (!content.empty()) {
      const la_ssize_t written = ::archive_write_data(m_writer.get(), content.data(), content.size());
      m_well = m_well && written == static_cast<la_ssize_t>(content.size());
    }
  }

  std::unique_ptr<archive, FreeArchive> m_writer;
  Instant m_made;
  std::string m_bytes;
  bool m_well = false;
};

/// As md5sum(1) prints it; empty where the system's rules allow no MD5, which dpkg takes for "not known".
std::string md5Line(const DebFile& file) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (::EVP_Digest(file.content.data(), file.content.size(), digest.data(), &size, ::EVP_md5(), nullptr) != 1)
    return {};
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string line;
  for (unsigned i = 0; i < size; ++i) {
    line += kDigits[digest.at(i) >> 4U];
    line += kDigits[digest.at(i) & 15U];
  }
  return line + "  " + file.path + "\n";
}

/// A description as deb-control(5) has it: each line begins with a space, an empty one is a dot.
std::string descriptionField(const std::string& text) {
  std::string field;
  std::istringstream paragraphs(text);
  for (std::string paragraph; std::getline(paragraphs, paragraph);) {
    std::istringstream words(paragraph);
    std::string line;
    for (std::string word; words >> word;) {
      if (!line.empty() && line.size() + 1 + word.size() > kLineLetters) {
        field += " " + line + "\n";
        line.clear();
      }
      line += (line.empty() ? "" : " ") + word;
    }
    field += line.empty() ? " .\n" : " " + line + "\n";
  }
  return field;
}

std::string controlText(const DebPackage& package) {
  std::uint64_t kibibytes = 0;
  for (const DebFile& file : package.files) kibibytes += file.content.size() / 1024 + 1;
  std::string text = "Package: " + package.name + "\nVersion: " + package.version +
                     "\nArchitecture: all\nMaintainer: " + package.maintainer +
                     "\nInstalled-Size: " + std::to_string(kibibytes) + "\n";
  if (!package.depends.empty()) text += "Depends: " + package.depends + "\n";
  if (!package.recommends.empty()) text += "Recommends: " + package.recommends + "\n";
  return text + "Section: " + package.section + "\nPriority: optional\nHomepage: " + package.homepage +
         "\nDescription: " + package.synopsis + "\n" + descriptionField(package.description);
}

Result<std::string> controlArchive(const DebPackage& package, Instant made) {
  std::string sums;
  for (const DebFile& file : package.files) sums += md5Line(file);
  Writer writer(Writer::Kind::kTarGzip, made);
  writer.folder("./");
  writer.file("./control", controlText(package));
  if (!sums.empty()) writer.file("./md5sums", sums);
  return writer.finish();
}

Result<std::string> dataArchive(const DebPackage& package, Instant made) {
  std::set<std::string> folders{"./"};
  for (const DebFile& file : package.files) {
    for (std::size_t at = file.path.find('/'); at != std::string::npos; at = file.path.find('/', at + 1)) {
      folders.insert("./" + file.path.substr(0, at + 1));
    }
  }
  Writer writer(Writer::Kind::kTarGzip, made);
  for (const std::string& folder : folders) writer.folder(folder);
  for (const DebFile& file : package.files) writer.file("./" + file.path, file.content);
  return writer.finish();
}

}  // namespace

Result<std::string> gzipDocument(const std::string& text) {
  Writer writer(Writer::Kind::kGzip, {});
  writer.file("document", text);
  return writer.finish();
}

Result<std::string> writeDeb(const DebPackage& package, Instant made) {
  auto control = controlArchive(package, made);
  if (!control) return control;
  auto data = dataArchive(package, made);
  if (!data) return data;
  Writer writer(Writer::Kind::kAr, made);
  writer.file("debian-binary", "2.0\n");
  writer.file("control.tar.gz", *control);
  writer.file("data.tar.gz", *data);
  return writer.finish();
}

}  // namespace hearth::server
