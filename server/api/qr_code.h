// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::server {

/// The text as a QR code: an SVG image of one path in black on white, with the quiet zone that readers need. It holds
/// no style and no script, so that it can stand in a page under the strictest policy. kTooLarge: the text has more
/// bytes than a code takes. Any thread.
Result<std::string> qrCodeSvg(std::string_view text);

}  // namespace hearth::server
