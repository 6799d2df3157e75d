// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <curl/curl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http_support.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

int connectTo(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

/// Serves one client that asks to CONNECT somewhere on this machine.
class ConnectProxy {
 public:
  ConnectProxy() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(m_listening, generic, size) == 0);
    REQUIRE(::listen(m_listening, 1) == 0);
    REQUIRE(::getsockname(m_listening, generic, &size) == 0);
    port = ntohs(address.sin_port);
    m_thread = std::thread([this] { serve(); });
  }
  ~ConnectProxy() {
    ::shutdown(m_listening, SHUT_RDWR);
    m_thread.join();
    ::close(m_listening);
  }
  std::uint16_t port = 0;
  std::string request;  ///< what it was asked; read after the exchange

 private:
  void serve() {
    const int client = ::accept(m_listening, nullptr, nullptr);
    if (client < 0) return;
    char c = 0;
    while (request.find("\r\n\r\n") == std::string::npos && ::read(client, &c, 1) == 1) request += c;
    const std::size_t colon = request.find(':');
    const int server =
        colon == std::string::npos ? -1 : connectTo(static_cast<std::uint16_t>(std::stoul(request.substr(colon + 1))));
    const std::string_view reply = "HTTP/1.1 200 Connection established\r\n\r\n";
    if (server >= 0 && ::write(client, reply.data(), reply.size()) > 0) relay(client, server);
    ::close(client);
    ::close(server);
  }
  static void relay(int one, int other) {
    std::array<pollfd, 2> ends{{{one, POLLIN, 0}, {other, POLLIN, 0}}};
    std::array<char, 16384> piece{};
    while (::poll(ends.data(), ends.size(), 20'000) > 0) {
      for (std::size_t i = 0; i < 2; ++i) {
        if (ends[i].revents == 0) continue;
        const ssize_t count = ::read(ends[i].fd, piece.data(), piece.size());
        if (count <= 0 || ::send(ends[1 - i].fd, piece.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count)
          return;
      }
    }
  }
  int m_listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread m_thread;
};

curl_blob blobOf(const std::string& text) { return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY}; }

}  // namespace

TEST_CASE("http: an agent reaches the server by its own name through an HTTP CONNECT proxy, with its certificate") {
  Router router;
  router.add(Method::kGet, "/whoami", [](std::shared_ptr<const Request> request, Respond respond) {
    respond(
        Response{200, {}, request->peer->agentName && !request->peer->certificateDer.empty() ? "agent" : "somebody"});
  });
  const auto server = startServer(router);
  const std::string place = "127.0.0.1:" + std::to_string(server->port());
  {
    ConnectProxy proxy;
    const std::string name(certs::kAgentServerName);
    const std::string url = "https://" + name + "/whoami";
    const std::string through = "http://127.0.0.1:" + std::to_string(proxy.port);
    curl_blob trusted = blobOf(project().authority.identity().certificatePem);
    curl_blob certificate = blobOf(project().host.certificatePem);
    curl_blob key = blobOf(project().host.privateKeyPem);
    curl_slist* connect = curl_slist_append(nullptr, (name + ":443:" + place).c_str());
    std::string reply;
    CURL* curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect);
    curl_easy_setopt(curl, CURLOPT_PROXY, through.c_str());
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &trusted);
    curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &key);
    curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(
        curl, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t size, std::size_t count, void* out) {
          static_cast<std::string*>(out)->append(bytes, size * count);
          return size * count;
        });
    const CURLcode code = curl_easy_perform(curl);
    CHECK(std::string(curl_easy_strerror(code)) == "No error");
    CHECK(reply == "agent");
    curl_easy_cleanup(curl);
    curl_slist_free_all(connect);
    server->drain(Duration{});
    CHECK(proxy.request.starts_with("CONNECT " + place + " "));
  }
}
