// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/front_page.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "certs/sha256.h"

namespace hearth::server {
namespace {

constexpr std::string_view kStyle =
    "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1.2rem;color:#222;"
    "background:#fdfcfa}h1{font-size:1.8rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:2rem}"
    "code{background:#f0ece4;padding:.1em .35em;border-radius:.25em}a{color:#9a3b12}"
    "@media(prefers-color-scheme:dark){body{color:#e8e4dc;background:#1c1a17}code{background:#2e2a25}a{color:#f0a070}}";

constexpr std::string_view kBody = R"(<p>This is a <strong>Hearth</strong> project: people lend the idle time of their
computers, and scientists compute with it.</p>
<h2>Lend your computer</h2>
<p>Install <code>hearth-agent</code>, ask the people who run this project for a join link, and run:</p>
<p><code>hearth-agent join LINK</code></p>
<p>Your computer works only while you do not need it. Each task is confined: it sees none of your files and has no
network. <code>hearth-agent pause</code> stops everything at once, whenever you like.</p>
<h2>Compute here</h2>
<p>Install <code>hearth</code>, ask for an access token, and run <code>hearth login</code>, then
<code>hearth submit</code>.</p>
<h2>Look after it</h2>
<p>Whether it is well: <a href="/readyz">/readyz</a>. What it does: <a href="/metrics">/metrics</a>. The API is under
<code>/api/v1</code>.</p>
)";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string base64(const Digest& digest) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < digest.bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, digest.bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? digest.bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kLetters[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

}  // namespace

FrontPage makeFrontPage(std::string_view project) {
  FrontPage page;
  page.html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
      escaped(project) + "</title><style>" + std::string(kStyle) + "</style></head><body>\n<h1>" + escaped(project) +
      "</h1>\n" + std::string(kBody) + "</body></html>\n";
  page.contentSecurityPolicy = "default-src 'none'; style-src 'sha256-" + base64(certs::sha256(kStyle)) +
                               "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return page;
}

}  // namespace hearth::server
