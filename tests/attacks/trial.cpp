// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/trial.h"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attacks/judgement.h"
#include "attacks/victim.h"
#include "base/limits.h"

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 60s;      // for an end that must come
constexpr auto kRestPatience = 15s;  // for a freeze to take hold
constexpr int kTrapped = 134;        // the exit code of a module that its host ended
constexpr std::chrono::milliseconds kCryPatience = 5s, kQuietPatience = 100ms;

/// One attack under way.
class Trial {
 public:
  Trial(const Attack& attack, const World& world, int number, bool isBare)
      : m_attack(attack),
        m_world(world),
        m_isBare(isBare),
        m_folder(world.closed() / "works" / std::to_string(number)) {}

  Verdict run(sandbox::Executor& executor);

 private:
  void prepare();
  Verdict lead(sandbox::Run& run, std::future<sandbox::RunEnd>& ended);
  Verdict judgeEnd(const sandbox::RunEnd& end) const;
  Verdict judgeProof() const;
  Verdict judgeTrap(const sandbox::RunEnd& end) const;
  Verdict judgeSilence() const;
  Verdict judgeOutputs() const;
  Verdict judgeLitter() const;
  Verdict freeze(sandbox::Run& run) const;
  std::uintmax_t ticks() const;
  bool ticksRest(std::chrono::milliseconds length) const;

  const Attack& m_attack;
  const World& m_world;
  bool m_isBare;
  fs::path m_folder;
  sandbox::RunSpec m_spec;
  std::optional<Victim> m_victim;
};

void Trial::prepare() {
  const fs::path work = m_folder / "work";
  fs::create_directories(work);
  writeText(work / "input", "an input\n");
  m_spec.packageRoot = m_world.package();
  m_spec.work = work;
  m_spec.program = m_attack.program;
  for (const std::string& word : m_attack.words) {
    if (word == "{victim}")
      m_spec.arguments.push_back(std::to_string(m_victim.emplace(m_world.user()).pid()));
    else if (word == "{secret}")
      m_spec.arguments.push_back(Victim::secret());
    else
      m_spec.arguments.push_back(m_world.expand(word));
  }
  m_spec.standardOutput = m_folder / "output";
  m_spec.standardError = m_folder / "error";
  m_spec.memoryBytes = 64 << 20;
  m_spec.diskBytes = 8 << 20;
  m_spec.processes = 16;
  m_spec.time = Duration::seconds(m_attack.seconds);
}

std::uintmax_t Trial::ticks() const {
  std::uintmax_t sum = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(m_spec.work, error)) {
    if (!entry.path().filename().string().starts_with("ticks")) continue;
    const auto size = entry.file_size(error);
    sum += error ? 0 : size;
  }
  return sum;
}

bool Trial::ticksRest(std::chrono::milliseconds length) const {
  const auto before = ticks();
  std::this_thread::sleep_for(length);
  return ticks() == before;
}

Verdict Trial::freeze(sandbox::Run& run) const {
  if (!eventually([this] { return ticks() > 0; }, kRestPatience)) return broken("it never began");
  run.freeze();
  if (!eventually([this] { return ticksRest(100ms); }, kRestPatience) || !ticksRest(600ms)) {
    return succeeded("it goes on though it is frozen");
  }
  const auto before = ticks();
  run.thaw();
  if (!eventually([&] { return ticks() > before; }, kRestPatience)) return broken("it does not go on when thawed");
  return {Outcome::kDenied, {}, {}};
}

Verdict Trial::lead(sandbox::Run& run, std::future<sandbox::RunEnd>& ended) {
  if (m_attack.lead == Lead::kToItsEnd) {
    if (ended.wait_for(kPatience) != std::future_status::ready) return succeeded("it never ended");
    return judgeEnd(ended.get());
  }
  const auto hasEnded = [&ended] { return ended.wait_for(0s) == std::future_status::ready; };
  if (!eventually([&] { return fs::exists(m_spec.work / "ready") || hasEnded(); }, kRestPatience)) {
    return broken("it never began: " + readText(m_spec.standardError));
  }
  if (hasEnded()) return judgeEnd(ended.get());  // a limit was faster
  if (m_attack.lead == Lead::kFreeze) {
    const Verdict frozen = freeze(run);
    if (frozen.outcome != Outcome::kDenied) return frozen;
  }
  run.stop("the suite stops it");
  if (ended.wait_for(kPatience) != std::future_status::ready) return succeeded("it could not be stopped");
  const sandbox::RunEnd end = ended.get();
  if (!m_isBare && end.reason != "the suite stops it") return broken("it ended before it was stopped: " + end.reason);
  return {Outcome::kDenied, {}, {}};
}

