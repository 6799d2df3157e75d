// SPDX-License-Identifier: GPL-3.0-or-later
// A machine that sleeps for a day while tasks run. It shows in the clocks that a program can read: the time of day and
// the time since the boot have jumped, the monotonic clock, which stands while a machine sleeps, has not. Where a
// hypervisor paused the machine, that one may have jumped too. This program's own clock_gettime() stands for the
// kernel's.
#include <atomic>
#include <ctime>

#include <catch2/catch.hpp>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "unit/sandbox/lab.h"

namespace {

std::atomic<time_t> slept{0}, stood{0};  // seconds, without and with the monotonic clock

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long failed = ::syscall(SYS_clock_gettime, clock, time);
  const bool sleepsOn = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_BOOTTIME ||
                        clock == CLOCK_TAI || clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
  const bool isClock = sleepsOn || clock == CLOCK_MONOTONIC;  // the others are those of processes
  if (failed == 0 && isClock) time->tv_sec += stood + (sleepsOn ? slept.load() : 0);
  return static_cast<int>(failed);
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  const int failed = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return failed;
}

time_t time(time_t* to) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (to != nullptr) *to = now.tv_sec;
  return now.tv_sec;
}
}

using namespace hearth;
using namespace hearth::sandbox;

namespace {

constexpr time_t kDay = 24 * 3600;

/// The machine sleeps for a day while there is one of these.
class Jump {
 public:
  explicit Jump(std::atomic<time_t>& clocks) : m_clocks(clocks) { m_clocks = kDay; }
  ~Jump() { m_clocks = 0; }
  Jump(const Jump&) = delete;
  Jump& operator=(const Jump&) = delete;

 private:
  std::atomic<time_t>& m_clocks;
};

struct Bed {
  Lab lab;
  EndBox box;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<Run> run;

  explicit Bed(bool hasNamespaces) {
    LandlockOptions landlock;
    const BubblewrapOptions options = lab.options();
    landlock.scratch = options.scratch;
    landlock.init = options.init;
    landlock.user = options.user;
    landlock.group = options.group;
    landlock.background = options.background;
    auto made = hasNamespaces ? makeBubblewrapExecutor(options) : makeLandlockExecutor(landlock);
    REQUIRE(made);
    executor = std::move(*made);
  }
  /// A task that is under way and goes on until it is stopped.
  void start(Duration limit) {
    RunSpec spec = lab.spec({"tick", "ticks"});
    spec.time = limit;
    auto started = executor->start(std::move(spec), box.receiver());
    REQUIRE(started);
    run = std::move(*started);
    REQUIRE(eventually([this] { return ticks() > 0; }));
  }
  /// It was neither ended nor charged, goes on, and still ends where its time is over.
  void check() {
    const auto before = ticks();
    CHECK(eventually([&] { return ticks() > before + 2; }));
    CHECK(run->usage().wall.inSeconds() < 3600);
    const auto end = box.wait();
    REQUIRE(end);
    CHECK(end->reason == "it ran longer than its limit of 4 s");
    CHECK(end->exit == ExitKind::kTimeLimit);
    CHECK(end->usage.wall.inSeconds() >= 4);
    CHECK(end->usage.wall.inSeconds() < 60);
  }
  std::uintmax_t ticks() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(lab.work() / "ticks", error);
    return error ? 0 : size;
  }
};

}  // namespace

TEST_CASE("the clocks of this program jump when its machine sleeps, but for the monotonic one") {
  const auto steady = std::chrono::steady_clock::now();
  const auto wall = std::chrono::system_clock::now();
  const Jump jump(slept);
  CHECK(std::chrono::system_clock::now() - wall > std::chrono::hours(23));
  CHECK(std::chrono::steady_clock::now() - steady < std::chrono::hours(1));
}

TEST_CASE("a day that a machine slept is charged to no task, and ends none") {
  Bed bed(GENERATE(true, false));
  bed.start(Duration::seconds(4));
  const Jump jump(slept);
  bed.check();
}

TEST_CASE("a day that a machine stood still is charged to no task, and ends none") {
  Bed bed(GENERATE(true, false));
  bed.start(Duration::seconds(4));
  const Jump jump(stood);
  bed.check();
}

TEST_CASE("a frozen task, and one that is being stopped, outlast a day that their machine stood still") {
  Bed bed(true);
  bed.start(Duration::seconds(60));
  bed.run->freeze();
  const Jump jump(stood);
  bed.run->thaw();
  const auto before = bed.ticks();
  CHECK(eventually([&] { return bed.ticks() > before + 2; }));
  CHECK(bed.run->usage().wall.inSeconds() < 3600);
  bed.run->stop("enough");
  const auto end = bed.box.wait();
  REQUIRE(end);
  CHECK(end->reason == "enough");
}
