// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/pack_wasm.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "cli/files.h"
#include "wasm/build.h"
#include "wasm/command.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

Error missing(const wasm::Toolchain& toolchain) {
  return {ErrorCode::kNotFound,
          "there is no build for " + toolchain.platform + ": " + toolchain.compiler + " is not installed",
          "As root: apt-get install " + toolchain.package};
}

/// The platforms that are built for, or why there are too few.
Result<std::vector<wasm::Toolchain>> usableToolchains(bool all, std::vector<std::string>& warnings) {
  std::vector<wasm::Toolchain> usable;
  std::vector<Error> without;
  for (const wasm::Toolchain& toolchain : wasm::toolchains()) {
    if (wasm::isInstalled(toolchain.compiler))
      usable.push_back(toolchain);
    else
      without.push_back(missing(toolchain));
  }
  if (!without.empty() && (all || usable.empty())) return fail(std::move(without.front()));
  for (const Error& error : without) warnings.push_back(error.message + ". " + error.hint);
  std::sort(usable.begin(), usable.end(), [](const auto& a, const auto& b) { return a.platform < b.platform; });
  return usable;
}

/// Compiles for one platform and adds what came out to the plan.
Result<void> addBuild(const wasm::PreparedModule& module, const wasm::Toolchain& toolchain, const std::string& name,
                      const fs::path& folder, PackPlan& plan) {
  const std::string path = toolchain.platform + "/" + name + (toolchain.isWindows ? ".exe" : "");
  const fs::path program = folder / toolchain.platform;
  if (auto built = wasm::compileModule(module, toolchain, program); !built)
    return fail(std::move(built).error().within(toolchain.platform));
  plan.files.emplace(path, program);
  plan.package.builds.push_back({toolchain.platform, {{name, path}}});
  return {};
}

}  // namespace

bool isWasmModule(const fs::path& file) {
  std::array<char, 4> head{};
  std::ifstream(file, std::ios::binary).read(head.data(), head.size());
  return std::string_view(head.data(), head.size()) == std::string_view("\0asm", 4);
}

Result<PackedPackage> packWasm(const PackRequest& request) {
  if (request.programs.size() != 1 || !request.extras.empty()) {
    return fail(ErrorCode::kInvalid, "a WebAssembly package holds one module and nothing else",
                "Make one package for each module; what a task reads is an input of its bundle");
  }
  const fs::path& file = request.programs.front();
  PackPlan plan;
  const std::string name = request.alias.empty() ? file.stem().string() : request.alias;
  plan.package.name = request.name.empty() ? name : request.name;
  plan.package.version = request.version;
  plan.package.platform = "any";
  plan.package.runtime = Runtime::kWasm;
  plan.package.programs = {{name, name + ".wasm"}};
  auto toolchains = usableToolchains(request.allPlatforms, plan.warnings);
  if (!toolchains) return fail(std::move(toolchains).error());
  auto work = TemporaryFolder::make();
  if (!work) return fail(std::move(work).error());
  const fs::path sources = work->path() / "sources";
  HEARTH_TRY(makeFolders(sources));
  const auto clocks = request.realClocks ? wasm::Clocks::kReal : wasm::Clocks::kVirtual;
  const auto module = wasm::prepareModule(file, sources, clocks);
  if (!module) return fail(module.error());
  plan.files.emplace(name + ".wasm", sources / "module.wasm");  // the copy: its mode is not the person's
  for (const wasm::Toolchain& toolchain : *toolchains)
    HEARTH_TRY(addBuild(*module, toolchain, name, work->path(), plan));
  return writePackage(std::move(plan), request.folder);
}

}  // namespace hearth::cli
