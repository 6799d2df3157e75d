// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/preferences.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <iterator>
#include <utility>

#include "base/suggest.h"
#include "wire/manifest.h"

namespace hearth::agent {
namespace {

constexpr std::string_view kShares = "shares.";
constexpr std::uint32_t kMostShare = 1'000'000;
constexpr std::size_t kMostPrograms = 64;
constexpr std::size_t kMostProjects = 64;
constexpr std::size_t kProgramBytes = 64;
constexpr std::uint32_t kHottest = 150;
constexpr Duration kLongestBuffer = Duration::days(30);

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Result<std::uint32_t> parseNumber(std::string_view text, std::uint32_t most, std::string_view unit) {
  std::string_view digits = text;
  if (digits.ends_with(unit)) digits = trimmed(digits.substr(0, digits.size() - unit.size()));
  std::uint32_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || value > most) {
    return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is no number from 0 to " + std::to_string(most),
                "Write it as in \"" + std::to_string(std::min(most, 50U)) + std::string(unit) + "\".");
  }
  return value;
}

Result<bool> parseFlag(std::string_view text) {
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is neither yes nor no", "Write yes or no.");
}

std::string durationText(Duration duration) {
  const std::int64_t millis = duration.inMilliseconds();
  for (const auto& [unit, length] :
       {std::pair{"d", 86'400'000}, std::pair{"h", 3'600'000}, std::pair{"m", 60'000}, std::pair{"s", 1'000}}) {
    if (millis != 0 && millis % length == 0) return std::to_string(millis / length) + unit;
  }
  return millis == 0 ? "0s" : std::to_string(millis) + "ms";
}

std::string bytesText(std::uint64_t bytes) {
  for (const auto& [unit, size] : {std::pair{"GiB", limits::kGiB}, std::pair{"MiB", limits::kMiB}}) {
    if (bytes != 0 && bytes % size == 0) return std::to_string(bytes / size) + unit;
  }
  return std::to_string(bytes);
}

