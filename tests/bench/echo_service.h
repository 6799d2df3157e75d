// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>

#include "bench/sync_host.h"

namespace hearth::bench {

/// What an echo reached.
struct EchoRate {
  double perSecond = 0;
  double serverMicros = 0;  ///< processor time of the serving process for each
};

/// What the echo does with what it is sent.
enum class Echo {
  kBytes,  ///< it is not looked at, the reply is there already
  kJson,   ///< it is read and the reply written as those of a sync are
};

/// Requests a second that hearthd's HTTP server answers over mutual TLS when there is nothing to do but to echo: a
/// process of its own on two threads, so many connections kept alive with one request under way on each, driven by two
/// threads as driveFully() does. The caller has no threads. Ends the benchmark when something fails.
EchoRate measureEcho(const SyncBodies& bodies, Echo echo, std::size_t connections, std::chrono::seconds time);

}  // namespace hearth::bench