Verdict Trial::judgeEnd(const sandbox::RunEnd& end) const {
  const std::string output = readText(m_spec.standardOutput);
  if (const auto gains = gainsIn(output); !gains.empty()) return succeeded(gains.front());
  const bool cameToItsEnd = output.ends_with("tried\n") && end.exit == ExitKind::kOk;
  switch (end.exit) {
    case ExitKind::kMemoryLimit:
    case ExitKind::kDiskLimit:
    case ExitKind::kProcessLimit:
    case ExitKind::kTimeLimit:
      return {Outcome::kDenied, end.reason, {}};
    case ExitKind::kSignal:
      if (m_attack.words.front().starts_with("foreign-")) return {Outcome::kDenied, end.reason, {}};
      break;
    case ExitKind::kHostFailed:
      return succeeded("it ended what confines it: " + end.reason);
    default:
      break;
  }
  if (m_attack.proof == Proof::kTrapped) return judgeTrap(end);
  if (cameToItsEnd || m_attack.proof == Proof::kStreams) return {Outcome::kDenied, {}, {}};
  return broken("it did not come to its end: " + end.reason + " " + readText(m_spec.standardError).substr(0, 200));
}

Verdict Trial::judgeTrap(const sandbox::RunEnd& end) const {
  const std::string said = readText(m_spec.standardError);
  const bool isTrap = end.exit == ExitKind::kExitCode && end.exitCode == kTrapped &&
                      said.starts_with("hearth: the module was ended: ") && said.ends_with("\n");
  if (isTrap) return {Outcome::kDenied, {}, {}};
  return succeeded("it was not ended by its host: " + end.reason + " " + said.substr(0, 200));
}

Verdict Trial::judgeSilence() const {
  if (!ticksRest(m_isBare ? 200ms : 60ms)) return succeeded("it goes on after its end");
  if (!m_isBare && ticks() == 0 && m_attack.words.front() != "stubborn") return broken("it never began");
  return {Outcome::kDenied, {}, {}};
}

Verdict Trial::judgeLitter() const {
  for (std::size_t i = 1; i < m_attack.words.size(); ++i) {
    const std::string path = m_world.expand(m_attack.words[i]);
    if (fs::exists(path)) return succeeded("it made " + path);
  }
  return {Outcome::kDenied, {}, {}};
}

Verdict Trial::judgeOutputs() const {
  if (!m_isBare) return judgeCollecting(m_attack, m_world, m_spec.work, m_folder / "collected");
  for (const std::string& name : m_attack.outputs) {  // as somebody careless takes them: by name, whatever is there
    const int file = ::open((m_spec.work / name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) continue;
    ::close(file);
    return succeeded("it was taken: " + name);
  }
  return {Outcome::kDenied, {}, {}};
}

Verdict Trial::judgeProof() const {
  switch (m_attack.proof) {
    case Proof::kLitter:
      return judgeLitter();
    case Proof::kSilence:
      return judgeSilence();
    case Proof::kOutputs:
      return judgeOutputs();
    case Proof::kVictim:
      if (const std::string harm = m_victim->harm(m_isBare ? kCryPatience : kQuietPatience); !harm.empty())
        return succeeded(harm);
      break;
    case Proof::kStreams:
      for (const fs::path& file : {m_spec.standardOutput, m_spec.standardError}) {
        if (fs::file_size(file) > limits::kStreamBytes) return succeeded("all of it was kept");
      }
      break;
    default:
      break;
  }
  return {Outcome::kDenied, {}, {}};
}

Verdict Trial::run(sandbox::Executor& executor) {
  if (m_attack.proof == Proof::kRefused) {
    if (fs::exists(m_world.package().string() + m_attack.program)) return succeeded("it was published");
    return {Outcome::kDenied, {}, {}};
  }
  prepare();
  auto promise = std::make_shared<std::promise<sandbox::RunEnd>>();  // shared with a call that comes after the patience
  auto ended = promise->get_future();
  auto run = executor.start(m_spec, [promise](sandbox::RunEnd end) { promise->set_value(std::move(end)); });
  if (!run) return broken("it could not be started: " + run.error().message);
  Verdict verdict = lead(**run, ended);
  if (verdict.outcome != Outcome::kDenied) return verdict;
  const Verdict proof = judgeProof();
  if (proof.outcome != Outcome::kDenied) return proof;
  run->reset();
  if (m_isBare) return verdict;
  auto removed = sandbox::removeWork(m_spec.work);
  if (!removed || fs::exists(m_spec.work)) return succeeded("its folder cannot be removed");
  return verdict;
}

}  // namespace

Verdict tryAttack(const Attack& attack, sandbox::Executor& executor, const World& world, int number, bool isBare) {
  return Trial(attack, world, number, isBare).run(executor);
}

}  // namespace hearth::attacks
