// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>

#include <curl/curl.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/chain_pin.h"
#include "cli/event_parser.h"
#include "wire/problem.h"

namespace hearth::cli {
namespace {

constexpr std::size_t kResponseBytes = 64 * limits::kMiB;
constexpr long kConnectSeconds = 15;
constexpr long kSilenceSeconds = 60;  // a call or stream on which nothing moves for so long is given up
constexpr int kRetryAfterSeconds = 120;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

void initialiseCurl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
}

bool isTransient(unsigned status) { return status == 429 || status == 502 || status == 503 || status == 504; }

double randomUnit() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return static_cast<double>(generator()) / static_cast<double>(std::minstd_rand::max());
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// Whether the server has no such call, told from a thing that it does not have: it names the path where there is
/// nothing, and a server of somebody else answers with no problem document.
bool isUnknownCall(const HttpResponse& response, const HttpRequest& request, const Error& problem) {
  const bool isProblem = response.header("content-type").find("problem+json") != std::string_view::npos;
  if (response.status == 405 || (response.status == 501 && !isProblem)) return true;
  if (response.status != 404) return false;
  const std::string path = request.path.substr(0, request.path.find('?'));
  return !isProblem || std::string_view(problem.message).ends_with(" " + path);
}

}  // namespace

std::string_view HttpResponse::header(const std::string& lowerCaseName) const {
  const auto found = headers.find(lowerCaseName);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string percentEncoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::strchr("-._~", c) != nullptr) {
      encoded.push_back(c);
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

Duration retryPause(const RetryPolicy& policy, int attempt, std::string_view retryAfter, double random) {
  Duration pause = policy.firstPause;
  for (int i = 1; i < attempt && pause < policy.longestPause; ++i) pause = pause * 2;
  pause = std::min(pause, policy.longestPause);
  pause = Duration::microseconds(pause.micros / 2 +
                                 static_cast<std::int64_t>(static_cast<double>(pause.micros) / 2 * random));
  int seconds = 0;
  const auto read = std::from_chars(retryAfter.data(), retryAfter.data() + retryAfter.size(), seconds);
  if (read.ec == std::errc() && seconds > 0) {
    pause = std::max(pause, Duration::seconds(std::min(seconds, kRetryAfterSeconds)));
  }
  return pause;
}

/// One easy handle and what its callbacks need during a call.
struct HttpClient::State {
  State(Session s, RetryPolicy r) : session(std::move(s)), retries(r), curl(curl_easy_init(), &curl_easy_cleanup) {}

  Session session;
  RetryPolicy retries;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl;
  std::array<char, CURL_ERROR_SIZE> reason{};

  // of the call under way
  HttpResponse response;
  File upload;
  File download;
  std::uint64_t uploadLeft = 0;
  bool isResumed = false;  // the download began with a Range
  EventParser* events = nullptr;
  const OnBytes* onBytes = nullptr;
  Error failure;           // set by a callback that ended the call
  bool isStopped = false;  // by a callback, without a failure

  void count(std::uint64_t bytes) const {
    if (onBytes != nullptr && *onBytes) (*onBytes)(bytes);
  }
  std::size_t takeBody(std::string_view bytes);
  void takeHeader(std::string_view line);
  std::size_t giveBody(char* buffer, std::size_t size);
  void prepare(const HttpRequest& request, curl_slist* headers);
  Result<HttpResponse> perform(const HttpRequest& request);
  Error connectionError(CURLcode code, const HttpRequest& request) const;
};

std::size_t HttpClient::State::takeBody(std::string_view bytes) {
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const bool isContent = status >= 200 && status < 300;
  if (isContent && download) {
    if (status == 200 && std::exchange(isResumed, false) && ::ftruncate(::fileno(download.get()), 0) != 0) {
      failure = {ErrorCode::kIo, std::string("cannot begin a download anew: ") + std::strerror(errno), ""};
      return 0;
    }
    count(bytes.size());
    if (std::fwrite(bytes.data(), 1, bytes.size(), download.get()) == bytes.size()) return bytes.size();
    failure = {errno == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kIo,
               std::string("cannot write what arrives: ") + std::strerror(errno),
               "Free some space and run the command again: it goes on where it stopped"};
    return 0;
  }
  if (isContent && events != nullptr) {
    auto goesOn = events->feed(bytes);
    isStopped = goesOn && !*goesOn;
    if (!goesOn) failure = std::move(goesOn).error();
    return goesOn && *goesOn ? bytes.size() : 0;
  }
  if (response.body.size() + bytes.size() > kResponseBytes) {
    failure = {ErrorCode::kTooLarge, "the server's answer is larger than 64 MiB", ""};
    return 0;
  }
  response.body.append(bytes);
  return bytes.size();
}

void HttpClient::State::takeHeader(std::string_view line) {
  if (line.rfind("HTTP/", 0) == 0) response.headers.clear();  // of a proxy's answer, or of 100 Continue
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || response.headers.size() > 200) return;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front())) != 0) value.remove_prefix(1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back())) != 0) value.remove_suffix(1);
  response.headers[lowered(line.substr(0, colon))] = value;
}

