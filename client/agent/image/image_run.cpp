// SPDX-License-Identifier: GPL-3.0-or-later
// How an image is run: its user and program, looked up in its own files.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/image.h"
#include "sandbox/unique_fd.h"

namespace hearth::image {
namespace {

using sandbox::UniqueFd;

constexpr std::string_view kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t kAccountBytes = 1 * limits::kMiB;
constexpr std::uint32_t kHighestId = std::numeric_limits<std::int32_t>::max();

/// A file of the image, links followed as they would be inside of it.
UniqueFd openIn(const UniqueFd& root, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root.number(), path.c_str(), &how, sizeof how)));
}

/// The text of /etc/passwd or /etc/group; empty where there is none, cut where it is too long.
std::string readAccounts(const UniqueFd& root, const std::string& path) {
  const UniqueFd file = openIn(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat info {};
  std::string text;
  if (!file || ::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode)) return text;
  std::array<char, 16 * 1024> buffer;
  ssize_t got = 0;
  while (text.size() < kAccountBytes && (got = ::read(file.number(), buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

std::optional<std::uint32_t> parseId(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id > kHighestId) return std::nullopt;
  return id;
}

/// The field of a line of colon-separated fields; empty where there are not so many.
std::string_view fieldOf(std::string_view line, int number) {
  for (; number > 0; --number) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

std::string_view findLine(std::string_view text, int field, std::string_view value) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (fieldOf(line, field) == value) return line;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return {};
}

tl::unexpected<Error> noAccount(const std::string& user, const char* file) {
  return fail(ErrorCode::kInvalid, "the image runs as '" + user + "', which is not in its " + file,
              "Name a number or an account of the image in its USER.");
}

Result<void> planUser(const UniqueFd& root, const std::string& user, ImageRun& run) {
  const auto colon = user.find(':');
  const std::string name = user.substr(0, colon);
  if (!name.empty()) {
    const std::string accounts = readAccounts(root, "etc/passwd");
    const auto number = parseId(name);
    const std::string_view line = findLine(accounts, number ? 2 : 0, name);
    const auto id = number ? number : parseId(fieldOf(line, 2));
    if (!id) return noAccount(user, "/etc/passwd");
    run.user = *id;
    run.group = parseId(fieldOf(line, 3)).value_or(0);
  }
  if (colon == std::string::npos) return {};
  const std::string group = user.substr(colon + 1);
  auto id = parseId(group);
  if (!id) id = parseId(fieldOf(findLine(readAccounts(root, "etc/group"), 0, group), 2));
  if (!id) return noAccount(user, "/etc/group");
  run.group = *id;
  return {};
}

bool isProgram(const UniqueFd& root, const std::string& path) {
  const UniqueFd file = openIn(root, path, O_PATH);
  struct stat info {};
  return file && ::fstat(file.number(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
}

Result<std::string> findProgram(const UniqueFd& root, const std::string& name, std::string_view searchPath,
                                const std::string& workingFolder) {
  if (name.empty()) return fail(ErrorCode::kInvalid, "the program's name is empty");
  if (name.starts_with('/')) return name;
  const std::string here = workingFolder.empty() ? "/work" : workingFolder;
  if (name.find('/') != std::string::npos) return here + "/" + name;
  while (!searchPath.empty()) {
    const std::string_view folder = searchPath.substr(0, searchPath.find(':'));
    const std::string path = (folder.empty() ? here : std::string(folder)) + "/" + name;
    if (path.starts_with('/') && isProgram(root, path)) return path;
    searchPath.remove_prefix(std::min(folder.size() + 1, searchPath.size()));
  }
  return fail(ErrorCode::kNotFound, "the image has no program '" + name + "' in its PATH",
              "Name it by its path, or put it into the image.");
}

void setVariable(std::vector<std::pair<std::string, std::string>>& environment, const std::string& name,
                 const std::string& value, bool replace) {
  const auto found =
      std::find_if(environment.begin(), environment.end(), [&name](const auto& each) { return each.first == name; });
  if (found == environment.end()) {
    environment.emplace_back(name, value);
  } else if (replace) {
    found->second = value;
  }
}

}  // namespace

Result<ImageRun> planRun(const UnpackedImage& image, const std::vector<std::string>& command,
                         const std::vector<std::pair<std::string, std::string>>& environment) {
  const UniqueFd root(::open(image.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail(ErrorCode::kIo, "the image's folder " + image.root.string() + " is not there");
  ImageRun run;
  HEARTH_TRY(planUser(root, image.config.user, run));
  for (const auto& [name, value] : image.config.environment) setVariable(run.environment, name, value, true);
  for (const auto& [name, value] : environment) setVariable(run.environment, name, value, true);
  setVariable(run.environment, "PATH", std::string(kUsualPath), false);
  setVariable(run.environment, "HOME", "/tmp", false);  // the account's own cannot be written in the sandbox
  if (image.config.workingFolder != "/") run.workingFolder = image.config.workingFolder;

  std::vector<std::string> words = image.config.entryPoint;
  const auto& rest = command.empty() ? image.config.command : command;
  words.insert(words.end(), rest.begin(), rest.end());
  if (words.empty()) {
    return fail(ErrorCode::kInvalid, "neither the batch nor its image names a program to run",
                "Give the batch a command, or the image an ENTRYPOINT.");
  }
  const auto path = std::find_if(run.environment.begin(), run.environment.end(),
                                 [](const auto& each) { return each.first == "PATH"; });
  auto program = findProgram(root, words.front(), path->second, run.workingFolder);
  if (!program) return fail(std::move(program).error());
  run.program = std::move(*program);
  run.arguments.assign(words.begin() + 1, words.end());
  return run;
}

}  // namespace hearth::image
