// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/build.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "certs/sha256.h"
#include "wasm/command.h"
#include "wasm/host_sources.h"
#include "wasm/module_check.h"
#include "wasm/weave.h"

namespace hearth::wasm {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kModuleBytes = 256u << 20;
constexpr const char* kRuntimeHeader = "/usr/include/wasm-rt.h";  // of the package wabt

/// The two forms of the module in a program.
struct Form {
  const char* name;
  const char* symbol;
  const char* flag;
};
constexpr std::array<Form, 2> kForms = {Form{"guarded", "hearthGuarded", "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=1"},
                                        Form{"checked", "hearthChecked", "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0"}};

/// Contraction would make a*b+c differ between processors; the rest takes names of folders, times and chance out.
const std::vector<std::string> kFlags = {"-std=gnu17",
                                         "-O2",
                                         "-ffp-contract=off",
                                         "-fno-strict-aliasing",
                                         "-fno-ident",
                                         "-fno-asynchronous-unwind-tables",
                                         "-frandom-seed=hearth",
                                         "-DNDEBUG",
                                         "-w",
                                         "-DWASM_RT_USE_STACK_DEPTH_COUNT=0",
                                         "-I."};

Result<std::string> readAll(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed)
    return fail(ErrorCode::kNotFound, "cannot read " + file.string() + ": " + failed.message(), "Check the path");
  if (size > kModuleBytes)
    return fail(ErrorCode::kTooLarge, file.string() + " is larger than 256 MiB",
                "Build it with -O2 or -Os and without -g");
  std::ifstream in(file, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  if (!in) return fail(ErrorCode::kIo, "cannot read " + file.string(), "Check its permissions");
  return std::move(all).str();
}

Result<void> writeAll(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (out) return {};
  return fail(ErrorCode::kExhausted, "cannot write " + file.string(), "Check TMPDIR and the free space");
}

Result<void> checkTools() {
  std::error_code failed;
  if (isInstalled("wasm2c") && isInstalled("wasm-validate") && fs::exists(kRuntimeHeader, failed)) return {};
  return fail(ErrorCode::kNotFound, "wasm2c and wasm-validate are not installed", "As root: apt-get install wabt");
}

std::string configuration(const Digest& digest, Clocks clocks) {
  std::string bytes;
  const std::string hex = digest.hex();
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += "0x" + hex.substr(i, 2) + ",";
  return "#include \"host.h\"\nconst uint8_t hearthModuleDigest[32] = {" + bytes +
         "};\nconst int hearthHasRealClocks = " + (clocks == Clocks::kReal ? "1" : "0") + ";\n";
}

Result<void> makeForm(const Form& form, const fs::path& folder) {
  const std::string name = form.name;
  HEARTH_TRY(runCommand({"wasm2c", "module.wasm", "--no-debug-names", "-n", name, "-o", name + ".raw.c"}, folder));
  auto source = readAll(folder / (name + ".raw.c"));
  if (!source) return fail(std::move(source).error());
  auto header = readAll(folder / (name + ".raw.h"));
  if (!header) return fail(std::move(header).error());
  auto woven = weave(*source, *header, name, form.symbol);
  if (!woven) return fail(std::move(woven).error());
  return writeAll(folder / (name + ".c"), *woven);
}

/// All sources of a program but the operating system's other half.
std::vector<std::string> hostFiles(bool isWindows) {
  std::vector<std::string> files{"config.c"};
  for (const auto& [name, text] : hostSources()) {
    const bool isOther = name == (isWindows ? "os_posix.c" : "os_windows.c");
    if (name.ends_with(".c") && !isOther) files.emplace_back(name);
  }
  return files;
}

}  // namespace

const std::vector<Toolchain>& toolchains() {
  static const std::vector<Toolchain> kToolchains = {
      {"linux-x86_64", "x86_64-linux-gnu-gcc", "gcc", {}, false},
      {"linux-aarch64", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross", {}, false},
      {"windows-x86_64",
       "x86_64-w64-mingw32-gcc",
       "gcc-mingw-w64-x86-64-win32",
       {"-Wl,--no-insert-timestamp", "-Wl,--stack,67108864"},
       true},
  };
  return kToolchains;
}

Result<PreparedModule> prepareModule(const fs::path& module, const fs::path& folder, Clocks clocks) {
  HEARTH_TRY(checkTools());
  auto bytes = readAll(module);
  if (!bytes) return fail(std::move(bytes).error());
  const auto imports = readImports(*bytes);
  if (!imports) return fail(Error(imports.error()).within(module.string()));
  HEARTH_TRY(writeAll(folder / "module.wasm", *bytes));
  if (auto sound = runCommand({"wasm-validate", "module.wasm"}, folder); !sound)
    return fail(std::move(sound).error().within(module.string()));
  if (auto known = checkImports(*imports); !known) return fail(std::move(known).error().within(module.string()));
  for (const Form& form : kForms) {
    if (auto made = makeForm(form, folder); !made) return fail(std::move(made).error().within(module.string()));
  }
  for (const auto& [name, text] : hostSources()) HEARTH_TRY(writeAll(folder / name, text));
  auto runtime = readAll(kRuntimeHeader);
  if (!runtime) return fail(std::move(runtime).error());
  HEARTH_TRY(writeAll(folder / "wasm-rt.h", *runtime));
  const Digest digest = certs::sha256(*bytes);
  HEARTH_TRY(writeAll(folder / "config.c", configuration(digest, clocks)));
  return PreparedModule{digest, folder};
}

Result<void> compileModule(const PreparedModule& module, const Toolchain& toolchain, const fs::path& program) {
  std::vector<std::string> compiler{toolchain.compiler};
  compiler.insert(compiler.end(), kFlags.begin(), kFlags.end());
  std::vector<std::string> link = compiler;
  for (const Form& form : kForms) {
    std::vector<std::string> compile = compiler;
    compile.insert(compile.end(), toolchain.flags.begin(), toolchain.flags.end());
    const std::string object = std::string(form.name) + ".o";
    compile.insert(compile.end(), {form.flag, "-c", std::string(form.name) + ".c", "-o", object});
    HEARTH_TRY(runCommand(compile, module.folder));
    link.push_back(object);
  }
  link.insert(link.end(), toolchain.flags.begin(), toolchain.flags.end());
  const std::vector<std::string> files = hostFiles(toolchain.isWindows);
  link.insert(link.end(), files.begin(), files.end());
  link.insert(link.end(), {"-static", "-s", "-o", "program", "-lm"});
  if (!toolchain.isWindows) link.emplace_back("-Wl,--build-id=none");
  HEARTH_TRY(runCommand(link, module.folder));
  std::error_code failed;
  const fs::path made = module.folder / (fs::exists(module.folder / "program.exe", failed) ? "program.exe" : "program");
  fs::copy_file(made, program, fs::copy_options::overwrite_existing, failed);
  if (!failed) fs::remove(made, failed);
  if (!failed) return {};
  return fail(ErrorCode::kIo, "cannot write " + program.string() + ": " + failed.message(),
              "Check the folder and the free space");
}

}  // namespace hearth::wasm
