// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest_form.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <toml++/toml.h>

#include "base/limits.h"
#include "wire/manifest_parts.h"

namespace hearth::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kFormDepth = 8;

// The keys that a form knows, in the order in which they are written.
constexpr std::array<std::string_view, 6> kFirstKeys{"format",  "name",    "application",
                                                     "package", "command", "exit_codes"};
constexpr std::array<std::string_view, 3> kFileKeys{"files", "inputs", "outputs"};
constexpr std::array<std::string_view, 12> kLaterKeys{
    "stdin",    "stdout", "quorum",   "retries",    "deadline", "at_once", "stop_after_failures",
    "priority", "weight", "distinct", "checkpoint", "where"};
constexpr std::array<std::string_view, 7> kNeeds{"platform", "processors", "memory", "disk",
                                                 "sandbox",  "gpus",       "gpu_api"};
constexpr std::array<std::string_view, 3> kLimits{"time", "processes", "output"};

bool isOneOf(std::string_view key, const auto& keys) { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

// TOML to form

std::vector<std::pair<std::string, const toml::node*>> inOrder(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(&key, &node);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const auto& left = a.first->source().begin;
    const auto& right = b.first->source().begin;
    return std::pair(left.line, left.column) < std::pair(right.line, right.column);
  });
  std::vector<std::pair<std::string, const toml::node*>> named;
  for (const auto& [key, node] : entries) named.emplace_back(key->str(), node);
  return named;
}

/// A value as text: fractions as they are written, since a double would lose digits.
std::string plain(std::string_view text, const toml::node& node) {
  if (const auto word = node.value_exact<std::string>()) return *word;
  if (node.is_floating_point())
    return std::string(literalAt(text, node.source().begin.line, node.source().begin.column));
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  std::ostringstream out;
  node.visit([&out](const auto& value) { out << value; });
  return out.str();
}

json::array plainArray(std::string_view text, const toml::node& node) {
  json::array values;
  if (const toml::array* written = node.as_array()) {
    for (const toml::node& value : *written) values.emplace_back(plain(text, value));
  }
  return values;
}

