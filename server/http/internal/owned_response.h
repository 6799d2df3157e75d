// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

#include "server/http/message.h"

namespace hearth::server {

/// A response on its way to the connection: whether it is sent or not, the file that it carries is closed in the end.
class OwnedResponse {
 public:
  explicit OwnedResponse(Response response) : m_response(std::move(response)) {}
  OwnedResponse(OwnedResponse&& other) noexcept;
  OwnedResponse& operator=(OwnedResponse&& other) noexcept;
  ~OwnedResponse() { closeFile(); }

  Response& operator*() { return m_response; }
  Response* operator->() { return &m_response; }

 private:
  void closeFile();
  Response m_response;
};

}  // namespace hearth::server
