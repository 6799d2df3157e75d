// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing_wheel.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;
using namespace hearth::core;

namespace {

/// What the wheel is held against: the same timers in an ordered container.
struct Reference {
  std::set<std::pair<std::int64_t, std::uint64_t>> byTime;
  std::vector<std::uint64_t> takeDue(Instant now) {
    std::vector<std::uint64_t> fired;
    while (!byTime.empty() && byTime.begin()->first <= now.micros) {
      fired.push_back(byTime.begin()->second);
      byTime.erase(byTime.begin());
    }
    return fired;
  }
};

std::vector<std::uint64_t> takeAll(TimingWheel& wheel, Instant now) {
  std::vector<std::uint64_t> fired;
  while (const auto subject = wheel.takeDue(now)) fired.push_back(*subject);
  return fired;
}

/// Mostly minutes ahead as leases are, some at once, some in years.
std::int64_t delayMicros(RandomStream& random) {
  const std::uint32_t kind = random.below(100);
  if (kind < 5) return 0;
  if (kind < 20) return random.below(2'000'000);
  if (kind < 90) return std::int64_t{random.below(1'200)} * 1'000'000 + random.below(1'000'000);
  if (kind < 99) return std::int64_t{random.below(100'000)} * 1'000'000;
  return std::int64_t{random.below(1'000'000)} * 1'000'000'000;
}

}  // namespace

TEST_CASE("the wheel fires as an ordered map does, over a million random operations") {
  TimingWheel wheel;
  Reference reference;
  RandomStream random(20'260'101);
  std::map<std::uint64_t, std::pair<std::int64_t, TimingWheel::Handle>> armed;
  Instant now{1'700'000'000'000'000};
  std::uint64_t next = 1, fired = 0;
  for (int operation = 0; operation < 1'000'000; ++operation) {
    const std::uint32_t what = random.below(100);
    if (what < 55 || armed.empty()) {
      const std::int64_t due = now.micros + delayMicros(random);
      armed.emplace(next, std::pair(due, wheel.arm({due}, next)));
      reference.byTime.emplace(due, next++);
    } else if (what < 85) {
      const auto chosen = armed.lower_bound(random.next() % next);
      const auto entry = chosen == armed.end() ? armed.begin() : chosen;
      wheel.cancel(entry->second.second);
      reference.byTime.erase({entry->second.first, entry->first});
      armed.erase(entry);
    } else {
      now.micros += random.below(50) == 0 ? std::int64_t{random.below(4'000'000)} * 1'000 : random.below(3'000'000);
      const std::vector<std::uint64_t> expected = reference.takeDue(now);
      if (takeAll(wheel, now) != expected) FAIL("different timers fired at operation " << operation);
      for (const std::uint64_t subject : expected) armed.erase(subject);
      fired += expected.size();
    }
    if (wheel.size() != reference.byTime.size()) FAIL("the wheel has lost a timer at operation " << operation);
    if (!reference.byTime.empty() && wheel.earliest().micros > reference.byTime.begin()->first)
      FAIL("the wheel would sleep too long at operation " << operation);
  }
  CHECK(fired > 50'000);
}

TEST_CASE("timers of one instant fire in the order of what they stand for, to the microsecond") {
  TimingWheel wheel;
  wheel.arm({5'000'001}, 3);
  wheel.arm({5'000'000}, 9);
  wheel.arm({5'000'000}, 2);
  CHECK(takeAll(wheel, {4'999'999}).empty());
  CHECK(takeAll(wheel, {5'000'000}) == std::vector<std::uint64_t>{2, 9});
  CHECK(takeAll(wheel, {5'000'001}) == std::vector<std::uint64_t>{3});
  CHECK(wheel.earliest() == Instant::farFuture());
}

TEST_CASE("a timer in the past is due at once, and one at the end of time never") {
  TimingWheel wheel;
  wheel.arm({1'000'000'000}, 1);
  CHECK(takeAll(wheel, {2'000'000'000}).size() == 1);
  wheel.arm({5}, 2);
  wheel.arm(Instant::farFuture(), 3);
  CHECK(takeAll(wheel, {2'000'000'001}) == std::vector<std::uint64_t>{2});
  CHECK(wheel.size() == 1);
}

TEST_CASE("looking again when the wheel says so finds every timer in time") {
  TimingWheel wheel;
  const Instant due{987'654'321'012};
  wheel.arm(due, 7);
  int looks = 0;
  for (Instant now = wheel.earliest(); now < due; now = wheel.earliest()) {
    CHECK_FALSE(wheel.takeDue(now));
    REQUIRE(++looks <= 10);
  }
  CHECK(wheel.takeDue(due) == 7);
}
