// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/control_client.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "agent/platform/files.h"
#include "agent/platform/host_facts.h"

namespace hearth::agent {
namespace {

Result<UniqueFd> connectTo(const std::filesystem::path& path, Duration patience) {
  struct sockaddr_un address {};
  if (path.string().size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalid, "the path " + path.string() + " is too long for a socket",
                "Use an agent's folder with a shorter path: --dir DIR.");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.string().size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail(fileError("cannot make a socket for", path));
  const struct timeval limit { patience.micros / 1'000'000, patience.micros % 1'000'000 };
  ::setsockopt(*socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(*socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(*socket, reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0) return socket;
  if (errno == EACCES || errno == EPERM) {
    return fail(ErrorCode::kForbidden, "you may not reach the agent at " + path.string(),
                "Use the agent's own user or root.");
  }
  return fail(ErrorCode::kNotFound, "no agent listens at " + path.string(),
              "Start it with `hearth-agent daemon`, or name its folder with --dir.");
}

/// The member of the reply that is the point of the request.
std::string_view wanted(ControlVerb verb) {
  switch (verb) {
    case ControlVerb::kStatus:
      return "state";
    case ControlVerb::kPreferences:
      return "preferences";
    case ControlVerb::kSet:
    case ControlVerb::kReset:
      return "changed";
    case ControlVerb::kOffers:
      return "offers";
    case ControlVerb::kHello:
      return "version";
    case ControlVerb::kMessages:
      return "messages";
    case ControlVerb::kHistory:
      return "days";
    case ControlVerb::kInspect:
    case ControlVerb::kJoin:
      return "project";
    default:
      return "";
  }
}

}  // namespace

Result<std::string> askAgent(const std::filesystem::path& path, const ControlRequest& request, Duration patience) {
  auto socket = connectTo(path, patience);
  if (!socket) return fail(std::move(socket).error());
  const std::string line = toJson(request) + "\n";
  // An agent that refuses us answers without reading: what it said is looked at in any case.
  (void)::send(**socket, line.data(), line.size(), MSG_NOSIGNAL);
  std::string reply;
  char piece[4096];
  while (reply.find('\n') == std::string::npos) {
    const ssize_t got = ::recv(**socket, piece, sizeof piece, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return fail(ErrorCode::kTimeout, "the agent does not answer", "Look at its log.");
    }
    if (got <= 0 || reply.size() > kControlReplyBytes) {
      return fail(ErrorCode::kUnavailable, "the agent ended the conversation", "Look at its log.");
    }
    reply.append(piece, static_cast<std::size_t>(got));
  }
  return parseControlReply(std::string_view(reply).substr(0, reply.find('\n')), wanted(request.verb));
}

std::vector<std::filesystem::path> controlSockets(const std::string& variable) {
  std::vector<std::filesystem::path> sockets;
  if (!variable.empty()) sockets.emplace_back(variable);
  sockets.push_back(serviceControlSocket());
  for (const auto& folder : {defaultStateFolder(), serviceStateFolder()}) sockets.push_back(folder / "control.sock");
  if (sockets.back() == sockets[sockets.size() - 2]) sockets.pop_back();
  return sockets;
}

std::filesystem::path listeningSocket(const std::vector<std::filesystem::path>& sockets) {
  for (const auto& socket : sockets) {
    const auto reached = connectTo(socket, Duration::seconds(1));
    if (reached || reached.error().code == ErrorCode::kForbidden) return socket;
  }
  return sockets.back();
}

}  // namespace hearth::agent
