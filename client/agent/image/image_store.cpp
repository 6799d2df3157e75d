// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/image_store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "image/image_source.h"
#include "image/json_view.h"
#include "sandbox/executor.h"
#include "sandbox/unique_fd.h"

namespace hearth::image {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kConfigFile = "image.json";
constexpr const char* kRootFolder = "root";
constexpr const char* kUnfinished = "unfinished-";
constexpr std::uint64_t kReserveBytes = 512 * limits::kMiB;  // what stays free on the disk

std::string serialise(const ImageConfig& config) {
  json::array environment;
  for (const auto& [name, value] : config.environment) environment.emplace_back(name + "=" + value);
  return json::serialize(json::object{{"entryPoint", json::value_from(config.entryPoint)},
                                      {"command", json::value_from(config.command)},
                                      {"environment", std::move(environment)},
                                      {"user", config.user},
                                      {"workingFolder", config.workingFolder}});
}

Result<ImageConfig> readConfig(const fs::path& folder, std::size_t mostBytes) {
  auto source = openImageSource(folder);
  if (!source) return fail(std::move(source).error());
  auto text = readMember(**source, kConfigFile, mostBytes);
  if (!text) return fail(std::move(text).error());
  auto object = parseObject(*text, kConfigFile);
  if (!object) return fail(std::move(object).error());
  ImageConfig config{textsIn(*object, "entryPoint"),
                     textsIn(*object, "command"),
                     {},
                     textIn(*object, "user"),
                     textIn(*object, "workingFolder")};
  for (const std::string& each : textsIn(*object, "environment")) {
    const auto equals = each.find('=');
    config.environment.emplace_back(each.substr(0, equals), each.substr(std::min(equals + 1, each.size())));
  }
  return config;
}

tl::unexpected<Error> systemError(const std::string& what, const fs::path& path) {
  return fail(errno == ENOSPC || errno == EDQUOT ? ErrorCode::kExhausted : ErrorCode::kIo,
              what + " " + path.string() + ": " + std::strerror(errno));
}

Result<void> writeConfig(const ImageConfig& config, const fs::path& file) {
  const std::string text = serialise(config);
  const sandbox::UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool written = out && ::write(out.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(out.number()) == 0;
  if (!written) return systemError("cannot write", file);
  return {};
}

Result<void> makeFolder(const fs::path& folder, mode_t mode) {
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return systemError("cannot make the folder", folder);
  if (::chmod(folder.c_str(), mode) != 0) return systemError("cannot open the folder", folder);
  return {};
}

Result<void> syncFolder(const fs::path& folder) {
  const sandbox::UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.number()) != 0) return systemError("cannot keep the folder", folder);
  return {};
}

tl::unexpected<Error> diskFull(const fs::path& folder) {
  return fail(ErrorCode::kExhausted, "the disk of " + folder.string() + " has no room for the image",
              "Free some space; work goes on by itself.");
}

/// An image is not to fill the disk of whoever lends it.
Result<ImageLimits> withinDisk(ImageLimits most, const fs::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return systemError("cannot look at the disk of", folder);
  const std::uint64_t free = disk.f_bavail * disk.f_frsize;
  if (free <= kReserveBytes) return diskFull(folder);
  most.bytes = std::min(most.bytes, free - kReserveBytes);
  return most;
}

}  // namespace

Result<std::unique_ptr<ImageStore>> ImageStore::open(const fs::path& folder, const ImageLimits& most) {
  HEARTH_TRY(makeFolder(folder, 0711));  // a task's root must be reached by the user it runs as
  std::unique_ptr<ImageStore> store(new ImageStore(folder, most));
  HEARTH_TRY(store->scan());
  return store;
}

Result<void> ImageStore::scan() {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator each(m_folder, error), end; !error && each != end; each.increment(error))
    found.push_back(each->path());
  if (error) return fail(ErrorCode::kIo, "cannot read " + m_folder.string() + ": " + error.message());
  for (const fs::path& path : found) {
    const auto digest = Digest::parse(path.filename().string());
    std::optional<Result<ImageConfig>> config;
    if (digest) config = readConfig(path, m_most.documentBytes);
    if (config && *config && fs::is_directory(fs::symlink_status(path / kRootFolder, error))) {
      m_images[*digest] = {std::make_shared<UnpackedImage>(UnpackedImage{path / kRootFolder, std::move(**config)}), 0};
    } else if (!fs::is_directory(fs::symlink_status(path, error))) {
      fs::remove(path, error);
    } else {
      HEARTH_TRY(sandbox::removeWork(path));
    }
  }
  return {};
}

std::shared_ptr<const UnpackedImage> ImageStore::find(const Digest& digest) {
  const std::lock_guard lock(m_mutex);
  const auto known = m_images.find(digest);
  if (known == m_images.end()) return nullptr;
  known->second.lastUse = ++m_uses;
  return known->second.image;
}

Result<std::shared_ptr<const UnpackedImage>> ImageStore::take(const Digest& digest, const fs::path& archive,
                                                              const std::string& platform) {
  std::unique_lock lock(m_mutex);
  m_settled.wait(lock, [&] { return !m_busy.contains(digest); });
  if (const auto known = m_images.find(digest); known != m_images.end()) {
    known->second.lastUse = ++m_uses;
    return known->second.image;
  }
  dropUnused();
  m_busy.insert(digest);
  lock.unlock();
  auto unpacked = unpack(digest, archive, platform);
  lock.lock();
  m_busy.erase(digest);
  m_settled.notify_all();
  if (!unpacked) return fail(std::move(unpacked).error());
  auto image = std::make_shared<const UnpackedImage>(std::move(*unpacked));
  m_images[digest] = {image, ++m_uses};
  return image;
}

Result<UnpackedImage> ImageStore::unpack(const Digest& digest, const fs::path& archive, const std::string& platform) {
  const fs::path making = m_folder / (kUnfinished + digest.hex());
  const fs::path done = m_folder / digest.hex();
  const auto make = [&]() -> Result<UnpackedImage> {
    HEARTH_TRY(sandbox::removeWork(making));
    HEARTH_TRY(makeFolder(making, 0711));
    HEARTH_TRY(makeFolder(making / kRootFolder, 0755));
    auto most = withinDisk(m_most, m_folder);
    if (!most) return fail(std::move(most).error());
    auto image = unpackImage(archive, platform, making / kRootFolder, *most);
    if (!image && image.error().code == ErrorCode::kTooLarge && most->bytes < m_most.bytes) return diskFull(m_folder);
    if (!image) return image;
    HEARTH_TRY(writeConfig(image->config, making / kConfigFile));
    HEARTH_TRY(syncFolder(making));
    if (::rename(making.c_str(), done.c_str()) != 0) return systemError("cannot keep the image in", done);
    HEARTH_TRY(syncFolder(m_folder));
    image->root = done / kRootFolder;
    return image;
  };
  auto image = make();
  if (!image) (void)sandbox::removeWork(making);  // what cannot be removed now is swept at the next start
  return image;
}

/// The lock is held.
void ImageStore::dropUnused() {
  for (;;) {
    std::size_t unused = 0;
    auto oldest = m_images.end();
    for (auto each = m_images.begin(); each != m_images.end(); ++each) {
      if (each->second.image.use_count() > 1) continue;
      ++unused;
      if (oldest == m_images.end() || each->second.lastUse < oldest->second.lastUse) oldest = each;
    }
    if (unused < kUnused) return;
    (void)sandbox::removeWork(m_folder / oldest->first.hex());  // what cannot be removed now is swept at the next start
    m_images.erase(oldest);
  }
}

}  // namespace hearth::image
