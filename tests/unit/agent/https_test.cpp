// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "agent/app/identity.h"
#include "agent/app/join.h"
#include "agent/app/joined.h"
#include "agent/app/open_memberships.h"
#include "agent/app/renewal.h"
#include "agent/platform/host_facts.h"
#include "agent/transfer/https_link.h"
#include "certs/join_link.h"
#include "certs/sha256.h"
#include "certs/signing.h"
#include "unit/agent/core_world.h"
#include "unit/agent/temp_folder.h"
#include "unit/agent/tls_server.h"
#include "wire/problem.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

const Instant kNow = wallClock();
const std::atomic<bool> kGoOn = false;

std::optional<std::string> none(const char*) { return std::nullopt; }

/// A project: its authority, its root key, and a host's identity.
struct Project {
  certs::Authority authority = certs::Authority::create("Example", kNow).value();
  certs::SigningKey root = certs::newSigningKey().value();
  certs::Identity server = authority.issueServer({"localhost"}, kNow, Duration::days(30)).value();
  std::string key = certs::newPrivateKey().value();

  TlsServer::Options options() const { return {server, authority.identity().certificatePem}; }
  std::string certify(const std::string& csr, Duration life = Duration::days(30)) const {
    return authority.issueHost(csr, HostId{5}, kNow, life).value();
  }
  TlsIdentity host() const {
    return {authority.identity().certificatePem, {}, certify(certs::newSigningRequest(key, "h").value()), key};
  }
  std::string link(const TlsServer& at) const {
    return certs::formatJoinLink({at.address(), "hjoin_secret", authority.certificateFingerprint(),
                                  certs::keyFingerprint(root.publicKey).value()});
  }
  /// What the server says to an enrolment.
  std::string enrol(const SeenRequest& request) const {
    const auto asked = wire::parseEnrolRequest(request.body);
    if (!asked) return reply("400 Bad", wire::problemJson(asked.error()));
    return reply("200 OK",
                 wire::toJson(wire::EnrolReply{HostId{5}, certify(asked->csrPem), authority.identity().certificatePem,
                                               root.publicKey, "Example"}));
  }
};

/// The one project that was joined.
Joined only(const StateFolder& state) {
  const auto joined = joinedProjects(state).value();
  REQUIRE(joined.size() == 1);
  return joined.front();
}

HttpsLink linkTo(const TlsServer& server, TlsIdentity identity, std::string proxy = {}) {
  return HttpsLink({"127.0.0.1", std::to_string(server.port())}, std::move(identity), std::move(proxy));
}

class Text : public ServerLink::Sink {
 public:
  Result<void> begin(std::uint64_t offset) override {
    from = offset;
    return {};
  }
  Result<void> write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::string text;
  std::uint64_t from = 0;
};

}  // namespace

TEST_CASE(
    "a sync goes to the server under the agents' name, with the host's certificate, over a connection that is kept") {
  const Project project;
  wire::SyncReply answer;
  answer.nextSync = Duration::seconds(20);
  TlsServer server(project.options(), [&](const SeenRequest&) { return reply("200 OK", wire::toJson(answer)); });
  HttpsLink link = linkTo(server, project.host());
  for (int i = 0; i < 3; ++i) {
    const auto got = link.sync({});
    REQUIRE(got);
    CHECK(*got == answer);
  }
  const auto seen = server.seen();
  CHECK(seen[0].method == "POST");
  CHECK(seen[0].path == "/agent/v1/sync");
  CHECK(seen[0].serverName == certs::kAgentServerName);
  CHECK(seen[0].certificate);
  CHECK(wire::parseSyncRequest(seen[0].body));
  CHECK(server.connections() == 1);
}

TEST_CASE("a connection that ended, announced or not, is made anew on its TLS session") {
  const Project project;
  int calls = 0;
  TlsServer server(project.options(), [&](const SeenRequest&) {
    // The test's server cuts the connection behind such an answer, without the end that TLS asks for.
    return reply("200 OK", wire::toJson(wire::SyncReply{}), ++calls % 2 == 0 ? "Connection: close\r\n" : "");
  });
  HttpsLink link = linkTo(server, project.host());
  for (int i = 0; i < 2; ++i) REQUIRE(link.sync({}));
  for (int i = 0; i < 2; ++i) REQUIRE(link.sync({}));
  server.cutAll();
  REQUIRE(link.sync({}));
  const auto seen = server.seen();
  REQUIRE(seen.size() == 5);
  CHECK_FALSE(seen[0].resumed);
  CHECK(seen[2].resumed);
  CHECK(seen[4].resumed);
  CHECK(seen[4].certificate);  // the session carries it
  CHECK(server.connections() == 3);
}

