// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/problem_at.h"

#include <utility>
#include <variant>

#include "wire/problem.h"

namespace hearth::server {

namespace {

/// It is about what was asked; who asked, how often, or what the server cannot do now is about no part of it.
bool isAboutTheRequest(unsigned status) {
  return status >= 400 && status < 500 && status != 401 && status != 408 && status != 429;
}

}  // namespace

Respond at(std::string member, Respond respond) {
  return [member = std::move(member), respond = std::move(respond)](Response response) {
    if (auto* body = std::get_if<std::string>(&response.body); body != nullptr && isAboutTheRequest(response.status))
      *body = wire::withMember(std::move(*body), member);
    respond(std::move(response));
  };
}

}  // namespace hearth::server
