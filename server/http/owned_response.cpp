// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/owned_response.h"

#include <unistd.h>

namespace hearth::server {

OwnedResponse::OwnedResponse(OwnedResponse&& other) noexcept : m_response(std::move(other.m_response)) {
  other.m_response.body = std::string();
}

OwnedResponse& OwnedResponse::operator=(OwnedResponse&& other) noexcept {
  if (this != &other) {
    closeFile();
    m_response = std::move(other.m_response);
    other.m_response.body = std::string();
  }
  return *this;
}

void OwnedResponse::closeFile() {
  if (const auto* file = std::get_if<FileBody>(&m_response.body); file != nullptr && file->descriptor >= 0) {
    ::close(file->descriptor);
  }
}

}  // namespace hearth::server
