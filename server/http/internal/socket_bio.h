// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <openssl/bio.h>

namespace hearth::server {

/// A BIO on a non-blocking socket that it borrows. OpenSSL's own raises SIGPIPE when the other side is gone, which
/// would end a process that nobody told to ignore it. Null if memory ran out.
BIO* newSocketBio(int descriptor);

}  // namespace hearth::server
