// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/machine_trial.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <sys/wait.h>

#include "attacks/trial.h"
#include "attacks/victim.h"
#include "sandbox/vm_protocol.h"

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 400s;      // for an end that must come, of a machine that emulates its processor
constexpr auto kBeginPatience = 60s;  // for its start
constexpr auto kRestPatience = 15s;
constexpr int kSlowStart = 10;  // seconds
constexpr std::chrono::milliseconds kQuietPatience = 100ms;
constexpr std::uint64_t kMebibyte = 1 << 20;

/// A machine under way in which hearth-herd leads attacks.
class Herd {
 public:
  Herd(std::vector<const Attack*> attacks, const World& world, const std::string& name)
      : m_attacks(std::move(attacks)), m_world(world), m_name(name), m_folder(world.closed() / "works" / name) {}

  /// Why it could not be; empty: it runs.
  std::string start(sandbox::Executor& executor);
  sandbox::Run& run() { return *m_run; }
  /// How the machine ended; none within the patience.
  bool waitForEnd() { return m_ended.wait_for(kPatience) == std::future_status::ready; }
  sandbox::RunEnd end() { return m_ended.get(); }
  /// Whether one of its attacks said that it is ready.
  bool hasBegun() const;
  Verdict judge(std::size_t at, const sandbox::RunEnd& end) const;
  std::string remove();

 private:
  std::vector<std::string> wordsOf(std::size_t at);
  fs::path place(std::size_t at) const { return m_spec.work / std::to_string(at); }
  fs::path beside(std::size_t at, const char* suffix) const { return place(at).string() + suffix; }
  bool reachesHost(const Attack& attack, const std::string& gain) const;

  std::vector<const Attack*> m_attacks;
  const World& m_world;
  std::string m_name;
  fs::path m_folder;
  sandbox::RunSpec m_spec;
  std::vector<std::unique_ptr<Victim>> m_victims;  // of an attack or none
  std::future<sandbox::RunEnd> m_ended;
  std::unique_ptr<sandbox::Run> m_run;
};

std::vector<std::string> Herd::wordsOf(std::size_t at) {
  std::vector<std::string> words{m_attacks[at]->program};
  for (const std::string& word : m_attacks[at]->words) {
    if (word == "{victim}") {
      m_victims[at] = std::make_unique<Victim>(m_world.user());
      words.push_back(std::to_string(m_victims[at]->pid()));
    } else {
      words.push_back(word == "{secret}" ? Victim::secret() : m_world.expand(word));
    }
  }
  return words;
}

std::string Herd::start(sandbox::Executor& executor) {
  m_spec.packageRoot = m_world.package();
  m_spec.work = m_folder / "work";
  m_victims.resize(m_attacks.size());
  std::string list;
  int seconds = 0;
  for (std::size_t at = 0; at < m_attacks.size(); ++at) {
    fs::create_directories(place(at));
    writeText(place(at) / "input", "an input\n");
    list += std::to_string(at) + '\t' + std::to_string(m_attacks[at]->seconds);
    for (const std::string& word : wordsOf(at)) list += '\t' + word;
    list += '\n';
    seconds += m_attacks[at]->seconds;
  }
  writeText(m_spec.work / "list", list);
  m_spec.program = "/bin/herd";
  m_spec.arguments = {"list", m_name};
  m_spec.standardOutput = m_folder / "output";
  m_spec.standardError = m_folder / "error";
  m_spec.memoryBytes = 64 * kMebibyte;
  m_spec.diskBytes = (m_attacks.size() == 1 ? 8 : 48) * kMebibyte;
  m_spec.processes = 16;
  m_spec.time = Duration::seconds(seconds);
  auto promise = std::make_shared<std::promise<sandbox::RunEnd>>();  // shared with a call that comes after the patience
  m_ended = promise->get_future();
  auto run = executor.start(m_spec, [promise](sandbox::RunEnd end) { promise->set_value(std::move(end)); });
  if (!run) return run.error().message;
  m_run = std::move(*run);
  return {};
}

bool Herd::hasBegun() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(m_world.closed() / "scratch", ignored)) {
    std::array<char, 4096> job{};
    std::ifstream(entry.path() / "work/job", std::ios::binary).read(job.data(), job.size());
    const std::string name = '\0' + m_name + '\0';
    if (std::search(job.begin(), job.end(), name.begin(), name.end()) == job.end()) continue;
    HearthVmResult result{};
    std::ifstream disk(entry.path() / "work/result", std::ios::binary);
    return disk.read(reinterpret_cast<char*>(&result), sizeof result) && result.outputKept > 0;
  }
  return false;
}

bool Herd::reachesHost(const Attack& attack, const std::string& gain) const {
  if (attack.aim == Aim::kResources) return attack.proof != Proof::kCleared;  // more than its share, wherever
  const auto isPlanted = [](const std::string& word) { return word.starts_with("{") && !word.starts_with("{tmp}"); };
  if (attack.aim == Aim::kFiles && std::any_of(attack.words.begin(), attack.words.end(), isPlanted)) return true;
  if (attack.proof == Proof::kVictim) return !gain.starts_with("its parent");
  return gain.find(m_world.token()) != std::string::npos || gain.find(m_world.terminal()) != std::string::npos ||
         gain.find("this machine") != std::string::npos || gain.find("machine below") != std::string::npos;
}

