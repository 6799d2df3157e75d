// SPDX-License-Identifier: GPL-3.0-or-later
// Uploads by the tus protocol, and archives that become files of a draft.
#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "server/api/tus_parts.h"
#include "support/draft_desk.h"
#include "support/image_maker.h"

namespace hearth::test {

using server::Method;
namespace json = boost::json;
using hearth::image::test::Tar;

namespace {

std::string base64(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8U | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > text.size() ? '=' : kLetters[bits >> (18 - 6 * k) & 63U];
  }
  return out;
}

std::string metadataOf(const std::string& draft, const std::string& path) {
  return "draft " + base64(draft) + ",path " + base64(path);
}

std::string raw(const Digest& digest) { return {digest.bytes.begin(), digest.bytes.end()}; }

/// Uploads an archive into a new draft and unpacks it.
struct Unpacked {
  std::string draft;
  Reply reply;
};
Unpacked unpack(DraftDesk& desk, const std::string& bytes, const std::string& name = "bundle.tar") {
  const std::string id = desk.beginDraft();
  REQUIRE(desk.piece(desk.beginUpload(bytes.size(), metadataOf(id, name)), 0, bytes).status == 204);
  return {id, desk.post(desk.alice, DraftDesk::pathOf(id, "/unpack"), json::serialize(json::object{{"path", name}}))};
}

}  // namespace

