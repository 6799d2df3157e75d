// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/fetch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/blob/posix_file.h"
#include "wire/manifest.h"

namespace hearth::server {
namespace {

constexpr long kRedirects = 5;
constexpr long kConnectSeconds = 20;
constexpr long kSlowBytes = 100;  // a second, for so many seconds: then it is given up
constexpr long kSlowSeconds = 60;

struct Closer {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

bool inBlock(std::uint32_t address, std::uint32_t block, unsigned bits) {
  return bits == 0 || ((address ^ block) >> (32U - bits)) == 0;
}

bool isPublic4(std::uint32_t address) {
  constexpr std::array<std::pair<std::uint32_t, unsigned>, 15> kNotPublic{{{0x00000000, 8},
                                                                           {0x0A000000, 8},
                                                                           {0x64400000, 10},
                                                                           {0x7F000000, 8},
                                                                           {0xA9FE0000, 16},
                                                                           {0xAC100000, 12},
                                                                           {0xC0000000, 24},
                                                                           {0xC0000200, 24},
                                                                           {0xC0586300, 24},
                                                                           {0xC0A80000, 16},
                                                                           {0xC6120000, 15},
                                                                           {0xC6336400, 24},
                                                                           {0xCB007100, 24},
                                                                           {0xE0000000, 4},
                                                                           {0xF0000000, 4}}};
  return std::none_of(kNotPublic.begin(), kNotPublic.end(),
                      [address](const auto& block) { return inBlock(address, block.first, block.second); });
}

/// Of IPv6 only the global addresses in use (2000::/3) count, those that stand for an IPv4 one by that one.
bool isPublic6(const std::array<std::uint8_t, 16>& bytes) {
  const auto four = [&](std::size_t at) {
    return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U | std::uint32_t{bytes[at + 2]} << 8U |
           bytes[at + 3];
  };
  if ((bytes[0] & 0xE0U) != 0x20U) return false;
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return isPublic4(four(2));  // 6to4
  if (four(0) == 0x20010000U || four(0) == 0x20010DB8U) return false;   // Teredo, documentation
  return true;
}

/// One fetch under way; libcurl calls its static members.
class Fetch {
 public:
  Fetch(BlobStore& blobs, const FetchOrder& order, const FetchOptions& options)
      : m_blobs(blobs), m_order(order), m_options(options), m_easy(curl_easy_init()) {}

  Result<std::uint64_t> run() {
    if (!m_easy) return fail(ErrorCode::kExhausted, "out of memory", "Try again later.");
    if (m_order.url.compare(0, 8, "https://") != 0) {
      return fail(ErrorCode::kInvalid, "Only addresses that begin with https:// are fetched.",
                  "Name the file by https, or upload it.");
    }
    HEARTH_TRY(begin(m_blobs.namedOffset(m_order.name)));
    prepare();
    const CURLcode code = curl_easy_perform(m_easy.get());
    if (m_failed) return fail(std::move(*m_failed));
    if (code != CURLE_OK) {
      if (m_upload) m_upload->suspend();
      return fail(errorOf(code));
    }
    if (auto complete = m_upload->complete(); !complete) return fail(std::move(complete).error());
    if (m_upload->digest() == m_order.digest) return m_upload->size();
    return fail(ErrorCode::kIntegrity,
                "What " + m_order.url + " gave has the digest " + m_upload->digest().hex() + ", not " +
                    m_order.digest.hex() + ".",
                "Correct the digest (sha256sum shows it), or the address. Nothing was taken.");
  }

 private:
  Result<void> begin(std::uint64_t offset) {
    auto upload = m_blobs.uploadNamed(m_order.name, std::nullopt, offset);
    if (!upload) return fail(std::move(upload).error());
    m_upload = std::move(*upload);
    m_from = offset;
    return {};
  }

  void prepare() {
    CURL* easy = m_easy.get();
    curl_easy_setopt(easy, CURLOPT_URL, m_order.url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kRedirects);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(m_options.longest.inMilliseconds()));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "hearthd");
    if (!m_options.authorities.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, m_options.authorities.c_str());
    if (m_from > 0) curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(m_from));
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Fetch::progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Fetch::openSocket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Fetch::write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  }

  static curl_socket_t openSocket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& fetch = *static_cast<Fetch*>(self);
    if (!fetch.m_options.privateAddresses && !isPublicAddress(&address->addr)) {
      fetch.m_failed =
          Error{ErrorCode::kForbidden, "The address leads into a private network, where this server fetches nothing.",
                "Upload the file instead, or ask the admin to allow it ([fetch] private in hearthd.toml)."};
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const std::atomic<bool>* ending = static_cast<Fetch*>(self)->m_order.ending;
    return ending != nullptr && *ending ? 1 : 0;
  }

  static std::size_t write(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& fetch = *static_cast<Fetch*>(self);
    const std::size_t size = one * count;
    const auto kept = fetch.keep(std::as_bytes(std::span(bytes, size)));
    if (kept) return size;
    fetch.m_failed = kept.error();
    return size + 1;  // anything but the size ends the transfer
  }

  Result<void> keep(std::span<const std::byte> bytes) {
    if (m_upload->offset() + bytes.size() > m_options.mostBytes) {
      return fail(
          ErrorCode::kTooLarge,
          "The file is larger than " + wire::formatByteCount(m_options.mostBytes) + ", the most that is fetched.",
          "Upload it, or split it.");
    }
    return m_upload->write(bytes);
  }

  Error errorOf(CURLcode code) const {
    long status = 0;
    curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_RANGE_ERROR || status == 416) {
      m_blobs.discardNamed(m_order.name);
      return {ErrorCode::kUnavailable, "The other server cannot go on where the last try ended.",
              "Try again: it begins anew."};
    }
    std::string why = curl_easy_strerror(code);
    if (code == CURLE_HTTP_RETURNED_ERROR) why = "it answered with status " + std::to_string(status);
    const bool isPassing =
        code != CURLE_HTTP_RETURNED_ERROR && code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL;
    return {isPassing ? ErrorCode::kUnavailable : ErrorCode::kInvalid,
            m_order.url + " could not be fetched: " + why + ".",
            isPassing ? "Try again: it goes on where it ended." : "Check the address in a browser."};
  }

  BlobStore& m_blobs;
  const FetchOrder& m_order;
  const FetchOptions& m_options;
  const std::unique_ptr<CURL, Closer> m_easy;
  std::unique_ptr<BlobStore::Upload> m_upload;
  std::uint64_t m_from = 0;
  std::optional<Error> m_failed;
};

}  // namespace

bool isPublicAddress(const void* socketAddress) {
  sockaddr any{};
  std::memcpy(&any.sa_family, static_cast<const char*>(socketAddress) + offsetof(sockaddr, sa_family),
              sizeof any.sa_family);
  if (any.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, socketAddress, sizeof four);
    return isPublic4(ntohl(four.sin_addr.s_addr));
  }
  if (any.sa_family != AF_INET6) return false;
  sockaddr_in6 six{};
  std::memcpy(&six, socketAddress, sizeof six);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), six.sin6_addr.s6_addr, bytes.size());
  return isPublic6(bytes);
}

Result<std::uint64_t> fetchToBlob(BlobStore& blobs, const FetchOrder& order, const FetchOptions& options) {
  return Fetch(blobs, order, options).run();
}

}  // namespace hearth::server