Verdict Herd::judge(std::size_t at, const sandbox::RunEnd& end) const {
  const Attack& attack = *m_attacks[at];
  const std::string output = readText(beside(at, ".output")), ended = readText(beside(at, ".ended"));
  std::string gains;
  for (const std::string& gain : gainsIn(output)) {
    if (reachesHost(attack, gain)) return succeeded(gain);
    gains += (gains.empty() ? "" : ", ") + gain;
  }
  if (ended.empty() || ended == "late") {
    return broken((ended.empty() ? "the machine did not come to it: " : "it did not come to its end: ") + end.reason);
  }
  const int status = std::atoi(ended.c_str());
  const bool isKilledAsMeant = attack.words.front().starts_with("foreign-") && WIFSIGNALED(status);
  if ((status != 0 || !output.ends_with("tried\n")) && !isKilledAsMeant) {
    return broken("it did not come to its end, wait status " + ended + readText(beside(at, ".error")).substr(0, 200));
  }
  if (m_victims[at] != nullptr) {
    if (const std::string harm = m_victims[at]->harm(kQuietPatience); !harm.empty()) return succeeded(harm);
  }
  if (attack.proof == Proof::kLitter) {
    for (std::size_t i = 1; i < attack.words.size(); ++i) {
      if (const std::string path = m_world.expand(attack.words[i]); fs::exists(path))
        return succeeded("it made " + path);
    }
  }
  if (attack.proof == Proof::kOutputs) {
    const Verdict taken = judgeCollecting(attack, m_world, place(at), m_folder / ("collected-" + std::to_string(at)));
    if (taken.outcome != Outcome::kDenied) return taken;
  }
  return {Outcome::kDenied, {}, gains};
}

std::string Herd::remove() {
  m_run.reset();
  auto removed = sandbox::removeWork(m_spec.work);
  return removed && !fs::exists(m_spec.work) ? "" : "its folder cannot be removed";
}

Verdict freeze(sandbox::Run& run) {
  const auto computed = [&run] { return run.usage().processor.micros; };
  const auto rests = [&](std::chrono::milliseconds length) {
    const auto before = computed();
    std::this_thread::sleep_for(length);
    return computed() == before;
  };
  run.freeze();
  if (!eventually([&] { return rests(300ms); }, kRestPatience) || !rests(900ms))
    return succeeded("it goes on though it is frozen");
  const auto before = computed();
  run.thaw();
  if (!eventually([&] { return computed() > before; }, kRestPatience)) return broken("it does not go on when thawed");
  return {Outcome::kDenied, {}, {}};
}

/// Stops a machine whose attack is under way, after a freeze if it is to be frozen.
Verdict stopUnderWay(const Attack& attack, Herd& herd) {
  if (!eventually([&] { return herd.hasBegun(); }, kBeginPatience)) return broken("it never began");
  if (attack.lead == Lead::kFreeze) {
    const Verdict frozen = freeze(herd.run());
    if (frozen.outcome != Outcome::kDenied) return frozen;
  }
  herd.run().stop("the suite stops it");
  if (!herd.waitForEnd()) return succeeded("it could not be stopped");
  const sandbox::RunEnd end = herd.end();
  if (end.reason != "the suite stops it") return broken("it ended before it was stopped: " + end.reason);
  return {Outcome::kDenied, {}, {}};
}

}  // namespace

std::shared_ptr<void> beginInMachines(std::size_t count, sandbox::Executor& executor, const World& world) {
  static const Attack stubborn = [] {
    Attack attack;
    attack.words = {"stubborn", "600"};
    attack.seconds = 600;
    return attack;
  }();
  auto herds = std::make_shared<std::vector<std::unique_ptr<Herd>>>();
  for (std::size_t i = 0; i < count; ++i) {
    herds->push_back(std::make_unique<Herd>(std::vector{&stubborn}, world, "begun-" + std::to_string(i)));
    if (const std::string why = herds->back()->start(executor); !why.empty()) giveUp(why);
  }
  for (const auto& herd : *herds) {
    if (!eventually([&] { return herd->hasBegun(); }, kBeginPatience)) giveUp("a machine did not begin");
  }
  return herds;
}

std::vector<Verdict> tryTogether(const std::vector<const Attack*>& attacks, sandbox::Executor& executor,
                                 const World& world) {
  Herd herd(attacks, world, "together-" + attacks.front()->name);
  if (const std::string why = herd.start(executor); !why.empty()) return {attacks.size(), broken(why)};
  if (!herd.waitForEnd()) return {attacks.size(), succeeded("the machine never ended")};
  const sandbox::RunEnd end = herd.end();
  std::vector<Verdict> verdicts;
  for (std::size_t at = 0; at < attacks.size(); ++at) verdicts.push_back(herd.judge(at, end));
  if (const std::string why = herd.remove(); !why.empty()) return {attacks.size(), succeeded(why)};
  return verdicts;
}

Verdict tryAlone(const Attack& attack, sandbox::Executor& executor, const World& world, int number) {
  if (attack.lead == Lead::kToItsEnd) {
    Attack patient = attack;
    // The start of a machine is granted on top of a limit of time.
    if (attack.seconds < kSlowStart) patient.words.push_back(std::to_string(10 * kSlowStart));
    return tryAttack(patient, executor, world, number, false);
  }
  Herd herd({&attack}, world, "alone-" + attack.name);
  if (const std::string why = herd.start(executor); !why.empty()) return broken(why);
  const Verdict verdict = stopUnderWay(attack, herd);
  if (verdict.outcome != Outcome::kDenied) return verdict;
  const std::string why = herd.remove();
  return why.empty() ? verdict : succeeded(why);
}

}  // namespace hearth::attacks