TEST_CASE("Base64 is read as it is written") {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xFF\x00\x80"})
    CHECK(server::tus::fromBase64(base64(text)) == text);
  for (const std::string text : {"a", "abc", "ab=c", "====", "a b=", "=abc"})
    CHECK_FALSE(server::tus::fromBase64(text).has_value());
  CHECK(server::tus::httpDate({1'795'669'200'000'000}) == "Thu, 26 Nov 2026 05:00:00 GMT");
}

TEST_CASE("an upload comes in pieces and becomes a file of its draft") {
  DraftDesk desk;
  const std::string id = desk.beginDraft();
  const std::string upload = desk.beginUpload(10, metadataOf(id, "in/data.bin"));
  CHECK(desk.draft(id).at("uploads").as_array().at(0).at("path") == "in/data.bin");
  Reply reply = desk.piece(upload, 0, "0123");
  CHECK(reply.status == 204);
  CHECK(reply.header("upload-offset") == "4");
  CHECK(reply.header("tus-resumable") == "1.0.0");
  CHECK_FALSE(reply.header("upload-expires").empty());
  CHECK(desk.files(id).empty());
  CHECK(desk.piece(upload, 2, "xx").status == 409);
  reply = desk.tus(Method::kHead, upload);
  CHECK(reply.status == 200);
  CHECK(reply.header("upload-offset") == "4");
  CHECK(reply.header("upload-length") == "10");
  CHECK(reply.header("upload-metadata") == metadataOf(id, "in/data.bin"));
  CHECK(reply.header("cache-control") == "no-store");
  reply = desk.piece(upload, 4, "456789");
  CHECK(reply.status == 204);
  CHECK(reply.header("upload-offset") == "10");
  CHECK(reply.header("hearth-digest") == certs::sha256("0123456789").hex());
  CHECK(desk.files(id) == std::vector<std::string>{"in/data.bin"});
  CHECK(desk.draft(id).at("uploads").as_array().empty());
  CHECK(desk.tus(Method::kHead, upload).header("upload-offset") == "10");
  CHECK(desk.piece(upload, 10, "x").status == 409);
}

TEST_CASE("an upload goes on after a restart of the server, at 99 percent, too") {
  DraftDesk desk;
  const std::string id = desk.beginDraft();
  std::string bytes(1'000'000, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 % 251);
  const std::string upload = desk.beginUpload(bytes.size(), metadataOf(id, "big"));
  REQUIRE(desk.piece(upload, 0, bytes.substr(0, 990'000)).status == 204);
  // What a new process begins with: only what is on the disk and in the store.
  auto reopened = server::BlobStore::open(desk.folder / "blobs");
  REQUIRE(reopened);
  const std::string name = upload.substr(upload.rfind('/') + 1);
  CHECK((*reopened)->namedOffset(name) == 990'000);
  auto rest = (*reopened)->uploadNamed(name, bytes.size(), 990'000);
  REQUIRE(rest);
  REQUIRE((*rest)->write(std::as_bytes(std::span(bytes).subspan(990'000))));
  REQUIRE((*rest)->complete());
  CHECK((*rest)->digest() == certs::sha256(bytes));
}

TEST_CASE("an empty upload, and one that comes with its beginning, are complete at once") {
  DraftDesk desk;
  const std::string id = desk.beginDraft();
  Reply made = desk.tus(Method::kPost, "/api/v1/uploads", {},
                        {{"upload-length", "0"}, {"upload-metadata", metadataOf(id, "empty")}});
  CHECK(made.status == 201);
  CHECK(made.header("hearth-digest") == certs::sha256("").hex());
  made = desk.tus(Method::kPost, "/api/v1/uploads", "hello",
                  {{"upload-length", "5"},
                   {"upload-metadata", metadataOf(id, "whole")},
                   {"content-type", "application/offset+octet-stream"}});
  CHECK(made.status == 201);
  CHECK(made.header("upload-offset") == "5");
  CHECK(desk.files(id) == std::vector<std::string>{"empty", "whole"});
}

TEST_CASE("a piece whose checksum does not hold is thrown away") {
  DraftDesk desk;
  const std::string upload = desk.beginUpload(8);
  REQUIRE(desk.piece(upload, 0, "1234").status == 204);
  const std::string good = "sha256 " + base64(raw(certs::sha256("5678")));
  CHECK(desk.piece(upload, 4, "5679", {{"upload-checksum", good}}).status == 460);
  CHECK(desk.tus(Method::kHead, upload).header("upload-offset") == "4");
  CHECK(desk.piece(upload, 4, "5678", {{"upload-checksum", "md5 AAAA"}}).status == 400);
  const Reply done = desk.piece(upload, 4, "5678", {{"upload-checksum", good}});
  CHECK(done.status == 204);
  CHECK(done.header("hearth-digest") == certs::sha256("12345678").hex());
}

TEST_CASE("the protocol's mistakes are answered as it demands") {
  DraftDesk desk;
  const std::string upload = desk.beginUpload(8);
  CHECK(desk.as(desk.alice, Method::kHead, upload).status == 412);
  CHECK(desk.as(desk.alice, Method::kPatch, upload, "x").status == 412);
  CHECK(desk.tus(Method::kPatch, upload, "x", {{"upload-offset", "0"}, {"content-type", "text/plain"}}).status == 415);
  CHECK(desk.piece(upload, 0, "123456789").status == 413);
  CHECK(desk.tus(Method::kPost, "/api/v1/uploads", {}, {{"upload-length", "x"}}).status == 400);
  CHECK(desk.tus(Method::kPost, "/api/v1/uploads", {}, {{"upload-length", "99999999999999"}}).status == 413);
  CHECK(desk.tus(Method::kPost, "/api/v1/uploads", {}, {{"upload-length", "1"}, {"upload-metadata", "a !"}}).status ==
        400);
  CHECK(desk.tus(Method::kPost, "/api/v1/uploads", {}, {{"upload-defer-length", "1"}}).status >= 400);
  CHECK(desk.tus(Method::kHead, "/api/v1/uploads/none").status == 404);
  const Reply options = desk.call(Method::kOptions, "/api/v1/uploads");
  CHECK(options.status == 204);
  CHECK(options.header("tus-version") == "1.0.0");
  CHECK(options.header("tus-extension").find("termination") != std::string::npos);
  const std::string bobs = "/api/v1/uploads";
  CHECK(desk.as(desk.bob, Method::kHead, upload, {}, {{"tus-resumable", "1.0.0"}}).status == 404);
  CHECK(desk.as(desk.bob, Method::kDelete, upload, {}, {{"tus-resumable", "1.0.0"}}).status == 404);
  const std::string foreign = desk.beginDraft();
  CHECK(desk.as(desk.bob, Method::kPost, bobs, {},
                {{"tus-resumable", "1.0.0"}, {"upload-length", "1"}, {"upload-metadata", metadataOf(foreign, "x")}})
            .status == 404);
  CHECK(desk.tus(Method::kDelete, upload).status == 204);
  CHECK(desk.tus(Method::kHead, upload).status == 404);
}

TEST_CASE("an upload that nobody goes on with goes") {
  DraftDesk desk;
  const std::string upload = desk.beginUpload(8);
  desk.piece(upload, 0, "1234");
  desk.advance(Duration::days(8));
  desk.api->keepHouse();
  CHECK(desk.tus(Method::kHead, upload).status == 404);
}

TEST_CASE("an archive becomes the draft's files, without the folder that holds them all") {
  DraftDesk desk;
  const Unpacked done = unpack(desk, Tar()
                                         .folder("bundle")
                                         .file("bundle/hearth.toml", "name = \"from the archive\"\n")
                                         .file("bundle/in/日本.txt", "x")
                                         .file("bundle/empty", "")
                                         .file("bundle/run.sh", "#!", 0755)
                                         .bytes());
  INFO(done.reply.body);
  REQUIRE(done.reply.status == 200);
  CHECK(DraftDesk::objectOf(done.reply).at("files") == 3);
  CHECK(desk.files(done.draft) == std::vector<std::string>{"empty", "in/日本.txt", "run.sh"});
  const json::object shown = desk.draft(done.draft);
  CHECK(shown.at("manifest") == "name = \"from the archive\"\n");
  CHECK(shown.at("name") == "from the archive");
  CHECK(shown.at("list").as_array().at(2).at("executable").as_bool());
}

TEST_CASE("what an archive holds is within its owner's quota, or nothing of it is taken") {
  DraftDesk desk;
  const Person admin = desk.addPerson("root", RoleSet{}.with(Role::kAdmin));
  const auto allow = [&](std::uint64_t bytes) {
    const std::string quota = json::serialize(json::object{{"attempts", 0}, {"batches", 0}, {"bytes", bytes}});
    REQUIRE(desk.as(admin, Method::kPut, "/api/v1/accounts/alice/quota", quota).status == 200);
  };
  const std::string archive = Tar().file("data", std::string(4000, 'x')).bytes();
  allow(archive.size() + 3999);
  const Unpacked full = unpack(desk, archive);
  CHECK(full.reply.status == 413);
  CHECK(full.reply.problem().message.find("may have") != std::string::npos);
  CHECK(desk.files(full.draft) == std::vector<std::string>{"bundle.tar"});
  allow(archive.size() + 4000);
  const std::string again = json::serialize(json::object{{"path", "bundle.tar"}});
  CHECK(desk.post(desk.alice, DraftDesk::pathOf(full.draft, "/unpack"), again).status == 200);
  CHECK(desk.put(full.draft, "note", "one byte more").status == 413);
  CHECK(desk.put(full.draft, "copy", std::string(4000, 'x')).status == 201);  // stored already
}

TEST_CASE("an archive that is no bundle is refused whole, and its entry is named") {
  DraftDesk desk;
  const auto refused = [&](const std::string& bytes, const std::string& word) {
    const Unpacked done = unpack(desk, bytes);
    INFO(done.reply.body);
    REQUIRE(done.reply.status >= 400);
    const Error error = done.reply.problem();
    CHECK(error.message.find(word) != std::string::npos);
    CHECK_FALSE(error.hint.empty());
    CHECK(desk.files(done.draft) == std::vector<std::string>{"bundle.tar"});  // nothing was taken
  };
  const auto with = [](auto add) {
    Tar tar;
    tar.file("good", "x");
    add(tar);
    return tar.bytes();
  };
  refused(with([](Tar& tar) { tar.file("../evil", "x"); }), "../evil");
  refused(with([](Tar& tar) { tar.file("/etc/evil", "x"); }), "/etc/evil");
  refused(with([](Tar& tar) { tar.link("link", "good"); }), "link");
  refused(with([](Tar& tar) { tar.hardLink("hard", "good"); }), "hard");
  refused(with([](Tar& tar) { tar.device("tty"); }), "tty");
  refused(with([](Tar& tar) { tar.fifo("pipe"); }), "pipe");
  refused(with([](Tar& tar) { tar.file("latin-\xE9", "x"); }), "latin-\\xe9");
  refused(with([](Tar& tar) { tar.longName(std::string(300, 'n'), "x"); }), "nnnn");
  refused(with([](Tar& tar) { tar.file("good", "y"); }), "good");
  refused(with([](Tar& tar) { tar.sparse("bomb", 1ULL << 35U); }), "bomb");
  refused(with([](Tar& tar) { tar.file("cut", std::string(2000, 'c')); }).substr(0, 2000), "damaged");
  refused(std::string(3000, '\x01'), "damaged");
}

}  // namespace hearth::test
