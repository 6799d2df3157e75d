// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/sha256.h"
#include "server/blob/blob_folder.h"
#include "server/blob/blob_store.h"
#include "server/blob/upload_session.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartial = ".part";
constexpr std::string_view kTemporary = ".tmp";

/// See BlobStore. Unfinished uploads lie in "uploads/", named by uploader and digest or by the name they were given.
class FileBlobStore final : public BlobStore {
 public:
  FileBlobStore(const fs::path& folder, BlobStoreOptions options)
      : m_uploads(folder / "uploads"), m_aside(folder / "aside"), m_options(options), m_folder(folder) {}

  Result<void> prepare(const fs::path& folder);

  std::optional<std::uint64_t> size(const Digest& digest) const override { return m_folder.size(digest); }
  Result<int> open(const Digest& digest) const override;
  Result<std::string> read(const Digest& digest, std::uint64_t limit) const override;
  Result<Digest> put(std::string_view bytes) override;
  Result<std::unique_ptr<Upload>> upload(const Digest& digest, std::uint64_t size, std::uint64_t offset,
                                         const std::string& uploader) override;
  std::uint64_t uploadOffset(const Digest& digest, const std::string& uploader) const override;
  Result<std::unique_ptr<Upload>> uploadNamed(const std::string& name, std::optional<std::uint64_t> size,
                                              std::uint64_t offset) override;
  std::uint64_t namedOffset(const std::string& name) const override;
  void discardNamed(const std::string& name) override;
  bool setAside(const Digest& digest) override { return m_folder.take(digest, aside(digest)); }
  void settle(const Digest& digest, bool keep) override;
  void sweepUploads() override { sweep(false); }
  std::size_t removeAllBut(const std::unordered_set<Digest>& kept, Instant madeBefore) override {
    return m_folder.removeAllBut(kept, madeBefore);
  }

  void forget(const Digest& key, const UploadSession* session);

 private:
  fs::path partial(const Digest& key) const { return m_uploads / (key.hex() + std::string(kPartial)); }
  std::uint64_t partialSize(const Digest& key) const;
  Result<std::unique_ptr<Upload>> begin(const Digest& key, UploadSession::Expected expected, std::uint64_t offset);
  Result<Descriptor> openPartial(const fs::path& path, std::uint64_t size, std::uint64_t offset) const;
  fs::path aside(const Digest& digest) const { return m_aside / digest.hex(); }
  void sweep(bool atStart);
  void bringBackAll();

  const fs::path m_uploads;
  const fs::path m_aside;
  const BlobStoreOptions m_options;
  BlobFolder m_folder;
  std::atomic<std::uint64_t> m_temporaries{0};
  std::mutex m_mutex;
  std::unordered_map<Digest, std::shared_ptr<UploadSession>> m_active;  ///< by key, guarded by m_mutex
};

/// What a connection holds of a session.
class ActiveUpload final : public BlobStore::Upload {
 public:
  ActiveUpload(FileBlobStore& store, const Digest& key, std::shared_ptr<UploadSession> session)
      : m_store(store), m_key(key), m_session(std::move(session)) {}
  ~ActiveUpload() override {
    m_session->close();
    m_store.forget(m_key, m_session.get());
  }
  std::uint64_t offset() const override { return m_session->offset(); }
  Result<void> write(std::span<const std::byte> bytes) override { return m_session->write(bytes); }
  Result<void> complete() override { return m_session->complete(); }
  void suspend() override { m_session->close(); }
  Result<void> flush() override { return m_session->flush(); }
  Result<void> rollBack(std::uint64_t offset) override { return m_session->rollBack(offset); }
  Digest digest() const override { return m_session->digest(); }
  std::uint64_t size() const override { return m_session->size(); }

 private:
  FileBlobStore& m_store;
  const Digest m_key;
  const std::shared_ptr<UploadSession> m_session;
};

Digest keyOf(const std::string& name) { return certs::sha256("named " + name); }

