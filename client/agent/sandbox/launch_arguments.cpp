// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/launch_arguments.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include <sys/sysinfo.h>

#include "base/limits.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::size_t kRootEntries = 256;        // of a package
constexpr std::size_t kTextBytes = 1536 * 1024;  // arguments and environment: the kernel takes 2 MiB with a usual stack
constexpr std::size_t kStringBytes = 128 * 1024 - 1;  // MAX_ARG_STRLEN
constexpr std::string_view kWork = "/work";
constexpr std::string_view kInitName = "hearth-task-init";
constexpr std::array kOwnNames = {"proc"sv, "dev"sv, "work"sv, "tmp"sv, kInitName};
constexpr std::uint64_t kSmallestTemporary = 1 * limits::kMiB;
constexpr std::uint64_t kLargestShared = 64 * limits::kMiB;
/// Tasks beyond the limit that the kernel still lets begin, so that passing the limit can be seen and told.
constexpr std::uint64_t kTaskSlack = 32;
constexpr std::uint64_t kSharedSlack = 512;
constexpr std::uint64_t kOpenFiles = 1024;
constexpr std::uint32_t kHighestId = 0x7fffffff;  // bubblewrap reads them as int
constexpr std::uint64_t kDataSlack = 256 * limits::kMiB;

void add(std::string& text, std::initializer_list<std::string_view> arguments) {
  for (const std::string_view argument : arguments) {
    text += argument;
    text += '\0';
  }
}

bool isEmptyFolder(const fs::directory_entry& entry) {
  std::error_code error;
  return entry.is_directory(error) && fs::is_empty(entry.path(), error) && !error;
}

Result<void> addEntry(std::string& text, const fs::directory_entry& entry, const std::string& source) {
  const std::string name = entry.path().filename().string();
  const std::string target = "/" + name;
  if (std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end()) {
    if (isEmptyFolder(entry)) return {};  // an unpacked image's mount point
    return fail(ErrorCode::kInvalid, "the package holds " + target + ", a name that the sandbox itself gives",
                "Pack it again without it: /work, /tmp, /proc and /dev are made by the sandbox.");
  }
  std::error_code error;
  if (entry.is_symlink(error)) {
    add(text, {"--symlink", fs::read_symlink(entry.path(), error).string(), target});
  } else if (entry.is_directory(error) || entry.is_regular_file(error)) {
    add(text, {"--ro-bind", source + target, target});
  } else {
    return fail(ErrorCode::kInvalid, "the package holds " + target + ", which is neither a file, a folder nor a link");
  }
  if (error) return fail(ErrorCode::kIo, "cannot read the package's " + target + ": " + error.message());
  return {};
}

Result<void> addPackage(std::string& text, const fs::path& root, const std::string& source) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    if (entries.size() == kRootEntries) {
      return fail(ErrorCode::kTooLarge,
                  "the package has more than " + std::to_string(kRootEntries) + " entries at its top");
    }
    entries.push_back(entry);
  }
  if (error) return fail(ErrorCode::kNotFound, "cannot read the package " + root.string() + ": " + error.message());
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) HEARTH_TRY(addEntry(text, entry, source));
  return {};
}

/// A node below /dev by a plain name, not one of those that the sandbox gives itself.
bool isDeviceName(const fs::path& device) {
  static constexpr std::array kFolders = {"/dev/dri/"sv, "/dev/nvidia"sv, "/dev/kfd"sv, "/dev/kvm"sv};
  const std::string& name = device.native();
  return name.find('\0') == std::string::npos && device.lexically_normal() == device && !name.ends_with('/') &&
         std::any_of(kFolders.begin(), kFolders.end(), [&](std::string_view start) { return name.starts_with(start); });
}

bool holdsNul(const std::string& text) { return text.find('\0') != std::string::npos; }

Result<void> checkStrings(const RunSpec& spec) {
  std::size_t total = spec.program.size();
  const auto take = [&total](const std::string& text) {
    total += text.size() + 1 + sizeof(char*);
    return !holdsNul(text) && text.size() <= kStringBytes;
  };
  for (const auto& argument : spec.arguments) {
    if (!take(argument)) return fail(ErrorCode::kInvalid, "an argument holds a NUL or is longer than 128 KiB");
  }
  for (const auto& [name, value] : spec.environment) {
    if (name.empty() || name.find('=') != std::string::npos || !take(name + "=" + value)) {
      return fail(ErrorCode::kInvalid,
                  "the environment variable '" + name + "' has no proper name, holds a NUL or is longer than 128 KiB");
    }
  }
  if (total > kTextBytes || spec.arguments.size() > limits::kArguments) {
    return fail(
        ErrorCode::kTooLarge,
        "the arguments and the environment are more than " + std::to_string(kTextBytes / 1024) + " KiB together",
        "Write them to an input file.");
  }
  return {};
}

}  // namespace

