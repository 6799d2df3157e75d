// SPDX-License-Identifier: GPL-3.0-or-later
// wasm_variant MODULE PROGRAM COMPILER [FLAG…]: a build as publishing makes it, but with any compiler and more flags.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "wasm/build.h"

using namespace hearth;

namespace {

Result<void> build(int argc, char** argv, const std::filesystem::path& folder) {
  const auto module = wasm::prepareModule(argv[1], folder, wasm::Clocks::kVirtual);
  if (!module) return fail(module.error());
  wasm::Toolchain toolchain{"test", argv[3], "", {}, false};
  for (const wasm::Toolchain& known : wasm::toolchains()) {
    if (known.compiler == toolchain.compiler) toolchain = known;
  }
  for (int i = 4; i < argc; ++i) toolchain.flags.emplace_back(argv[i]);
  return wasm::compileModule(*module, toolchain, argv[2]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: wasm_variant MODULE PROGRAM COMPILER [FLAG…]\n";
    return 2;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "hearth-variant-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  const auto built = build(argc, argv, folder);
  std::filesystem::remove_all(folder);
  if (built) return 0;
  std::cerr << built.error().message << "\n  hint: " << built.error().hint << '\n';
  return 1;
}
