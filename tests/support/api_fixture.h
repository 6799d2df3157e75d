// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "certs/authority.h"
#include "certs/signing.h"
#include "db/memory/memory_store.h"
#include "server/api/api.h"
#include "server/blob/blob_store.h"
#include "server/blob/line_index.h"
#include "server/http/router.h"
#include "server/runtime/runtime.h"
#include "wire/agent.h"
#include "wire/batch_json.h"
#include "wire/people.h"

namespace hearth::test {

/// An answer as a client sees it.
struct Reply {
  unsigned status = 0;
  server::Headers headers;
  std::string body;

  std::string header(std::string_view name) const;
  /// The error of a problem document; checks that it has a message and a hint.
  Error problem() const;
};

/// What a stream of server-sent events brought.
class CollectedEvents : public server::EventStream {
 public:
  bool push(std::string_view event, std::string_view data) override;
  void close() override;

  /// From now on the reader counts as gone.
  void leave() { m_gone = true; }
  /// Waits until the server has ended the stream; false after some seconds.
  bool waitUntilClosed();
  std::vector<std::pair<std::string, std::string>> events();
  /// Waits until one of this name came; false after some seconds.
  bool waitFor(std::string_view event);

 private:
  std::mutex m_mutex;
  std::condition_variable m_came;
  std::vector<std::pair<std::string, std::string>> m_events;
  bool m_closed = false;
  std::atomic<bool> m_gone{false};
};

/// A person with an access token.
struct Person {
  AccountId id;
  std::string name;
  std::string token;
};

/// A whole API over a Runtime, a store in memory and blobs in a folder of its own, called without a socket. Time is the
/// test's.
class ApiFixture {
 public:
  static server::ApiOptions cheapPasswords(server::ApiOptions options) {
    options.accounts.passwordCost = {8, 8, 1};
    return options;
  }
  /// Passwords are hashed at a cost that tests can afford, unless another one is asked for.
  explicit ApiFixture(server::ApiOptions options = cheapPasswords({}), core::DispatcherOptions dispatcher = {});
  ~ApiFixture();

  Instant now() const { return {m_now.load()}; }
  void advance(Duration by) { m_now += by.micros; }

  using Headers = server::Headers;
  Reply call(server::Method method, std::string_view target, std::string body = {}, Headers headers = {},
             std::shared_ptr<const server::Peer> peer = nullptr);
  Reply as(const Person& person, server::Method method, std::string_view target, std::string body = {},
           Headers headers = {});
  Reply get(const Person& person, std::string_view target) { return as(person, server::Method::kGet, target); }
  Reply post(const Person& person, std::string_view target, std::string body = {}, Headers headers = {}) {
    return as(person, server::Method::kPost, target, std::move(body), std::move(headers));
  }
  /// The stream of a call that answers with one, or nothing.
  std::shared_ptr<CollectedEvents> watch(const Person& person, std::string_view target);

  /// Called with every answered call: the pattern of its route, what was sent and what came back.
  std::function<void(server::Method method, const std::string& pattern, const std::string& body, const Reply& reply)>
      observer;

  Person addPerson(const std::string& name, RoleSet roles, Duration tokenLife = Duration::days(30));

  /// Uploads as data of the person.
  Digest upload(const Person& person, std::string_view bytes);
  /// A package of one program, "prog", signed by root (or the signer given), uploaded.
  struct SignedPackage {
    Digest digest;
    PackageSignature signature;
    Package package;
  };
  SignedPackage package(const Person& person, std::string_view program = "#!program");
  /// A batch of `tasks` tasks with one declared output "out", whose package is uploaded.
  BatchSpec spec(const Person& person, std::uint64_t tasks = 4);
  /// Submits and demands success.
  BatchId submit(const Person& person, const BatchSpec& spec);
  wire::BatchView batch(const Person& person, BatchId batch);
  /// Waits until so many attempts of the batch are live: that figure follows the answers by a moment.
  bool waitForActive(const Person& person, BatchId batch, std::uint64_t active);
  /// A join token's secret.
  std::string joinToken(const Person& person, std::uint32_t uses = 1);

  // What the API stands on.
  std::filesystem::path folder;
  certs::SigningKey rootKey;
  certs::Authority authority;
  db::MemoryStore store;
  std::unique_ptr<server::BlobStore> blobs, checkpoints;
  std::unique_ptr<server::LineIndexes> lines;
  std::unique_ptr<server::Runtime> runtime;
  server::Router router;
  std::unique_ptr<server::Api> api;

 private:
  Reply answer(const server::Router::Route& route, std::shared_ptr<server::Request> request, std::string body);

  std::atomic<std::int64_t> m_now;
};

/// A volunteer's machine that speaks the agents' protocol.
class SimulatedHost {
 public:
  explicit SimulatedHost(ApiFixture& fixture);

  /// The enrolment as it goes out, to be spoilt by a test.
  wire::EnrolRequest enrolment(const std::string& token) const;
  Reply enrolWith(const std::string& body);
  /// Enrols and demands success.
  void enrol(const std::string& token);
  Reply renew();

  Reply syncWith(const std::string& body);
  /// Reports what it holds and the results that wait, takes up to `tasks` attempts. Demands success.
  wire::SyncReply sync(std::uint32_t tasks);
  /// A good result with the output given, uploaded. It goes out with the next sync.
  void finish(const wire::AssignedAttempt& attempt, std::string_view output = "42\n");
  /// The result alone.
  static wire::ReturnedResult resultOf(const wire::AssignedAttempt& attempt, std::string_view output = "42\n");

  Reply upload(AttemptId attempt, std::string_view bytes);
  Reply fetch(AttemptId attempt, const Digest& digest, server::Headers headers = {});
  Reply call(server::Method method, std::string_view target, std::string body = {}, server::Headers headers = {});

  HostId id;
  std::string privateKey;
  std::string certificatePem;
  std::vector<AttemptId> held;
  std::vector<wire::ReturnedResult> results;

 private:
  void adopt(const Reply& reply);

  ApiFixture& m_fixture;
  std::shared_ptr<const server::Peer> m_peer;
};

/// A peer of the agents' server name that shows this certificate (PEM; empty: none).
std::shared_ptr<const server::Peer> agentPeer(const std::string& certificatePem);

}  // namespace hearth::test
