// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "support/api_fixture.h"

namespace hearth::test {

/// An API with a scientist who puts bundles together on the server.
struct DraftDesk : ApiFixture {
  using ApiFixture::ApiFixture;
  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist), Duration::days(300));
  Person bob = addPerson("bob", RoleSet{}.with(Role::kScientist));

  static boost::json::object objectOf(const Reply& reply) {
    INFO(reply.body);
    REQUIRE(reply.status < 300);
    return boost::json::parse(reply.body).as_object();
  }
  static std::string textOf(const boost::json::value& value) { return boost::json::value_to<std::string>(value); }

  std::string beginDraft(const boost::json::object& from = {}) {
    const Reply made = post(alice, "/api/v1/drafts", boost::json::serialize(from));
    REQUIRE(made.status == 201);
    return textOf(objectOf(made).at("id"));
  }
  static std::string pathOf(const std::string& draft, const std::string& rest = {}) {
    return "/api/v1/drafts/" + draft + rest;
  }
  boost::json::object draft(const std::string& id) { return objectOf(get(alice, pathOf(id))); }
  /// A small file, by its text.
  Reply put(const std::string& draft, const std::string& path, const std::string& text, bool isList = false) {
    return post(alice, pathOf(draft, "/texts"),
                boost::json::serialize(boost::json::object{{"path", path}, {"text", text}, {"list", isList}}));
  }
  void save(const std::string& draft, const std::string& manifest) {
    REQUIRE(as(alice, server::Method::kPut, pathOf(draft),
               boost::json::serialize(boost::json::object{{"manifest", manifest}}))
                .status == 200);
  }
  boost::json::object check(const std::string& draft, const std::string& manifest) {
    return objectOf(post(alice, "/api/v1/manifests/check",
                         boost::json::serialize(boost::json::object{{"draft", draft}, {"manifest", manifest}})));
  }
  Reply expand(const std::string& draft, std::uint64_t index) {
    return post(alice, "/api/v1/manifests/expand",
                boost::json::serialize(boost::json::object{{"draft", draft}, {"index", index}}));
  }
  /// The paths of the draft's files.
  std::vector<std::string> files(const std::string& id) {
    std::vector<std::string> paths;
    const boost::json::object shown = draft(id);
    for (const auto& file : shown.at("list").as_array()) paths.push_back(textOf(file.at("path")));
    return paths;
  }
  /// Publishes the application "tool", whose program is "prog".
  void publishTool() {
    const Person chief = addPerson("chief", RoleSet{}.with(Role::kAdmin).with(Role::kScientist));
    const SignedPackage made = package(chief);
    REQUIRE(post(chief, "/api/v1/applications",
                 wire::toJson(wire::AppVersionRequest{"tool", "1", made.digest, made.signature}))
                .status == 201);
  }

  // The tus protocol
  Reply tus(server::Method method, const std::string& target, std::string body = {}, Headers headers = {}) {
    headers.emplace_back("tus-resumable", "1.0.0");
    return as(alice, method, target, std::move(body), std::move(headers));
  }
  /// The address of a new upload.
  std::string beginUpload(std::size_t size, const std::string& metadata = {}) {
    const Reply made = tus(server::Method::kPost, "/api/v1/uploads", {},
                           {{"upload-length", std::to_string(size)}, {"upload-metadata", metadata}});
    INFO(made.body);
    REQUIRE(made.status == 201);
    return made.header("location");
  }
  Reply piece(const std::string& upload, std::size_t offset, const std::string& bytes, Headers more = {}) {
    more.emplace_back("upload-offset", std::to_string(offset));
    more.emplace_back("content-type", "application/offset+octet-stream");
    return tus(server::Method::kPatch, upload, bytes, std::move(more));
  }
};

inline constexpr const char* kToolManifest =
    "name = \"a tool's batch\"\napplication = \"tool\"\ncommand = [\"prog\", \"--n\", \"{n}\", \"in.txt\"]\n"
    "inputs = [\"in.txt\"]\noutputs = [\"out\"]\n[sweep]\nn = { from = 1, to = 10000000 }\n";

}  // namespace hearth::test
