// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::wire {

/// The HTTP status that belongs to an error code.
unsigned httpStatus(ErrorCode code) noexcept;

/// An RFC 9457 problem document: type "urn:hearth:problem:<code>", title, status, detail (the message) and hint. What a
/// decoder refused (wire/json_reader.h) names its `member`, a dotted path into the body.
std::string problemJson(const Error& error);
/// The document with this member, which is what it is about, unless it names one.
std::string withMember(std::string problem, std::string_view member);

/// What a problem is called where its error code does not say it: "code-needed" is another matter than "unauthorized".
struct ProblemKind {
  unsigned status = 0;
  const char* type = "";  ///< after "urn:hearth:problem:"
  const char* title = "";
};
std::string problemJson(const Error& error, const ProblemKind& kind);

/// The error that a problem document carries; for a body that is none, one made of the HTTP status.
Error parseProblem(std::string_view body, unsigned status);
/// The member that a problem document names; empty: none.
std::string parseProblemMember(std::string_view body);

}  // namespace hearth::wire
