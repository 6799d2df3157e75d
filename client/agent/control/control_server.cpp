// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/control_server.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/control/state_tree.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using Socket = asio::basic_stream_socket<Local, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<Local, asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

constexpr std::size_t kUnsentBytes = 2 * kControlReplyBytes;  // a client that reads more slowly than this is cut off

class Server;

/// One client. Shared by the operations that wait on its socket, and by the server while it is connected.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Socket socket, Server& server, std::uint64_t number)
      : m_socket(std::move(socket)), m_server(&server), m_number(number) {}

  /// Nothing is read of it before.
  void admit() {
    m_admitted = true;
    read();
  }
  /// Its right is that of the user who has the active session.
  void bindToSession(std::uint32_t user) { m_sessionUser = user; }
  void send(std::string line);
  void sendLast(std::string line) {
    m_last = true;
    send(std::move(line));
  }
  void close();
  /// The agent ends: says so if the client listens and would understand it, and closes.
  void end();
  bool admitted() const { return m_admitted; }
  bool subscribed() const { return m_subscribed; }
  std::uint64_t number() const { return m_number; }
  int descriptor() { return m_socket.native_handle(); }

 private:
  void read();
  void take(std::string line);
  void answer(std::string_view line);
  void write();

  Socket m_socket;
  Server* m_server;  // none once the server has let it go
  const std::uint64_t m_number;
  std::optional<std::uint32_t> m_sessionUser;
  std::string m_received;
  std::deque<std::string> m_unsent;
  std::size_t m_unsentBytes = 0;
  bool m_admitted = false;
  bool m_writing = false;
  bool m_last = false;
  bool m_subscribed = false;
};

class Server final : public ControlServer {
 public:
  Server(asio::io_context& loop, ControlTarget& agent, Permission permission, Duration pace)
      : target(agent),
        rights(loop, permission),
        m_acceptor(loop),
        m_acceptTimer(loop),
        m_timer(loop),
        m_own(std::move(permission.own)),
        m_pace(pace) {}
  ~Server() override {
    const auto clients = std::move(m_clients);
    m_clients.clear();
    for (const auto& client : clients) client->end();
    if (!m_path.empty()) ::unlink(m_path.c_str());
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<void> listen(const std::filesystem::path& path);
  void changed() override;
  void drop(const std::shared_ptr<Client>& client) {
    if (m_clients.erase(client) > 0 && client->admitted()) target.gone(client->number());
  }
  const std::string& told() const { return m_told; }
  void rememberTold();

  ControlTarget& target;
  SessionRights rights;

 private:
  void accept();
  void welcome(Socket socket);
  void letIn(const std::shared_ptr<Client>& client);
  void push();

  Acceptor m_acceptor;
  Timer m_acceptTimer, m_timer;
  const Peer m_own;
  const Duration m_pace;
  std::filesystem::path m_path;
  std::set<std::shared_ptr<Client>> m_clients;
  std::string m_told;           // the state that subscribers know
  std::uint64_t m_numbers = 0;  // of clients so far
  bool m_pending = false;
};

std::string refusal(std::uint32_t user) {
  return controlReply(0, {ErrorCode::kForbidden, "user " + std::to_string(user) + " may not control this agent",
                          "Use the agent's own user, root, or the user who sits at this machine; or have the "
                          "administrator put you into the agent's group."});
}

void Client::read() {
  asio::async_read_until(
      m_socket, asio::dynamic_buffer(m_received, kControlLineBytes), '\n',
      [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
        if (self->m_server == nullptr) return;
        if (error == asio::error::not_found) {
          self->sendLast(controlReply(
              0, {ErrorCode::kTooLarge,
                  "a request is one line of at most " + std::to_string(kControlLineBytes) + " bytes", ""}));
          return;
        }
        if (error) return self->close();
        std::string line = self->m_received.substr(0, size - 1);
        self->m_received.erase(0, size);
        self->take(std::move(line));
      });
}

/// What comes after its user has gone away from the machine is not theirs to say any more.
void Client::take(std::string line) {
  const auto goOn = [self = shared_from_this(), line = std::move(line)](bool may) {
    if (self->m_server == nullptr) return;
    if (!may) return self->sendLast(refusal(*self->m_sessionUser));
    self->answer(line);
    if (self->m_server != nullptr && !self->m_last) self->read();
  };
  if (!m_sessionUser || m_server->rights.known(*m_sessionUser)) return goOn(true);
  if (!m_server->rights.ask(*m_sessionUser, goOn)) goOn(false);
}

void Client::answer(std::string_view line) {
  std::uint64_t id = 0;
  const auto request = parseControlRequest(line, id);
  if (!request) return send(controlReply(id, request.error()));
  switch (request->verb) {
    case ControlVerb::kStatus:
      return send(controlReply(request->id, "{\"state\":" + m_server->target.state() + "}"));
    case ControlVerb::kSubscribe:
      send(controlReply(request->id));
      m_server->rememberTold();
      if (!std::exchange(m_subscribed, true)) send(controlStateEvent(m_server->told()));
      return;
    default:
      m_server->target.obey(m_number, *request,
                            [self = shared_from_this(), at = request->id](const ControlTarget::Outcome& outcome) {
                              if (self->m_server == nullptr) return;
                              self->send(outcome ? controlReply(at, *outcome)
                                                 : controlReply(at, outcome.error().error, outcome.error().code));
                            });
  }
}

/// At once, as far as the client has room for it, so that what was said is known to be said when the agent ends.
void Client::send(std::string line) {
  line += '\n';
  if (!m_writing) {
    boost::system::error_code error;
    m_socket.non_blocking(true, error);
    line.erase(0, m_socket.write_some(asio::buffer(line), error));
    if (error && error != asio::error::would_block) return close();
    if (line.empty() && m_last) return close();
    if (line.empty()) return;
  }
  m_unsentBytes += line.size();
  m_unsent.push_back(std::move(line));
  if (m_unsentBytes > kUnsentBytes) return close();
  if (!m_writing) write();
}

void Client::write() {
  m_writing = true;
  asio::async_write(m_socket, asio::buffer(m_unsent.front()),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      self->m_writing = false;
                      if (self->m_server == nullptr) return;
                      self->m_unsentBytes -= self->m_unsent.front().size();
                      self->m_unsent.pop_front();
                      if (error || (self->m_unsent.empty() && self->m_last)) return self->close();
                      if (!self->m_unsent.empty()) self->write();
                    });
}