Digest keyOf(const Digest& digest, const std::string& uploader) {
  certs::Sha256 hash;
  hash.update(std::as_bytes(std::span(digest.bytes)));
  hash.update(uploader);
  return hash.finish();
}

Result<void> FileBlobStore::prepare(const fs::path& folder) {
  for (const fs::path& path : {folder, m_uploads, m_aside}) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(systemError(errno, "making the folder " + path.string()));
    }
  }
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail(systemError(errno, "opening " + folder.string()));
  // Names that an earlier process made and did not live to write to the disk count from here on.
  if (::syncfs(opened.number()) != 0) return fail(systemError(errno, "writing " + folder.string() + " to the disk"));
  sweep(true);
  bringBackAll();
  return {};
}

void FileBlobStore::settle(const Digest& digest, bool keep) {
  if (keep && !has(digest) && m_folder.bringBack(digest, aside(digest))) return;
  ::unlink(aside(digest).c_str());
}

void FileBlobStore::bringBackAll() {
  std::error_code error;
  for (fs::directory_iterator entry(m_aside, error), end; !error && entry != end; entry.increment(error)) {
    if (const auto digest = Digest::parse(entry->path().filename().string())) settle(*digest, true);
  }
}

Result<int> FileBlobStore::open(const Digest& digest) const {
  auto file = m_folder.open(digest);
  if (!file) return fail(std::move(file).error());
  return file->release();
}

Result<std::string> FileBlobStore::read(const Digest& digest, std::uint64_t limit) const {
  auto file = m_folder.open(digest);
  if (!file) return fail(std::move(file).error());
  struct stat status {};
  if (::fstat(file->number(), &status) != 0) return fail(systemError(errno, "looking at blob " + digest.hex()));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit) {
    return fail(ErrorCode::kTooLarge,
                "blob " + digest.hex() + " has " + std::to_string(size) + " bytes, more than " + std::to_string(limit));
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const auto count = readAt(file->number(), std::as_writable_bytes(std::span(bytes)), 0);
  if (!count) return fail(count.error());
  if (*count != bytes.size()) {
    return fail(ErrorCode::kIntegrity, "blob " + digest.hex() + " is shorter than it was", "Restore it from a backup.");
  }
  return bytes;
}

Result<Digest> FileBlobStore::put(std::string_view bytes) {
  const Digest digest = certs::sha256(bytes);
  if (has(digest)) return digest;
  HEARTH_TRY(checkFreeSpace(m_uploads, bytes.size(), m_options.reserveBytes));
  const fs::path path = m_uploads / (std::to_string(++m_temporaries) + std::string(kTemporary));
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail(systemError(errno, "making a file in " + m_uploads.string()));
  auto kept = writeAt(file.number(), std::as_bytes(std::span(bytes)), 0);
  if (kept) kept = m_folder.name(digest, bytes.size(), file.number(), path);
  if (!kept) {
    ::unlink(path.c_str());
    return fail(std::move(kept).error());
  }
  return digest;
}

/// Opens, or makes, the file of an upload and cuts it to nothing where it cannot be the start of this blob.
Result<Descriptor> FileBlobStore::openPartial(const fs::path& path, std::uint64_t size, std::uint64_t offset) const {
  const int make = offset == 0 ? O_CREAT : 0;
  Descriptor file(::open(path.c_str(), O_RDWR | make | O_CLOEXEC | O_NOFOLLOW, 0600));
  std::uint64_t here = 0;
  if (file) {
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return fail(systemError(errno, "looking at an upload"));
    here = static_cast<std::uint64_t>(status.st_size);
  } else if (errno != ENOENT) {
    return fail(systemError(errno, "opening an upload"));
  }
  if (here > size) {
    if (::ftruncate(file.number(), 0) != 0) return fail(systemError(errno, "starting an upload again"));
    here = 0;
  }
  if (here != offset) {
    return fail(ErrorCode::kConflict,
                "the upload continues at byte " + std::to_string(here) + ", not " + std::to_string(offset),
                "Send Upload-Offset: " + std::to_string(here) + " and the bytes from there.");
  }
  return file;
}

