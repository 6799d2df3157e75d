// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "server/config/config.h"

namespace hearth::server {

/// A whole hearthd in one object: opens the data folder that `initialise` made (server/app/initialise.h), wires store,
/// runtime, blobs and API, and serves. Owned by main, or by a test, which so runs a server in its own process. Its
/// members are called by the owner's thread.
class Server {
 public:
  /// Holds the folder's lock until it is destroyed. Fails, saying what to do, when the folder is not one of ours, in
  /// use, or broken.
  static Result<std::unique_ptr<Server>> start(const Config& config);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  /// "https://host:port", as people reach it.
  virtual std::string url() const = 0;
  /// Of the server's certificate that people are shown: what `hearth login` pins.
  virtual Digest certificateFingerprint() const = 0;
  /// Stops accepting, answers what is under way, commits, closes. Safe to repeat; the destructor does it too.
  virtual void drain() = 0;
};

}  // namespace hearth::server
