// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/qr_code.h"

#include <memory>

#include <qrencode.h>

namespace hearth::server {
namespace {

constexpr int kQuietZone = 4;  // modules of white around the code

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

/// A step of the path for each run of dark modules of a row.
std::string pathOf(const QRcode& code) {
  std::string path;
  for (int y = 0; y < code.width; ++y) {
    const unsigned char* row = code.data + static_cast<std::ptrdiff_t>(y) * code.width;
    for (int x = 0; x < code.width; ++x) {
      const int begin = x;
      while (x < code.width && (row[x] & 1U) != 0) ++x;
      if (x == begin) continue;
      const std::string width = std::to_string(x - begin);
      path += "M" + std::to_string(begin + kQuietZone) + " " + std::to_string(y + kQuietZone) + "h" + width + "v1h-" +
              width + "z";
    }
  }
  return path;
}

}  // namespace

Result<std::string> qrCodeSvg(std::string_view text) {
  const std::unique_ptr<QRcode, Free> code(QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_M));
  if (!code) return fail(ErrorCode::kTooLarge, "The text does not fit into a QR code.", "Type it instead.");
  const std::string side = std::to_string(code->width + 2 * kQuietZone);
  return R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + " " + side +
         R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + side + "v" + side +
         "H0z\"/><path fill=\"#000\" d=\"" + pathOf(*code) + "\"/></svg>";
}

}  // namespace hearth::server