Result<std::unique_ptr<BlobStore::Upload>> FileBlobStore::upload(const Digest& digest, std::uint64_t size,
                                                                 std::uint64_t offset, const std::string& uploader) {
  if (size > limits::kBlobBytes) {
    return fail(ErrorCode::kTooLarge, "a blob has at most " + std::to_string(limits::kBlobBytes) + " bytes",
                "Split the file.");
  }
  return begin(keyOf(digest, uploader), {digest, size}, offset);
}

Result<std::unique_ptr<BlobStore::Upload>> FileBlobStore::uploadNamed(const std::string& name,
                                                                      std::optional<std::uint64_t> size,
                                                                      std::uint64_t offset) {
  return begin(keyOf(name), {std::nullopt, size}, offset);
}

Result<std::unique_ptr<BlobStore::Upload>> FileBlobStore::begin(const Digest& key, UploadSession::Expected expected,
                                                                std::uint64_t offset) {
  const std::uint64_t size = expected.size.value_or(limits::kBlobBytes);
  if (offset > size) return fail(ErrorCode::kInvalid, "the offset is behind the end of the blob");
  HEARTH_TRY(checkFreeSpace(m_uploads, expected.size ? size - offset : 0, m_options.reserveBytes));
  const std::lock_guard lock(m_mutex);
  if (const auto earlier = m_active.find(key); earlier != m_active.end()) {
    earlier->second->close();  // waits for a write under way: from here on the file's size is its offset
    m_active.erase(earlier);
  }
  const fs::path path = partial(key);
  auto file = openPartial(path, size, offset);
  if (!file) return fail(std::move(file).error());
  auto session =
      std::make_shared<UploadSession>(m_folder, expected, path, std::move(*file), offset, m_options.reserveBytes);
  m_active.emplace(key, session);
  return std::make_unique<ActiveUpload>(*this, key, std::move(session));
}

std::uint64_t FileBlobStore::partialSize(const Digest& key) const {
  struct stat status {};
  if (::lstat(partial(key).c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t FileBlobStore::uploadOffset(const Digest& digest, const std::string& uploader) const {
  return partialSize(keyOf(digest, uploader));
}

std::uint64_t FileBlobStore::namedOffset(const std::string& name) const { return partialSize(keyOf(name)); }

void FileBlobStore::discardNamed(const std::string& name) {
  const Digest key = keyOf(name);
  const std::lock_guard lock(m_mutex);
  if (const auto active = m_active.find(key); active != m_active.end()) {
    active->second->close();
    m_active.erase(active);
  }
  ::unlink(partial(key).c_str());
}

void FileBlobStore::forget(const Digest& key, const UploadSession* session) {
  const std::lock_guard lock(m_mutex);
  const auto found = m_active.find(key);
  if (found != m_active.end() && found->second.get() == session) m_active.erase(found);
}

void FileBlobStore::sweep(bool atStart) {
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::microseconds(m_options.unfinishedFor.micros);
  std::error_code error;
  for (fs::directory_iterator entry(m_uploads, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == kTemporary) {
      if (atStart) ::unlink(path.c_str());
      continue;
    }
    const auto key = Digest::parse(path.stem().string());
    if (path.extension() != kPartial || !key) continue;
    const std::lock_guard lock(m_mutex);
    std::error_code unreadable;
    const auto changed = fs::last_write_time(path, unreadable);
    if (!unreadable && changed < oldest && !m_active.contains(*key)) ::unlink(path.c_str());
  }
}

}  // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::open(const fs::path& folder, BlobStoreOptions options) {
  auto store = std::make_unique<FileBlobStore>(folder, options);
  HEARTH_TRY(store->prepare(folder));
  return store;
}

}  // namespace hearth::server
