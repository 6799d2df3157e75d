// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/proxy.h"

#include <map>

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::agent;

namespace {

Environment variables(std::map<std::string, std::string> set) {
  return [set = std::move(set)](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    if (found == set.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

TEST_CASE("an address of a server is host and port") {
  CHECK(parseEndpoint("grid.example.org:8443").value() == Endpoint{"grid.example.org", "8443"});
  CHECK(parseEndpoint("[2001:db8::1]:443").value() == Endpoint{"2001:db8::1", "443"});
  CHECK(formatHost(*parseEndpoint("[2001:db8::1]:443")) == "[2001:db8::1]");
  for (const char* bad : {"", "host", ":1", "host:", "host:0", "host:65536", "host:12x", "a b:1", "host/x:1", "a:b:1",
                          "[host]:1", "host@x:1"}) {
    INFO(bad);
    CHECK_FALSE(parseEndpoint(bad));
  }
}

TEST_CASE("the proxy is chosen by the usual variables for the real server") {
  const Endpoint server{"grid.example.org", "8443"};
  CHECK(proxyFor(server, variables({})).empty());
  CHECK(proxyFor(server, variables({{"https_proxy", "http://p:1"}, {"all_proxy", "http://q:2"}})) == "http://p:1");
  CHECK(proxyFor(server, variables({{"HTTPS_PROXY", "http://p:1"}})) == "http://p:1");
  CHECK(proxyFor(server, variables({{"ALL_PROXY", "socks5://q:2"}})) == "socks5://q:2");
  CHECK(proxyFor(server, variables({{"http_proxy", "http://p:1"}})).empty());
  CHECK(proxyFor(server, variables({{"https_proxy", "http://p:1"}, {"no_proxy", ".example.org"}})).empty());
  CHECK(proxyFor(server, variables({{"https_proxy", ""}, {"all_proxy", "http://q:2"}})).empty());
}

TEST_CASE("no_proxy knows names, suffixes, addresses and blocks") {
  CHECK(isExempt("grid.example.org", "localhost,example.org"));
  CHECK(isExempt("grid.example.org", " .EXAMPLE.org , x"));
  CHECK(isExempt("Grid.Example.Org", "grid.example.org"));
  CHECK(isExempt("anything", "*"));
  CHECK(isExempt("10.1.2.3", "10.0.0.0/8"));
  CHECK(isExempt("2001:db8::5", "2001:db8::/32"));
  CHECK(isExempt("127.0.0.1", "localhost 127.0.0.1"));
  CHECK_FALSE(isExempt("11.1.2.3", "10.0.0.0/8"));
  CHECK_FALSE(isExempt("10.1.2.3", "10.0.0.0/33"));
  CHECK_FALSE(isExempt("notexample.org", "example.org"));
  CHECK_FALSE(isExempt("grid.example.org", ""));
  CHECK_FALSE(isExempt("grid.example.org", "grid.example"));
}
