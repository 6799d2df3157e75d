// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/speed.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace hearth::agent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTime{100};
constexpr std::size_t kNumbers = 16 * 1024;  // 128 KiB: out of the first-level cache, well inside the second
constexpr std::size_t kStride = 4099;        // odd, so that every number is visited, and far from a cache line
constexpr std::size_t kRegisterSteps = 2048;
constexpr double kFlopsARound = 2.0 * 8 * kRegisterSteps + 2.0 * kNumbers + 3.0 * (kNumbers / 8);

/// Independent chains of multiply-adds, as many as hide the latency of one.
double inRegisters(double start) {
  std::array<double, 8> chains{};
  for (std::size_t i = 0; i < chains.size(); ++i) chains[i] = start + static_cast<double>(i);
  for (std::size_t step = 0; step < kRegisterSteps; ++step) {
    for (double& chain : chains) chain = chain * 0.999999 + 1e-6;
  }
  double sum = 0;
  for (const double chain : chains) sum += chain;
  return sum;
}

/// A pass over memory with a gather in it: y[i] = a * y[i] + y[jump].
double overMemory(std::vector<double>& numbers, double factor) {
  std::size_t from = 0;
  for (double& number : numbers) {
    from = (from + kStride) % kNumbers;
    number = factor * number + numbers[from];
  }
  return numbers[from];
}

/// What is slow in hardware and occurs all the same.
double withRoots(const std::vector<double>& numbers) {
  double sum = 0;
  for (std::size_t i = 0; i < kNumbers; i += 8) sum += std::sqrt(std::abs(numbers[i])) / (1.0 + std::abs(sum));
  return sum;
}

double round(std::vector<double>& numbers, double carried) {
  const double first = inRegisters(carried);
  const double second = overMemory(numbers, 1e-3);
  return 1e-9 * (first + second + withRoots(numbers));
}

}  // namespace

std::uint32_t measureSpeed() {
  std::vector<double> numbers(kNumbers);
  for (std::size_t i = 0; i < kNumbers; ++i) numbers[i] = 1.0 + 1.0 / static_cast<double>(i + 1);
  double carried = 1.0;
  double best = 0;
  const auto end = Clock::now() + kTime;
  for (auto begin = Clock::now(); begin < end;) {
    carried = round(numbers, carried);
    const auto now = Clock::now();
    best = std::max(best, kFlopsARound / std::chrono::duration<double>(now - begin).count());
    begin = now;
  }
  // The outcome hangs on what was computed, so that nothing of it can be left out.
  const double megaflops = std::isfinite(carried) ? best / 1e6 : 1.0;
  return static_cast<std::uint32_t>(std::clamp(megaflops, 1.0, 4e9));
}

}  // namespace hearth::agent
