// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/sha256.h"

#include <fstream>
#include <vector>

#include "base/check.h"
#include "certs/internal/openssl.h"

namespace hearth::certs {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

}  // namespace

/// The running computation; `started` is false between finish() and the next update().
struct Sha256::State {
  DigestContextPtr context{EVP_MD_CTX_new()};
  bool started = false;

  void start() {
    if (started) return;
    HEARTH_CHECK(context && EVP_DigestInit_ex2(context.get(), sha256Method(), nullptr) == 1, "SHA-256 cannot start");
    started = true;
  }
};

Sha256::Sha256() : m_state(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  m_state->start();
  HEARTH_CHECK(EVP_DigestUpdate(m_state->context.get(), bytes.data(), bytes.size()) == 1, "SHA-256 failed");
}

void Sha256::update(std::string_view bytes) { update(std::as_bytes(std::span(bytes.data(), bytes.size()))); }

Digest Sha256::finish() {
  m_state->start();
  Digest digest;
  HEARTH_CHECK(EVP_DigestFinal_ex(m_state->context.get(), digest.bytes.data(), nullptr) == 1, "SHA-256 failed");
  m_state->started = false;
  return digest;
}

Digest sha256(std::string_view bytes) {
  Digest digest;
  HEARTH_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, sha256Method(), nullptr) == 1,
               "SHA-256 failed");
  return digest;
}

Result<Digest> sha256File(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::kIo, "cannot open " + file.string(), "Check that it exists and can be read.");
  Sha256 hash;
  std::vector<char> piece(kPieceBytes);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.update(std::string_view(piece.data(), static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad() || !in.eof()) return fail(ErrorCode::kIo, "reading " + file.string() + " failed");
  return hash.finish();
}

}  // namespace hearth::certs
