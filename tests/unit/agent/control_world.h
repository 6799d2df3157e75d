// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/control/control_server.h"
#include "agent/platform/files.h"
#include "unit/agent/temp_folder.h"

namespace hearth::agent::test {

/// Waits, at most half a minute, until it holds.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

/// An agent behind a control socket that notes what it is asked.
struct Target : ControlTarget {
  std::string tree = "{}";
  std::atomic<int> asked = 0;
  std::vector<ControlRequest> orders;
  std::vector<std::uint64_t> clients;  ///< of each order
  std::atomic<std::uint64_t> left = 0;
  std::function<Outcome(const ControlRequest&)> answers = [](const ControlRequest&) { return Outcome("{}"); };

  std::string state() override {
    ++asked;
    return tree;
  }
  void obey(std::uint64_t client, const ControlRequest& request, Answer answer) override {
    orders.push_back(request);
    clients.push_back(client);
    answer(answers(request));
  }
  void gone(std::uint64_t client) override { left = client; }
};

/// A control server on a thread of its own.
struct Served {
  TempFolder folder;
  boost::asio::io_context context{1};
  Target target;
  std::unique_ptr<ControlServer> server;
  std::thread thread;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};

  explicit Served(Permission permission = {ownIdentity()}) {
    server = ControlServer::start(context, path(), target, std::move(permission), Duration::milliseconds(5)).value();
    thread = std::thread([this] { context.run(); });
  }
  ~Served() {
    context.stop();
    thread.join();
  }
  std::filesystem::path path() const { return folder / "control.sock"; }
};

/// A client that keeps its connection.
class Line {
 public:
  explicit Line(const std::filesystem::path& path) : m_socket(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(*m_socket, reinterpret_cast<struct sockaddr*>(&address), sizeof address) == 0);
    const struct timeval limit { 30, 0 };
    ::setsockopt(*m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void say(const std::string& text) { (void)::send(*m_socket, text.data(), text.size(), MSG_NOSIGNAL); }
  std::string hear() {
    while (m_heard.find('\n') == std::string::npos) {
      char piece[4096];
      const ssize_t got = ::recv(*m_socket, piece, sizeof piece, 0);
      if (got <= 0) return "(end)";
      m_heard.append(piece, static_cast<std::size_t>(got));
    }
    const std::string line = m_heard.substr(0, m_heard.find('\n'));
    m_heard.erase(0, line.size() + 1);
    return line;
  }

 private:
  UniqueFd m_socket;
  std::string m_heard;
};

}  // namespace hearth::agent::test
