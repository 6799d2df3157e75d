// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/vm_job.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/exit_words.h"
#include "sandbox/unique_fd.h"
#include "sandbox/vm_protocol.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBuffer = 1024 * 1024;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kSystemBytes = 128 * limits::kMiB;  // the kernel, its initial file system, our init
constexpr std::uint64_t kSlack = 1 * limits::kMiB;
constexpr std::uint64_t kLargestDisk = 1 * limits::kGiB;  // it is memory
constexpr std::uint64_t kLargestTemporary = 64 * limits::kMiB;
constexpr std::uint64_t kEntries = 300'000;
constexpr std::array<std::string_view, 5> kOwnNames = {"proc", "dev", "work", "tmp", "hearth-task-init"};

std::uint64_t pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage + kPage; }

/// Writes one disk from its beginning.
class DiskWriter {
 public:
  explicit DiskWriter(UniqueFd file) : m_file(std::move(file)) { m_buffer.reserve(kBuffer); }

  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const char*>(data);
    m_buffer.append(from, size);
    if (m_buffer.size() >= kBuffer) flush();
  }
  void appendEntry(std::uint32_t kind, const std::string& path, bool executable, std::uint64_t size) {
    const HearthVmEntry entry{kind, executable ? 1U : 0U, static_cast<std::uint32_t>(path.size()), 0, size};
    append(&entry, sizeof entry);
    append(path.data(), path.size());
  }
  /// False when the file is not as long as it was.
  bool appendFile(const fs::path& path, std::uint64_t size) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    std::array<char, 64 * 1024> piece;
    while (size > 0) {
      const ssize_t got = ::read(file.number(), piece.data(), std::min<std::uint64_t>(piece.size(), size));
      if (got <= 0) return false;
      append(piece.data(), static_cast<std::size_t>(got));
      size -= static_cast<std::uint64_t>(got);
    }
    return true;
  }
  void flush() {
    for (std::size_t done = 0; done < m_buffer.size() && m_error == 0;) {
      const ssize_t written = ::write(m_file.number(), m_buffer.data() + done, m_buffer.size() - done);
      if (written < 0 && errno != EINTR) m_error = errno;
      if (written > 0) done += static_cast<std::size_t>(written);
    }
    m_written += m_buffer.size();
    m_buffer.clear();
  }
  /// Disks consist of whole blocks.
  int finish() {
    flush();
    m_buffer.assign((kPage - m_written % kPage) % kPage, '\0');
    flush();
    return m_error;
  }
  int error() const { return m_error; }

 private:
  UniqueFd m_file;
  std::string m_buffer;
  std::uint64_t m_written = 0;
  int m_error = 0;
};

struct Found {
  std::string path;  ///< on the disk
  fs::path source;
  fs::file_type type = fs::file_type::none;
  bool executable = false;
  std::uint64_t size = 0;
  std::string target;
};

/// Everything below a folder, folders before what is in them.
Result<std::uint64_t> listFolder(const fs::path& folder, const std::string& prefix, std::vector<Found>& found) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) {
    const fs::path relative = each->path().lexically_relative(folder);
    const bool isOwn = prefix == "root/" && each.depth() == 0 &&
                       std::find(kOwnNames.begin(), kOwnNames.end(), relative.native()) != kOwnNames.end();
    struct stat info {};
    if (::lstat(each->path().c_str(), &info) != 0) continue;
    Found entry{
        prefix + relative.string(), each->path(), each->symlink_status().type(), (info.st_mode & 0111) != 0, 0, {}};
    if (isOwn && S_ISDIR(info.st_mode) && fs::is_empty(each->path(), error)) continue;  // an image's mount point
    if (isOwn) {
      return fail(ErrorCode::kInvalid,
                  "the package holds /" + relative.string() + ", a name that the sandbox itself gives",
                  "Pack it again without it: /work, /tmp, /proc and /dev are made by the sandbox.");
    }
    if (S_ISREG(info.st_mode)) entry.size = static_cast<std::uint64_t>(info.st_size);
    if (S_ISLNK(info.st_mode)) entry.target = fs::read_symlink(each->path(), error).string();
    if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode) && !S_ISDIR(info.st_mode)) {
      return fail(ErrorCode::kInvalid, relative.string() + " is neither a file, a folder nor a link");
    }
    bytes += pages(entry.size);
    if (found.size() == kEntries)
      return fail(ErrorCode::kTooLarge, "the task has too many files for a virtual machine");
    found.push_back(std::move(entry));
  }
  if (error) return fail(ErrorCode::kIo, "cannot read " + folder.string() + ": " + error.message());
  return bytes;
}

