// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "db/store.h"

namespace hearth::db {

/// A store and its reading side over the same memory: the reference for tests and simulation. Nothing survives the
/// process.
struct MemoryStore {
  std::shared_ptr<Store> store;
  std::shared_ptr<ReadStore> read;
};
MemoryStore makeMemoryStore();

}  // namespace hearth::db
