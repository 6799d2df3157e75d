// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/follow.h"

namespace hearth::server {

/// How messages leave, as the admin set it. Plain values.
struct MessageSettings {
  std::string mailServer;  ///< "smtp://host:port" or "smtps://host:port"; empty: no mail is sent
  std::string mailFrom;
  std::string mailUser, mailPassword;  ///< empty: without
  bool mailTls = true;                 ///< refuse a server of smtp:// that does not offer TLS
  bool privateWebhooks = false;  ///< webhooks may be http and lead to private addresses: for tests and closed nets
  std::string project = "Hearth";
  std::string publicAddress;  ///< "host:port" for links in messages
};

/// Whether an address may be told as a webhook: https, a host, no user, nothing that is plainly private.
Result<void> checkWebhook(const std::string& url, bool privateAllowed);
/// Whether this looks like an address of e-mail, and cannot carry anything else into a message.
Result<void> checkMailAddress(const std::string& address);
/// Of a body that is sent at an instant: "t=1700000000,v1=…", where v1 is the HMAC-SHA256 of "t.body" in hexadecimal.
std::string webhookSignature(std::string_view secret, std::string_view body, std::int64_t unixSeconds);
/// Whether an address of the internet is for everybody: neither loopback, link-local, private, shared nor multicast.
bool isPublicAddress(const std::string& address);

/// Sends one message and waits for what the other side says, some seconds at most. Any thread; no state.
Result<void> sendWebhook(const MessageSettings& settings, const Message& message, const std::string& secret,
                         std::int64_t unixSeconds);
Result<void> sendMail(const MessageSettings& settings, const Message& message, std::int64_t unixSeconds);

}  // namespace hearth::server