TEST_CASE("a server of another authority gets nothing") {
  const Project project, other;
  TlsServer server(other.options(), [](const SeenRequest&) { return reply("200 OK", "{}"); });
  HttpsLink link = linkTo(server, project.host());
  const auto got = link.sync({});
  REQUIRE_FALSE(got);
  CHECK(got.error().error.code == ErrorCode::kUnauthorized);
  CHECK(server.seen().empty());
}

TEST_CASE("a certificate of the right authority for another name is refused") {
  const Project project;
  // A host's certificate is signed by the same authority, but is no server's.
  const TlsIdentity host = project.host();
  TlsServer server({{host.certificatePem, host.privateKeyPem}, project.authority.identity().certificatePem},
                   [](const SeenRequest&) { return reply("200 OK", "{}"); });
  HttpsLink link = linkTo(server, project.host());
  CHECK_FALSE(link.sync({}));
  CHECK(server.seen().empty());
}

TEST_CASE("problems and Retry-After reach the core") {
  const Project project;
  TlsServer server(project.options(), [](const SeenRequest&) {
    return reply("503 Busy", wire::problemJson({ErrorCode::kUnavailable, "too many hosts", "come back"}),
                 "Retry-After: 17\r\n");
  });
  HttpsLink link = linkTo(server, project.host());
  const auto got = link.sync({});
  REQUIRE_FALSE(got);
  CHECK(got.error().error == Error{ErrorCode::kUnavailable, "too many hosts", "come back"});
  CHECK(got.error().retryAfter == Duration::seconds(17));
}

TEST_CASE("a server that is not there is an error that names it") {
  HttpsLink link({"127.0.0.1", "1"}, Project().host(), "");
  const auto got = link.sync({});
  REQUIRE_FALSE(got);
  CHECK(got.error().error.code == ErrorCode::kUnavailable);
  CHECK(got.error().error.message.find("127.0.0.1:1") != std::string::npos);
}

TEST_CASE("a proxy is asked for the real server, and TLS goes through it to the project") {
  const Project project;
  TlsServer server(project.options(),
                   [](const SeenRequest&) { return reply("200 OK", wire::toJson(wire::SyncReply{})); });
  const ConnectProxy proxy(server.port());
  {
    // The proxy leads every tunnel to the server: the real host need not exist.
    HttpsLink link({"grid.example.org", "8443"}, project.host(), proxy.url());
    const auto got = link.sync({});
    INFO((got ? "" : got.error().error.message));
    REQUIRE(got);
  }
  REQUIRE_FALSE(proxy.asked().empty());
  CHECK(proxy.asked()[0] == "CONNECT grid.example.org:8443 HTTP/1.1");
  CHECK(server.seen()[0].serverName == certs::kAgentServerName);
}

TEST_CASE("a download asks for the rest, and takes the whole where the server has no ranges") {
  const Project project;
  bool ranges = true;
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    const auto range = request.headers.find("range");
    if (range == request.headers.end() || !ranges) return reply("200 OK", "0123456789");
    if (range->second == "bytes=10-") return reply("416 No", wire::problemJson({ErrorCode::kInvalid, "no", ""}));
    return reply("206 Part", "456789");
  });
  HttpsLink link = linkTo(server, project.host());
  Text whole, rest, again;
  REQUIRE(link.download(AttemptId{3}, digestOf(1), 0, whole, kGoOn));
  CHECK(whole.text == "0123456789");
  CHECK(server.seen()[0].path == "/agent/v1/attempts/3/blobs/" + digestOf(1).hex());
  REQUIRE(link.download(AttemptId{3}, digestOf(1), 4, rest, kGoOn));
  CHECK(rest.text == "456789");
  CHECK(rest.from == 4);
  CHECK(link.download(AttemptId{3}, digestOf(1), 10, rest, kGoOn).error().code == ErrorCode::kInvalid);
  ranges = false;
  REQUIRE(link.download(AttemptId{3}, digestOf(1), 4, again, kGoOn));
  CHECK(again.from == 0);
  CHECK(again.text == "0123456789");
}

