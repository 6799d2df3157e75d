// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/failure_groups.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "certs/sha256.h"
#include "server/blob/blob_store.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

constexpr std::size_t kTailBytes = 4 * limits::kKiB;
constexpr std::size_t kLineBytes = 200;
constexpr std::size_t kPageRows = 500;
constexpr std::size_t kHexWord = 8;
constexpr std::size_t kGroupsInMemory = 10'000;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHex(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// How many characters from `at` on are a number of some kind.
std::size_t numberAt(std::string_view text, std::size_t at) {
  const bool inWord = at > 0 && (isHex(text[at - 1]) || (text[at - 1] >= 'g' && text[at - 1] <= 'z'));
  if (text.substr(at, 2) == "0x") {
    std::size_t end = at + 2;
    while (end < text.size() && isHex(text[end])) ++end;
    return end - at;
  }
  std::size_t hex = at;
  while (hex < text.size() && isHex(text[hex])) ++hex;
  if (!inWord && hex - at >= kHexWord) return hex - at;
  std::size_t end = at;
  while (end < text.size() && isDigit(text[end])) ++end;
  return end - at;
}

}  // namespace

std::string withoutNumbers(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length = numberAt(line, at);
    if (length == 0) {
      out += line[at++];
      continue;
    }
    if (!out.ends_with('#')) out += '#';
    at += length;
  }
  return out;
}

std::string lastLine(std::string_view text) {
  const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  text.remove_prefix(text.find_last_of("\r\n") == std::string_view::npos ? 0 : text.find_last_of("\r\n") + 1);
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  std::string line;
  for (const char c : text.substr(0, kLineBytes)) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  // A cut in the middle of a character would be no text.
  while (text.size() > kLineBytes && !line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80)
    line.pop_back();
  return line;
}

std::string FailureGroups::lastLineOf(const Digest& log) {
  if (log == Digest{}) return {};
  if (auto known = m_lines.find(log)) return *known;
  const auto size = m_blobs.size(log);
  auto file = size ? m_blobs.open(log) : Result<int>(fail(ErrorCode::kNotFound, "the log is gone"));
  if (!file) return {};
  const Descriptor descriptor(*file);
  std::string tail(static_cast<std::size_t>(std::min<std::uint64_t>(*size, kTailBytes)), '\0');
  const auto got = readAt(descriptor.number(), std::as_writable_bytes(std::span(tail)), *size - tail.size());
  tail.resize(got.value_or(0));
  std::string line = lastLine(tail);
  m_lines.put(log, line);
  return line;
}

Result<FailureGroup> FailureGroups::signatureOf(const TaskPut& task) {
  auto record = m_read.task(task.task);
  if (!record) return fail(std::move(record).error());
  FailureGroup group;
  group.kind = "disagreement";
  group.reason = task.reason;
  group.tasks = 1;
  group.first = {task.task.index};
  if (*record) {
    const auto& attempts = (*record)->attempts;
    const auto last = std::find_if(attempts.rbegin(), attempts.rend(), [&](const AttemptRecord& attempt) {
      return attempt.lease.revision == task.revision && attempt.state == AttemptState::kError;
    });
    if (last != attempts.rend()) {
      group.kind = name(last->report.exit);
      group.exitCode = last->report.exitCode;
      group.log = last->report.standardError;
      group.attempt = last->lease.attempt;
      group.line = withoutNumbers(lastLineOf(group.log));
    }
  }
  const std::string told = group.attempt ? group.line : withoutNumbers(group.reason);
  group.id = certs::sha256(group.kind + '\n' + std::to_string(group.exitCode) + '\n' + told).hex().substr(0, 16);
  return group;
}

Result<Failures> FailureGroups::look(const db::BatchRecord& batch, Instant now) {
  std::unordered_map<std::string, FailureGroup> groups;
  Failures failures;
  FailureGroup others;
  failures.at = now;
  for (TaskIndex from = 0;;) {
    const auto page = m_read.tasks(batch.batch, TaskState::kFailed, from, kPageRows);
    if (!page) return fail(page.error());
    for (const TaskPut& task : *page) {
      auto group = signatureOf(task);
      if (!group) return fail(std::move(group).error());
      ++failures.counted;
      const auto known = groups.find(group->id);
      if (known == groups.end() && groups.size() >= kGroupsInMemory) {
        ++others.tasks;
      } else if (known == groups.end()) {
        groups.emplace(group->id, std::move(*group));
      } else {
        FailureGroup& kept = known->second;
        if (kept.first.size() < FailureGroup::kFirst) kept.first.push_back(task.task.index);
        ++kept.tasks;
      }
    }
    failures.complete = page->size() < kPageRows;
    if (failures.complete || failures.counted >= Failures::kMostTasks) break;
    from = page->back().task.index + 1;
  }
  for (auto& [id, group] : groups) failures.groups.push_back(std::move(group));
  std::sort(failures.groups.begin(), failures.groups.end(), [](const FailureGroup& left, const FailureGroup& right) {
    return left.tasks != right.tasks ? left.tasks > right.tasks : left.first.front() < right.first.front();
  });
  while (failures.groups.size() > Failures::kGroups) {
    others.tasks += failures.groups.back().tasks;
    failures.groups.pop_back();
  }
  if (others.tasks > 0) failures.groups.push_back(std::move(others));
  return failures;
}

Result<std::shared_ptr<const Failures>> FailureGroups::of(const db::BatchRecord& batch, Instant now) {
  if (batch.progress.failed == 0) return std::make_shared<const Failures>();
  const auto known = m_known.find(batch.batch).value_or(nullptr);
  const bool same = known && (known->counted == batch.progress.failed || batch.progress.failed > kMany);
  if (same && now - known->at < kFresh) return known;
  auto looked = look(batch, now);
  if (!looked) return fail(std::move(looked).error());
  auto shared = std::make_shared<const Failures>(std::move(*looked));
  m_known.put(batch.batch, shared);
  return shared;
}

Result<FailureGroups::Members> FailureGroups::members(BatchId batch, std::string_view wanted, TaskIndex from,
                                                      std::size_t limit) {
  Members members;
  for (;;) {
    const auto page = m_read.tasks(batch, TaskState::kFailed, from, kPageRows);
    if (!page) return fail(page.error());
    for (const TaskPut& task : *page) {
      const auto group = signatureOf(task);
      if (!group) return fail(group.error());
      if (group->id != wanted) continue;
      members.tasks.push_back(task.task.index);
      if (members.tasks.size() < limit) continue;
      members.next = task.task.index + 1;
      return members;
    }
    if (page->size() < kPageRows) return members;
    from = page->back().task.index + 1;
  }
}

}  // namespace hearth::server