std::size_t HttpClient::State::giveBody(char* buffer, std::size_t size) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, uploadLeft));
  const std::size_t read = std::fread(buffer, 1, wanted, upload.get());
  if (read < wanted && std::ferror(upload.get()) != 0) return CURL_READFUNC_ABORT;
  uploadLeft -= read;
  count(read);
  return read;
}

void HttpClient::State::prepare(const HttpRequest& request, curl_slist* headers) {
  CURL* const handle = curl.get();
  curl_easy_reset(handle);  // keeps the connection
  const auto set = [handle](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
  set(CURLOPT_URL, (session.server + request.path).c_str());
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, "hearth/" HEARTH_VERSION);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, reason.data());
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(
      CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* self) -> std::size_t {
        return static_cast<State*>(self)->takeBody({bytes, size});
      });
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(
      CURLOPT_HEADERFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* self) -> std::size_t {
        static_cast<State*>(self)->takeHeader({bytes, size});
        return size;
      });
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (upload) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(uploadLeft));
    set(
        CURLOPT_READFUNCTION, +[](char* buffer, std::size_t, std::size_t size, void* self) -> std::size_t {
          return static_cast<State*>(self)->giveBody(buffer, size);
        });
    set(CURLOPT_READDATA, static_cast<void*>(this));
  } else if (request.method == "POST" || request.method == "PUT") {
    set(CURLOPT_POSTFIELDS, request.body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (session.fingerprint) {
    set(CURLOPT_SSL_VERIFYHOST, 0L);  // the pinned chain decides, see pinChain()
    set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(&*session.fingerprint));
    set(
        CURLOPT_SSL_CTX_FUNCTION, +[](CURL*, void* context, void* pin) -> CURLcode {
          pinChain(context, static_cast<const Digest*>(pin));
          return CURLE_OK;
        });
  }
}

Error HttpClient::State::connectionError(CURLcode code, const HttpRequest& request) const {
  if (!failure.message.empty()) return failure;
  const std::string why = reason[0] != '\0' ? reason.data() : curl_easy_strerror(code);
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    return {ErrorCode::kIntegrity,
            session.fingerprint ? "the server at " + session.server + " is not the one whose fingerprint you gave"
                                : "the certificate of " + session.server + " cannot be trusted: " + why,
            session.fingerprint
                ? "Ask the project's admin for the fingerprint (`hearthd init` prints it) and log in again; "
                  "if it is the same, somebody may be between you and the server"
                : "Log in with --fingerprint and the SHA-256 that the project's admin gives you"};
  }
  return {ErrorCode::kUnavailable,
          "cannot reach " + session.server + " (" + request.method + " " + request.path + "): " + why,
          "Check the address and your network; if both are right, try again later"};
}

Result<HttpResponse> HttpClient::State::perform(const HttpRequest& request) {
  if (!curl) return fail(ErrorCode::kExhausted, "out of memory");
  response = {};
  failure = {};
  isStopped = false;
  reason[0] = '\0';
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) { list = curl_slist_append(list, line.c_str()); };
  if (!session.token.empty()) add("Authorization: Bearer " + session.token);
  if (!request.body.empty()) add("Content-Type: application/json");
  add("Expect:");  // an upload that would wait for 100 Continue loses a second
  for (const auto& [name, value] : request.headers) add(name + ": " + value);
  prepare(request, list);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(list);
  response.status = static_cast<unsigned>(status);
  if (code == CURLE_OK || (isStopped && failure.message.empty())) return std::move(response);
  Error error = connectionError(code, request);
  // What was never sent may always be tried again; `hint` and code stay those for the person.
  const bool isUnsent =
      code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY;
  response.status = isUnsent ? 0 : 1;
  return fail(std::move(error));
}

