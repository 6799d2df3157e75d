// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/totp.h"

#include <set>
#include <utility>

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::certs;

namespace {

const std::string kSecret = "12345678901234567890";  // of RFC 6238

}  // namespace

TEST_CASE("codes are those of RFC 6238, appendix B") {
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                          {1111111111, "14050471"}, {1234567890, "89005924"},
                                                          {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [second, code] : vectors) {
    CHECK(totpCode(kSecret, totpStep(Instant::ofUnixSeconds(second)), 8) == code);
    CHECK(totpCode(kSecret, totpStep(Instant::ofUnixSeconds(second))) == std::string(code).substr(2));
  }
}

TEST_CASE("a code is good in its step and beside it, and only after the last one that was used") {
  const Instant now = Instant::ofUnixSeconds(1'111'111'111);
  const std::uint64_t step = totpStep(now);
  for (const std::uint64_t good : {step - 1, step, step + 1})
    CHECK(totpStepOf(kSecret, totpCode(kSecret, good), now, 0) == good);
  for (const std::uint64_t bad : {step - 2, step + 2}) CHECK_FALSE(totpStepOf(kSecret, totpCode(kSecret, bad), now, 0));
  CHECK_FALSE(totpStepOf(kSecret, totpCode(kSecret, step), now, step));
  CHECK_FALSE(totpStepOf(kSecret, totpCode(kSecret, step - 1), now, step));
  CHECK(totpStepOf(kSecret, totpCode(kSecret, step + 1), now, step) == step + 1);
  CHECK_FALSE(totpStepOf(kSecret, "", now, 0));
  CHECK_FALSE(totpStepOf(kSecret, "12345", now, 0));
}

TEST_CASE("secrets are written as RFC 4648 writes base32") {
  CHECK(base32("") == "");
  CHECK(base32("f") == "MY");
  CHECK(base32("fo") == "MZXQ");
  CHECK(base32("foobar") == "MZXW6YTBOI");
  CHECK(totpLink(kSecret, "My Grid", "ada") ==
        "otpauth://totp/"
        "My%20Grid:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Grid&algorithm=SHA1&digits=6&period=30");
}

TEST_CASE("recovery codes are read as people type them") {
  std::set<std::string> codes;
  for (int i = 0; i < 100; ++i) CHECK(codes.insert(newRecoveryCode()).second);
  const std::string code = *codes.begin();
  CHECK(code.size() == 19);
  CHECK(recoveryCodeOf(code) == code);
  std::string typed;
  for (const char c : code) typed += c == '-' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(recoveryCodeOf(typed) == code);
  CHECK(recoveryCodeOf("").empty());
  CHECK(recoveryCodeOf(code + "a").empty());
  CHECK(recoveryCodeOf("123456").empty());
}
