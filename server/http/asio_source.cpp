// SPDX-License-Identifier: GPL-3.0-or-later
// Asio's own functions, compiled once here instead of in every file that uses it.
#include "server/http/internal/asio_settings.h"
// The settings come first.
#include <boost/asio/impl/src.hpp>