TEST_CASE("an upload resumes where the server says it stands") {
  const Project project;
  TempFolder folder;
  writeFile(folder / "out", "0123456789");
  std::string stored = "0123";
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    const std::string offset = "Upload-Offset: " + std::to_string(stored.size()) + "\r\n";
    if (request.headers.at("upload-offset") != std::to_string(stored.size())) {
      return reply("409 Conflict", wire::problemJson({ErrorCode::kConflict, "elsewhere", ""}), offset);
    }
    stored += request.body;
    return reply("201 Created", "");
  });
  HttpsLink link = linkTo(server, project.host());
  REQUIRE(link.upload(ServerLink::Upload::kOutput, AttemptId{3}, digestOf(2), folder / "out", 10, kGoOn));
  CHECK(stored == "0123456789");
  const auto seen = server.seen();
  CHECK(seen.back().method == "PUT");
  CHECK(seen.back().headers.at("upload-length") == "10");
  CHECK(seen.back().body == "456789");
}

TEST_CASE("an upload that is refused carries the server's reason") {
  const Project project;
  TempFolder folder;
  writeFile(folder / "out", "x");
  TlsServer server(project.options(), [&](const SeenRequest&) {
    return reply("403 No", wire::problemJson({ErrorCode::kForbidden, "not yours", ""}));
  });
  HttpsLink link = linkTo(server, project.host());
  CHECK(link.upload(ServerLink::Upload::kOutput, AttemptId{3}, digestOf(2), folder / "out", 1, kGoOn).error().code ==
        ErrorCode::kForbidden);
}

TEST_CASE("the last messages are kept word for word, ten each way, and long ones are cut") {
  const Project project;
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    return request.method == "GET" ? reply("200 OK", "{\"name\":\"Example\"}")
                                   : reply("200 OK", R"({"protocol":1,"nextSyncMs":5000})");
  });
  MessageLog log;
  HttpsLink link({"127.0.0.1", std::to_string(server.port())}, project.host(), {}, &log);
  wire::SyncRequest request;
  request.held = {AttemptId{77}};
  REQUIRE(link.sync(request));
  REQUIRE(link.project());
  const auto last = log.last();
  REQUIRE(last.size() == 4);
  std::map<std::string, std::string> sent;
  for (const auto& each : last) {
    if (each.direction == MessageLog::Direction::kSent) sent[each.path] = each.text;
  }
  CHECK(sent.at("POST /agent/v1/sync") == wire::toJson(request));
  CHECK(sent.at("GET /agent/v1/project").empty());
  for (int i = 0; i < 20; ++i) REQUIRE(link.sync({}));
  CHECK(log.last().size() == 2 * MessageLog::kKept);
  log.add({}, MessageLog::Direction::kSent, "POST /x", std::string(MessageLog::kTextBytes + 7, 'x'));
  CHECK(log.last().back().text.ends_with("x ... and 7 bytes more"));
}

TEST_CASE("a transfer that is given up ends") {
  const Project project;
  std::atomic<bool> cancelled = true;
  TlsServer server(project.options(), [&](const SeenRequest&) { return reply("200 OK", "0123456789"); });
  HttpsLink link = linkTo(server, project.host());
  Text text;
  CHECK_FALSE(link.download(AttemptId{3}, digestOf(1), 0, text, cancelled));
  link.close();
  CHECK_FALSE(link.sync({}));
}

TEST_CASE("a host joins by a link, keeps its identity to itself, and joins the same project again") {
  const Project project;
  TempFolder folder;
  TlsServer server(project.options(), [&](const SeenRequest& request) { return project.enrol(request); });
  const auto state = StateFolder::open(folder / "agent").value();
  const auto identity = joinProject(state, project.link(server), "attic", none);
  INFO((identity ? "" : identity.error().message));
  REQUIRE(identity);
  CHECK(identity->host == HostId{5});
  CHECK(identity->project == "Example");
  CHECK(identity->name == "attic");
  CHECK(only(state).identity == *identity);
  CHECK((std::filesystem::status(only(state).folder.identity()).permissions() & std::filesystem::perms(0777)) ==
        std::filesystem::perms(0600));
  const auto request = wire::parseEnrolRequest(server.seen()[0].body).value();
  CHECK(request.token == "hjoin_secret");
  CHECK(request.description.name == "attic");
  CHECK_FALSE(server.seen()[0].certificate);
  const auto again = joinProject(state, project.link(server), "", none);
  REQUIRE(again);
  CHECK(again->privateKeyPem == identity->privateKeyPem);  // the same host, not another
  CHECK(again->name == "attic");
}

TEST_CASE("the token is not sent to a server whose authority is not the link's") {
  const Project project, other;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  TlsServer server(other.options(), [&](const SeenRequest& request) { return other.enrol(request); });
  const auto identity = joinProject(state, project.link(server), "", none);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().code == ErrorCode::kIntegrity);
  CHECK(server.seen().empty());
  CHECK(inspectLink(project.link(server), none).error().code == ErrorCode::kIntegrity);
  CHECK(server.seen().empty());
  CHECK(joinedProjects(state).value().empty());
}

