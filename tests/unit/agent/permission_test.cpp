// SPDX-License-Identifier: GPL-3.0-or-later
// Who may control the agent: with a real message bus, a login manager of ours on it, and users of our own.
#include <array>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/platform/sessions.h"
#include "unit/agent/control_world.h"
#include "unit/agent/mock_login.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

constexpr std::uint32_t kNobody = 65'534;

/// What another user of this machine gets to hear who connects and asks for the state; empty: we cannot be another.
std::string askedAs(std::uint32_t user, const std::filesystem::path& path) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char reply[200] = "";
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool other = ::setgid(user) == 0 && ::setuid(user) == 0;
    if (other && ::connect(socket, reinterpret_cast<struct sockaddr*>(&address), sizeof address) == 0) {
      const char request[] = "{\"id\":1,\"verb\":\"status\"}\n";
      (void)::send(socket, request, sizeof request - 1, MSG_NOSIGNAL);
      const ssize_t got = ::recv(socket, reply, sizeof reply, 0);
      (void)!::write(pipe[1], reply, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string heard(200, '\0');
  const ssize_t got = ::read(pipe[0], heard.data(), heard.size());
  heard.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return heard;
}

bool accepted(const std::string& reply) { return reply.find("\"ok\":true") != std::string::npos; }

}  // namespace

TEST_CASE("who sits at this machine is whom logind has an active local session of") {
  MockLogin login({{1000}, {1001, "user", false}, {1002, "user", true, true}, {1003, "greeter"}, {1004, "manager"}});
  CHECK(hasActiveSession(1000));
  CHECK_FALSE(hasActiveSession(1001));  // another has switched to the screen
  CHECK_FALSE(hasActiveSession(1002));  // by network
  CHECK_FALSE(hasActiveSession(1003));
  CHECK_FALSE(hasActiveSession(1004));
  CHECK_FALSE(hasActiveSession(4711));
  login.set({{1001, "user", false}, {1001}});
  CHECK(hasActiveSession(1001));
}

TEST_CASE("where there is no message bus nobody sits at the machine") {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  CHECK_FALSE(hasActiveSession(::geteuid()));
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

TEST_CASE("another user of the machine is refused, and let in while they sit at it") {
  if (::geteuid() != 0) return;  // only root can be another user
  MockLogin login({{kNobody, "user", false}});
  Permission permission{Peer{4711, {4712}}, hasActiveSession};
  permission.trusted = Duration{};
  Served served(permission);
  ::chmod(served.folder.path().c_str(), 0711);
  CHECK(askedAs(kNobody, served.path()).find("may not control this agent") != std::string::npos);
  login.set({{kNobody}});
  CHECK(eventually([&] { return accepted(askedAs(kNobody, served.path())); }));
  CHECK(served.target.asked == 1);
}

TEST_CASE("a client of the active session is cut off when that is somebody else's") {
  if (::geteuid() != 0) return;  // only root can be another user
  std::atomic<int> asked = 0;
  Permission permission{Peer{4711, {4712}}, [&](std::uint32_t user) { return user == kNobody && ++asked == 1; }};
  permission.trusted = Duration{};
  Served served(permission);
  ::chmod(served.folder.path().c_str(), 0711);
  CHECK(askedAs(kNobody, served.path()).find("may not control this agent") != std::string::npos);
  CHECK(asked == 2);  // as it came, and as it asked for something
  CHECK(served.target.asked == 0);
}

TEST_CASE("a user's right is remembered for a while, then asked for again") {
  boost::asio::io_context loop;
  bool active = true;
  int asked = 0, answered = 0;
  Permission permission{Peer{4711, {4712}}, [&](std::uint32_t) {
                          ++asked;
                          return active;
                        }};
  permission.trusted = Duration::milliseconds(200);
  SessionRights rights(loop, permission);
  const auto ask = [&](std::uint32_t user) {
    bool may = false;
    const int before = answered;
    REQUIRE(rights.ask(user, [&](bool answer) {
      may = answer;
      ++answered;
    }));
    while (answered == before) loop.restart(), loop.run_one_for(std::chrono::seconds(10));
    return may;
  };
  CHECK(ask(1000));
  CHECK(rights.known(1000));
  CHECK(ask(1000));
  CHECK(asked == 1);
  active = false;
  CHECK(eventually([&] { return !rights.known(1000); }));
  CHECK_FALSE(ask(1000));
  CHECK_FALSE(ask(1000));
  CHECK(asked == 2);
}

TEST_CASE("however many strangers knock, few questions wait") {
  boost::asio::io_context loop;
  SessionRights rights(loop, {Peer{4711, {4712}}, [](std::uint32_t) { return false; }});
  std::size_t waiting = 0;
  while (rights.ask(static_cast<std::uint32_t>(waiting), [](bool) {})) REQUIRE(++waiting < 100);
  CHECK(waiting == 8);
  std::size_t ofOne = 0;
  while (rights.ask(0, [](bool) {})) REQUIRE(++ofOne < 100);
  CHECK(ofOne < 20);
}
