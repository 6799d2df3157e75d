// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/vm_result.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/exit_words.h"
#include "sandbox/unique_fd.h"
#include "sandbox/vm_protocol.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kEntries = 200'000;
/// What a name takes of this machine's disk, also that of a folder or an empty file: an honest machine's file system
/// has so many names and no more.
constexpr std::uint64_t kNameBytes = 4096;
constexpr std::size_t kDepth = 64;
constexpr std::size_t kComplaint = 300;

bool readAt(int file, void* to, std::size_t size, std::uint64_t at) {
  auto* target = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::pread(file, target, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    target += got;
    at += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

/// Copies a part of the disk to where `to` stands. 0 or errno.
int copyPart(int disk, std::uint64_t at, std::uint64_t size, int to) {
  std::array<char, 64 * 1024> piece;
  while (size > 0) {
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(size, piece.size()));
    if (!readAt(disk, piece.data(), part, at)) return EIO;
    for (std::size_t done = 0; done < part;) {
      const ssize_t written = ::write(to, piece.data() + done, part - done);
      if (written < 0 && errno != EINTR) return errno;
      if (written > 0) done += static_cast<std::size_t>(written);
    }
    at += part;
    size -= part;
  }
  return 0;
}

int writeStream(const fs::path& file, int disk, std::uint64_t at, std::uint64_t kept, std::uint64_t dropped,
                bool exact) {
  const UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out) return errno;
  const std::string line = dropped > 0 && !exact
                               ? "\n[cut here: " + std::to_string(dropped) + " more bytes were not kept]\n"
                               : std::string();
  if (const int error = copyPart(disk, at, kept - std::min<std::uint64_t>(kept, line.size()), out.number()); error != 0)
    return error;
  return ::write(out.number(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? 0 : EIO;
}

/// Puts entries into a task's folder.
class Taker {
 public:
  Taker(int work, int disk, std::uint64_t at, std::uint64_t end, std::uint64_t bytes)
      : m_work(work),
        m_disk(disk),
        m_at(at),
        m_end(end),
        m_left(bytes),
        m_names(std::min(kEntries, bytes / kNameBytes + 2)) {}

  /// Why not all could be taken; empty when it was.
  std::string run() {
    for (std::uint64_t names = 0;; ++names) {
      HearthVmEntry entry{};
      if (!take(&entry, sizeof entry)) return kBroken;
      if (entry.kind == kVmEnd) return {};
      if (names == m_names) return "it wrote more than " + std::to_string(m_names) + " files and folders";
      if (entry.pathBytes == 0 || entry.pathBytes > limits::kPathBytes) return kBroken;
      std::string path(entry.pathBytes, '\0');
      if (!take(path.data(), path.size()) || !isPlain(path)) return kBroken;
      if (entry.kind == kVmFolder) {
        if (!makeFolder(path)) return "the folder '" + path + "' cannot be made: " + std::strerror(errno);
      } else if (entry.kind == kVmFile) {
        if (entry.dataBytes > m_left || entry.dataBytes > m_end - m_at) return "it wrote more than its limit";
        if (const int error = makeFile(path, entry.dataBytes); error != 0)
          return "the file '" + path + "' cannot be taken: " + std::strerror(error);
      } else {
        return kBroken;
      }
    }
  }

 private:
  static constexpr const char* kBroken = "what came out of the virtual machine is not what it should be";

  bool take(void* to, std::size_t size) {
    if (size > m_end - m_at || !readAt(m_disk, to, size, m_at)) return false;
    m_at += size;
    return true;
  }

  static bool isPlain(std::string_view path) {
    std::size_t depth = 0;
    if (path.find('\0') != std::string_view::npos) return false;
    for (std::size_t begin = 0; begin <= path.size(); ++depth) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string_view part = path.substr(begin, end - begin);
      if (part.empty() || part == "." || part == ".." || depth > kDepth) return false;
      begin = end + 1;
    }
    return true;
  }

  UniqueFd open(const std::string& path, std::uint64_t flags, std::uint64_t mode = 0) const {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, m_work, path.c_str(), &how, sizeof how)));
  }
  /// The folder above a path, which came before it or was there.
  UniqueFd above(const std::string& path, std::string& name) const {
    const auto slash = path.rfind('/');
    name = slash == std::string::npos ? path : path.substr(slash + 1);
    return open(slash == std::string::npos ? "." : path.substr(0, slash), O_PATH | O_DIRECTORY);
  }

  bool makeFolder(const std::string& path) const {
    std::string name;
    const UniqueFd folder = above(path, name);
    if (!folder) return false;
    if (::mkdirat(folder.number(), name.c_str(), 0700) == 0) return true;
    struct stat info {};
    return errno == EEXIST && ::fstatat(folder.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(info.st_mode);
  }

  int makeFile(const std::string& path, std::uint64_t size) {
    std::string name;
    const UniqueFd folder = above(path, name);
    if (!folder) return errno;
    if (::unlinkat(folder.number(), name.c_str(), 0) != 0 && errno != ENOENT) return errno;  // the input it wrote over
    const UniqueFd file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file) return errno;
    if (const int error = copyPart(m_disk, m_at, size, file.number()); error != 0) return error;
    m_at += size;
    m_left -= size;
    return 0;
  }

  int m_work, m_disk;
  std::uint64_t m_at, m_end, m_left;
  const std::uint64_t m_names;
};

