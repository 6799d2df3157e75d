// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/attempt.h"
#include "model/host.h"
#include "model/package.h"

/// Values that are kept as one column: nothing queries their parts, and a row with one short blob is what a certified
/// task costs. A version byte, then the members in order: numbers as LEB128, texts and lists with their length before
/// them.
namespace hearth::db::sqlite {

using Bytes = std::vector<std::uint8_t>;

/// Replaces `out`, so that one buffer serves all rows. A default-made report (nothing was returned) is no bytes at all.
void encode(const ResultReport& report, Bytes& out);
void encode(const PackageSignature& signature, Bytes& out);
/// None are no bytes at all.
void encode(const std::vector<Gpu>& gpus, Bytes& out);

/// Nothing if the bytes are not what encode() writes.
std::optional<ResultReport> decodeReport(std::span<const std::uint8_t> bytes);
std::optional<PackageSignature> decodeSignature(std::span<const std::uint8_t> bytes);
std::optional<std::vector<Gpu>> decodeGpus(std::span<const std::uint8_t> bytes);

}  // namespace hearth::db::sqlite