Result<void> checkSpec(const RunSpec& spec) {
  if (!spec.program.starts_with('/') || holdsNul(spec.program)) {
    return fail(ErrorCode::kInvalid, "the program '" + spec.program + "' is not an absolute path in the sandbox");
  }
  if (holdsNul(spec.workingFolder) || (!spec.workingFolder.empty() && !spec.workingFolder.starts_with('/'))) {
    return fail(ErrorCode::kInvalid, "the working folder '" + spec.workingFolder + "' is no absolute path");
  }
  if (spec.user > kHighestId || spec.group > kHighestId) {
    return fail(ErrorCode::kInvalid, "the user or the group inside of the sandbox is out of range");
  }
  for (const auto& device : spec.devices) {
    if (!isDeviceName(device)) {
      return fail(ErrorCode::kInvalid, "'" + device.string() + "' is not a device that a task may be given");
    }
  }
  if (spec.processors == 0 || spec.memoryBytes == 0 || spec.diskBytes == 0 || spec.processes == 0 ||
      spec.time.micros <= 0) {
    return fail(ErrorCode::kInvalid, "processors, memory, disk, processes and time must each have a limit above 0");
  }
  return checkStrings(spec);
}

Result<std::string> bubblewrapArguments(const RunSpec& spec, const BindSources& sources) {
  const std::uint64_t temporary = std::max(std::min(spec.diskBytes, spec.memoryBytes / 2), kSmallestTemporary);
  const std::uint64_t shared = std::max(std::min(spec.memoryBytes / 4, kLargestShared), kSmallestTemporary);
  std::string text;
  // No --die-with-parent: it kills the outer half of bubblewrap while the inner one waits for it, and leaves that for
  // ever. The lifeline ends a sandbox at any moment instead, after its set-up at the earliest.
  // No control-group namespace: it would hide nothing but a name, and the agent's service may make none.
  add(text, {"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--disable-userns",
             "--uid", std::to_string(spec.user), "--gid", std::to_string(spec.group), "--cap-drop", "ALL",
             "--new-session", "--as-pid-1", "--hostname", "task", "--clearenv", "--info-fd", std::to_string(kFdInfo)});
  HEARTH_TRY(addPackage(text, spec.packageRoot, sources.package));
  add(text, {"--ro-bind", sources.init, "/" + std::string(kInitName), "--proc", "/proc", "--dev", "/dev"});
  add(text, {"--perms", "1777", "--size", std::to_string(shared), "--tmpfs", "/dev/shm"});
  add(text, {"--perms", "1777", "--size", std::to_string(temporary), "--tmpfs", "/tmp"});
  for (const auto& device : spec.devices) add(text, {"--dev-bind", device.native(), device.native()});
  add(text, {"--bind", sources.work, "/work", "--chdir", spec.workingFolder.empty() ? "/work" : spec.workingFolder});
  // The root and /dev are tmpfs without a size: closed when all is in place. /proc too, for a sandbox that root made.
  add(text, {"--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"});
  return text;
}

namespace {

/// The task's program, arguments and environment, each with a NUL behind it.
std::string commandText(const RunSpec& spec, bool hasNamespaces, const BindSources& sources) {
  const auto real = [&](const std::string& word) {
    const bool isThere = word == kWork || word.starts_with(std::string(kWork) + "/");
    return !hasNamespaces && isThere ? sources.work + word.substr(kWork.size()) : word;
  };
  std::string text;
  add(text, {hasNamespaces ? spec.program : sources.package + spec.program});
  for (const auto& argument : spec.arguments) add(text, {real(argument)});
  for (const auto& [name, value] : spec.environment) add(text, {name + "=" + real(value)});
  if (spec.checkpoints) {
    add(text, {std::string(kCheckpointVariable) + "=" + real(std::string(kWork) + "/" + kCheckpointFile)});
  }
  return text;
}

/// Without a user namespace the limit is of the user's processes, whose number nobody can know beforehand: it is far
/// above what there is on this machine, so that tasks do not starve each other, and still ends a bomb.
std::uint64_t processLimit(const RunSpec& spec, bool hasNamespaces) {
  if (hasNamespaces) return spec.processes + 1 + kTaskSlack;
  struct sysinfo machine {};
  ::sysinfo(&machine);
  return spec.processes + machine.procs + kSharedSlack;
}

}  // namespace

std::string initSpec(const RunSpec& spec, const LaunchSettings& settings, const LaunchInputs& inputs,
                     const BindSources& sources) {
  const bool hasNamespaces = !settings.landlock;
  const std::string text = commandText(spec, hasNamespaces, sources);
  HearthInitSpec head{};
  head.magic = kHearthInitMagic;
  head.argumentCount = static_cast<std::uint32_t>(spec.arguments.size() + 1);
  head.environmentCount = static_cast<std::uint32_t>(spec.environment.size() + (spec.checkpoints ? 1 : 0));
  head.filterInstructions = settings.filterFor(spec).instructions;
  head.textBytes = text.size();
  head.fileBytes = inputs.fileBytes;
  head.dataBytes = 2 * spec.memoryBytes + kDataSlack;
  head.processSeconds = static_cast<std::uint64_t>(spec.time.inSeconds()) * spec.processors + 60;
  head.processes = processLimit(spec, hasNamespaces);
  head.landlock = hasNamespaces ? 0 : static_cast<std::uint32_t>(settings.landlock->version);
  head.openFiles = kOpenFiles;
  head.hasCgroup = inputs.innerGroup >= 0 ? 1 : 0;
  head.background = settings.background ? 1 : 0;
  head.checkpoints = spec.checkpoints ? 1 : 0;
  static_assert(sizeof head.processors == sizeof(cpu_set_t));
  head.hasProcessors = inputs.processors ? 1 : 0;
  if (inputs.processors) std::memcpy(head.processors, &*inputs.processors, sizeof head.processors);
  std::string whole(sizeof head, '\0');
  std::memcpy(whole.data(), &head, sizeof head);
  return whole + text;
}

}  // namespace hearth::sandbox
