// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/transfer/server_link.h"
#include "certs/sha256.h"
#include "unit/agent/temp_folder.h"

namespace hearth::agent::test {

/// A server in memory. Any thread.
class FakeLink : public ServerLink {
 public:
  Digest add(const std::string& bytes) {
    const Digest digest = certs::sha256(bytes);
    m_blobs[digest] = bytes;
    return digest;
  }
  /// What it sends under this digest from now on.
  void corrupt(const Digest& digest, std::string bytes) { m_blobs[digest] = std::move(bytes); }

  std::function<tl::expected<wire::SyncReply, SyncFailed>(const wire::SyncRequest&)> onSync;
  std::optional<std::size_t> cutAfter;  ///< the next download breaks off after so many bytes
  int failures = 0;                     ///< so many downloads fail at once

  std::size_t downloads() const { return m_downloads; }
  std::uint64_t bytesSent() const { return m_bytes; }
  std::map<Digest, std::string> uploaded() const {
    const std::lock_guard lock(m_mutex);
    return m_uploaded;
  }

  tl::expected<wire::SyncReply, SyncFailed> sync(const wire::SyncRequest& request) override {
    if (onSync) return onSync(request);
    return tl::unexpected(SyncFailed{{ErrorCode::kUnavailable, "no server", ""}, std::nullopt});
  }

  Result<wire::ProjectView> project() override {
    if (says) return *says;
    return fail(ErrorCode::kNotFound, "an older server");
  }
  std::optional<wire::ProjectView> says;

  Result<void> download(AttemptId, const Digest& digest, std::uint64_t offset, Sink& sink,
                        const std::atomic<bool>&) override {
    const std::lock_guard lock(m_mutex);
    ++m_downloads;
    if (failures > 0) {
      --failures;
      return fail(ErrorCode::kUnavailable, "broken off");
    }
    const auto blob = m_blobs.find(digest);
    if (blob == m_blobs.end()) return fail(ErrorCode::kNotFound, "no such blob");
    if (offset > blob->second.size()) return fail(ErrorCode::kInvalid, "nothing there");
    std::string rest = blob->second.substr(offset);
    const bool cut = cutAfter && *cutAfter < rest.size();
    if (cut) rest.resize(*cutAfter);
    cutAfter.reset();
    HEARTH_TRY(sink.begin(offset));
    m_bytes += rest.size();
    HEARTH_TRY(sink.write(std::as_bytes(std::span(rest))));
    if (cut) return fail(ErrorCode::kUnavailable, "broken off");
    return {};
  }

  Result<void> upload(Upload, AttemptId, const Digest& digest, const std::filesystem::path& file, std::uint64_t,
                      const std::atomic<bool>&) override {
    const std::lock_guard lock(m_mutex);
    m_uploaded[digest] = contentOf(file);
    return {};
  }

  Result<wire::EnrolReply> renew(const wire::RenewRequest&) override { return fail(ErrorCode::kUnavailable, "no"); }
  void close() override {}

 private:
  mutable std::mutex m_mutex;
  std::map<Digest, std::string> m_blobs;
  std::map<Digest, std::string> m_uploaded;
  std::size_t m_downloads = 0;
  std::uint64_t m_bytes = 0;
};

}  // namespace hearth::agent::test
