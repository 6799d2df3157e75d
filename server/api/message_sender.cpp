// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/message_sender.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/socket.h>

#include "base/limits.h"

namespace hearth::server {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kSeconds = 30;
constexpr std::size_t kUrlBytes = 1000;
constexpr std::size_t kMailBytes = 254;
constexpr std::size_t kBase64Line = 57;  // bytes that become 76 characters

struct CurlCloser {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, CurlCloser>;
using Lines = std::unique_ptr<curl_slist, CurlCloser>;

void initialise() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
}

bool isPublic4(std::uint32_t host) {
  const auto in = [host](std::uint32_t net, int bits) { return host >> (32 - bits) == net >> (32 - bits); };
  return !(in(0x00000000, 8) || in(0x0A000000, 8) || in(0x64400000, 10) || in(0x7F000000, 8) || in(0xA9FE0000, 16) ||
           in(0xAC100000, 12) || in(0xC0000000, 24) || in(0xC0000200, 24) || in(0xC0A80000, 16) || in(0xC6120000, 15) ||
           in(0xC6336400, 24) || in(0xCB007100, 24) || in(0xE0000000, 3));
}

bool isPublic6(const in6_addr& address) {
  const std::uint8_t* b = address.s6_addr;
  const auto embedded = [b](int at) {
    return static_cast<std::uint32_t>(b[at]) << 24 | static_cast<std::uint32_t>(b[at + 1]) << 16 |
           static_cast<std::uint32_t>(b[at + 2]) << 8 | b[at + 3];
  };
  const bool mapped =
      std::all_of(b, b + 10, [](std::uint8_t byte) { return byte == 0; }) && b[10] == 0xFF && b[11] == 0xFF;
  if (mapped) return isPublic4(embedded(12));
  const std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xFF, 0x9B};
  if (std::equal(kNat64.begin(), kNat64.end(), b)) return isPublic4(embedded(12));
  if (b[0] == 0x20 && b[1] == 0x02) return isPublic4(embedded(2));                                  // 6to4
  return (b[0] & 0xE0) == 0x20 && !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8);  // 2000::/3
}

bool isPublicSocketAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return isPublic4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof six);
  return isPublic6(six.sin6_addr);
}

/// Asked for each address that a name led to, right before it is connected to: what the name says later is no way in.
curl_socket_t openPublicSocket(void* refused, curlsocktype, curl_sockaddr* address) {
  if (!isPublicSocketAddress(address->addr)) {
    *static_cast<bool*>(refused) = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t swallow(char*, std::size_t size, std::size_t count, void* got) {
  std::size_t& bytes = *static_cast<std::size_t*>(got);
  bytes += size * count;
  return bytes > 64 * limits::kKiB ? 0 : size * count;  // an endless answer is cut off
}

std::size_t readBody(char* to, std::size_t size, std::size_t count, void* from) {
  std::string_view& rest = *static_cast<std::string_view*>(from);
  const std::size_t taken = std::min(size * count, rest.size());
  std::memcpy(to, rest.data(), taken);
  rest.remove_prefix(taken);
  return taken;
}

Result<void> outcome(CURLcode code, const char* what) {
  if (code == CURLE_OK) return {};
  return fail(ErrorCode::kUnavailable, std::string(what) + ": " + curl_easy_strerror(code));
}

std::string inBase64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// A text as a header may carry it: RFC 2047, in words that are short enough.
std::string encodedWords(std::string_view text) {
  std::string words;
  constexpr std::size_t kPiece = 42;
  while (!text.empty()) {
    std::size_t length = std::min(kPiece, text.size());
    while (length < text.size() && length > 1 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    words += (words.empty() ? "" : "\r\n ") + ("=?utf-8?B?" + inBase64(text.substr(0, length)) + "?=");
    text.remove_prefix(length);
  }
  return words;
}

std::string mailDate(std::int64_t unixSeconds) {
  std::array<char, 64> text{};
  const std::time_t time = unixSeconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                                 kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                 kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                                 parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

/// The first line of the body is the subject.
std::string mailText(const MessageSettings& settings, const Message& message, std::int64_t unixSeconds) {
  const std::size_t end = std::min(message.body.find('\n'), message.body.size());
  std::string host = settings.publicAddress.substr(0, settings.publicAddress.find(':'));
  std::string mail = "Date: " + mailDate(unixSeconds) + "\r\nFrom: " + encodedWords(settings.project) + " <" +
                     settings.mailFrom + ">\r\nTo: <" + message.to +
                     ">\r\nSubject: " + encodedWords(std::string_view(message.body).substr(0, end)) +
                     "\r\nMessage-ID: <hearth-" + std::to_string(message.id) + "-" +
                     std::to_string(message.created.micros) + "@" + (host.empty() ? "hearth" : host) +
                     ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
                     "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  std::string_view body = std::string_view(message.body).substr(std::min(end + 1, message.body.size()));
  while (!body.empty()) {
    mail += inBase64(body.substr(0, kBase64Line)) + "\r\n";
    body.remove_prefix(std::min(kBase64Line, body.size()));
  }
  return mail;
}

}  // namespace

bool isPublicAddress(const std::string& address) {
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return isPublic4(ntohl(four.s_addr));
  in6_addr six{};
  return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && isPublic6(six);
}

Result<void> checkWebhook(const std::string& url, bool privateAllowed) {
  initialise();
  const auto refuse = [](const std::string& why) {
    return fail(ErrorCode::kInvalid, "This is no address for a webhook: " + why,
                "Give an address such as https://example.org/hearth");
  };
  if (url.size() > kUrlBytes) return refuse("it is longer than 1000 bytes.");
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return refuse("it is no URL.");
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string value;
    if (curl_url_get(parts.get(), which, &text, 0) == CURLUE_OK) value = text;
    curl_free(text);
    return value;
  };
  const std::string scheme = part(CURLUPART_SCHEME);
  if (scheme != "https" && !(privateAllowed && scheme == "http")) return refuse("it must begin with https://.");
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) return refuse("it names a user.");
  std::string host = part(CURLUPART_HOST);
  if (host.empty()) return refuse("it names no host.");
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  std::array<unsigned char, sizeof(in6_addr)> scrap{};
  const bool literal =
      ::inet_pton(AF_INET, host.c_str(), scrap.data()) == 1 || ::inet_pton(AF_INET6, host.c_str(), scrap.data()) == 1;
  const bool local = host == "localhost" || host.ends_with(".localhost") || (literal && !isPublicAddress(host));
  if (local && !privateAllowed) return refuse("'" + host + "' is not on the public internet.");
  return {};
}

Result<void> checkMailAddress(const std::string& address) {
  const std::size_t at = address.find('@');
  const bool plain = std::all_of(address.begin(), address.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && std::strchr("<>()[],;:\\\"", c) == nullptr;
  });
  if (plain && address.size() <= kMailBytes && at != std::string::npos && at > 0 && at + 1 < address.size() &&
      address.find('@', at + 1) == std::string::npos) {
    return {};
  }
  return fail(ErrorCode::kInvalid, "This is no address of e-mail.", "Give one such as ada@example.org");
}

