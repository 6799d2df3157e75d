// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/transfers.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "certs/sha256.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr RetryPolicy kBetweenTries{};
constexpr int kRounds = 1000;  // of one blob, however much progress each makes

/// Lets the threads of one transfer speak to one observer.
class SharedObserver {
 public:
  explicit SharedObserver(TransferObserver& observer) : m_observer(observer) {}
  void moved(std::uint64_t bytes) {
    const std::lock_guard lock(m_mutex);
    m_observer.moved(bytes);
  }
  void done() {
    const std::lock_guard lock(m_mutex);
    m_observer.done();
  }

 private:
  std::mutex m_mutex;
  TransferObserver& m_observer;
};

std::vector<HttpClient> clientsFor(const Session& session, unsigned count) {
  std::vector<HttpClient> clients;
  for (unsigned i = 0; i < count; ++i) clients.emplace_back(session);
  return clients;
}

void pauseBeforeTry(int attempt, std::string_view retryAfter) {
  std::this_thread::sleep_for(std::chrono::microseconds(retryPause(kBetweenTries, attempt, retryAfter, 0.5).micros));
}

bool isWorthAnotherTry(const Result<HttpResponse>& response) {
  if (!response) return response.error().code == ErrorCode::kUnavailable;
  return response->status == 409 || response->status == 429 || response->status == 502 || response->status == 503 ||
         response->status == 504;
}

/// Where the server wants the upload to go on; nothing: it has the whole blob.
Result<std::optional<std::uint64_t>> uploadOffset(HttpClient& http, const std::string& path) {
  const HttpRequest ask{"HEAD", path, {}, {}, true};
  auto answer = http.sendRaw(ask);
  if (!answer) return fail(std::move(answer).error());
  if (answer->status == 200) return std::nullopt;
  if (answer->status != 404) return fail(http.errorOf(*answer, ask));
  const std::string_view text = answer->header("upload-offset");
  std::uint64_t offset = 0;
  std::from_chars(text.data(), text.data() + text.size(), offset);
  return offset;
}

/// True if the blob had to be sent.
Result<bool> uploadBlob(HttpClient& http, const BlobSource& blob, int tries, const HttpClient::OnBytes& onBytes) {
  const std::string path = "/api/v1/blobs/" + blob.digest.hex();
  std::uint64_t best = 0;
  int rounds = 0;
  for (int attempt = 1;; ++attempt) {
    auto offset = uploadOffset(http, path);
    if (!offset) return fail(std::move(offset).error());
    if (!*offset) return attempt > 1;
    const std::uint64_t from = **offset;
    if (from > blob.size)
      return fail(ErrorCode::kIntegrity, "the server holds more bytes of " + blob.file.string() + " than it has",
                  "Has the file changed? Submit again");
    if (from > best) attempt = 1;  // it got on
    best = std::max(best, from);
    HttpRequest put{"PUT",
                    path,
                    {{"Upload-Offset", std::to_string(from)},
                     {"Upload-Length", std::to_string(blob.size)},
                     {"Content-Type", "application/octet-stream"}},
                    {},
                    false};
    auto answer = http.putFile(put, blob.file, from, blob.size - from, onBytes);
    if (answer && answer->status < 300) return true;
    if (!isWorthAnotherTry(answer) || attempt >= tries || ++rounds > kRounds) {
      Error error = answer ? http.errorOf(*answer, put) : std::move(answer).error();
      return fail(std::move(error).within("uploading " + blob.file.string()));
    }
    pauseBeforeTry(attempt, answer ? answer->header("retry-after") : std::string_view());
  }
}

bool isThere(const fs::path& file, const Digest& digest) {
  std::error_code failed;
  if (!fs::is_regular_file(fs::symlink_status(file, failed))) return false;
  auto found = certs::sha256File(file);
  return found && *found == digest;
}

/// The bytes of a blob in `part`, complete and checked.
Result<std::uint64_t> fetchPart(HttpClient& http, const BlobTarget& blob, const fs::path& part, int tries,
                                const HttpClient::OnBytes& onBytes) {
  std::uint64_t fetched = 0;
  bool isFresh = false;  // begun by us, from its first byte
  int rounds = 0;
  for (int attempt = 1;; ++attempt) {
    std::error_code failed;
    std::uint64_t have = fs::exists(part, failed) ? fs::file_size(part, failed) : 0;
    if (failed || (blob.size != 0 && have > blob.size)) have = 0;
    isFresh = isFresh || have == 0;
    if (have == 0 || have != blob.size) {
      std::uint64_t moved = 0;
      const HttpRequest get{"GET", blob.path, {}, {}, false};
      auto answer = http.getFile(get, part, have, [&](std::uint64_t bytes) {
        moved += bytes;
        onBytes(bytes);
      });
      fetched += moved;
      if (moved > 0) attempt = 1;
      const bool isAll = answer && (answer->status == 416 && have > 0);
      if (!answer || (answer->status >= 300 && !isAll)) {
        if (!isWorthAnotherTry(answer) || attempt >= tries || ++rounds > kRounds)
          return fail(answer ? http.errorOf(*answer, get) : std::move(answer).error());
        pauseBeforeTry(attempt, answer ? answer->header("retry-after") : std::string_view());
        continue;
      }
    }
    auto digest = certs::sha256File(part);
    if (digest && *digest == blob.digest) return fetched;
    fs::remove(part, failed);
    if (isFresh) {
      return fail(ErrorCode::kIntegrity, "the server's bytes for blob " + blob.digest.hex() + " have another digest",
                  "Run the command again; if it stays so, tell the project's admin: the server's blob may be damaged");
    }
    isFresh = true;  // an earlier run may have left bad bytes: once more from the beginning
  }
}