TEST_CASE("a link says what it leads to, and nothing is joined by looking") {
  const Project project;
  std::string answer = reply("200 OK", wire::toJson(wire::ProjectView{"Example", "Proteins", "https://example.org"}));
  TlsServer server(project.options(), [&](const SeenRequest&) { return answer; });
  const Prospect prospect = inspectLink(project.link(server), none).value();
  CHECK(prospect.name == "Example");
  CHECK(prospect.about == "Proteins");
  CHECK(prospect.server == server.address());
  CHECK(prospect.authority == project.authority.certificateFingerprint());
  REQUIRE(server.seen().size() == 1);
  CHECK(server.seen()[0].path == "/agent/v1/project");
  CHECK(server.seen()[0].body.find("hjoin_secret") != std::string::npos);
  answer = reply("404 Not Found", wire::problemJson({ErrorCode::kNotFound, "no such call", ""}));
  CHECK(inspectLink(project.link(server), none).value().name.empty());  // an older server
  answer = reply("401 No", wire::problemJson({ErrorCode::kUnauthorized, "used up", "ask"}));
  CHECK(inspectLink(project.link(server), none).error().code == ErrorCode::kUnauthorized);
  CHECK(inspectLink("hearth://join?server=x", none).error().code == ErrorCode::kInvalid);
  std::string nowhere = project.link(server);
  nowhere.replace(nowhere.find(server.address()), server.address().size(), "127.0.0.1:1");
  CHECK(inspectLink(nowhere, none).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a project that is served is joined once more without being opened twice, and erased when it was left") {
  const Project project;
  TempFolder folder;
  TlsServer server(project.options(), [&](const SeenRequest& request) { return project.enrol(request); });
  const auto state = StateFolder::open(folder / "agent").value();
  REQUIRE(state.prepare());
  OpenMemberships memberships(state, none, [](bool, const std::string&) {});
  {
    const JoinedProject first = memberships.join(project.link(server), "attic").value();
    REQUIRE(first.opened);
    CHECK(first.facts.host == HostId{5});
    const JoinedProject again = memberships.join(project.link(server), "").value();
    CHECK_FALSE(again.opened);
    CHECK(again.facts.project == first.facts.project);
    again.settle();
    CHECK(memberships.erase("/etc/hearth"));  // no folder of ours
  }
  CHECK(memberships.join(project.link(server), "").value().opened);  // it is not served any more
  const auto root = only(state).folder.root;
  REQUIRE(memberships.erase(root));
  CHECK(joinedProjects(state).value().empty());
}

TEST_CASE("a chain that only names the right authority is refused") {
  // The right authority's certificate is public: anybody can send it along behind a certificate of their own.
  const Project project, other;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  TlsServer server({other.server, project.authority.identity().certificatePem},
                   [&](const SeenRequest& request) { return project.enrol(request); });
  const auto identity = joinProject(state, project.link(server), "", none);
  REQUIRE_FALSE(identity);
  CHECK(server.seen().empty());
}

TEST_CASE("a server with another package-signing root than the link's is not joined") {
  Project project;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  TlsServer server(project.options(), [&](const SeenRequest& request) { return project.enrol(request); });
  const std::string link = project.link(server);
  project.root = certs::newSigningKey().value();
  const auto identity = joinProject(state, link, "", none);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().code == ErrorCode::kIntegrity);
  CHECK(joinedProjects(state).value().empty());
}

TEST_CASE(
    "a wrong, expired or used token and a malformed link are said to be so, and a second project is joined beside") {
  const Project project, other;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  const Error used{ErrorCode::kUnauthorized, "this join token has been used up", "ask for a new join link"};
  bool refuse = true;
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    return refuse ? reply("401 No", wire::problemJson(used)) : project.enrol(request);
  });
  CHECK(joinProject(state, project.link(server), "", none).error() == used);
  CHECK_FALSE(joinProject(state, "hearth://join?server=x", "", none));
  CHECK_FALSE(joinProject(state, "https://example.org", "", none));
  refuse = false;
  REQUIRE(joinProject(state, project.link(server), "", none));
  TlsServer elsewhere(other.options(), [&](const SeenRequest& request) { return other.enrol(request); });
  const auto second = joinProject(state, other.link(elsewhere), "", none);
  REQUIRE(second);
  CHECK(second->project == "Example at " + elsewhere.address());  // both call themselves "Example"
  CHECK(joinedProjects(state).value().size() == 2);
  REQUIRE(leaveProject(state, "Example"));
  CHECK(only(state).identity == *second);
}