std::string webhookSignature(std::string_view secret, std::string_view body, std::int64_t unixSeconds) {
  const std::string time = std::to_string(unixSeconds);
  const std::string text = time + "." + std::string(body);
  Digest code;
  unsigned int length = 0;
  ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.bytes.data(), &length);
  return "t=" + time + ",v1=" + code.hex();
}

Result<void> sendWebhook(const MessageSettings& settings, const Message& message, const std::string& secret,
                         std::int64_t unixSeconds) {
  initialise();
  HEARTH_TRY(checkWebhook(message.to, settings.privateWebhooks));
  const Curl curl(curl_easy_init());
  curl_slist* list = nullptr;
  for (const std::string& header :
       {std::string("content-type: application/json"), "x-hearth-event: " + message.event,
        "x-hearth-delivery: " + std::to_string(message.id),
        "x-hearth-signature: " + webhookSignature(secret, message.body, unixSeconds), std::string("expect:")}) {
    list = curl_slist_append(list, header.c_str());
  }
  const Lines headers(list);
  bool refused = false;
  std::size_t got = 0;
  curl_easy_setopt(curl.get(), CURLOPT_URL, message.to.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, settings.privateWebhooks ? "http,https" : "https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // one would be asked for names that we could not check
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "Hearth");
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, message.body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, swallow);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &got);
  if (!settings.privateWebhooks) {
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETFUNCTION, openPublicSocket);
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETDATA, &refused);
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (refused) return fail(ErrorCode::kForbidden, "the webhook's name leads to an address that is not public");
  HEARTH_TRY(outcome(code, "the webhook did not answer"));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {};
  return fail(ErrorCode::kUnavailable, "the webhook answered with status " + std::to_string(status));
}

Result<void> sendMail(const MessageSettings& settings, const Message& message, std::int64_t unixSeconds) {
  initialise();
  if (settings.mailServer.empty()) return fail(ErrorCode::kUnsupported, "this project sends no e-mail");
  HEARTH_TRY(checkMailAddress(message.to));
  const Curl curl(curl_easy_init());
  const Lines to(curl_slist_append(nullptr, ("<" + message.to + ">").c_str()));
  const std::string text = mailText(settings, message, unixSeconds);
  std::string_view rest = text;
  curl_easy_setopt(curl.get(), CURLOPT_URL, settings.mailServer.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(settings.mailTls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!settings.mailUser.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, settings.mailUser.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, settings.mailPassword.c_str());
  }
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + settings.mailFrom + ">").c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, readBody);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &rest);
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  return outcome(curl_easy_perform(curl.get()), "the mail server did not take it");
}

}  // namespace hearth::server
