// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/password.h"

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::certs;

TEST_CASE("scrypt gives what RFC 7914 says it gives") {
  // The third vector of section 12, cut to our length.
  PasswordHash kept{{14, 8, 1}, "SodiumChloride", {}};
  const unsigned char expected[] = {0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06,
                                    0xcd, 0x81, 0xfd, 0x38, 0xeb, 0xfd, 0xa8, 0xfb, 0xba, 0x90, 0x4f,
                                    0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2};
  kept.hash.assign(reinterpret_cast<const char*>(expected), sizeof expected);
  CHECK(isPassword("pleaseletmein", kept));
  CHECK_FALSE(isPassword("pleaseletmein ", kept));
}

TEST_CASE("a password is known again, and each hash has a salt of its own") {
  const ScryptCost cheap{8, 8, 1};
  const PasswordHash one = hashPassword("secret", cheap).value();
  const PasswordHash other = hashPassword("secret", cheap).value();
  CHECK(one.salt != other.salt);
  CHECK(one.hash != other.hash);
  CHECK(isPassword("secret", one));
  CHECK_FALSE(isPassword("Secret", one));
  CHECK_FALSE(isPassword("", one));
  CHECK(isPassword(std::string("nul\0in it", 9), hashPassword(std::string("nul\0in it", 9), cheap).value()));
  CHECK_FALSE(isPassword("nul", hashPassword(std::string("nul\0in it", 9), cheap).value()));
}

TEST_CASE("nobody has the decoy's password, and a cost out of bounds is refused") {
  CHECK_FALSE(isPassword("", decoyPassword({8, 8, 1})));
  for (const ScryptCost& cost :
       {ScryptCost{0, 8, 1}, ScryptCost{40, 8, 1}, ScryptCost{20, 32, 1}, ScryptCost{8, 0, 1}}) {
    CHECK(hashPassword("secret", cost).error().code == ErrorCode::kInvalid);
    CHECK_FALSE(isPassword("secret", PasswordHash{cost, "salt", ""}));
  }
}
