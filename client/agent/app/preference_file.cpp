// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/preference_file.h"

#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <toml++/toml.h>

#include "agent/platform/files.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kFileBytes = 64 * limits::kKiB;
constexpr int kDepth = 4;
constexpr int kSetAside = 20;  // the last of them is overwritten

Result<std::string> valueText(const toml::node& node, const std::string& key) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "yes" : "no");
  return fail(ErrorCode::kInvalid, key + " is neither text, a whole number nor true or false",
              "Write it in quotes, as `hearth-agent preferences` shows it.");
}

/// "heat.pause" is a member of the table [heat] or a dotted key: the same to TOML. A project's name may have dots.
Result<void> take(const toml::table& table, const std::string& prefix, int depth, Preferences& preferences,
                  std::set<std::string>& named) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table(); inner != nullptr && depth < kDepth) {
      HEARTH_TRY(take(*inner, name + ".", depth + 1, preferences, named));
      continue;
    }
    const auto value = valueText(node, name);
    if (!value) return fail(value.error());
    HEARTH_TRY(setPreference(preferences, name, *value));
    named.insert(name);
  }
  return {};
}

std::string quoted(const std::string& text) {
  std::string made = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') made += '\\';
    if (static_cast<unsigned char>(letter) >= 0x20) made += letter;
  }
  return made + "\"";
}

std::string line(const PreferenceText& each) {
  constexpr std::string_view kShares = "shares.";
  const bool share = each.name.starts_with(kShares);
  const std::string key = share ? "shares." + quoted(each.name.substr(kShares.size())) : each.name;
  return key + " = " + quoted(each.value);
}

/// `named` are those that the file says something of.
Result<Preferences> load(const std::filesystem::path& file, const Preferences& given, std::set<std::string>& named) {
  const auto text = readSmallFile(file, kFileBytes);
  if (!text && text.error().code == ErrorCode::kNotFound) return given;
  if (!text) return fail(text.error());
  Preferences preferences = given;
  try {
    auto taken = take(toml::parse(*text, file.string()), "", 0, preferences, named);
    if (taken) taken = checkPreferences(preferences);
    if (!taken) return fail(std::move(taken).error().within(file.string()));
  } catch (const toml::parse_error& error) {
    return fail(
        ErrorCode::kInvalid,
        file.string() + ": line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()),
        "Correct it, or remove the file to have everything as it was made.");
  }
  return preferences;
}

}  // namespace

Result<Preferences> loadPreferences(const std::filesystem::path& file, const Preferences& given) {
  std::set<std::string> named;
  return load(file, given, named);
}

Result<Preferences> loadPreferencesOrSetAside(const std::filesystem::path& file, const Preferences& given,
                                              std::string& notice) {
  auto loaded = loadPreferences(file, given);
  if (loaded || (loaded.error().code != ErrorCode::kInvalid && loaded.error().code != ErrorCode::kTooLarge)) {
    return loaded;
  }
  std::error_code error;
  std::filesystem::path aside = file.string() + ".unreadable";
  for (int number = 2; std::filesystem::exists(aside, error) && number <= kSetAside; ++number) {
    aside = file.string() + ".unreadable-" + std::to_string(number);
  }
  std::filesystem::rename(file, aside, error);
  if (error) {
    return fail(ErrorCode::kIo, "cannot move " + file.string() + " aside: " + error.message(), loaded.error().hint);
  }
  notice = "The settings could not be read, so everything is as it was made: " + loaded.error().message +
           ". They are kept in " + aside.string() + ".";
  return given;
}

Result<void> forgetShare(const std::filesystem::path& file, const std::string& project) {
  auto preferences = loadPreferences(file, {});
  if (!preferences) return fail(std::move(preferences).error());
  if (preferences->shares.erase(project) == 0) return {};
  return storePreferences(file, *preferences, {});
}

Result<void> storePreferences(const std::filesystem::path& file, const Preferences& preferences,
                              const Preferences& given) {
  std::set<std::string> named;
  (void)load(file, given, named);  // one that cannot be read is made anew
  std::map<std::string, std::string> usual;
  for (const PreferenceText& each : preferenceTexts(given)) usual[each.name] = each.value;
  std::string text =
      "# What this machine gives to tasks. Written by `hearth-agent preferences NAME VALUE`; may be edited while the\n"
      "# agent does not run. Lines that begin with # are as they are without them.\n";
  for (const PreferenceText& each : preferenceTexts(preferences)) {
    const auto known = usual.find(each.name);
    const bool same = known != usual.end() && known->second == each.value && !named.contains(each.name);
    text += "\n# " + each.help + "\n" + (same ? "# " : "") + line(each) + "\n";
  }
  return writeFileDurably(file, text, 0644);
}

}  // namespace hearth::agent