HttpClient::HttpClient(Session session, RetryPolicy retries) {
  initialiseCurl();
  m_state = std::make_unique<State>(std::move(session), retries);
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

const Session& HttpClient::session() const { return m_state->session; }

Result<HttpResponse> HttpClient::sendRaw(const HttpRequest& request) {
  for (int attempt = 1;; ++attempt) {
    auto response = m_state->perform(request);
    const bool isLost = !response && response.error().code == ErrorCode::kUnavailable;
    const bool isUnsent = isLost && m_state->response.status == 0;
    const bool isBusy = response && isTransient(response->status);
    const bool mayRepeat = isUnsent || isBusy || (isLost && request.isRepeatable);
    if (!mayRepeat || attempt >= m_state->retries.tries) return response;
    const std::string_view retryAfter = response ? response->header("retry-after") : std::string_view();
    const Duration pause = retryPause(m_state->retries, attempt, retryAfter, randomUnit());
    std::this_thread::sleep_for(std::chrono::microseconds(pause.micros));
  }
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  auto response = sendRaw(request);
  if (!response || response->status < 400) return response;
  return fail(errorOf(*response, request));
}

Error HttpClient::errorOf(const HttpResponse& response, const HttpRequest& request) const {
  Error problem = wire::parseProblem(response.body, response.status);
  if (!isUnknownCall(response, request, problem)) return problem;
  return {ErrorCode::kUnsupported,
          m_state->session.server + " does not know the call " + request.method + " " + request.path,
          "Is it a Hearth server? If it is, it speaks another version of the protocol than this hearth " HEARTH_VERSION
          ": update the older of the two"};
}

Result<HttpResponse> HttpClient::putFile(const HttpRequest& request, const std::filesystem::path& file,
                                         std::uint64_t offset, std::uint64_t length, const OnBytes& onBytes) {
  m_state->upload.reset(std::fopen(file.c_str(), "rbe"));
  if (!m_state->upload || ::fseeko(m_state->upload.get(), static_cast<off_t>(offset), SEEK_SET) != 0) {
    return fail(ErrorCode::kIo, "cannot read " + file.string() + ": " + std::strerror(errno));
  }
  m_state->uploadLeft = length;
  m_state->onBytes = &onBytes;
  auto response = m_state->perform(request);
  m_state->onBytes = nullptr;
  m_state->upload.reset();
  return response;
}

Result<HttpResponse> HttpClient::getFile(const HttpRequest& request, const std::filesystem::path& file,
                                         std::uint64_t offset, const OnBytes& onBytes) {
  m_state->download.reset(std::fopen(file.c_str(), offset == 0 ? "wbe" : "abe"));
  if (!m_state->download) {
    return fail(ErrorCode::kIo, "cannot write " + file.string() + ": " + std::strerror(errno),
                "Check the folder's permissions");
  }
  HttpRequest ranged = request;
  m_state->isResumed = offset != 0;
  if (offset != 0) ranged.headers.emplace_back("Range", "bytes=" + std::to_string(offset) + "-");
  m_state->onBytes = &onBytes;
  auto response = m_state->perform(ranged);
  m_state->onBytes = nullptr;
  const bool isWritten = std::fclose(m_state->download.release()) == 0;
  if (response && !isWritten)
    return fail(ErrorCode::kExhausted, "cannot write " + file.string() + ": " + std::strerror(errno),
                "Free some space");
  return response;
}

Result<void> HttpClient::follow(const HttpRequest& request, const OnEvent& onEvent) {
  EventParser parser(onEvent);
  m_state->events = &parser;
  auto response = m_state->perform(request);
  m_state->events = nullptr;
  if (!response) return fail(std::move(response).error());
  if (response->status >= 400) return fail(errorOf(*response, request));
  return {};
}

}  // namespace hearth::cli