TEST_CASE("a try that broke off is taken up with the same key") {
  const Project project;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  std::vector<std::string> keys;
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    keys.push_back(certs::keyOfSigningRequest(wire::parseEnrolRequest(request.body).value().csrPem).value().hex());
    return keys.size() == 1 ? std::string("200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{")
                            : project.enrol(request);
  });
  CHECK_FALSE(joinProject(state, project.link(server), "", none));
  REQUIRE(joinProject(state, project.link(server), "", none));
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] == keys[1]);
  for (const auto& entry : std::filesystem::directory_iterator(state.projects())) {
    CHECK_FALSE(entry.path().filename().string().starts_with(".joining"));
  }
}

TEST_CASE("a copy of a machine's disk becomes a host of its own, with a key of its own and without the other's tasks") {
  const Project project;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  TlsServer server(project.options(), [&](const SeenRequest& request) { return project.enrol(request); });
  const auto first = joinProject(state, project.link(server), "attic", none).value();
  const Joined copied = only(state);
  writeFile(copied.folder.journal(), "of the other machine");
  const auto own = becomeAnotherHost(state, copied, none);
  INFO((own ? "" : own.error().message));
  REQUIRE(own);
  CHECK(own->privateKeyPem != first.privateKeyPem);
  CHECK(own->project == first.project);
  CHECK(wire::parseEnrolRequest(server.seen().back().body).value().token == "hjoin_secret");
  CHECK(only(state).identity == *own);
  CHECK_FALSE(std::filesystem::exists(copied.folder.journal()));
}

TEST_CASE("a copy that cannot enrol keeps everything as it was") {
  const Project project;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  bool refuse = false;
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    return refuse ? reply("401 No", wire::problemJson({ErrorCode::kUnauthorized, "used up", "ask"}))
                  : project.enrol(request);
  });
  const auto first = joinProject(state, project.link(server), "attic", none).value();
  writeFile(only(state).folder.journal(), "of the other machine");
  refuse = true;
  CHECK_FALSE(becomeAnotherHost(state, only(state), none));
  CHECK(only(state).identity == first);
  CHECK(std::filesystem::exists(only(state).folder.journal()));
}

TEST_CASE("a certificate wants renewal when two thirds of its life are over") {
  const Project project;
  const auto validity =
      validityOf(project.certify(certs::newSigningRequest(project.key, "h").value(), Duration::days(30)));
  REQUIRE(validity);
  CHECK_FALSE(validity->wantsRenewal(kNow + Duration::days(19)));
  CHECK(validity->wantsRenewal(kNow + Duration::days(21)));
  CHECK_FALSE(validityOf("nonsense"));
}

TEST_CASE("a renewal keeps the key and whom we trust, and is stored") {
  const Project project, other;
  TempFolder folder;
  const auto state = StateFolder::open(folder / "agent").value();
  bool wrongKey = false;
  TlsServer server(project.options(), [&](const SeenRequest& request) {
    if (request.path == "/agent/v1/enrol") return project.enrol(request);
    const auto asked = wire::parseRenewRequest(request.body).value();
    const std::string csr = wrongKey ? certs::newSigningRequest(other.key, "h").value() : asked.csrPem;
    return reply("200 OK", wire::toJson(wire::EnrolReply{HostId{5}, project.certify(csr, Duration::days(60)),
                                                         other.authority.identity().certificatePem,
                                                         other.root.publicKey, "Other"}));
  });
  const auto before = joinProject(state, project.link(server), "attic", none).value();
  HttpsLink link = linkTo(server, before.tls());
  const auto after = renewIdentity(only(state).folder, before, link);
  REQUIRE(after);
  CHECK(server.seen().back().certificate);
  CHECK(after->certificatePem != before.certificatePem);
  CHECK(after->authorityPem == before.authorityPem);
  CHECK(after->rootKey == before.rootKey);
  CHECK(only(state).identity == *after);
  wrongKey = true;
  CHECK(renewIdentity(only(state).folder, *after, link).error().code == ErrorCode::kIntegrity);
  CHECK(only(state).identity == *after);
}

TEST_CASE("two agents do not share a folder") {
  TempFolder folder;
  const auto first = lockFile(folder / "lock");
  REQUIRE(first);
  const auto second = lockFile(folder / "lock");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
}
