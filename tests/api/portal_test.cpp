// SPDX-License-Identifier: GPL-3.0-or-later
// What a browser is told beside the pages' text; the pages themselves are tested in a browser (tests/web).
#include "server/web/portal.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <catch2/catch.hpp>

#include "server/web/assets.h"
#include "server/web/templates.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

using server::Headers;
using server::Method;

/// The portal on an API of its own.
class PortalFixture : public ApiFixture {
 public:
  PortalFixture() : portal(*api, {}) { portal.addRoutes(pages); }

  Reply get(const std::string& path, Headers headers = {}) {
    auto request = std::make_shared<server::Request>();
    request->path = path;
    request->headers = std::move(headers);
    request->peer = std::make_shared<server::Peer>();
    auto match = pages.match(Method::kGet, path);
    const auto* route = match.pathKnown ? match.route : pages.otherwise(*request);
    REQUIRE(route != nullptr);
    request->captures = match.captures;
    std::promise<server::Response> answered;
    route->handler(request, [&answered](server::Response response) { answered.set_value(std::move(response)); });
    server::Response response = answered.get_future().get();
    return {response.status, response.headers, std::get<std::string>(response.body)};
  }

  server::Router pages;
  server::Portal portal;
};

}  // namespace

TEST_CASE("a page may load and run nothing but what this server embeds") {
  PortalFixture fixture;
  const Reply page = fixture.get("/");
  CHECK(page.status == 200);
  CHECK(page.header("content-type") == "text/html; charset=utf-8");
  CHECK_THAT(page.header("content-security-policy"), Catch::StartsWith("default-src 'none'; script-src 'self';"));
  CHECK(page.header("content-security-policy").find("unsafe") == std::string::npos);
  CHECK(page.header("x-content-type-options") == "nosniff");
  CHECK(page.header("cache-control") == "no-store");
  CHECK(page.body.find("style=\"") == std::string::npos);
  CHECK(page.body.find("<style") == std::string::npos);
  CHECK(page.body.find("onclick") == std::string::npos);
  CHECK_THAT(page.body, Catch::Contains("<h1>Test Project</h1>"));
}

TEST_CASE("assets are compressed, kept for ever by their version, and not at all by another") {
  PortalFixture fixture;
  const server::Assets assets;
  const std::string path = assets.prefix() + "/css/hearth.css";
  const Reply plain = fixture.get(path);
  CHECK(plain.header("content-type") == "text/css; charset=utf-8");
  CHECK_THAT(plain.header("cache-control"), Catch::Contains("immutable"));
  const Reply packed = fixture.get(path, {{"accept-encoding", "br, gzip"}});
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(packed.body.size() < plain.body.size() / 2);
  CHECK(fixture.get("/assets/0123456789abcdef/css/hearth.css").header("cache-control") == "no-store");
  CHECK(fixture.get(assets.prefix() + "/css/absent.css").status == 404);
}

TEST_CASE("a browser that asks for nothing that is there gets a page, a program does not") {
  PortalFixture fixture;
  const Reply page = fixture.get("/no/such", {{"accept", "text/html,*/*"}});
  CHECK(page.status == 404);
  CHECK_THAT(page.body, Catch::Contains("There is no such page"));
  server::Request program;
  program.headers = {{"accept", "*/*"}};
  CHECK(fixture.pages.otherwise(program) == nullptr);
}

TEST_CASE("what a model says is text, also where it looks like markup") {
  const server::Templates templates;
  const std::string page = templates.render("error", {{"message", "<script>alert(1)</script>"}, {"hint", "\"'&"}});
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK_THAT(page, Catch::Contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

}  // namespace hearth::test
