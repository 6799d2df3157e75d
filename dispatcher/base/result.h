// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace hearth {

/// What kind of failure this is: it decides the HTTP status, the exit code of the command line, and whether to retry.
enum class ErrorCode {
  kInvalid,       ///< the input is wrong; sending it again changes nothing
  kUnauthorized,  ///< who are you: no credentials, or they are not accepted
  kForbidden,     ///< known, but not allowed
  kNotFound,      ///< no such thing, or not visible to the caller
  kConflict,      ///< it contradicts what is there
  kTooLarge,      ///< over a limit; the message names the limit
  kExhausted,     ///< out of disk, memory or another resource of this machine
  kUnavailable,   ///< not now: try again later
  kIo,            ///< a file, database or socket failed
  kIntegrity,     ///< a digest or a signature does not hold
  kUnsupported,   ///< a version or a feature that this program does not have
  kTimeout,       ///< took too long
};

/// The stable name of a code, as it appears in problem documents and logs ("invalid", "not-found", …).
const char* errorCodeName(ErrorCode code) noexcept;

/// An expected failure: what went wrong in words a person can act on, and what to do next.
struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string message;  ///< one sentence, no trailing newline
  std::string hint;     ///< what to do next; may be empty where nothing can be done

  /// The same error with the place it happened in put before its message.
  [[nodiscard]] Error within(const std::string& context) && {
    message = context + ": " + message;
    return std::move(*this);
  }
  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::kInvalid, "…", "…");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace hearth

/// Leaves the function with the error of `expression` if it has one.
#define HEARTH_TRY(expression)                                                                                \
  do {                                                                                                        \
    if (auto hearthTried = (expression); !hearthTried) return ::hearth::fail(std::move(hearthTried).error()); \
  } while (false)