json::array sweepForm(std::string_view text, const toml::table& sweep) {
  json::array axes;
  for (const auto& [name, node] : inOrder(sweep)) {
    if (name == "list" && !node->is_array() && !node->is_table()) continue;
    json::object axis{{"name", name}};
    if (const toml::table* range = node->as_table()) {
      axis["kind"] = "range";
      for (const std::string_view key : {"from", "to", "step"}) {
        if (const toml::node* value = range->get(key)) axis[key] = plain(text, *value);
      }
    } else {
      axis["kind"] = "list";
      axis["values"] = node->is_array() ? plainArray(text, *node) : json::array{plain(text, *node)};
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

json::array rulesForm(std::string_view text, const toml::node& node, bool isInput) {
  json::array rules;
  const toml::array* written = node.as_array();
  if (written == nullptr) return rules;
  for (const toml::node& value : *written) {
    const toml::table* table = value.as_table();
    json::object rule;
    if (table == nullptr) {
      const std::string path = plain(text, value);
      rule = isInput ? json::object{{"from", path}, {"to", path}} : json::object{{"path", path}, {"optional", false}};
    } else if (isInput) {
      const toml::node* from = table->get("from");
      const toml::node* to = table->get("to");
      rule["from"] = from == nullptr ? "" : plain(text, *from);
      rule["to"] = to == nullptr ? rule["from"] : json::value(plain(text, *to));
    } else {
      const toml::node* path = table->get("path");
      rule["path"] = path == nullptr ? "" : plain(text, *path);
      const toml::node* optional = table->get("optional");
      rule["optional"] = optional != nullptr && optional->value_or(false);
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

json::value fieldForm(std::string_view text, const std::string& key, const toml::node& node) {
  if (key == "inputs" || key == "outputs") return rulesForm(text, node, key == "inputs");
  if (node.is_array()) return plainArray(text, node);
  if (const toml::table* table = node.as_table()) {
    if (key == "environment") {
      json::array variables;
      for (const auto& [name, value] : inOrder(*table))
        variables.push_back(json::object{{"name", name}, {"value", plain(text, *value)}});
      return variables;
    }
    json::object fields;
    for (const auto& [name, value] : inOrder(*table)) fields[name] = plain(text, *value);
    return fields;
  }
  return json::string(plain(text, node));
}

// Form to TOML

/// Whether TOML reads it as a number that keeps its digits.
bool isNumber(std::string_view text) {
  std::size_t at = !text.empty() && text.front() == '-' ? 1 : 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - begin;
  };
  const bool isZeroFirst = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (isZeroFirst && whole > 1) || whole > 18) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool isWhole(std::string_view text) { return isNumber(text) && text.find('.') == std::string_view::npos; }

std::string textOf(const json::value& value) {
  if (const json::string* text = value.if_string()) return {text->data(), text->size()};
  if (const bool* truth = value.if_bool()) return *truth ? "true" : "false";
  return value.is_null() ? std::string() : json::serialize(value);
}

std::string wordOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? std::string() : textOf(*value);
}

std::string keyText(std::string_view key) {
  const bool isBare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return isBare ? std::string(key) : tomlText(key);
}

std::string numberOrText(const std::string& text) { return isNumber(text) ? text : tomlText(text); }
std::string wholeOrText(const std::string& text) { return isWhole(text) ? text : tomlText(text); }

std::string arrayText(const json::array& values, std::string (*one)(const std::string&)) {
  std::string text = "[";
  for (const json::value& value : values) text += (text.size() > 1 ? ", " : "") + one(textOf(value));
  return text + "]";
}

std::string quotedText(const std::string& text) { return tomlText(text); }

std::string rulesText(const json::array& rules, bool isInput) {
  std::string text = "[";
  for (const json::value& value : rules) {
    const json::object* rule = value.if_object();
    if (rule == nullptr) continue;
    const std::string first = wordOf(*rule, isInput ? "from" : "path");
    const std::string second = isInput ? wordOf(*rule, "to") : wordOf(*rule, "optional");
    const bool isPlain = isInput ? second.empty() || second == first : second != "true";
    text += text.size() > 1 ? ", " : "";
    if (isPlain)
      text += tomlText(first);
    else if (isInput)
      text += "{ from = " + tomlText(first) + ", to = " + tomlText(second) + " }";
    else
      text += "{ path = " + tomlText(first) + ", optional = true }";
  }
  return text + "]";
}

/// A key at the top with its value; nothing where the field is empty.
std::string fieldText(std::string_view key, const json::value& value) {
  constexpr std::array<std::string_view, 7> kNumbers{"format",   "quorum", "retries", "at_once", "stop_after_failures",
                                                     "priority", "weight"};
  const std::string begin = std::string(key) + " = ";
  if (const json::array* values = value.if_array()) {
    if (values->empty() && key != "command") return {};
    if (key == "inputs" || key == "outputs") return begin + rulesText(*values, key == "inputs") + "\n";
    return begin + arrayText(*values, key == "exit_codes" ? wholeOrText : quotedText) + "\n";
  }
  const std::string text = textOf(value);
  if (text.empty()) return {};
  return begin + (isOneOf(key, kNumbers) ? wholeOrText(text) : tomlText(text)) + "\n";
}

std::string sweepText(const json::object& form) {
  std::string text;
  if (const std::string list = wordOf(form, "list"); !list.empty()) text += "list = " + tomlText(list) + "\n";
  if (const json::value* sweep = form.if_contains("sweep"); sweep != nullptr && sweep->is_array()) {
    for (const json::value& value : sweep->get_array()) {
      const json::object* axis = value.if_object();
      if (axis == nullptr) continue;
      text += keyText(wordOf(*axis, "name")) + " = ";
      if (wordOf(*axis, "kind") == "range") {
        text += "{ from = " + numberOrText(wordOf(*axis, "from")) + ", to = " + numberOrText(wordOf(*axis, "to"));
        if (const std::string step = wordOf(*axis, "step"); !step.empty()) text += ", step = " + numberOrText(step);
        text += " }\n";
      } else {
        const json::value* values = axis->if_contains("values");
        text += (values != nullptr && values->is_array() ? arrayText(values->get_array(), numberOrText) : "[]") + "\n";
      }
    }
  }
  return text.empty() ? text : "\n[sweep]\n" + text;
}

std::string environmentText(const json::object& form) {
  const json::value* variables = form.if_contains("environment");
  std::string text;
  if (variables == nullptr || !variables->is_array()) return text;
  for (const json::value& value : variables->get_array()) {
    const json::object* variable = value.if_object();
    if (variable == nullptr) continue;
    const std::string name = wordOf(*variable, "name");
    const std::string content = wordOf(*variable, "value");
    if (name.empty() && content.empty()) continue;
    text += keyText(name) + " = " + tomlText(content) + "\n";
  }
  return text.empty() ? text : "\n[environment]\n" + text;
}

std::string tomlOf(const toml::table& table) {
  if (table.empty()) return {};
  std::ostringstream out;
  out << toml::toml_formatter{table};
  return out.str() + "\n";
}

/// A table of the form that has a table of its own in the manifest, with what the manifest had there beyond.
std::string tableText(std::string_view name, const json::object& form, const auto& keys, const toml::table& before) {
  constexpr std::array<std::string_view, 3> kNumbers{"processors", "gpus", "processes"};
  std::string text;
  if (const json::value* fields = form.if_contains(name); fields != nullptr && fields->is_object()) {
    for (const std::string_view key : keys) {
      const std::string value = wordOf(fields->get_object(), key);
      if (value.empty()) continue;
      text += std::string(key) + " = " + (isOneOf(key, kNumbers) ? wholeOrText(value) : tomlText(value)) + "\n";
    }
  }
  toml::table rest;
  if (const toml::table* had = before[name].as_table()) {
    for (const auto& [key, node] : *had) {
      if (!isOneOf(key.str(), keys)) rest.insert(key.str(), node);
    }
  }
  text += tomlOf(rest);
  return text.empty() ? text : "\n[" + std::string(name) + "]\n" + text;
}

bool isOfForm(std::string_view key) {
  constexpr std::array<std::string_view, 5> kTables{"sweep", "environment", "requirements", "limits", "list"};
  return isOneOf(key, kFirstKeys) || isOneOf(key, kFileKeys) || isOneOf(key, kLaterKeys) || isOneOf(key, kTables);
}

toml::table parseLeniently(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const std::exception&) {
    return {};  // nothing can be taken over from what cannot be read
  }
}

std::string write(const json::object& form, const toml::table& before) {
  std::string text;
  const auto put = [&](const auto& keys) {
    for (const std::string_view key : keys) {
      if (const json::value* value = form.if_contains(key)) text += fieldText(key, *value);
    }
  };
  put(kFirstKeys);
  put(kFileKeys);
  put(kLaterKeys);
  toml::table values;
  toml::table tables;
  for (const auto& [key, node] : before) {
    if (!isOfForm(key.str())) (node.is_table() || node.is_array_of_tables() ? tables : values).insert(key.str(), node);
  }
  text += tomlOf(values);
  text += sweepText(form) + environmentText(form);
  text += tableText("requirements", form, kNeeds, before) + tableText("limits", form, kLimits, before);
  if (!tables.empty()) text += "\n" + tomlOf(tables);
  return text;
}

}  // namespace

std::string tomlText(std::string_view text) {
  std::string out = "\"";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += "\\u00";
      out += kHex[code >> 4U];
      out += kHex[code & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Result<std::string> formOfManifest(std::string_view text) {
  try {
    const toml::table root = toml::parse(text);
    json::object form;
    for (const auto& [key, node] : inOrder(root)) {
      if (!isOfForm(key)) continue;
      const toml::table* table = node->as_table();
      if (key != "sweep") {
        form[key] = fieldForm(text, key, *node);
      } else if (table != nullptr) {
        form["sweep"] = sweepForm(text, *table);
        if (const toml::node* list = table->get("list"); list != nullptr && list->is_string())
          form["list"] = plain(text, *list);
      }
    }
    return json::serialize(form);
  } catch (const toml::parse_error& problem) {
    return fail(ErrorCode::kInvalid,
                "line " + std::to_string(problem.source().begin.line) + ": " + std::string(problem.description()),
                "It must be TOML; docs/manifest.md describes every key.");
  }
}

Result<std::string> manifestOfForm(std::string_view form, std::string_view before) {
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = kFormDepth;
  const json::value parsed = json::parse(json::string_view(form.data(), form.size()), failed, {}, options);
  const json::object* fields = parsed.if_object();
  if (failed || fields == nullptr) {
    return fail(ErrorCode::kInvalid, "the form is no JSON object", "Send the fields as they came with the manifest.");
  }
  return write(*fields, parseLeniently(before));
}

}  // namespace hearth::wire
