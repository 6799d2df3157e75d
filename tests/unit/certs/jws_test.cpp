// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/jws.h"

#include <catch2/catch.hpp>

using namespace hearth::certs;

namespace {

std::string bytes(std::string_view text) { return fromBase64Url(text).value(); }

// RFC 7515, appendix A.2
const std::string kRsaInput =
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string kRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1"
    "dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzD"
    "wusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe7"
    "7Rw";
const std::string kRsaModulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCg"
    "NMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665"
    "xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuX"
    "poQ";
// A.3
const std::string kEcInput =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string kEcSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

JsonWebKey rsa() { return {"", "RSA", "", bytes(kRsaModulus), bytes("AQAB"), "", ""}; }
JsonWebKey ec() {
  return {"",
          "EC",
          "P-256",
          "",
          "",
          bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
          bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")};
}

}  // namespace

TEST_CASE("signatures of RFC 7515 hold, and no other input, algorithm or key has them") {
  CHECK(isSignedBy("RS256", kRsaInput, bytes(kRsaSignature), rsa()));
  CHECK(isSignedBy("ES256", kEcInput, bytes(kEcSignature), ec()));
  CHECK_FALSE(isSignedBy("RS256", kRsaInput + "x", bytes(kRsaSignature), rsa()));
  CHECK_FALSE(isSignedBy("ES256", kEcInput + "x", bytes(kEcSignature), ec()));
  for (const std::string algorithm : {"none", "HS256", "ES256", "", "rs256"}) {
    CHECK_FALSE(isSignedBy(algorithm, kRsaInput, bytes(kRsaSignature), rsa()));
  }
  CHECK_FALSE(isSignedBy("RS256", kRsaInput, "", rsa()));
  CHECK_FALSE(isSignedBy("ES256", kEcInput, "", ec()));
  CHECK_FALSE(isSignedBy("ES256", kEcInput, std::string(64, '\0'), ec()));
  CHECK_FALSE(isSignedBy("RS256", kRsaInput, bytes(kRsaSignature), ec()));
}

TEST_CASE("keys that are too small or not on their curve are refused") {
  JsonWebKey small = rsa();
  small.n = small.n.substr(0, 64);
  CHECK_FALSE(isSignedBy("RS256", kRsaInput, bytes(kRsaSignature), small));
  JsonWebKey off = ec();
  off.x[0] = static_cast<char>(off.x[0] ^ 1);
  CHECK_FALSE(isSignedBy("ES256", kEcInput, bytes(kEcSignature), off));
  JsonWebKey other = ec();
  other.curve = "P-384";
  CHECK_FALSE(isSignedBy("ES256", kEcInput, bytes(kEcSignature), other));
  CHECK_FALSE(isSignedBy("RS256", kRsaInput, bytes(kRsaSignature), JsonWebKey{"", "RSA", "", "", "", "", ""}));
}

TEST_CASE("base64url is read without padding, and nothing else is") {
  CHECK(toBase64Url("") == "");
  CHECK(toBase64Url("\xff\xfe") == "__4");
  CHECK(fromBase64Url("__4") == "\xff\xfe");
  CHECK_FALSE(fromBase64Url("a"));
  CHECK_FALSE(fromBase64Url("ab=="));
  CHECK_FALSE(fromBase64Url("a+b/"));
}
