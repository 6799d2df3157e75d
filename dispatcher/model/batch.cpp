// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/batch.h"

#include "model/names.h"

namespace hearth {
namespace {

constexpr names::Table<Distinct, 2> kDistinctNames{{{Distinct::kHosts, "hosts"}, {Distinct::kAccounts, "accounts"}}};

}  // namespace

const char* name(Distinct distinct) noexcept { return names::of(kDistinctNames, distinct); }
Result<Distinct> parseDistinct(std::string_view text) { return names::parse(kDistinctNames, text, "kind of attempt"); }

}  // namespace hearth