void Client::close() {
  boost::system::error_code ignored;
  m_socket.close(ignored);
  if (m_server != nullptr) std::exchange(m_server, nullptr)->drop(shared_from_this());
}

void Client::end() {
  if (m_subscribed && !m_writing) {
    const std::string line = controlEndEvent() + "\n";
    (void)::send(m_socket.native_handle(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  m_server = nullptr;
  close();
}

Result<void> Server::listen(const std::filesystem::path& path) {
  if (path.string().size() >= 108) {
    return fail(ErrorCode::kInvalid, "the path " + path.string() + " is too long for a socket",
                "Use a folder with a path of at most 90 characters.");
  }
  boost::system::error_code error;
  Socket other(m_acceptor.get_executor());
  if (other.connect(Local::endpoint(path.string()), error); !error) {
    return fail(ErrorCode::kConflict, "another agent listens on " + path.string(),
                "End it first, or give this one another socket: --control PATH.");
  }
  error = {};
  ::unlink(path.c_str());  // a dead agent's
  m_acceptor.open(Local(), error);
  if (!error) m_acceptor.bind(Local::endpoint(path.string()), error);
  if (!error) m_acceptor.listen(16, error);
  if (error) {
    return fail(ErrorCode::kIo, "cannot listen on " + path.string() + ": " + error.message(),
                "Check who owns the agent's folder.");
  }
  m_path = path;
  // Everybody may knock: who may not come in is told so.
  ::chmod(path.c_str(), 0666);
  accept();
  return {};
}

void Server::accept() {
  m_acceptor.async_accept([this](boost::system::error_code error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      welcome(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely: not again at once.
    m_acceptTimer.expires_after(std::chrono::milliseconds(200));
    m_acceptTimer.async_wait([this](boost::system::error_code stopped) {
      if (!stopped) accept();
    });
  });
}

void Server::welcome(Socket socket) {
  auto client = std::make_shared<Client>(std::move(socket), *this, ++m_numbers);
  const auto peer = peerOf(client->descriptor());
  m_clients.insert(client);
  if (!peer) return client->sendLast(controlReply(0, peer.error()));
  if (mayControl(*peer, m_own)) return letIn(client);
  const std::uint32_t user = peer->user;
  const bool asked = rights.ask(user, [this, client, user](bool may) {
    if (!m_clients.contains(client)) return;
    if (!may) return client->sendLast(refusal(user));
    client->bindToSession(user);
    letIn(client);
  });
  if (!asked) client->sendLast(controlReply(0, {ErrorCode::kUnavailable, "too many ask at once", "Try again."}));
}

void Server::letIn(const std::shared_ptr<Client>& client) {
  const auto admitted =
      std::count_if(m_clients.begin(), m_clients.end(), [](const auto& each) { return each->admitted(); });
  if (static_cast<std::size_t>(admitted) >= kControlClients) {
    return client->sendLast(controlReply(0, {ErrorCode::kUnavailable, "too many clients control this agent",
                                             "Close a tray icon or a `status` that was left open."}));
  }
  client->admit();
}

void Server::rememberTold() {
  if (m_pending) push();  // others are told first, so that one state is known to all
  m_told = target.state();
}

void Server::changed() {
  if (m_pending) return;
  bool watched = false;
  for (const auto& client : m_clients) watched = watched || client->subscribed();
  if (!watched) return;
  m_pending = true;
  m_timer.expires_after(std::chrono::microseconds(m_pace.micros));
  m_timer.async_wait([this](boost::system::error_code stopped) {
    if (!stopped && m_pending) push();
  });
}

void Server::push() {
  m_pending = false;
  std::string state = target.state();
  const std::string patch = mergePatch(m_told, state);
  m_told = std::move(state);
  if (patch.empty()) return;
  const std::string line = controlChangeEvent(patch);
  const auto clients = m_clients;  // sending may drop one
  for (const auto& client : clients) {
    if (client->subscribed()) client->send(line);
  }
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::start(asio::io_context& loop, const std::filesystem::path& socket,
                                                            ControlTarget& target, Permission permission,
                                                            Duration pace) {
  auto server = std::make_unique<Server>(loop, target, std::move(permission), pace);
  HEARTH_TRY(server->listen(socket));
  return std::unique_ptr<ControlServer>(std::move(server));
}

}  // namespace hearth::agent
