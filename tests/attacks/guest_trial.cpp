// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/guest_trial.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

#include <sys/stat.h>

#include "base/limits.h"

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 400s;  // of a machine that emulates its processor
constexpr std::uint64_t kMemory = 64 * limits::kMiB, kDisk = 2 * limits::kMiB;
constexpr std::uint64_t kNames = 1024;       // of pages that the task's disk and its inputs have, with room
constexpr std::uint64_t kStreamSlack = 200;  // the line at a cut

/// What is wrong with what was taken into the task's folder.
std::string harmIn(const fs::path& work) {
  std::uint64_t bytes = 0, names = 0;
  for (const auto& entry : fs::recursive_directory_iterator(work)) {
    struct stat info {};
    if (::lstat(entry.path().c_str(), &info) != 0) return "a name that cannot be looked at: " + entry.path().string();
    const bool isPlain = S_ISDIR(info.st_mode) || (S_ISREG(info.st_mode) && info.st_nlink == 1);
    if (!isPlain || (info.st_mode & 07000) != 0) return "no plain file or folder: " + entry.path().string();
    if (S_ISREG(info.st_mode)) bytes += static_cast<std::uint64_t>(info.st_size);
    ++names;
  }
  if (bytes > kDisk) return std::to_string(bytes) + " bytes, more than the task's disk";
  if (names > kNames) return std::to_string(names) + " names, more than the task's disk has room for";
  return {};
}

sandbox::RunSpec specOf(const Attack& attack, const World& world) {
  const fs::path folder = world.closed() / "works" / attack.name;
  sandbox::RunSpec spec;
  spec.packageRoot = world.package();
  spec.work = folder / "work";
  fs::create_directories(spec.work);
  spec.program = "/bin/hostile";
  for (const std::string& word : attack.words) spec.arguments.push_back(world.expand(word));
  spec.standardOutput = folder / "output";
  spec.standardError = folder / "error";
  spec.memoryBytes = kMemory;
  spec.diskBytes = kDisk;
  spec.processes = 16;
  spec.time = Duration::seconds(attack.seconds);
  return spec;
}

Verdict judge(const Attack& attack, const World& world, const sandbox::RunSpec& spec, const sandbox::RunEnd& end) {
  const std::string output = readText(spec.standardOutput);
  // One that claims more than there is has nothing to say besides.
  if (!output.starts_with("begun\n")) return broken("it did not begin: " + end.reason);
  for (const std::string& gain : gainsIn(output)) return succeeded(gain);
  for (std::size_t i = 1; i < attack.words.size(); ++i) {
    if (const std::string path = world.expand(attack.words[i]); fs::exists(path)) return succeeded("it made " + path);
  }
  if (end.exit == ExitKind::kOk) return succeeded("what it forged counts as a result");
  for (const fs::path& stream : {spec.standardOutput, spec.standardError}) {
    if (fs::file_size(stream) > limits::kStreamBytes + kStreamSlack) return succeeded("its output is kept without end");
  }
  if (const std::string harm = harmIn(spec.work); !harm.empty()) return succeeded("it left " + harm);
  const bool isDriven = output.find("driven by hand: status 0, the job") != std::string::npos;
  if (attack.words.front() == "rings" && !isDriven) return broken("it drives no device: " + output);
  std::string within = output.substr(std::string("begun\n").size());
  std::replace(within.begin(), within.end(), '\n', ';');
  return {Outcome::kDenied, {}, attack.words.front() == "rings" ? within : ""};
}

}  // namespace

Verdict tryGuest(const Attack& attack, sandbox::Executor& executor, const World& world) {
  const sandbox::RunSpec spec = specOf(attack, world);
  auto promise = std::make_shared<std::promise<sandbox::RunEnd>>();  // shared with a call that comes after the patience
  auto ended = promise->get_future();
  auto run = executor.start(spec, [promise](sandbox::RunEnd end) { promise->set_value(std::move(end)); });
  if (!run) return broken(run.error().message);
  if (ended.wait_for(kPatience) != std::future_status::ready) return succeeded("the machine never ended");
  const Verdict verdict = judge(attack, world, spec, ended.get());
  run->reset();
  const auto removed = sandbox::removeWork(spec.work);
  if (verdict.outcome == Outcome::kDenied && (!removed || fs::exists(spec.work)))
    return succeeded("its folder cannot be removed");
  return verdict;
}

}  // namespace hearth::attacks
