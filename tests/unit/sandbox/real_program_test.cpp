// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include <catch2/catch.hpp>

#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;

namespace {

namespace fs = std::filesystem;

/// Puts an installed program and the libraries that it names into a package, at the same places.
void pack(const fs::path& package, const std::string& program) {
  const auto copy = [&package](const std::string& file) {
    const fs::path target = package / fs::path(file).relative_path();
    fs::create_directories(target.parent_path());
    if (!fs::exists(target)) fs::copy_file(file, target);
  };
  copy(program);
  const fs::path list = package.parent_path() / "libraries";
  REQUIRE(std::system(("ldd " + program + " > " + list.string()).c_str()) == 0);
  std::istringstream words(readText(list));
  for (std::string word; words >> word;) {
    if (word.starts_with('/')) copy(word);
  }
}

}  // namespace

TEST_CASE("programs of the distribution run: a shell, its children, pipes and temporary files") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  Lab lab;
  for (const char* program : {"/bin/sh", "/usr/bin/seq", "/usr/bin/sort", "/usr/bin/head", "/bin/cat", "/usr/bin/id"}) {
    pack(lab.spec({}).packageRoot, program);
  }
  writeText(lab.work() / "input", "7\n");
  const std::string script =
      "id -u; /usr/bin/seq 200000 | sort -rn -S 2M -T /tmp --parallel=2 | head -2 > out; cat input out; nohup=1; (exit "
      "3); echo $? >&2; pwd";
  const Outcome outcome = attack(
      who, {"-c", script},
      [](RunSpec& spec) {
        spec.program = "/bin/sh";
        spec.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}};
      },
      &lab);
  CHECK(outcome.refusal == "");
  CHECK(outcome.reason == "");
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.output == "65534\n7\n200000\n199999\n/work\n");
  CHECK(outcome.error == "3\n");
}
