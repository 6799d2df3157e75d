// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "server/app/ticket_key_file.h"
#include "unit/blob/folder.h"

using namespace hearth;
using namespace hearth::server;

namespace {

struct Folder {
  TemporaryFolder folder;
  DataFolder data{folder.path};
  Instant now{1'800'000'000'000'000};

  TicketKeys keys() {
    auto kept = keepTicketKeys(data, now);
    REQUIRE(kept);
    return *kept;
  }
  unsigned mode() const {
    struct stat status {};
    REQUIRE(::stat(data.ticketKeys().c_str(), &status) == 0);
    return status.st_mode & 0777;
  }
};

}  // namespace

TEST_CASE("the keys of session tickets are the same after a restart and their owner's alone") {
  Folder folder;
  const TicketKeys first = folder.keys();
  REQUIRE(first.size() == 1);
  CHECK(folder.mode() == 0600);
  folder.now = folder.now + Duration::hours(23);
  CHECK(folder.keys() == first);
}

TEST_CASE("a new ticket key is made each day, the last one opens tickets for a day more") {
  Folder folder;
  const TicketKey first = folder.keys().front();
  folder.now = folder.now + kTicketKeyLife;
  const TicketKeys second = folder.keys();
  REQUIRE(second.size() == 2);
  CHECK_FALSE(second[0] == first);
  CHECK(second[1] == first);
  folder.now = folder.now + kTicketKeyLife;
  const TicketKeys third = folder.keys();
  REQUIRE(third.size() == 2);
  CHECK(third[1] == second[0]);
}

TEST_CASE("ticket keys that others could read, that are damaged or of the future are not used") {
  Folder folder;
  const TicketKey first = folder.keys().front();
  REQUIRE(::chmod(folder.data.ticketKeys().c_str(), 0640) == 0);
  TicketKeys keys = folder.keys();
  REQUIRE(keys.size() == 1);
  CHECK_FALSE(keys.front() == first);
  CHECK(folder.mode() == 0600);

  const TicketKey second = keys.front();
  std::ifstream in(folder.data.ticketKeys());
  std::string text(std::istreambuf_iterator<char>(in), {});
  std::ofstream(folder.data.ticketKeys()) << "nonsense\n" << text.substr(0, text.size() / 2) << "\n\n";
  keys = folder.keys();
  REQUIRE(keys.size() == 1);
  CHECK_FALSE(keys.front() == second);

  folder.now = folder.now - Duration::hours(1);
  CHECK_FALSE(folder.keys().front() == keys.front());
}