Result<void> place(const fs::path& part, const BlobTarget& blob) {
  std::error_code failed;
  for (std::size_t i = 0; i < blob.files.size(); ++i) {
    HEARTH_TRY(makeFolders(blob.files[i].parent_path()));
    if (i + 1 == blob.files.size()) {
      fs::rename(part, blob.files[i], failed);
    } else {
      fs::path copy = part;
      copy += ".copy";
      fs::copy_file(part, copy, fs::copy_options::overwrite_existing, failed);
      if (!failed) fs::rename(copy, blob.files[i], failed);
    }
    if (failed) {
      return fail(failed == std::errc::no_space_on_device ? ErrorCode::kExhausted : ErrorCode::kIo,
                  "cannot write " + blob.files[i].string() + ": " + failed.message(),
                  "Check the folder's permissions and the free space");
    }
  }
  return {};
}

}  // namespace

Result<void> inParallel(std::size_t count, unsigned threads,
                        const std::function<Result<void>(unsigned worker, std::size_t i)>& job) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> first;
  const auto work = [&](unsigned worker) {
    for (std::size_t i = next++; i < count; i = next++) {
      auto done = job(worker, i);
      if (done) continue;
      next = count;  // the others stop after what they are at
      const std::lock_guard lock(mutex);
      if (!first) first = std::move(done).error();
    }
  };
  std::vector<std::thread> pool;
  for (unsigned worker = 1; worker < threads && worker < count; ++worker) pool.emplace_back(work, worker);
  work(0);
  for (std::thread& thread : pool) thread.join();
  if (first) return fail(*std::move(first));
  return {};
}

Result<UploadSummary> uploadBlobs(const Session& session, const std::vector<BlobSource>& blobs,
                                  const TransferOptions& options, TransferObserver& observer) {
  std::vector<HttpClient> clients = clientsFor(session, options.connections);
  SharedObserver shared(observer);
  std::atomic<std::uint64_t> sentBlobs{0};
  std::atomic<std::uint64_t> sentBytes{0};
  const auto onBytes = [&](std::uint64_t bytes) {
    sentBytes += bytes;
    shared.moved(bytes);
  };
  auto done = inParallel(blobs.size(), options.connections, [&](unsigned worker, std::size_t i) -> Result<void> {
    auto sent = uploadBlob(clients[worker], blobs[i], options.tries, onBytes);
    if (!sent) return fail(std::move(sent).error());
    if (*sent) ++sentBlobs;
    shared.done();
    return {};
  });
  if (!done) return fail(std::move(done).error());
  return UploadSummary{sentBlobs, sentBytes, blobs.size() - sentBlobs};
}

Result<DownloadSummary> downloadBlobs(const Session& session, const std::vector<BlobTarget>& blobs,
                                      const fs::path& partial, const TransferOptions& options,
                                      TransferObserver& observer) {
  std::vector<HttpClient> clients = clientsFor(session, options.connections);
  SharedObserver shared(observer);
  std::atomic<std::uint64_t> fetchedBlobs{0};
  std::atomic<std::uint64_t> fetchedBytes{0};
  std::atomic<std::uint64_t> keptFiles{0};
  HEARTH_TRY(makeFolders(partial));
  auto done = inParallel(blobs.size(), options.connections, [&](unsigned worker, std::size_t i) -> Result<void> {
    BlobTarget wanted = blobs[i];
    keptFiles += std::erase_if(wanted.files, [&](const fs::path& file) { return isThere(file, wanted.digest); });
    if (!wanted.files.empty()) {
      const fs::path part = partial / wanted.digest.hex();
      auto fetched =
          fetchPart(clients[worker], wanted, part, options.tries, [&](std::uint64_t bytes) { shared.moved(bytes); });
      if (!fetched) return fail(std::move(fetched).error().within(wanted.files.front().string()));
      HEARTH_TRY(place(part, wanted));
      fetchedBytes += *fetched;
      ++fetchedBlobs;
    }
    shared.done();
    return {};
  });
  if (!done) return fail(std::move(done).error());
  return DownloadSummary{fetchedBlobs, fetchedBytes, keptFiles};
}

}  // namespace hearth::cli
