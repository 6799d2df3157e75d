// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/oidc/fetch.h"

#include <cctype>
#include <memory>
#include <string_view>

#include <curl/curl.h>

namespace hearth::server {
namespace {

constexpr std::size_t kAnswerBytes = 1 << 20;
constexpr long kConnectSeconds = 5;
constexpr long kSeconds = 10;

struct CleanUp {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

std::size_t keep(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& text = *static_cast<std::string*>(to);
  if (text.size() + size * count > kAnswerBytes) return 0;
  text.append(bytes, size * count);
  return size * count;
}

tl::unexpected<Error> unreachable(const std::string& url, const std::string& why) {
  const std::size_t host = url.find("://");
  const std::size_t end = url.find_first_of("/?", host == std::string::npos ? 0 : host + 3);
  return fail(ErrorCode::kUnavailable, url.substr(0, end) + " did not answer as it should: " + why,
              "Try again in a while; if it stays so, tell the project's admin.");
}

Result<std::string> perform(CURL* curl, const std::string& url) {
  std::string answer;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  if (url.starts_with("http:")) curl_easy_setopt(curl, CURLOPT_PROXY, "");  // this machine itself
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "hearthd");
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return unreachable(url, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return unreachable(url, "HTTP " + std::to_string(status));
  return answer;
}

}  // namespace

bool isFetchable(const std::string& url) {
  const std::string_view text = url;
  if (text.starts_with("https://")) return true;
  for (const std::string_view loopback : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
    if (!text.starts_with(loopback)) continue;
    const std::string_view rest = text.substr(loopback.size());
    return rest.empty() || rest.front() == ':' || rest.front() == '/';
  }
  return false;
}

std::string percentEncoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

Result<std::string> fetch(const std::string& url) {
  const std::unique_ptr<CURL, CleanUp> curl(curl_easy_init());
  if (!curl || !isFetchable(url)) return unreachable(url, "it is no https address");
  return perform(curl.get(), url);
}

Result<std::string> fetchAs(const std::string& url, const std::string& token) {
  const std::unique_ptr<CURL, CleanUp> curl(curl_easy_init());
  if (!curl || !isFetchable(url)) return unreachable(url, "it is no https address");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
  curl_easy_setopt(curl.get(), CURLOPT_XOAUTH2_BEARER, token.c_str());
  return perform(curl.get(), url);
}

Result<std::string> fetch(const std::string& url, const FormFields& form, const std::string& user,
                          const std::string& password) {
  const std::unique_ptr<CURL, CleanUp> curl(curl_easy_init());
  if (!curl || !isFetchable(url)) return unreachable(url, "it is no https address");
  std::string body;
  for (const auto& [name, value] : form) body += (body.empty() ? "" : "&") + name + "=" + percentEncoded(value);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  if (!user.empty()) {
    // Both are encoded before they are put together (RFC 6749, section 2.3.1).
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, percentEncoded(user).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, percentEncoded(password).c_str());
  }
  return perform(curl.get(), url);
}

}  // namespace hearth::server
