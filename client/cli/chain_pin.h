// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/digest.h"

namespace hearth::cli {

/// Makes an OpenSSL context (SSL_CTX, as libcurl hands it over) accept exactly those servers whose chain holds the
/// certificate of this fingerprint and whose leaf is signed by it, in its time and for a server's use, or is it. The
/// host's name plays no part: a private authority signs its project's servers only. `pin` must outlive the context's
/// last handshake.
void pinChain(void* sslContext, const Digest* pin);

}  // namespace hearth::cli