std::string textOf(const RunSpec& spec) {
  std::string text = spec.program + '\0';
  for (const auto& argument : spec.arguments) text += argument + '\0';
  for (const auto& [name, value] : spec.environment) text += name + "=" + value + '\0';
  text += (spec.workingFolder.empty() ? "/work" : spec.workingFolder) + '\0';
  text += (spec.standardInput.empty() ? std::string() : "/work/" + spec.standardInput) + '\0';
  return text;
}

HearthVmJob headOf(const RunSpec& spec, std::uint64_t rootBytes, std::uint64_t inputBytes) {
  const std::uint64_t written = std::min(spec.diskBytes, kLargestDisk);
  HearthVmJob head{};
  head.magic = kHearthVmJobMagic;
  head.argumentCount = static_cast<std::uint32_t>(spec.arguments.size() + 1);
  head.environmentCount = static_cast<std::uint32_t>(spec.environment.size());
  head.temporaryBytes = std::min(written, kLargestTemporary);
  // What it writes lies in memory and counts in its group.
  head.memoryBytes = spec.memoryBytes + written + head.temporaryBytes;
  head.rootBytes = rootBytes + kSlack;
  head.workBytes = inputBytes + written + kSlack;
  head.outputBytes = (spec.standardOutputBytes != 0 ? spec.standardOutputBytes : limits::kStreamBytes);
  head.errorBytes = limits::kStreamBytes;
  head.processes = spec.processes;
  head.user = spec.user;
  head.group = spec.group;
  return head;
}

Result<void> writeEntries(DiskWriter& disk, const std::vector<Found>& found) {
  for (const Found& entry : found) {
    if (entry.type == fs::file_type::directory) {
      disk.appendEntry(kVmFolder, entry.path, true, 0);
    } else if (entry.type == fs::file_type::symlink) {
      disk.appendEntry(kVmLink, entry.path, false, entry.target.size());
      disk.append(entry.target.data(), entry.target.size());
    } else {
      disk.appendEntry(kVmFile, entry.path, entry.executable, entry.size);
      if (!disk.appendFile(entry.source, entry.size))
        return fail(ErrorCode::kIo, "cannot read " + entry.source.string());
    }
  }
  disk.appendEntry(kVmEnd, {}, false, 0);
  return {};
}

}  // namespace

Result<VmSizes> writeVmJob(const RunSpec& spec, const fs::path& disk) {
  std::vector<Found> found;
  const auto rootBytes = listFolder(spec.packageRoot, "root/", found);
  if (!rootBytes) return fail(rootBytes.error());
  const auto inputBytes = listFolder(spec.work, "work/", found);
  if (!inputBytes) return fail(inputBytes.error());
  const std::string text = textOf(spec);
  HearthVmJob head = headOf(spec, *rootBytes, *inputBytes);
  head.textBytes = text.size();
  UniqueFd file(::open(disk.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail(ErrorCode::kIo, "cannot make " + disk.string() + ": " + std::strerror(errno));
  DiskWriter writer(std::move(file));
  writer.append(&head, sizeof head);
  writer.append(text.data(), text.size());
  HEARTH_TRY(writeEntries(writer, found));
  if (const int error = writer.finish(); error != 0) {
    return fail(error == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kIo,
                "cannot write the disk of a virtual machine: " + std::string(std::strerror(error)),
                "Free some disk space.");
  }
  VmSizes sizes;
  sizes.machineBytes = head.memoryBytes + head.rootBytes + *inputBytes + kSystemBytes;
  sizes.outputBytes = head.outputBytes;
  sizes.errorBytes = head.errorBytes;
  sizes.writtenBytes = head.workBytes;
  sizes.diskBytes = pages(kVmStreams + head.outputBytes + head.errorBytes + 2 * head.workBytes);
  return sizes;
}

}  // namespace hearth::sandbox
