// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/judgement.h"

#include <sstream>
#include <thread>
#include <utility>

#include "sandbox/executor.h"

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kCollectPatience = 10s;  // a collector that waits for something never comes back
constexpr std::uint64_t kOutputBytes = 4 << 20;

}  // namespace

Verdict succeeded(std::string words) { return {Outcome::kSucceeded, std::move(words), {}}; }
Verdict broken(std::string words) { return {Outcome::kBroken, std::move(words), {}}; }

std::vector<std::string> gainsIn(const std::string& output) {
  std::vector<std::string> gains;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("open: ")) gains.push_back(line.substr(6));
  }
  return gains;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
  for (const auto until = Clock::now() + patience; !holds();) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

Verdict judgeCollecting(const Attack& attack, const World& world, const fs::path& work, const fs::path& to) {
  fs::create_directories(to);
  const auto collect = [&](std::vector<std::string> names) {
    for (std::string& name : names) name = world.expand(name);
    return !sandbox::collectOutputs(work, names, {}, to, kOutputBytes);
  };
  const auto start = Clock::now();
  bool refused = collect(attack.outputs);
  const bool together = attack.outputs.size() > 5;  // too much only when all are taken
  for (const std::string& name : attack.outputs) refused = refused && (together || collect({name}));
  if (!refused) return succeeded("it was collected");
  if (Clock::now() - start > kCollectPatience) return succeeded("it held up the collector");
  if (!fs::is_empty(to)) return succeeded("something was kept of what was refused");
  return {Outcome::kDenied, {}, {}};
}

}  // namespace hearth::attacks
