// SPDX-License-Identifier: GPL-3.0-or-later
// The end of a connection: responses of every kind, on their way out.
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <utility>

#include <unistd.h>

#include "server/http/internal/connection.h"
#include "server/http/internal/response_head.h"

namespace hearth::server {
namespace {

constexpr std::size_t kPieceBytes = 64 * limits::kKiB;
constexpr std::size_t kKeptBufferBytes = 16 * limits::kKiB;

bool hasNoBody(unsigned status) { return status == 204 || status == 304 || status < 200; }

std::optional<std::uint64_t> lengthOf(const Response& response, bool headOnly) {
  if (const auto* file = std::get_if<FileBody>(&response.body)) return file->length;
  if (const auto* pulled = std::get_if<PulledBody>(&response.body)) return pulled->length;
  const auto* text = std::get_if<std::string>(&response.body);
  if (text == nullptr || hasNoBody(response.status)) return std::nullopt;
  if (headOnly && text->empty()) {  // a HEAD may be answered with a length alone
    for (const auto& [name, value] : response.headers) {
      std::uint64_t length = 0;
      if (name == "content-length" &&
          std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc{}) {
        return length;
      }
    }
  }
  return text->size();
}

/// Appends up to kPieceBytes of the file and takes them off it. False if the file is shorter than it said.
bool appendPiece(std::string& out, FileBody& file) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file.length));
  const std::size_t before = out.size();
  out.resize(before + wanted);
  std::size_t got = 0;
  while (got < wanted) {
    const ssize_t count =
        ::pread(file.descriptor, out.data() + before + got, wanted - got, static_cast<off_t>(file.offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    got += static_cast<std::size_t>(count);
  }
  file.offset += wanted;
  file.length -= wanted;
  return true;
}

/// Appends what comes next, up to the length, and takes it off that. False if the source failed.
bool appendPulled(std::string& out, PulledBody& body) {
  const std::size_t before = out.size();
  try {
    if (!body.source->next(out)) return false;
  } catch (const std::exception&) {
    return false;
  }
  if (out.size() - before > body.length) out.resize(before + static_cast<std::size_t>(body.length));
  body.length -= out.size() - before;
  return true;
}

void appendChunk(std::string& out, std::string_view text) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), text.size(), 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
  out += text;
  out += "\r\n";
}

}  // namespace

/// True if another request may follow.
Task<bool> Connection::send(OwnedResponse response, Method method) {
  if (m_loop.server.draining) m_keepAlive = false;
  enter(Phase::kSending, m_loop.server.options.requestTimeout);
  const bool headOnly = method == Method::kHead;
  const bool events = std::holds_alternative<EventSource>(response->body);
  Framing framing;
  framing.keepAlive = m_keepAlive = m_keepAlive && !events;
  framing.chunked = events && m_parser.isHttp11();
  framing.length = lengthOf(*response, headOnly);
  m_out.clear();
  appendHead(m_out, *response, framing, m_loop.date());
  const bool sent = co_await sendBody(*response, headOnly || hasNoBody(response->status), framing.chunked);
  if (m_out.capacity() > kKeptBufferBytes) m_out = {};
  co_return sent&& m_keepAlive;
}

/// Sends the head, which is in m_out already, and what follows it.
Task<bool> Connection::sendBody(const Response& response, bool headOnly, bool chunked) {
  if (headOnly) return write(m_out);
  if (const auto* file = std::get_if<FileBody>(&response.body)) return sendFile(*file);
  if (const auto* pulled = std::get_if<PulledBody>(&response.body)) return sendPulled(*pulled);
  if (const auto* events = std::get_if<EventSource>(&response.body)) return sendEvents(*events, chunked);
  const std::string& text = std::get<std::string>(response.body);
  if (text.size() > kPieceBytes) return sendApart(text);
  m_out += text;
  return write(m_out);
}

Task<bool> Connection::sendApart(std::string_view text) {
  bool sent = co_await write(m_out);
  if (sent) sent = co_await write(text);
  co_return sent;
}

