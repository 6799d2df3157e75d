// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/result.h"
#include "sandbox/unique_fd.h"

namespace hearth::test {

/// A virtual machine's parts as packaging/vm/build-guest makes them, with `init` (of the folder `bin`) as its first
/// process; made once beside `bin` for all tests, and anew when the init has changed. Empty where QEMU is not
/// installed. `source`: this checkout.
inline Result<std::filesystem::path> testMachine(const std::filesystem::path& source, const std::filesystem::path& bin,
                                                 const std::string& init) {
  namespace fs = std::filesystem;
  if (::access("/usr/bin/qemu-system-x86_64", X_OK) != 0) return fs::path();
  const fs::path folder = bin.parent_path() / ("test-machine-" + init), log = folder.string() + ".log";
  const sandbox::UniqueFd lock(::open((folder.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (::flock(lock.number(), LOCK_EX) != 0) return fail(ErrorCode::kIo, "cannot lock " + folder.string());
  std::error_code error;
  const auto made = fs::last_write_time(folder / "root/boot/initrd", error);
  if (!error && made > fs::last_write_time(bin / init)) return folder;
  const std::string command = (source / "packaging/vm/build-guest").string() + " " + folder.string() + " " +
                              (bin / init).string() + " >" + log.string() + " 2>&1";
  if (std::system(command.c_str()) == 0) return folder;
  std::ifstream said(log);
  return fail(ErrorCode::kIo, std::string(std::istreambuf_iterator<char>(said), {}));
}

}  // namespace hearth::test
