// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>

#include <openssl/ssl.h>

#include "server/http/ticket_keys.h"

namespace hearth::server {

/// Seals and opens the session tickets of the contexts that it is installed in, which it must outlive. Any thread.
class TicketSeal {
 public:
  /// Without keys it makes one of its own, and its tickets end with the process.
  explicit TicketSeal(TicketKeys keys);
  ~TicketSeal();
  TicketSeal(const TicketSeal&) = delete;
  TicketSeal& operator=(const TicketSeal&) = delete;

  void install(SSL_CTX* context);
  void use(TicketKeys keys);

 private:
  static int seal(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                  int sealing);
  std::shared_ptr<const TicketKeys> keys() const;

  EVP_CIPHER* m_cipher;  // fetched once: looking it up costs as much as a ticket
  mutable std::mutex m_mutex;
  std::shared_ptr<const TicketKeys> m_keys;  ///< guarded by m_mutex
};

}  // namespace hearth::server
