// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::server {

/// Where things are in a project's data folder. A plain value.
struct DataFolder {
  std::filesystem::path root;

  std::filesystem::path config() const { return root / "hearthd.toml"; }
  std::filesystem::path database() const { return root / "hearth.db"; }
  std::filesystem::path blobs() const { return root / "blobs"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }  ///< where tasks had got to
  std::filesystem::path lists() const { return root / "blobs" / "lists"; }    ///< indexes of CSV lists
  std::filesystem::path examples() const { return root / "examples"; }    ///< bundles to begin with, of an admin's own
  std::filesystem::path downloads() const { return root / "downloads"; }  ///< what the page for volunteers offers
  std::filesystem::path authorityCertificate() const { return root / "certs" / "authority.crt"; }
  std::filesystem::path authorityKey() const { return root / "certs" / "authority.key"; }
  std::filesystem::path serverCertificate() const { return root / "certs" / "server.crt"; }
  std::filesystem::path serverKey() const { return root / "certs" / "server.key"; }
  std::filesystem::path rootKey() const { return root / "keys" / "root.key"; }  ///< private; better moved offline
  std::filesystem::path rootPublicKey() const {
    return root / "keys" / "root.pub";
  }                                                                          ///< all that a running server needs
  std::filesystem::path ticketKeys() const { return root / "ticket.keys"; }  ///< of TLS sessions; never backed up
  std::filesystem::path lock() const { return root / "lock"; }
};

/// The right to change a data folder: one process at a time. Released when destroyed, or by the system when the process
/// dies.
class DataLock {
 public:
  /// kConflict, naming the process, when another one has it.
  static Result<DataLock> take(const DataFolder& folder);
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&& other) noexcept;
  ~DataLock();

 private:
  explicit DataLock(int descriptor) : m_descriptor(descriptor) {}
  int m_descriptor = -1;
};

/// A file of at most `limit` bytes.
Result<std::string> readTextFile(const std::filesystem::path& file, std::size_t limit = 1 << 20);

/// Writes it whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder.
Result<void> writeFileDurably(const std::filesystem::path& file, std::string_view text, unsigned mode);

}  // namespace hearth::server