struct Verdict {
  ExitKind kind;
  std::string reason;
};

Verdict machineFailure(const HearthVmResult& result, const std::string& complaints) {
  const std::string why = std::strerror(result.problem);
  if (result.problem != 0 && result.stage == kVmStageProgram) {
    return {ExitKind::kExitCode, "its program cannot be started: " + why +
                                     ". Is it in the package, marked as executable, with its loader and libraries?"};
  }
  if (result.problem == ENOSPC && result.stage == kVmStageOutputs)
    return {ExitKind::kDiskLimit, "it wrote more than its limit"};
  if (result.problem != 0)
    return {ExitKind::kHostFailed,
            "the virtual machine could not run it (step " + std::to_string(result.stage) + "): " + why};
  const std::string_view said = std::string_view(complaints).substr(0, kComplaint);
  return {ExitKind::kHostFailed,
          "the virtual machine ended without a result" +
              (said.empty() ? std::string(": its system broke down") : ": " + std::string(said))};
}

Verdict programEnd(const RunSpec& spec, const HearthVmResult& result) {
  const int status = result.waitStatus;
  if (status != 0 && result.memoryKills > 0)
    return {ExitKind::kMemoryLimit, "it used more memory than its limit of " + inWords(spec.memoryBytes)};
  if (status != 0 && result.processRefusals > 0) {
    return {ExitKind::kProcessLimit,
            "it had more than " + std::to_string(spec.processes) + " processes and threads at once"};
  }
  if (spec.standardOutputBytes != 0 && result.outputDropped > 0)
    return {ExitKind::kDiskLimit, "its standard output, a declared output, grew over its limit"};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {ExitKind::kOk, {}};
  if (WIFEXITED(status)) return {ExitKind::kExitCode, "it ended with exit code " + std::to_string(WEXITSTATUS(status))};
  return {ExitKind::kSignal, signalInWords(WTERMSIG(status))};
}

}  // namespace

RunEnd takeVmResult(const RunSpec& spec, const VmSizes& sizes, const fs::path& disk, RunEnd machine,
                    const std::string& complaints) {
  const UniqueFd file(::open(disk.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  HearthVmResult result{};
  const bool isThere = file && readAt(file.number(), &result, sizeof result, 0) && result.magic == kHearthVmResultMagic;
  if (!isThere) result = {};
  result.outputKept = std::min(result.outputKept, sizes.outputBytes);
  result.errorKept = std::min(result.errorKept, sizes.errorBytes);
  const std::uint64_t errorsAt = kVmStreams + sizes.outputBytes;
  const bool exact = spec.standardOutputBytes != 0;
  int failed =
      writeStream(spec.standardOutput, file.number(), kVmStreams, result.outputKept, result.outputDropped, exact);
  const int errorFailed =
      writeStream(spec.standardError, file.number(), errorsAt, result.errorKept, result.errorDropped, false);
  if (failed == 0) failed = errorFailed;
  if (machine.exit != ExitKind::kOk) return machine;  // stopped, or over a limit that is kept outside

  Verdict verdict =
      result.state == kVmEnded && result.problem == 0 ? programEnd(spec, result) : machineFailure(result, complaints);
  if (failed != 0) {
    verdict = {ExitKind::kHostFailed,
               std::string("what the task printed could not be written: ") + std::strerror(failed)};
  } else if (result.state == kVmEnded) {
    const UniqueFd work(::open(spec.work.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    Taker taker(work.number(), file.number(), errorsAt + sizes.errorBytes, sizes.diskBytes, sizes.writtenBytes);
    const std::string problem = taker.run();
    if (!problem.empty() && verdict.kind == ExitKind::kOk) verdict = {ExitKind::kDiskLimit, problem};
    machine.exitCode = WIFSIGNALED(result.waitStatus) ? WTERMSIG(result.waitStatus) : WEXITSTATUS(result.waitStatus);
  }
  machine.exit = verdict.kind;
  machine.reason = std::move(verdict.reason);
  return machine;
}

}  // namespace hearth::sandbox
