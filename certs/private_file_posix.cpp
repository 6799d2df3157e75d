// SPDX-License-Identifier: GPL-3.0-or-later
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/internal/private_file.h"

namespace hearth::certs {
namespace {

constexpr std::size_t kFileBytes = 64 * 1024;

/// Closes a descriptor at the end of its scope.
struct Descriptor {
  int fd = -1;
  Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

tl::unexpected<Error> systemFailed(const std::string& what, const std::filesystem::path& file, std::string hint = {}) {
  return fail(ErrorCode::kIo, what + " " + file.string() + ": " + std::generic_category().message(errno),
              std::move(hint));
}

}  // namespace

Result<std::string> readPrivateFile(const std::filesystem::path& file) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd < 0) return systemFailed("cannot open", file);
  struct stat facts {};
  if (::fstat(in.fd, &facts) != 0) return systemFailed("cannot look at", file);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::kInvalid, file.string() + " is not a regular file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::kForbidden, "other users can reach the key file " + file.string(),
                "Run: chmod 600 " + file.string());
  }
  std::string text(kFileBytes + 1, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(in.fd, text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return systemFailed("cannot read", file);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled > kFileBytes)
    return fail(ErrorCode::kTooLarge, file.string() + " is longer than 64 KiB, so it is no key file");
  text.resize(filled);
  return text;
}

Result<void> writePrivateFile(const std::filesystem::path& file, std::string_view text) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (out.fd < 0 && errno == EEXIST) {
    return fail(ErrorCode::kConflict, file.string() + " exists already and is not overwritten",
                "Move it away first if you mean to replace it.");
  }
  if (out.fd < 0) return systemFailed("cannot create", file);
  while (!text.empty()) {
    const ssize_t count = ::write(out.fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      auto failed = systemFailed("cannot write", file);
      ::unlink(file.c_str());
      return failed;
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(out.fd) != 0) {
    auto failed = systemFailed("cannot write", file);
    ::unlink(file.c_str());
    return failed;
  }
  return {};
}

}  // namespace hearth::certs
