// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/template.h"

#include <algorithm>
#include <vector>

#include "base/limits.h"
#include "base/suggest.h"

namespace hearth {
namespace {

constexpr std::size_t kPathPartBytes = 255;  // NAME_MAX of every file system we meet
constexpr std::size_t kShown = 200;          // of a text that is quoted in a message

std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "…" : "") + "'";
}

/// Walks a template: `literal(text)` for what stands as it is, `name(text) -> Result<void>` for each {name}.
template <typename Literal, typename Name>
Result<void> walk(std::string_view text, Literal&& literal, Name&& name) {
  static constexpr const char* kHint = "Write {name} for a parameter, and {{ or }} for a brace itself.";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t brace = std::min(text.find_first_of("{}", at), text.size());
    literal(text.substr(at, brace - at));
    if (brace == text.size()) break;
    if (brace + 1 < text.size() && text[brace + 1] == text[brace]) {
      literal(text.substr(brace, 1));
      at = brace + 2;
      continue;
    }
    if (text[brace] == '}') return fail(ErrorCode::kInvalid, "a '}' in " + quoted(text) + " closes nothing", kHint);
    const std::size_t end = text.find_first_of("{}", brace + 1);
    if (end == std::string_view::npos || text[end] == '{') {
      return fail(ErrorCode::kInvalid, "a '{' in " + quoted(text) + " is not closed", kHint);
    }
    HEARTH_TRY(name(text.substr(brace + 1, end - brace - 1)));
    at = end + 1;
  }
  return {};
}

tl::unexpected<Error> unknownParameter(std::string_view text, std::string_view name,
                                       std::span<const std::string_view> known) {
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < 20; ++i) list += (i == 0 ? "{" : ", {") + std::string(known[i]) + "}";
  return fail(ErrorCode::kInvalid,
              "there is no parameter " + quoted(name) + " for " + quoted(text) + "." + didYouMean(name, known),
              "Known parameters: " + list + ". Write {{ and }} for braces themselves.");
}

}  // namespace

Result<std::string> expandTemplate(std::string_view text, const Parameters& parameters) {
  std::string expanded;
  bool tooLong = false;
  const auto append = [&](std::string_view piece) {
    if (expanded.size() + piece.size() > limits::kArgumentBytes)
      tooLong = true;
    else
      expanded += piece;
  };
  HEARTH_TRY(walk(text, append, [&](std::string_view name) -> Result<void> {
    const auto found =
        std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.first == name; });
    if (found == parameters.end()) {
      std::vector<std::string_view> known;
      for (const auto& parameter : parameters) known.push_back(parameter.first);
      return unknownParameter(text, name, known);
    }
    append(found->second);
    return {};
  }));
  if (tooLong) {
    return fail(ErrorCode::kTooLarge,
                quoted(text) + " becomes longer than " + std::to_string(limits::kArgumentBytes) + " bytes",
                "Put long values into an input file.");
  }
  return expanded;
}

Result<void> checkTemplate(std::string_view text, std::span<const std::string> names) {
  return walk(
      text, [](std::string_view) {},
      [&](std::string_view name) -> Result<void> {
        if (std::find(names.begin(), names.end(), name) != names.end()) return {};
        const std::vector<std::string_view> known(names.begin(), names.end());
        return unknownParameter(text, name, known);
      });
}

bool hasParameters(std::string_view text) {
  bool any = false;
  const auto walked = walk(
      text, [](std::string_view) {},
      [&](std::string_view) -> Result<void> {
        any = true;
        return {};
      });
  return walked.has_value() && any;
}

Result<void> checkRelativePath(std::string_view path) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::kInvalid, "the path " + quoted(path) + " " + why,
                "Use a relative path with '/' between its parts, such as \"data/input.txt\".");
  };
  if (path.empty()) return refuse("is empty");
  if (path.size() > limits::kPathBytes) {
    return refuse("is longer than " + std::to_string(limits::kPathBytes) + " bytes");
  }
  if (path.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "a path contains a NUL character", "Remove it.");
  }
  if (path.find('\\') != std::string_view::npos) return refuse("contains a backslash");
  if (path.front() == '/') return refuse("is absolute");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part.empty()) return refuse("has an empty part");
    if (part == "." || part == "..") return refuse("has a part '" + std::string(part) + "'");
    if (part.size() > kPathPartBytes) return refuse("has a part longer than 255 bytes");
    at = end + 1;
  }
  return {};
}

}  // namespace hearth
