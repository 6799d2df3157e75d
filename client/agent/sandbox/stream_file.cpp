// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/stream_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace hearth::sandbox {
namespace {

constexpr int kPipeBytes = 256 * 1024;
constexpr std::size_t kDrainBytes = 1024 * 1024;  // of one turn, so that one task's flood does not hold up the others
constexpr auto kDropPause = std::chrono::milliseconds(5);
/// Room for the line about the cut.
constexpr std::uint64_t kMarkerBytes = 96;

}  // namespace

Result<StreamFile> StreamFile::create(const std::filesystem::path& file, std::uint64_t limitBytes, bool exact) {
  StreamFile stream;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::kExhausted, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  stream.m_reader = UniqueFd(ends[0]);
  stream.m_writer = UniqueFd(ends[1]);
  ::fcntl(stream.m_reader.number(), F_SETFL, O_NONBLOCK);
  ::fcntl(stream.m_reader.number(), F_SETPIPE_SZ, kPipeBytes);  // only less speed where it is refused
  stream.m_file = UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!stream.m_file) return fail(ErrorCode::kIo, "cannot make " + file.string() + ": " + std::strerror(errno));
  stream.m_exact = exact;
  stream.m_limit = exact ? limitBytes : limitBytes - std::min(limitBytes, kMarkerBytes);
  return stream;
}

void StreamFile::keep(const char* data, std::size_t size) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, m_limit - m_kept));
  std::size_t done = 0;
  while (done < wanted && m_error == 0) {
    const ssize_t written = ::write(m_file.number(), data + done, wanted - done);
    if (written < 0 && errno != EINTR) m_error = errno;
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  m_kept += wanted;
  m_dropped += size - wanted;
}

void StreamFile::drain(Clock::time_point now) {
  std::array<char, 64 * 1024> buffer;
  for (std::size_t total = 0; m_reader && total < kDrainBytes;) {
    const ssize_t got = ::read(m_reader.number(), buffer.data(), buffer.size());
    if (got > 0) {
      keep(buffer.data(), static_cast<std::size_t>(got));
      total += static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      m_reader.reset();
    } else if (errno == EAGAIN) {
      break;
    }
  }
  if (m_dropped > 0) m_notBefore = now + kDropPause;
}

void StreamFile::close() {
  m_writer.reset();
  // A pipe without writers holds no more than its size.
  for (int turn = 0; m_reader && turn < 4; ++turn) drain(Clock::now());
  m_reader.reset();
  if (m_dropped > 0 && !m_exact && m_error == 0) {
    const std::string line = "\n[cut here: " + std::to_string(m_dropped) + " more bytes were not kept]\n";
    if (::write(m_file.number(), line.data(), line.size()) < 0) m_error = errno;
  }
  m_file.reset();
}

}  // namespace hearth::sandbox