Result<std::vector<std::string>> parsePrograms(std::string_view text) {
  std::vector<std::string> programs;
  while (!trimmed(text).empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view name = trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (name.empty()) continue;
    if (name.size() > kProgramBytes || name.find('/') != std::string_view::npos || programs.size() == kMostPrograms) {
      return fail(ErrorCode::kInvalid, "'" + std::string(name.substr(0, kProgramBytes)) + "' cannot be watched for",
                  "Name up to 64 programs without folders, with commas between them: \"supertuxkart, obs\".");
    }
    programs.emplace_back(name);
  }
  return programs;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

constexpr std::string_view kWhen = "when", kHowMuch = "how-much", kNetwork = "network";

/// How one preference is read and shown.
struct Entry {
  std::string_view name, group, kind, help;
  std::function<std::string(const Preferences&)> show;
  std::function<Result<void>(Preferences&, std::string_view)> set;
};

/// Reads with `parse`, then puts it where `member` says.
template <typename Parse, typename Member>
auto put(Parse parse, Member member) {
  return [parse, member](Preferences& preferences, std::string_view text) -> Result<void> {
    auto value = parse(text);
    if (!value) return fail(std::move(value).error());
    member(preferences) = std::move(*value);
    return {};
  };
}

template <typename Member>
Entry number(std::string_view name, std::string_view group, std::string_view help, std::string_view unit,
             std::uint32_t most, Member member) {
  return {name,
          group,
          unit == "%"    ? "percent"
          : unit == " C" ? "degrees"
                         : "number",
          help,
          [=](const Preferences& preferences) {
            return std::to_string(member(const_cast<Preferences&>(preferences))) + std::string(unit);
          },
          put([=](std::string_view text) { return parseNumber(text, most, unit); }, member)};
}

template <typename Member>
Entry flag(std::string_view name, std::string_view group, std::string_view help, Member member) {
  return {name,
          group,
          "switch",
          help,
          [=](const Preferences& preferences) {
            return std::string(member(const_cast<Preferences&>(preferences)) ? "yes" : "no");
          },
          put(parseFlag, member)};
}

template <typename Member>
Entry timetable(std::string_view name, std::string_view group, std::string_view help, Member member) {
  return {name,
          group,
          "times",
          help,
          [=](const Preferences& preferences) { return member(const_cast<Preferences&>(preferences)).text(); },
          put(Timetable::parse, member)};
}

template <typename Member>
Entry duration(std::string_view name, std::string_view group, std::string_view help, Duration most, Member member) {
  const auto parse = [=](std::string_view text) -> Result<Duration> {
    auto read = wire::parseDuration(text);
    if (read && (*read < Duration{} || *read > most)) {
      return fail(ErrorCode::kInvalid, "it must be at most " + durationText(most), "Write a shorter time.");
    }
    return read;
  };
  return {name,
          group,
          "duration",
          help,
          [=](const Preferences& preferences) { return durationText(member(const_cast<Preferences&>(preferences))); },
          put(parse, member)};
}

template <typename Member>
Entry bytes(std::string_view name, std::string_view group, std::string_view help, Member member) {
  return {name,
          group,
          "bytes",
          help,
          [=](const Preferences& preferences) { return bytesText(member(const_cast<Preferences&>(preferences))); },
          put(wire::parseByteCount, member)};
}

#define MEMBER(path) \
  [](Preferences & preferences) -> auto& { return preferences.path; }

Entry batteryEntry() {
  const auto parse = [](std::string_view text) -> Result<std::uint32_t> {
    if (text == "no") return Preferences::kNotOnBattery;
    if (text == "yes") return 0U;
    return parseNumber(text, 100, "%");
  };
  return {"battery",
          kWhen,
          "battery",
          "run on battery: no, yes, or the charge from which on",
          [](const Preferences& preferences) {
            return preferences.battery == Preferences::kNotOnBattery ? "no" : std::to_string(preferences.battery) + "%";
          },
          put(parse, MEMBER(battery))};
}

Entry programsEntry() {
  return {"programs",
          kWhen,
          "list",
          "compute nothing while one of these programs runs (games, say)",
          [](const Preferences& preferences) { return joined(preferences.programs); },
          put(parsePrograms, MEMBER(programs))};
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> table = {
      duration("idle.after", kWhen, "without input for so long, the machine is idle", Duration::days(1),
               MEMBER(idleAfter)),
      number("idle.processors", kHowMuch, "processors for tasks while it is idle", "%", 100, MEMBER(idle.processors)),
      number("idle.memory", kHowMuch, "memory for tasks while it is idle", "%", 100, MEMBER(idle.memory)),
      number("in-use.processors", kHowMuch, "processors for tasks while somebody uses it; 0 % freezes them", "%", 100,
             MEMBER(inUse.processors)),
      number("in-use.memory", kHowMuch, "memory for tasks while somebody uses it", "%", 100, MEMBER(inUse.memory)),
      timetable("times", kWhen, "compute only in these hours of the week; empty: always", MEMBER(times)),
      timetable("network.times", kNetwork, "use the network only in these hours of the week; empty: always",
                MEMBER(networkTimes)),
      flag("network.metered", kNetwork, "use networks that cost by volume", MEMBER(metered)),
      bytes("disk.most", kHowMuch, "disk for tasks at most; 0: what is free", MEMBER(diskBytes)),
      bytes("disk.free", kHowMuch, "disk that stays free in any case", MEMBER(diskFreeBytes)),
      batteryEntry(),
      number("heat.pause", kWhen, "stop computing at this temperature; 0: never", " C", kHottest, MEMBER(heatPause)),
      number("heat.resume", kWhen, "and go on at this one", " C", kHottest, MEMBER(heatResume)),
      number("load.pause", kWhen, "stop while other programs use this part of the processors; 0: never", "%", 100,
             MEMBER(loadPause)),
      number("load.resume", kWhen, "and go on at this one", "%", 100, MEMBER(loadResume)),
      number("memory.pause", kWhen, "stop while programs wait for memory this part of the time; 0: never", "%", 100,
             MEMBER(memoryPause)),
      number("memory.resume", kWhen, "and go on at this one", "%", 100, MEMBER(memoryResume)),
      flag("full-screen", kWhen, "compute while a program fills the screen", MEMBER(fullScreen)),
      flag("games", kWhen, "compute while a game is played", MEMBER(games)),
      programsEntry(),
      duration("buffer", kNetwork, "work to hold ahead, for a machine that is seldom online", kLongestBuffer,
               MEMBER(buffer)),
      number("energy.watts", kHowMuch, "what a busy processor draws more than an idle one, to estimate energy", " W",
             1000, MEMBER(watts)),
  };
  return table;
}

#undef MEMBER

Result<void> setShare(Preferences& preferences, std::string_view project, std::string_view value) {
  const auto share = parseNumber(value, kMostShare, "");
  if (!share) return fail(share.error());
  if (project.empty() || project.size() > limits::kNameBytes) {
    return fail(ErrorCode::kInvalid, "a share belongs to a project", "Write shares.NAME; `projects` lists the names.");
  }
  if (*share == 0) {
    return fail(ErrorCode::kInvalid, "a share of 0 would starve the project",
                "Leave it with `hearth-agent leave`, or give it a small share.");
  }
  const std::string name(project);
  if (!preferences.shares.contains(name) && preferences.shares.size() >= kMostProjects) {
    return fail(ErrorCode::kTooLarge, "shares of more than " + std::to_string(kMostProjects) + " projects are set");
  }
  preferences.shares[name] = *share;
  return {};
}

const Entry* entryOf(std::string_view name) {
  const auto& table = entries();
  const auto entry = std::find_if(table.begin(), table.end(), [&](const Entry& each) { return each.name == name; });
  return entry == table.end() ? nullptr : &*entry;
}

Error noSuch(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Entry& each : entries()) names.push_back(each.name);
  return {ErrorCode::kInvalid,
          "there is no preference '" + std::string(name.substr(0, limits::kNameBytes)) + "'." + didYouMean(name, names),
          "`hearth-agent preferences` lists them."};
}

}  // namespace

