// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/agent/mock_login.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

namespace hearth::agent::test {
namespace {

constexpr const char* kSessions = "/org/freedesktop/login1/session/";

int listSessions(sd_bus_message* request, void* context, sd_bus_error*) {
  auto& login = *static_cast<MockLogin*>(context);
  login.countQuestion();
  sd_bus_message* reply = nullptr;
  sd_bus_message_new_method_return(request, &reply);
  sd_bus_message_open_container(reply, 'a', "(susso)");
  const auto sessions = login.sessions();
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const std::string number = std::to_string(i);
    sd_bus_message_append(reply, "(susso)", number.c_str(), sessions[i].user, "somebody", "seat0",
                          (kSessions + number).c_str());
  }
  sd_bus_message_close_container(reply);
  sd_bus_send(nullptr, reply, nullptr);
  sd_bus_message_unref(reply);
  return 1;
}

int tellProperty(sd_bus*, const char* path, const char*, const char* property, sd_bus_message* reply, void* context,
                 sd_bus_error*) {
  const auto sessions = static_cast<MockLogin*>(context)->sessions();
  const std::size_t number = std::strtoul(path + std::strlen(kSessions), nullptr, 10);
  if (number >= sessions.size()) return -ENOENT;
  const MockLogin::Session& session = sessions[number];
  if (std::strcmp(property, "Class") == 0) return sd_bus_message_append(reply, "s", session.kind.c_str());
  const bool value = std::strcmp(property, "Active") == 0 ? session.active : session.remote;
  return sd_bus_message_append(reply, "b", static_cast<int>(value));
}

const sd_bus_vtable kManager[] = {
    SD_BUS_VTABLE_START(0), SD_BUS_METHOD("ListSessions", "", "a(susso)", listSessions, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END};
const sd_bus_vtable kSession[] = {SD_BUS_VTABLE_START(0), SD_BUS_PROPERTY("Class", "s", tellProperty, 0, 0),
                                  SD_BUS_PROPERTY("Active", "b", tellProperty, 0, 0),
                                  SD_BUS_PROPERTY("Remote", "b", tellProperty, 0, 0), SD_BUS_VTABLE_END};

int findSession(sd_bus*, const char*, const char*, void* context, void** found, sd_bus_error*) {
  *found = context;
  return 1;
}

/// Starts a bus of its own; what it prints first is its address.
pid_t startDaemon(std::string& address) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe[1], 1);
    ::close(pipe[0]);
    ::execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address", nullptr);
    ::_exit(127);
  }
  ::close(pipe[1]);
  char letter = 0;
  while (::read(pipe[0], &letter, 1) == 1 && letter != '\n') address += letter;
  ::close(pipe[0]);
  return child;
}

}  // namespace

MockLogin::MockLogin(std::vector<Session> sessions) : m_sessions(std::move(sessions)) {
  m_daemon = startDaemon(m_address);
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", m_address.c_str(), 1);
  sd_bus_open_system(&m_bus);
  sd_bus_add_object_vtable(m_bus, nullptr, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", kManager, this);
  sd_bus_add_fallback_vtable(m_bus, nullptr, "/org/freedesktop/login1/session", "org.freedesktop.login1.Session",
                             kSession, findSession, this);
  if (sd_bus_request_name(m_bus, "org.freedesktop.login1", 0) < 0) throw std::runtime_error("no message bus");
  m_thread = std::thread([this] { serve(); });
}

MockLogin::~MockLogin() {
  m_ending = true;
  m_thread.join();
  sd_bus_flush_close_unref(m_bus);
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  ::kill(m_daemon, SIGTERM);
  ::waitpid(m_daemon, nullptr, 0);
}

void MockLogin::serve() {
  constexpr std::uint64_t kStepMicros = 20'000;
  while (!m_ending) {
    if (sd_bus_process(m_bus, nullptr) <= 0) sd_bus_wait(m_bus, kStepMicros);
  }
}

void MockLogin::set(std::vector<Session> sessions) {
  const std::lock_guard lock(m_mutex);
  m_sessions = std::move(sessions);
}

std::vector<MockLogin::Session> MockLogin::sessions() const {
  const std::lock_guard lock(m_mutex);
  return m_sessions;
}

}  // namespace hearth::agent::test
