// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace hearth::image::test {

/// Writes tar archives byte by byte, so that they may hold what no archiver would put into one.
class Tar {
 public:
  Tar& file(const std::string& name, const std::string& bytes, unsigned mode = 0644);
  Tar& folder(const std::string& name) { return entry(name, '5', {}, {}, 0755); }
  Tar& link(const std::string& name, const std::string& target) { return entry(name, '2', {}, target, 0777); }
  Tar& hardLink(const std::string& name, const std::string& existing) { return entry(name, '1', {}, existing, 0644); }
  Tar& device(const std::string& name) { return entry(name, '3', {}, {}, 0666); }
  Tar& fifo(const std::string& name) { return entry(name, '6', {}, {}, 0666); }
  /// Any name, by an extended header.
  Tar& longName(const std::string& name, const std::string& bytes);
  /// A file that claims this size and holds nothing of it (GNU sparse).
  Tar& sparse(const std::string& name, std::uint64_t size);
  std::string bytes() const { return m_bytes + std::string(1024, '\0'); }

 private:
  Tar& entry(const std::string& name, char type, const std::string& data, const std::string& target, unsigned mode);
  std::string m_bytes;
};

enum class Packing { kNone, kGzip, kZstd };
std::string packed(const std::string& bytes, Packing packing);

/// An image under construction; what is wrong with it can be set before it is written.
struct ImageMaker {
  std::vector<std::string> layers;  ///< tar archives, lowest first
  std::string config = "{}";        ///< the JSON of its "config"
  std::string architecture = "amd64", system = "linux";
  Packing packing = Packing::kNone;
  int damagedLayer = -1;     ///< this one's last byte is another than was hashed
  int damagedDocument = -1;  ///< OCI: 0 the configuration, 1 the manifest

  void writeDockerArchive(const std::filesystem::path& file) const;
  void writeLayout(const std::filesystem::path& folder) const;
  void writeLayoutArchive(const std::filesystem::path& file) const;

 private:
  std::string document() const;
  std::map<std::string, std::string> layoutFiles() const;
};

/// A folder of a test's own, removed with all in it.
struct Folder {
  std::filesystem::path path;
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path / name; }
};

void writeBytes(const std::filesystem::path& file, const std::string& bytes);
std::string readBytes(const std::filesystem::path& file);
/// Every path below a folder with its kind, sorted: to compare before and after.
std::vector<std::string> listing(const std::filesystem::path& folder);

}  // namespace hearth::image::test
