// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/outbox.h"

#include <algorithm>
#include <future>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/time_text.h"
#include "server/runtime/runtime.h"
#include "wire/json_writer.h"

namespace hearth::server {
namespace {

constexpr std::size_t kAtOnce = 32;
constexpr std::chrono::seconds kDurable{30};

std::string linkOf(const MessageSettings& settings, BatchId batch) {
  return "https://" + settings.publicAddress + "/batches/" + std::to_string(batch.value);
}

std::string webhookBody(const MessageSettings& settings, const db::BatchRecord& batch) {
  const BatchProgress& progress = batch.progress;
  wire::JsonWriter json;
  json.beginObject().member("event", "batch.done").member("batch", batch.batch).member("name", batch.plan.name);
  json.member("state", name(progress.state)).member("tasks", batch.plan.tasks);
  json.member("certified", progress.certified).member("failed", progress.failed);
  json.member("created", batch.created).member("ended", progress.ended);
  return json.member("url", linkOf(settings, batch.batch)).endObject().take();
}

std::string mailBody(const MessageSettings& settings, const db::BatchRecord& batch) {
  const BatchProgress& progress = batch.progress;
  std::string text = "'" + batch.plan.name + "' is done: " + std::to_string(progress.certified) + " of " +
                     std::to_string(batch.plan.tasks) + " tasks certified\n";
  text += "Batch " + std::to_string(batch.batch.value) + ", '" + batch.plan.name + "', ended on " +
          formatInstant(progress.ended) + ".\n\n" + std::to_string(progress.certified) + " tasks are certified, " +
          std::to_string(progress.failed) + " failed.\n\nResults: " + linkOf(settings, batch.batch) + "\n\n" +
          "You get this since your account at " + settings.project +
          " asks for a message when a batch is done. Change it at https://" + settings.publicAddress +
          "/account/notifications\n";
  return text;
}

}  // namespace

Duration Outbox::pauseAfter(std::uint32_t tries) {
  constexpr Duration kFirst = Duration::seconds(30);
  const Duration pause = kFirst * (std::int64_t{1} << std::min(tries, 12U));
  return std::min(pause, Duration::hours(12));
}

void Outbox::start() {
  m_thread = std::thread([this] { run(); });
}

void Outbox::wake() {
  const std::lock_guard lock(m_mutex);
  m_awake = true;
  m_changed.notify_one();
}

void Outbox::stop() {
  {
    const std::lock_guard lock(m_mutex);
    m_stopping = true;
    m_changed.notify_one();
  }
  if (m_thread.joinable()) m_thread.join();
}

void Outbox::run() {
  std::unique_lock lock(m_mutex);
  while (!m_stopping) {
    m_awake = false;
    lock.unlock();
    tellEnds();
    sendDue();
    lock.lock();
    m_changed.wait_for(lock, kLook, [this] { return m_awake || m_stopping; });
  }
}

bool Outbox::keep(Changes changes) {
  auto kept = std::make_shared<std::promise<bool>>();
  auto answer = kept->get_future();
  m_runtime.commit(db::Unit{std::move(changes)}, [kept](const Result<db::Outcome>& outcome) {
    kept->set_value(outcome && *outcome == db::Outcome::kDone);
  });
  return answer.wait_for(kDurable) == std::future_status::ready && answer.get();
}

void Outbox::tellEnds() {
  for (;;) {
    const auto ended = m_read.follow().untold(m_clock() - kNews, kAtOnce);
    if (!ended || ended->empty()) return;
    for (const db::BatchRecord& batch : *ended) tellEnd(batch);
    if (ended->size() < kAtOnce) return;
    const std::lock_guard lock(m_mutex);
    if (m_stopping) return;
  }
}

/// The messages and that they were written are kept together, so that there is neither none nor two.
void Outbox::tellEnd(const db::BatchRecord& batch) {
  const auto contact = m_read.follow().contact(batch.plan.owner);
  const auto care = m_read.follow().care(batch.batch);
  if (!contact || !care) return;
  BatchCare told = care->value_or(BatchCare{});
  told.batch = batch.batch;
  told.told = batch.progress.ended;
  const Instant now = m_clock();
  Changes changes{FollowChange{BatchCarePut{told}}};
  if (*contact && batch.progress.state == BatchState::kDone) {
    const Message message{0, MessageKind::kWebhook, batch.plan.owner, batch.batch, "batch.done", {}, {}, now, now, 0,
                          {}};
    if (!(*contact)->webhook.empty()) {
      Message hook = message;
      hook.to = (*contact)->webhook;
      hook.body = webhookBody(m_settings, batch);
      changes.emplace_back(FollowChange{MessagePut{std::move(hook)}});
    }
    if (!(*contact)->mail.empty() && !m_settings.mailServer.empty()) {
      Message mail = message;
      mail.kind = MessageKind::kMail;
      mail.to = (*contact)->mail;
      mail.body = mailBody(m_settings, batch);
      changes.emplace_back(FollowChange{MessagePut{std::move(mail)}});
    }
  }
  keep(std::move(changes));
}

Result<void> Outbox::send(const Message& message) const {
  const std::int64_t now = m_clock().inUnixSeconds();
  if (message.kind == MessageKind::kMail) return sendMail(m_settings, message, now);
  const auto contact = m_read.follow().contact(message.account);
  if (!contact) return fail(contact.error());
  if (!*contact || (*contact)->webhook != message.to) return {};  // nobody wants it any more
  return sendWebhook(m_settings, message, (*contact)->webhookSecret, now);
}

void Outbox::sendDue() {
  const auto due = m_read.follow().messagesDue(m_clock(), kAtOnce);
  if (!due) return;
  for (const Message& message : *due) {
    {
      const std::lock_guard lock(m_mutex);
      if (m_stopping) return;
    }
    const auto sent = send(message);
    if (sent) {
      keep({FollowChange{MessageDelete{message.id}}});
      continue;
    }
    Message again = message;
    again.failure = sent.error().message;
    again.due = m_clock() + pauseAfter(again.tries);
    if (++again.tries < kTries) {
      keep({FollowChange{MessagePut{std::move(again)}}});
      continue;
    }
    spdlog::warn("message {} about batch {} is given up after {} tries: {}", message.id, message.batch.value, kTries,
                 sent.error().message);
    keep({FollowChange{MessageDelete{message.id}}});
  }
  if (due->size() == kAtOnce) wake();
}

}  // namespace hearth::server
