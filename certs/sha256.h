// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace hearth::certs {

/// Computes a SHA-256 piece by piece (OpenSSL, method fetched once a process). One thread at a time; reusable after
/// finish().
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  /// The digest of all that was given since the last finish().
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

Digest sha256(std::string_view bytes);
/// Reads the whole file in pieces.
Result<Digest> sha256File(const std::filesystem::path& file);

}  // namespace hearth::certs
