// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest_parts.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/limits.h"

namespace hearth::wire {
namespace {

constexpr const char* kNoShell =
    "No shell runs the command. Use the keys stdin and stdout for redirection, {name} for parameters, single quotes to "
    "mean the "
    "character itself, or an array: command = [\"program\", \"argument\"].";

bool isShellSyntax(char c) { return std::string_view("|<>&;$`()").find(c) != std::string_view::npos; }
bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// A number as mantissa / 10^decimals.
struct Decimal {
  std::int64_t mantissa = 0;
  std::uint32_t decimals = 0;
};

tl::unexpected<Error> noNumber(std::string_view text) {
  return fail(ErrorCode::kInvalid, "'" + std::string(text.substr(0, 64)) + "' is no decimal number",
              "Write it as in 12, -3 or 0.05.");
}
tl::unexpected<Error> tooManyDigits(std::string_view text) {
  return fail(ErrorCode::kTooLarge, "'" + std::string(text.substr(0, 64)) + "' has more than 18 digits",
              "Sweeps are exact to 18 digits; round the number.");
}

/// The number at the end of "e-12"; far more than any use is cut off.
Result<int> parseExponent(std::string_view text, std::string_view whole) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return noNumber(whole);
  int exponent = 0;
  for (const char c : text) exponent = std::min(exponent * 10 + (c - '0'), 1000);
  return negative ? -exponent : exponent;
}

Result<Decimal> parseDecimal(std::string_view whole) {
  std::string text(whole);
  std::erase(text, '_');
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  int exponent = 0;
  if (const std::size_t e = rest.find_first_of("eE"); e != std::string_view::npos) {
    const auto parsed = parseExponent(rest.substr(e + 1), whole);
    if (!parsed) return fail(parsed.error());
    exponent = *parsed;
    rest = rest.substr(0, e);
  }
  const std::size_t point = std::min(rest.find('.'), rest.size());
  std::string digits(rest.substr(0, point));
  const std::string_view fraction = point < rest.size() ? rest.substr(point + 1) : std::string_view();
  digits += fraction;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return noNumber(whole);
  int decimals = static_cast<int>(fraction.size()) - exponent;
  for (; decimals < 0 && digits.size() <= 40; ++decimals) digits += '0';
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > 18 || decimals > 18 || decimals < 0) return tooManyDigits(whole);
  const std::int64_t mantissa = digits.empty() ? 0 : std::stoll(digits);
  return Decimal{negative ? -mantissa : mantissa, static_cast<std::uint32_t>(decimals)};
}

bool scale(Decimal& number, std::uint32_t decimals) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 10;
  for (; number.decimals < decimals; ++number.decimals) {
    if (number.mantissa > kMost || number.mantissa < -kMost) return false;
    number.mantissa *= 10;
  }
  return true;
}

/// Reads one word of a command from `at` on; stands behind it afterwards.
Result<std::string> splitWord(std::string_view line, std::size_t& at) {
  std::string word;
  char quote = 0;
  for (; at < line.size() && (quote != 0 || !isSpace(line[at])); ++at) {
    const char c = line[at];
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'') {
      const bool last = at + 1 == line.size();
      if (last) return fail(ErrorCode::kInvalid, "the command ends in a backslash", kNoShell);
      // Between double quotes a backslash takes its meaning from what follows, as in a shell.
      if (quote == '"' && line[at + 1] != '"' && line[at + 1] != '\\') {
        word += c;
      } else {
        word += line[++at];
      }
    } else if (quote == 0 && isShellSyntax(c)) {
      return fail(ErrorCode::kInvalid, "the command has an unquoted '" + std::string(1, c) + "'", kNoShell);
    } else {
      word += c;
    }
  }
  if (quote != 0) return fail(ErrorCode::kInvalid, "a quote in the command is left open", "Close it.");
  return word;
}

}  // namespace

Result<std::vector<std::string>> splitCommand(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    if (isSpace(line[at])) {
      ++at;
      continue;
    }
    auto word = splitWord(line, at);
    if (!word) return fail(std::move(word).error());
    if (words.size() == limits::kArguments) {
      return fail(ErrorCode::kTooLarge,
                  "the command has more than " + std::to_string(limits::kArguments) + " arguments",
                  "Put them into an input file.");
    }
    words.push_back(std::move(*word));
  }
  return words;
}

Result<RangeAxis> rangeOfLiterals(std::string name, std::string_view from, std::string_view to, std::string_view step) {
  std::array<Decimal, 3> numbers;
  const std::array<std::string_view, 3> texts{from, to, step};
  std::uint32_t decimals = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = parseDecimal(texts[i]);
    if (!number) return fail(number.error());
    numbers[i] = *number;
    decimals = std::max(decimals, number->decimals);
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!scale(numbers[i], decimals)) return tooManyDigits(texts[i]);
  }
  return RangeAxis{std::move(name), numbers[0].mantissa, numbers[1].mantissa, numbers[2].mantissa, decimals};
}

std::string_view literalAt(std::string_view text, std::size_t line, std::size_t column) {
  std::size_t at = 0;
  for (; line > 1 && at < text.size(); --line) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  for (; column > 1 && at < text.size(); --column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  const std::size_t end = std::min(text.find_first_not_of("+-0123456789._eE", at), text.size());
  return text.substr(at, end - at);
}

std::string patternOfTemplate(std::string_view text) {
  std::string pattern;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool doubled = at + 1 < text.size() && text[at + 1] == text[at];
    if ((text[at] == '{' || text[at] == '}') && doubled) {
      pattern += text[at++];
    } else if (text[at] == '{') {
      pattern += '*';
      at = std::min(text.find('}', at), text.size());
    } else {
      pattern += text[at];
    }
  }
  return pattern;
}

}  // namespace hearth::wire