/// Sends what is in m_out already and the file behind it, a piece at a time.
Task<bool> Connection::sendFile(FileBody file) {
  bool sent = true;
  while (sent && (file.length > 0 || !m_out.empty())) {
    if (file.length > 0 && !appendPiece(m_out, file)) co_return false;
    sent = co_await write(m_out);
    m_out.clear();
  }
  co_return sent;
}

/// Sends what is in m_out already and what the source makes behind it.
Task<bool> Connection::sendPulled(PulledBody body) {
  bool sent = true;
  while (sent && (body.length > 0 || !m_out.empty())) {
    if (body.length > 0 && !appendPulled(m_out, body)) co_return false;
    if (m_out.empty()) {  // it is at work: no fault of the client's
      enter(Phase::kSending, m_loop.server.options.requestTimeout);
      co_await letOthersRun();
      sent = !m_aborted;
      continue;
    }
    sent = co_await write(m_out);
    m_out.clear();
  }
  co_return sent;
}

/// Sends the head and then events until their source or the reader ends; no request follows on this connection.
Task<bool> Connection::sendEvents(const EventSource& source, bool chunked) {
  bool sent = co_await write(m_out);
  if (!sent) co_return false;
  const auto wake = [loop = m_loop.shared_from_this(), self = weak_from_this()] {
    asio::post(loop->context, [self] {
      const auto alive = self.lock();
      if (!alive || !alive->m_events) return;
      if (alive->m_events->hasOverflowed()) {
        alive->abort();
      } else {
        alive->m_wake.raise();
      }
    });
  };
  m_events = std::make_shared<EventQueue>(wake);
  const auto silence = std::chrono::microseconds(m_loop.server.options.eventComment.micros);
  m_quietUntil = Clock::now() + silence;
  watchReader();
  source(m_events);
  std::string text;
  for (auto state = EventQueue::State::kOpen; state == EventQueue::State::kOpen && !m_aborted;) {
    text.clear();
    state = m_events->take(text);
    if (std::exchange(m_commentDue, false) && text.empty()) text = ":\n\n";
    if (text.empty() && state == EventQueue::State::kOpen) {
      m_phase = Phase::kStreaming;
      co_await m_wake.wait();
      continue;
    }
    m_out.clear();
    if (!text.empty() && chunked) appendChunk(m_out, text);
    if (!text.empty() && !chunked) m_out += text;
    if (chunked && state == EventQueue::State::kEnded) m_out += "0\r\n\r\n";
    enter(Phase::kSending, m_loop.server.options.requestTimeout);
    sent = co_await write(m_out);
    if (!sent) break;
    m_quietUntil = Clock::now() + silence;
  }
  m_events->disconnect();
  m_events.reset();
  co_return false;
}

/// Notices that the reader of a stream has gone away while there is nothing to send.
void Connection::watchReader() {
  m_socket.async_wait(Socket::wait_read, [self = weak_from_this()](const ErrorCodeOut& failed) {
    const auto alive = self.lock();
    if (!alive || failed || !alive->m_events) return;
    std::array<char, 512> scrap{};
    const auto moved = alive->m_tls->read(scrap.data(), scrap.size());
    if (moved.step == TlsStep::kClosed) {
      alive->abort();
    } else if (moved.step == TlsStep::kWantRead) {
      alive->watchReader();  // half a record; whoever sends a whole one has no answer to expect before the stream ends
    }
  });
}

Task<bool> Connection::write(std::string_view bytes) {
  std::size_t turn = 0;
  while (!bytes.empty()) {
    if (m_aborted) co_return false;
    const auto moved = m_tls->write(bytes.data(), bytes.size());
    if (moved.step == TlsStep::kDone) {
      progress(moved.count);
      bytes.remove_prefix(moved.count);
      turn += moved.count;
      if (turn >= kPieceBytes) {
        turn = 0;
        co_await letOthersRun();
      }
    } else if (moved.step == TlsStep::kClosed) {
      co_return false;
    } else {
      const bool going = co_await ready(moved.step == TlsStep::kWantWrite ? Socket::wait_write : Socket::wait_read);
      if (!going) co_return false;
    }
  }
  co_return true;
}

}  // namespace hearth::server