std::uint32_t Preferences::shareOf(const std::string& project) const {
  const auto share = shares.find(project);
  return share == shares.end() ? kShare : share->second;
}

Preferences dedicatedPreferences() {
  Preferences preferences;
  preferences.inUse = preferences.idle;
  preferences.memoryPause = 0;
  preferences.memoryResume = 0;
  preferences.fullScreen = true;
  preferences.games = true;
  return preferences;
}

std::vector<PreferenceText> preferenceTexts(const Preferences& preferences) {
  std::vector<PreferenceText> texts;
  for (const Entry& entry : entries()) {
    texts.push_back({std::string(entry.name), entry.show(preferences), std::string(entry.help), std::string(entry.kind),
                     std::string(entry.group)});
  }
  for (const auto& [project, share] : preferences.shares) {
    texts.push_back({std::string(kShares) + project, std::to_string(share), "this project's part of the machine",
                     "number", "projects"});
  }
  return texts;
}

Result<void> setPreference(Preferences& preferences, std::string_view name, std::string_view value) {
  const std::string_view text = trimmed(value);
  Preferences changed = preferences;
  Result<void> set;
  if (const Entry* entry = entryOf(name)) {
    set = entry->set(changed, text);
  } else if (name.starts_with(kShares)) {
    set = setShare(changed, name.substr(kShares.size()), text);
  } else {
    return fail(noSuch(name));
  }
  if (!set) return fail(std::move(set).error().within(std::string(name)));
  preferences = std::move(changed);
  return {};
}

Result<void> resetPreference(Preferences& preferences, std::string_view name, const Preferences& usual) {
  if (name.empty()) {
    preferences = usual;
    return {};
  }
  if (const Entry* entry = entryOf(name)) return entry->set(preferences, entry->show(usual));
  if (!name.starts_with(kShares)) return fail(noSuch(name));
  preferences.shares.erase(std::string(name.substr(kShares.size())));
  return {};
}

std::vector<PreferenceChange> preferenceChanges(const Preferences& before, const Preferences& after) {
  std::map<std::string, PreferenceChange> changes;
  for (PreferenceText& each : preferenceTexts(before)) changes[each.name].from = std::move(each.value);
  for (PreferenceText& each : preferenceTexts(after)) changes[each.name].to = std::move(each.value);
  std::vector<PreferenceChange> changed;
  for (auto& [name, change] : changes) {
    if (change.from != change.to) changed.push_back({name, std::move(change.from), std::move(change.to)});
  }
  return changed;
}

Result<void> checkPreferences(const Preferences& preferences) {
  const std::array<std::pair<const char*, std::pair<std::uint32_t, std::uint32_t>>, 3> pairs = {
      {{"heat", {preferences.heatPause, preferences.heatResume}},
       {"load", {preferences.loadPause, preferences.loadResume}},
       {"memory", {preferences.memoryPause, preferences.memoryResume}}}};
  for (const auto& [name, bounds] : pairs) {
    if (bounds.first == 0 || bounds.second < bounds.first) continue;
    return fail(ErrorCode::kInvalid,
                std::string(name) + ".resume must be below " + name + ".pause, or tasks would stop and go all the time",
                "Set " + std::string(name) + ".resume to a few less.");
  }
  return {};
}

}  // namespace hearth::agent
