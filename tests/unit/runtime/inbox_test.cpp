// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/inbox.h"

#include <future>
#include <thread>

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::server;
using namespace std::chrono_literals;

namespace {

Inbox::Wanted wanted(std::size_t atOnce, std::chrono::milliseconds time) {
  return {true, atOnce, std::chrono::steady_clock::now() + time};
}

void put(Inbox& inbox, int count) {
  for (int i = 0; i < count; ++i)
    CHECK_FALSE(inbox.put(Posted{std::make_shared<core::Event>(core::Event{0, core::Tick{}}), nullptr}));
}

}  // namespace

TEST_CASE("who takes from the inbox is woken once as many are there as it asked for") {
  Inbox inbox(100, 1'000'000);
  auto taken = std::async(std::launch::async, [&] { return inbox.take(wanted(3, 20s)).items.size(); });
  put(inbox, 2);
  CHECK(taken.wait_for(50ms) == std::future_status::timeout);
  put(inbox, 1);
  CHECK(taken.get() == 3);
}

TEST_CASE("fewer than were asked for are taken when the time is over or something else comes") {
  Inbox inbox(100, 1'000'000);
  put(inbox, 2);
  CHECK(inbox.take(wanted(3, 5ms)).items.size() == 2);
  put(inbox, 1);
  inbox.report(Writer::Applied{});
  const Inbox::Taken taken = inbox.take(wanted(3, 20s));
  CHECK(taken.items.size() == 1);
  CHECK(taken.report);
  put(inbox, 1);
  CHECK(inbox.look([](const core::Dispatcher&) {}));
  CHECK(inbox.take(wanted(3, 20s)).items.size() == 1);
}

TEST_CASE("items that are not wanted wake nobody and stay") {
  Inbox inbox(100, 1'000'000);
  put(inbox, 5);
  CHECK(inbox.take({false, 1, std::chrono::steady_clock::now() + 5ms}).items.empty());
  CHECK(inbox.waiting() == 5);
}
