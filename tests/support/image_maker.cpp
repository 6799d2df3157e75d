// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/image_maker.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "certs/sha256.h"

namespace hearth::image::test {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBlock = 512;

std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + kBlock - 1) / kBlock * kBlock);
  return bytes;
}

void setOctal(std::string& header, std::size_t at, std::size_t digits, std::uint64_t value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%0*llo", static_cast<int>(digits), static_cast<unsigned long long>(value));
  std::memcpy(header.data() + at, text.data(), digits);
}

void setText(std::string& header, std::size_t at, std::size_t most, const std::string& text) {
  if (text.size() > most) throw std::runtime_error("too long for a tar header: " + text);
  std::memcpy(header.data() + at, text.data(), text.size());
}

std::string header(const std::string& name, char type, std::uint64_t size, const std::string& target, unsigned mode,
                   bool gnu) {
  std::string made(kBlock, '\0');
  setText(made, 0, 100, name);
  setOctal(made, 100, 7, mode);
  setOctal(made, 108, 7, 0);
  setOctal(made, 116, 7, 0);
  setOctal(made, 124, 11, size);
  setOctal(made, 136, 11, 0);
  made[156] = type;
  setText(made, 157, 100, target);
  std::memcpy(made.data() + 257, gnu ? "ustar  \0" : "ustar\00000", 8);
  if (type == '3') setOctal(made, 329, 7, 1);
  return made;
}

std::string sealed(std::string made) {
  std::memset(made.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const char c : made) sum += static_cast<unsigned char>(c);
  setOctal(made, 148, 6, sum);
  made[154] = '\0';
  return made;
}

std::string jsonList(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "\"" : ",\"") + text + "\"";
  return "[" + list + "]";
}

std::string hex(const std::string& bytes) { return certs::sha256(bytes).hex(); }

}  // namespace

Tar& Tar::entry(const std::string& name, char type, const std::string& data, const std::string& target, unsigned mode) {
  m_bytes += sealed(header(name, type, data.size(), target, mode, false)) + padded(data);
  return *this;
}

Tar& Tar::file(const std::string& name, const std::string& bytes, unsigned mode) {
  return entry(name, '0', bytes, {}, mode);
}

Tar& Tar::longName(const std::string& name, const std::string& bytes) {
  const std::string body = " path=" + name + "\n";
  std::size_t length = body.size();
  while (std::to_string(length).size() + body.size() != length) length = std::to_string(length).size() + body.size();
  entry("pax", 'x', std::to_string(length) + body, {}, 0644);
  return entry("short", '0', bytes, {}, 0644);
}

Tar& Tar::sparse(const std::string& name, std::uint64_t size) {
  std::string made = header(name, 'S', 0, {}, 0644, true);
  setOctal(made, 386, 11, size);  // one piece of no bytes, at the end
  setOctal(made, 398, 11, 0);
  setOctal(made, 483, 11, size);
  m_bytes += sealed(made);
  return *this;
}

std::string packed(const std::string& bytes, Packing packing) {
  if (packing == Packing::kNone) return bytes;
  std::string out(bytes.size() + (1 << 20), '\0');
  std::size_t used = 0;
  archive* writer = ::archive_write_new();
  ::archive_write_set_format_raw(writer);
  if (packing == Packing::kGzip) ::archive_write_add_filter_gzip(writer);
  if (packing == Packing::kZstd) ::archive_write_add_filter_zstd(writer);
  ::archive_write_set_bytes_in_last_block(writer, 1);
  ::archive_write_open_memory(writer, out.data(), out.size(), &used);
  archive_entry* entry = ::archive_entry_new();
  ::archive_entry_set_filetype(entry, AE_IFREG);
  ::archive_write_header(writer, entry);
  ::archive_write_data(writer, bytes.data(), bytes.size());
  ::archive_entry_free(entry);
  ::archive_write_close(writer);
  ::archive_write_free(writer);
  out.resize(used);
  return out;
}

std::string ImageMaker::document() const {
  std::vector<std::string> digests;
  for (const auto& layer : layers) digests.push_back("sha256:" + hex(layer));
  return R"({"architecture":")" + architecture + R"(","os":")" + system + R"(","config":)" + config +
         R"(,"rootfs":{"type":"layers","diff_ids":)" + jsonList(digests) + "}}";
}

void ImageMaker::writeDockerArchive(const fs::path& file) const {
  Tar tar;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::string bytes = layers[i];
    if (static_cast<int>(i) == damagedLayer) bytes.back() = 'x';
    names.push_back("layer" + std::to_string(i) + ".tar");
    tar.file(names.back(), packed(bytes, packing));
  }
  tar.file("config.json", document());
  tar.file("manifest.json", R"([{"Config":"config.json","RepoTags":null,"Layers":)" + jsonList(names) + "}]");
  writeBytes(file, tar.bytes());
}

std::map<std::string, std::string> ImageMaker::layoutFiles() const {
  std::map<std::string, std::string> files;
  const auto add = [&files](const std::string& bytes, bool damaged) {
    const std::string digest = hex(bytes);
    files["blobs/sha256/" + digest] = damaged ? bytes.substr(0, bytes.size() - 1) + " " : bytes;
    return "\"digest\":\"sha256:" + digest + "\",\"size\":" + std::to_string(bytes.size());
  };
  std::string list;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string entry = add(packed(layers[i], packing), static_cast<int>(i) == damagedLayer);
    list += (i == 0 ? "{" : ",{") + entry + "}";
  }
  const std::string configEntry = add(document(), damagedDocument == 0);
  const std::string manifest = R"({"schemaVersion":2,"config":{)" + configEntry + "},\"layers\":[" + list + "]}";
  const std::string manifestEntry = add(manifest, damagedDocument == 1);
  files["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
  files["index.json"] = R"({"schemaVersion":2,"manifests":[{)" + manifestEntry + "}]}";
  return files;
}

void ImageMaker::writeLayout(const fs::path& folder) const {
  for (const auto& [name, bytes] : layoutFiles()) {
    fs::create_directories((folder / name).parent_path());
    writeBytes(folder / name, bytes);
  }
}

void ImageMaker::writeLayoutArchive(const fs::path& file) const {
  Tar tar;
  for (const auto& [name, bytes] : layoutFiles()) tar.file(name, bytes);
  writeBytes(file, tar.bytes());
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "hearth-image-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void writeBytes(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

std::string readBytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> listing(const fs::path& folder) {
  std::vector<std::string> lines;
  for (const auto& each : fs::recursive_directory_iterator(folder)) {
    const auto kind = each.symlink_status().type();
    std::string line = each.path().lexically_relative(folder).string();
    if (kind == fs::file_type::directory) line += "/";
    if (kind == fs::file_type::symlink) line += " -> " + fs::read_symlink(each.path()).string();
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace hearth::image::test
