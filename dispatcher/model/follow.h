// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"

/// What people keep beside a batch: who else may look at it, who is told of its end, how long its results stay. The
/// Dispatcher knows nothing of it.
namespace hearth {

/// A way to see one batch and its results, and nothing else, for who holds the secret.
struct Share {
  std::uint64_t id = 0;  ///< given by the store
  Digest secretHash;
  BatchId batch;
  std::string label;
  Instant created;
  Instant expires;
  bool operator==(const Share&) const = default;
};
struct ShareInsert {
  Share share;
  bool operator==(const ShareInsert&) const = default;
};
struct ShareDelete {
  BatchId batch;
  std::uint64_t id = 0;
  bool operator==(const ShareDelete&) const = default;
};

/// Where an account is told that a batch of its is over; what is empty is not used.
struct Contact {
  AccountId account;
  std::string mail;
  std::string webhook;        ///< an address of https
  std::string webhookSecret;  ///< what messages to it are signed with
  bool operator==(const Contact&) const = default;
};
struct ContactPut {
  Contact contact;
  bool operator==(const ContactPut&) const = default;
};

enum class MessageKind : std::uint8_t { kWebhook = 0, kMail = 1 };

/// A message on its way out: kept until it has arrived or is given up.
struct Message {
  std::uint64_t id = 0;  ///< 0: new
  MessageKind kind = MessageKind::kWebhook;
  AccountId account;
  BatchId batch;
  std::string event;  ///< "batch.done"
  std::string to;
  std::string body;
  Instant created;
  Instant due;              ///< next try
  std::uint32_t tries = 0;  ///< that failed
  std::string failure;      ///< of the last one
  bool operator==(const Message&) const = default;
};
struct MessagePut {
  Message message;
  bool operator==(const MessagePut&) const = default;
};
struct MessageDelete {
  std::uint64_t id = 0;
  bool operator==(const MessageDelete&) const = default;
};

/// What becomes of a batch that is over.
struct BatchCare {
  BatchId batch;
  Instant told;          ///< its end that people were told of; 0: none yet
  Instant keepUntil;     ///< its results are removed then; 0: as the project does
  bool warned = false;   ///< that they will be
  bool removed = false;  ///< its results are gone
  bool operator==(const BatchCare&) const = default;
};
struct BatchCarePut {
  BatchCare care;
  bool operator==(const BatchCarePut&) const = default;
};

/// How far a batch had got at some instants of its life, as the API writes it down.
struct BatchPointsPut {
  BatchId batch;
  std::string points;
  bool operator==(const BatchPointsPut&) const = default;
};

/// The records of some tasks of a batch that is over go, and what is known of those tasks with them.
struct ResultsRemove {
  BatchId batch;
  std::uint64_t from = 0;
  std::uint64_t below = 0;
  bool operator==(const ResultsRemove&) const = default;
};

using FollowChange = std::variant<ShareInsert, ShareDelete, ContactPut, MessagePut, MessageDelete, BatchCarePut,
                                  BatchPointsPut, ResultsRemove>;

}  // namespace hearth
