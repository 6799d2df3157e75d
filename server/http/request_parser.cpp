// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/request_parser.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "base/check.h"
#include "server/http/internal/refusal.h"
#include "server/http/internal/target.h"

namespace hearth::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

constexpr std::size_t kHeaders = 128;

std::string_view viewOf(Text text) { return {text.data(), text.size()}; }

Method methodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    case http::verb::put:
      return Method::kPut;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::delete_:
      return Method::kDelete;
    case http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

std::string lowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Beast's state machine with our Request as what it fills. An error of ours travels in `refused` beside Beast's code.
class Parser : public http::basic_parser<true> {
 public:
  std::shared_ptr<Request> request = std::make_shared<Request>();
  BodyTarget* target = nullptr;
  std::optional<Response> refused;
  bool isHttp11 = true;

  Parser() {
    header_limit(limits::kHeaderBytes);
    body_limit(boost::none);
  }

 private:
  void refuse(Response response, error_code& ec) {
    refused = std::move(response);
    ec = http::make_error_code(http::error::bad_field);
  }
  void takeBody(Text piece, error_code& ec) {
    HEARTH_CHECK(target != nullptr, "a body came before there was a place for it");
    if (auto taken = target->take(viewOf(piece)); !taken) refuse(problemResponse(taken.error()), ec);
  }

  void on_request_impl(http::verb verb, Text, Text path, int version, error_code& ec) override {
    request->method = methodOf(verb);
    isHttp11 = version == 11;
    if (auto parsed = parseTarget(viewOf(path), *request); !parsed) refuse(problemResponse(parsed.error()), ec);
  }
  void on_field_impl(http::field, Text name, Text value, error_code& ec) override {
    if (is_header_done()) return;  // a trailer may not say what only a header should
    if (request->headers.size() == kHeaders) {
      refuse(refusal(431, "header-fields", "the request has more than 128 header fields", "Send fewer."), ec);
      return;
    }
    request->headers.emplace_back(lowerCase(viewOf(name)), std::string(viewOf(value)));
  }
  void on_header_impl(error_code& ec) override {
    std::size_t hosts = 0;
    for (const auto& [name, value] : request->headers) {
      if (name == "host") ++hosts;
      if (name == "transfer-encoding" && lowerCase(value) != "chunked") {
        refuse(refusal(501, "transfer-encoding", "the only transfer coding known here is chunked",
                       "Send the body as it is, with content-length or chunked."),
               ec);
        return;
      }
    }
    if (hosts > 1 || (hosts == 0 && isHttp11)) {
      refuse(refusal(400, "invalid", "a request needs exactly one host header", "Send one."), ec);
    }
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& ec) override { ec = {}; }
  std::size_t on_body_impl(Text piece, error_code& ec) override {
    takeBody(piece, ec);
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, error_code& ec) override {
    takeBody(piece, ec);
    return piece.size();
  }
  void on_finish_impl(error_code& ec) override { ec = {}; }
  void on_response_impl(int, Text, int, error_code& ec) override { ec = {}; }
};

Response refusalOf(const error_code& ec) {
  if (ec == http::error::header_limit) {
    return refusal(431, "header-fields", "the request's header fields are longer than 16 KiB",
                   "Send fewer or shorter ones.");
  }
  return refusal(400, "invalid", "the request is not well-formed HTTP/1.1", "Check the program that sent it.");
}

}  // namespace

struct RequestParser::State {
  std::optional<Parser> parser;
  bool headSeen = false;
  error_code failed;
};

RequestParser::RequestParser() : m_state(std::make_unique<State>()) { start(); }
RequestParser::~RequestParser() = default;

void RequestParser::start() {
  m_state->parser.emplace();
  m_state->headSeen = false;
}

RequestParser::Step RequestParser::feed(std::string_view bytes, std::size_t& consumed) {
  Parser& parser = *m_state->parser;
  error_code ec;
  consumed = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != http::error::need_more) {
    m_state->failed = ec;
    return Step::kFailed;
  }
  if (!m_state->headSeen && parser.is_header_done()) {
    m_state->headSeen = true;
    return Step::kHead;
  }
  return parser.is_done() ? Step::kDone : Step::kMore;
}

void RequestParser::setBody(BodyTarget& target) {
  m_state->parser->target = &target;
  m_state->parser->eager(true);
}

std::shared_ptr<Request> RequestParser::request() const { return m_state->parser->request; }
bool RequestParser::expectsBody() const { return !m_state->parser->is_done(); }
bool RequestParser::keepAlive() const { return m_state->parser->keep_alive(); }
bool RequestParser::isHttp11() const { return m_state->parser->isHttp11; }

std::optional<std::uint64_t> RequestParser::contentLength() const {
  const auto length = m_state->parser->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

Response RequestParser::failure() {
  auto& refused = m_state->parser->refused;
  return refused ? std::move(*refused) : refusalOf(m_state->failed);
}

}  // namespace hearth::server
