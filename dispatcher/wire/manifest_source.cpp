// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest_source.h"

#include <algorithm>

#include "base/limits.h"
#include "base/suggest.h"
#include "wire/manifest_parts.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kProblems = 100;

}  // namespace

void ManifestSource::refuse(const toml::source_region& where, Error problem) {
  const std::uint64_t line = where.begin.line;
  // What follows from the first problem of a line tells nothing new.
  const bool known = std::any_of(problems.begin(), problems.end(), [&](const auto& one) { return one.line == line; });
  if (!known) add(line, std::move(problem));
}

void ManifestSource::miss(std::string key, const std::string& message, std::string hint) {
  member = std::move(key);
  add(0, {ErrorCode::kInvalid, message, std::move(hint)});
}

bool ManifestSource::hasProblemWith(std::string_view key) const {
  return std::any_of(problems.begin(), problems.end(), [&](const auto& one) { return one.member == key; });
}

void ManifestSource::add(std::uint64_t line, Error problem) {
  if (problem.hint.empty()) problem.hint = kManifestGuide;
  if (problems.size() < kProblems) problems.push_back({line, member, std::move(problem)});
}

std::string_view ManifestSource::literal(const toml::node& node) const {
  return literalAt(text, node.source().begin.line, node.source().begin.column);
}

ManifestTable::ManifestTable(ManifestSource& source, const toml::table& table,
                             std::initializer_list<std::string_view> known, std::string prefix, bool isRoot)
    : m_source(source), m_table(table), m_prefix(std::move(prefix)), m_isRoot(isRoot) {
  if (known.size() == 0) return;
  for (const auto& [key, node] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    name(key.str());
    std::string list;
    for (const std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
    source.refuse(key.source(),
                  "unknown key '" + std::string(key.str().substr(0, 64)) + "'." +
                      didYouMean(key.str(), {known.begin(), known.size()}),
                  "Known keys here: " + list + ".");
  }
}

const toml::node* ManifestTable::find(std::string_view key) const {
  name(key);
  return m_table.get(key);
}

std::string ManifestTable::text(std::string_view key, std::size_t mostBytes) const {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  const auto value = node->value_exact<std::string>();
  if (!value) {
    m_source.refuse(node->source(), "'" + std::string(key) + "' must be text in quotes");
  } else if (value->size() > mostBytes) {
    m_source.refuse(node->source(), "'" + std::string(key) + "' is longer than " + std::to_string(mostBytes) + " bytes",
                    "Shorten it.", ErrorCode::kTooLarge);
  } else if (value->find('\0') != std::string::npos) {
    m_source.refuse(node->source(), "'" + std::string(key) + "' contains a NUL character", "Remove it.");
  }
  return value.value_or("");
}

std::int64_t ManifestTable::integer(std::string_view key, std::int64_t absent, std::int64_t least,
                                    std::int64_t most) const {
  const toml::node* node = find(key);
  if (node == nullptr) return absent;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    m_source.refuse(node->source(), "'" + std::string(key) + "' must be a whole number between " +
                                        std::to_string(least) + " and " + std::to_string(most));
    return absent;
  }
  return *value;
}

Duration ManifestTable::duration(std::string_view key, Duration absent) const {
  const toml::node* node = find(key);
  if (node == nullptr) return absent;
  const auto written = node->value_exact<std::string>();
  const auto parsed = parseDuration(written ? *written : std::string(m_source.literal(*node)));
  if (!parsed) m_source.refuse(node->source(), Error(parsed.error()).within("'" + std::string(key) + "'"));
  return parsed.value_or(absent);
}

std::uint64_t ManifestTable::byteCount(std::string_view key, std::uint64_t absent) const {
  const toml::node* node = find(key);
  if (node == nullptr) return absent;
  if (const auto number = node->value_exact<std::int64_t>(); number && *number >= 0) {
    return static_cast<std::uint64_t>(*number);
  }
  const auto written = node->value_exact<std::string>();
  const auto parsed = parseByteCount(written ? *written : std::string(m_source.literal(*node)));
  if (!parsed) m_source.refuse(node->source(), Error(parsed.error()).within("'" + std::string(key) + "'"));
  return parsed.value_or(absent);
}

const toml::table* ManifestTable::table(std::string_view key) const {
  const toml::node* node = find(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) m_source.refuse(node->source(), "'" + std::string(key) + "' must be a table");
  return node->as_table();
}

const toml::array* ManifestTable::array(std::string_view key, std::size_t most) const {
  const toml::node* node = find(key);
  if (node == nullptr) return nullptr;
  if (!node->is_array()) {
    m_source.refuse(node->source(), "'" + std::string(key) + "' must be an array: [ … ]");
  } else if (node->as_array()->size() > most) {
    m_source.refuse(node->source(), "'" + std::string(key) + "' has more than " + std::to_string(most) + " entries", {},
                    ErrorCode::kTooLarge);
    return nullptr;
  }
  return node->as_array();
}

void ManifestTable::name(std::string_view key) const {
  if (m_isRoot || !m_prefix.empty()) m_source.member = m_prefix + std::string(key);
}

std::optional<std::string> plainText(const ManifestSource& source, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  if (!node.is_floating_point()) return std::nullopt;
  std::string literal(source.literal(node));
  std::erase(literal, '_');
  const bool finite = !literal.empty() && literal.find_first_of("0123456789") != std::string::npos;
  return finite ? std::optional(literal) : std::nullopt;
}

std::vector<std::pair<const toml::key*, const toml::node*>> entriesInOrder(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(&key, &node);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const auto& left = a.first->source().begin;
    const auto& right = b.first->source().begin;
    return std::pair(left.line, left.column) < std::pair(right.line, right.column);
  });
  return entries;
}

}  // namespace hearth::wire
