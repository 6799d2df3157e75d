// SPDX-License-Identifier: GPL-3.0-or-later
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/executor.h"
#include "sandbox/exit_words.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopyBytes = 1024 * 1024;

std::string quoted(const std::string& path) { return "the declared output '" + path + "'"; }

/// Relative, without empty, "." or ".." parts, and of a length that the protocol takes.
bool isPlainPath(std::string_view path) {
  if (path.empty() || path.size() > limits::kPathBytes || path.find('\0') != std::string_view::npos) return false;
  for (std::string_view rest = path;;) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

struct Source {
  UniqueFd file;  ///< none: it is not there
  std::uint64_t size = 0;
};

tl::unexpected<Error> refusal(const std::string& path, const char* why) {
  return fail(ErrorCode::kInvalid, quoted(path) + " " + why,
              "Declared outputs must be regular files that the program wrote itself.");
}

/// Looks before it opens: opening a fifo waits, opening a device acts.
Result<Source> openSource(int work, const std::string& path) {
  if (!isPlainPath(path)) return refusal(path, "is no plain path below the task's folder");
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const UniqueFd place(static_cast<int>(::syscall(SYS_openat2, work, path.c_str(), &how, sizeof how)));
  if (!place && (errno == ENOENT || errno == ENOTDIR)) return Source{};
  if (!place && errno == ELOOP) return refusal(path, "is a symbolic link, or lies behind one");
  if (!place && errno == EXDEV) return refusal(path, "lies outside of the task's folder");
  if (!place) return fail(ErrorCode::kIo, quoted(path) + " cannot be opened: " + std::strerror(errno));
  struct stat info {};
  if (::fstat(place.number(), &info) != 0)
    return fail(ErrorCode::kIo, quoted(path) + " cannot be read: " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return refusal(path, "is not a regular file");
  if (info.st_nlink != 1) return refusal(path, "is a hard link: it has a second name");
  const std::string same = "/proc/self/fd/" + std::to_string(place.number());
  if ((info.st_mode & S_IRUSR) == 0) ::chmod(same.c_str(), 0600);  // the program closed it to its owner, who we are
  Source source{UniqueFd(::open(same.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)),
                static_cast<std::uint64_t>(info.st_size)};
  if (!source.file) return fail(ErrorCode::kIo, quoted(path) + " cannot be opened: " + std::strerror(errno));
  return source;
}

bool writeAll(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

/// Copies exactly `size` bytes; a file that is another length by now is an error. By clone or within the kernel where
/// that works.
Result<void> copyBytes(int from, int to, std::uint64_t size) {
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, static_cast<std::size_t>(size - done), 0);
    if (copied <= 0) break;
    done += static_cast<std::uint64_t>(copied);
  }
  const auto buffer = std::make_unique<char[]>(kCopyBytes);
  while (done < size) {
    const ssize_t got = ::read(from, buffer.get(), std::min<std::uint64_t>(kCopyBytes, size - done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(ErrorCode::kIo, got == 0 ? "it became shorter" : std::strerror(errno));
    if (!writeAll(to, buffer.get(), static_cast<std::size_t>(got))) {
      return fail(ErrorCode::kExhausted, std::string("its copy cannot be written: ") + std::strerror(errno),
                  "Free some disk space.");
    }
    done += static_cast<std::uint64_t>(got);
  }
  return {};
}

/// Takes outputs one by one; removes what it made unless all went well.
class Collector {
 public:
  Collector(int work, fs::path to, std::uint64_t limit) : m_work(work), m_to(std::move(to)), m_limit(limit) {}
  ~Collector() {
    std::error_code ignored;
    for (const Collected& output : m_taken) fs::remove(output.file, ignored);
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  Result<void> take(const std::string& path, bool required) {
    auto source = openSource(m_work, path);
    if (!source) return fail(std::move(source).error());
    if (!source->file && !required) return {};
    if (!source->file) {
      return fail(ErrorCode::kNotFound, quoted(path) + " is not there",
                  "The program ended without writing it: look at its standard error.");
    }
    if (source->size > m_limit - m_total) {
      return fail(ErrorCode::kTooLarge,
                  "the declared outputs are larger than their limit of " + inWords(m_limit) + " together",
                  "Raise the limit of the outputs in the manifest, or write less.");
    }
    return copy(path, *source);
  }

  std::vector<Collected> finish() { return std::exchange(m_taken, {}); }

 private:
  Result<void> copy(const std::string& path, const Source& source) {
    Collected output{path, m_to / std::to_string(m_taken.size()), source.size};
    const UniqueFd target(::open(output.file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!target) return fail(ErrorCode::kIo, "cannot make " + output.file.string() + ": " + std::strerror(errno));
    m_taken.push_back(output);
    m_total += source.size;
    auto copied = copyBytes(source.file.number(), target.number(), source.size);
    if (!copied) return fail(std::move(copied).error().within(quoted(path)));
    return {};
  }

  int m_work;
  fs::path m_to;
  std::uint64_t m_limit, m_total = 0;
  std::vector<Collected> m_taken;
};

}  // namespace

Result<std::vector<Collected>> collectOutputs(const fs::path& work, const std::vector<std::string>& required,
                                              const std::vector<std::string>& optional, const fs::path& to,
                                              std::uint64_t limitBytes) {
  const UniqueFd folder(::open(work.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder)
    return fail(ErrorCode::kIo, "cannot open the task's folder " + work.string() + ": " + std::strerror(errno));
  Collector collector(folder.number(), to, limitBytes);
  for (const std::string& path : required) HEARTH_TRY(collector.take(path, true));
  for (const std::string& path : optional) HEARTH_TRY(collector.take(path, false));
  return collector.finish();
}

}  // namespace hearth::sandbox
