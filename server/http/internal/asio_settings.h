// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What every file that includes Asio must have said before it.
#define BOOST_ASIO_SEPARATE_COMPILATION
/// Each io_context has one thread, and what comes from others comes through its lock: Asio's own fences add nothing.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
