// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/forgery.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr auto kGoesOn = 80ms;  // what goes on so long has taken the checkpoint whole
constexpr std::size_t kMostForgeries = 72;
constexpr int kLeastEnded = 10;
constexpr std::size_t kPieceBytes = 4096, kSummedAtOnce = 1 << 18;
constexpr std::size_t kHead = 8 + 8 + 32;  // magic, version, digest; the task's name follows

std::uint64_t numberAt(const std::string& bytes, std::size_t at) {
  std::uint64_t number = 0;
  if (at + sizeof number <= bytes.size()) std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void putNumber(std::string& bytes, std::size_t at, std::uint64_t number, std::size_t size) {
  if (at + size <= bytes.size()) std::memcpy(bytes.data() + at, &number, size);
}

/// As client/wasm/host/checkpoint.c has it.
std::uint64_t sumOf(const std::string& bytes) {
  std::uint64_t sum = 0;
  const auto add = [&sum](std::uint64_t value, std::uint64_t more) {
    const std::uint64_t mixed = (sum ^ value) * 0x9fb21c651e98df25ULL;
    sum = (mixed << 29 | mixed >> 35) + more;
  };
  for (std::size_t piece = 0; piece < bytes.size(); piece += kSummedAtOnce) {
    const std::size_t end = std::min(bytes.size(), piece + kSummedAtOnce);
    std::size_t at = piece;
    for (; at + 8 <= end; at += 8) add(numberAt(bytes, at), 0x632be59bd9b4e019ULL);
    for (; at < end; ++at) add(static_cast<unsigned char>(bytes[at]), 1);
  }
  return sum;
}

std::string sealed(std::string bytes) {
  const std::uint64_t sum = sumOf(bytes);
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  return bytes;
}

/// Where memory begins, and where what follows it does: globals, frames, state of the host.
std::pair<std::size_t, std::size_t> memoryOf(const std::string& bytes) {
  const std::size_t begin = kHead + 8 + numberAt(bytes, kHead);
  std::size_t at = begin + 8;
  while (at < bytes.size() && numberAt(bytes, at) != 0) at += 16 + numberAt(bytes, at) * kPieceBytes;
  return {begin, at + 8};
}

std::vector<std::string> forgeriesOf(const std::string& whole) {
  const std::string good = whole.substr(0, whole.size() - 8);
  const auto [memory, rest] = memoryOf(good);
  std::vector<std::string> all;
  const auto change = [&](std::size_t at, std::uint64_t number, std::size_t size) {
    std::string forged = good;
    putNumber(forged, at, number, size);
    all.push_back(sealed(std::move(forged)));
  };
  for (const std::uint64_t pages : {0ULL, 65536ULL, 0xffffffffULL, ~0ULL}) change(memory, pages, 8);
  for (const std::uint64_t count : {0x10000ULL, 0xffffffffULL, ~0ULL}) change(memory + 8, count, 8);
  for (const std::uint64_t first : {0xfffffULL, 0xffffffffULL, ~0ULL}) change(memory + 16, first, 8);
  for (const std::size_t length : {kHead, memory, memory + 100, rest - 4, rest + 4, good.size() - 1}) {
    all.push_back(sealed(good.substr(0, length)));
  }
  std::string moved = good;
  for (std::size_t at = rest; (at = moved.find("mine", at)) != std::string::npos;) moved.replace(at, 4, "../x");
  all.push_back(sealed(std::move(moved)));
  const std::size_t step = std::max<std::size_t>(4, (good.size() - rest) / (kMostForgeries - all.size()) / 4 * 4);
  for (std::size_t at = rest; at + 4 <= good.size(); at += step) change(at, at % 8 == 0 ? 0xffffffffU : 0x7ffffff1U, 4);
  return all;
}

class Forger {
 public:
  Forger(const Attack& attack, sandbox::Executor& executor, const World& world)
      : m_attack(attack), m_executor(executor), m_world(world), m_folder(world.closed() / "works" / "forged") {}

  Verdict run();

 private:
  sandbox::RunSpec specIn(const fs::path& folder) const;
  /// A good one, of a run of its own.
  std::string take() const;
  /// `wasStopped`: it went on until it was stopped.
  Verdict goOnFrom(const std::string& checkpoint, int number, bool& wasStopped) const;

  const Attack& m_attack;
  sandbox::Executor& m_executor;
  const World& m_world;
  fs::path m_folder;
};

sandbox::RunSpec Forger::specIn(const fs::path& folder) const {
  fs::create_directories(folder / "work");
  sandbox::RunSpec spec;
  spec.packageRoot = m_world.package();
  spec.work = folder / "work";
  spec.program = m_attack.program;
  spec.arguments = m_attack.words;
  spec.environment = {{"HEARTH_TASK", "1/1/1"}};
  spec.standardOutput = folder / "output";
  spec.standardError = folder / "error";
  spec.memoryBytes = 64 << 20;
  spec.diskBytes = 8 << 20;
  spec.processes = 16;
  spec.time = Duration::seconds(30);
  spec.checkpoints = true;
  return spec;
}

std::string Forger::take() const {
  sandbox::RunSpec spec = specIn(m_folder / "good");
  const fs::path file = spec.work / sandbox::kCheckpointFile;
  auto isWritten = std::make_shared<std::atomic<bool>>(false);
  spec.onCheckpoint = [isWritten] { *isWritten = true; };
  auto run = m_executor.start(spec, [](sandbox::RunEnd) {});
  if (!run) return {};
  const bool came = eventually(
      [&] {
        (*run)->checkpoint();
        return isWritten->load();
      },
      kPatience);
  run->reset();
  return came ? readText(file) : std::string();
}

Verdict Forger::goOnFrom(const std::string& checkpoint, int number, bool& wasStopped) const {
  const fs::path folder = m_folder / std::to_string(number);
  const sandbox::RunSpec spec = specIn(folder);
  writeText(spec.work / sandbox::kCheckpointFile, checkpoint);
  auto promise = std::make_shared<std::promise<sandbox::RunEnd>>();
  auto ended = promise->get_future();
  auto run = m_executor.start(spec, [promise](sandbox::RunEnd end) { promise->set_value(std::move(end)); });
  if (!run) return broken(run.error().message);
  if (ended.wait_for(kGoesOn) != std::future_status::ready) (*run)->stop("the suite stops it");
  if (ended.wait_for(kPatience) != std::future_status::ready) return succeeded("it could not be stopped");
  const sandbox::RunEnd end = ended.get();
  wasStopped = end.exit == ExitKind::kHostFailed && end.reason == "the suite stops it";
  if (end.exit == ExitKind::kSignal || (end.exit == ExitKind::kHostFailed && !wasStopped)) {
    return succeeded("forgery " + std::to_string(number) + " broke its host: " + end.reason);
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name != "work" && name != "output" && name != "error") return succeeded("it made " + name);
  }
  return {Outcome::kDenied, {}, {}};
}

Verdict Forger::run() {
  const std::string good = take();
  if (good.size() < 4096 || sealed(good.substr(0, good.size() - 8)) != good) return broken("it wrote no checkpoint");
  int number = 0;
  bool wasStopped = false;
  const Verdict unchanged = goOnFrom(good, number, wasStopped);
  if (unchanged.outcome != Outcome::kDenied || !wasStopped || !readText(m_folder / "0/error").empty())
    return broken("it does not go on from its checkpoint: " + unchanged.words);
  int ended = 0;
  for (const std::string& forged : forgeriesOf(good)) {
    const Verdict verdict = goOnFrom(forged, ++number, wasStopped);
    if (verdict.outcome != Outcome::kDenied) return verdict;
    ended += wasStopped ? 0 : 1;
  }
  if (ended < kLeastEnded) return broken("hardly a forgery did anything");
  return {Outcome::kDenied, {}, {}};
}

}  // namespace

Verdict tryForgeries(const Attack& attack, sandbox::Executor& executor, const World& world) {
  return Forger(attack, executor, world).run();
}

}  // namespace hearth::attacks
