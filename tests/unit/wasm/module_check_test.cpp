// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/module_check.h"

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::wasm;

namespace {

std::string named(const std::string& text) { return static_cast<char>(text.size()) + text; }

/// A module with an import section of these bytes.
std::string moduleWith(const std::string& imports) {
  return std::string("\0asm\1\0\0\0", 8) + "\2" + static_cast<char>(imports.size()) + imports;
}

std::string functionImport(const std::string& module, const std::string& name) {
  return named(module) + named(name) + std::string("\0\0", 2);
}

}  // namespace

TEST_CASE("imports of every kind are read in their order") {
  const std::string memory = named("env") + named("memory") + std::string("\2\1\1\2", 4);
  const std::string global = named("env") + named("stack") + std::string("\3\x7f\1", 3);
  const auto imports =
      readImports(moduleWith("\3" + memory + global + functionImport("wasi_snapshot_preview1", "fd_read")));
  REQUIRE(imports);
  CHECK(*imports == std::vector<Import>{{"env", "memory", false},
                                        {"env", "stack", false},
                                        {"wasi_snapshot_preview1", "fd_read", true}});
}

TEST_CASE("a module without imports has none, and one that ends anywhere else than it should is refused") {
  const std::string head("\0asm\1\0\0\0", 8);
  CHECK(readImports(head)->empty());
  const std::string whole = moduleWith("\1" + functionImport("wasi_snapshot_preview1", "fd_read"));
  REQUIRE(readImports(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size != head.size()) CHECK_FALSE(readImports(whole.substr(0, size)));
  }
  CHECK_FALSE(readImports("#!/bin/sh\n"));
}

TEST_CASE("all that our host has is known, and each other import is named") {
  CHECK(checkImports({{"wasi_snapshot_preview1", "args_get", true},
                      {"wasi_snapshot_preview1", "path_open", true},
                      {"wasi_snapshot_preview1", "sched_yield", true}}));
  const auto checked = checkImports({{"wasi_snapshot_preview1", "sock_accept", true},
                                     {"wasi_snapshot_preview1", "fd_write", true},
                                     {"env", "emscripten_\x1b[2J", true},
                                     {"wasi_snapshot_preview1", "fd_read", false}});
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::kInvalid);
  CHECK(checked.error().message ==
        "the module imports what no agent has: wasi_snapshot_preview1.sock_accept, env.emscripten_?[2J, "
        "wasi_snapshot_preview1.fd_read");
}
