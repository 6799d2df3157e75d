// SPDX-License-Identifier: GPL-3.0-or-later
// The manifest as the fields of a form and back, and all that is wrong with one at once.
#include "wire/manifest_form.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "wire/batch_json.h"
#include "wire/file_pattern.h"
#include "wire/manifest.h"
#include "wire/manifest_of_batch.h"

using namespace hearth;
using namespace hearth::wire;

namespace {

namespace json = boost::json;

json::object formOf(std::string_view toml) {
  const auto form = formOfManifest(toml);
  REQUIRE(form);
  return json::parse(*form).as_object();
}

std::string tomlOf(const json::object& form, std::string_view before = {}) {
  const auto toml = manifestOfForm(json::serialize(form), before);
  REQUIRE(toml);
  return *toml;
}

Manifest parsed(std::string_view toml) {
  auto manifest = parseManifest(toml);
  if (!manifest) FAIL(manifest.error().message << " in\n" << toml);
  return *std::move(manifest);
}

std::string textOf(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

const char* kWhole = R"(name = "all \"of\" it"
application = "app@1"
command = ["prog", "-x", "{x}", "a b"]
exit_codes = [0, 3]
files = ["data/**"]
inputs = ["in.txt", { from = "q/{q}.txt", to = "query" }]
outputs = ["out", { path = "maybe", optional = true }]
stdin = "in.txt"
stdout = "out"
quorum = 2
retries = 5
deadline = "12h"
at_once = 7
stop_after_failures = 9
priority = -3
weight = 4
distinct = "accounts"
checkpoint = "30s"
[sweep]
x = { from = 0.00, to = 1.00, step = 0.25 }
q = ["b", "a"]
n = [1, 0.50]
[environment]
Z = "1"
A = "two words"
[requirements]
platform = "any"
processors = 2
memory = "1GiB"
disk = "10MiB"
sandbox = "vm"
gpus = 1
gpu_api = "opencl"
[limits]
time = "5m"
processes = 3
output = "1MiB"
)";

}  // namespace

TEST_CASE("a form gives back the manifest that it was made from") {
  const Manifest before = parsed(kWhole);
  const Manifest after = parsed(tomlOf(formOf(kWhole)));
  CHECK(after.spec == before.spec);
  CHECK(after.filePatterns == before.filePatterns);
  const std::string once = tomlOf(formOf(kWhole));
  CHECK(tomlOf(formOf(once)) == once);
}

TEST_CASE("the examples' manifests survive the form") {
  for (const auto& entry : std::filesystem::directory_iterator(std::string(HEARTH_SOURCE_DIR) + "/docs/examples")) {
    if (!entry.is_directory()) continue;
    INFO(entry.path());
    const std::string text = textOf(entry.path() / "hearth.toml");
    const Manifest before = parsed(text);
    const Manifest after = parsed(tomlOf(formOf(text), text));
    CHECK(after.spec == before.spec);
    CHECK(after.listPath == before.listPath);
    CHECK(after.packagePath == before.packagePath);
  }
}

TEST_CASE("a form keeps axes in their order and fractions as they are written") {
  const json::object form = formOf(kWhole);
  const json::array& sweep = form.at("sweep").as_array();
  REQUIRE(sweep.size() == 3);
  CHECK(sweep[0].at("name") == "x");
  CHECK(sweep[0].at("step") == "0.25");
  CHECK(sweep[0].at("from") == "0.00");
  CHECK(sweep[1].at("values").as_array()[0] == "b");
  CHECK(sweep[2].at("values").as_array()[1] == "0.50");
  CHECK(form.at("environment").as_array()[0].at("name") == "Z");
}

TEST_CASE("what the form does not know is kept") {
  const char* before = "name = \"n\"\nnovel = 5\n[requirements]\nmemory = \"1MiB\"\nspeed = 3\n[other]\nx = 1\n";
  json::object form = formOf(before);
  form["name"] = "renamed";
  const json::object after = formOf(tomlOf(form, before));
  const std::string text = tomlOf(form, before);
  CHECK(after.at("name") == "renamed");
  CHECK(text.find("novel = 5") != std::string::npos);
  CHECK(text.find("speed = 3") != std::string::npos);
  CHECK(text.find("[other]") != std::string::npos);
}

TEST_CASE("what was typed into a form and is wrong stays as it was typed") {
  json::object form{{"name", "n"},
                    {"application", "a"},
                    {"command", "prog {x}"},
                    {"quorum", "many"},
                    {"requirements", {{"memory", "12 elephants"}}},
                    {"sweep", json::array{{{"name", "x"}, {"kind", "range"}, {"from", "one"}, {"to", "007"}}}}};
  const std::string toml = tomlOf(form);
  const json::object back = formOf(toml);
  CHECK(back.at("quorum") == "many");
  CHECK(back.at("requirements").at("memory") == "12 elephants");
  CHECK(back.at("sweep").as_array()[0].at("to") == "007");
  const ManifestReading reading = readManifest(toml);
  std::vector<std::string> members;
  for (const ManifestProblem& problem : reading.problems) {
    members.push_back(problem.member);
    CHECK(problem.line > 0);
    CHECK_FALSE(problem.error.hint.empty());
  }
  CHECK(members == std::vector<std::string>{"sweep.x", "requirements.memory", "quorum"});
}

TEST_CASE("a form whose text would end its quotes cannot leave them") {
  const std::string evil = "\"\nquorum = 16 # \\ \x01 \xC3\xA9";
  const json::object back =
      formOf(tomlOf({{"name", evil}, {"sweep", json::array{{{"name", "a.b"}, {"values", {evil}}}}}}));
  CHECK(json::value_to<std::string>(back.at("name")) == evil);
  CHECK_FALSE(back.contains("quorum"));
  CHECK(back.at("sweep").as_array()[0].at("name") == "a.b");
  CHECK(json::value_to<std::string>(back.at("sweep").as_array()[0].at("values").as_array()[0]) == evil);
}

TEST_CASE("all that is wrong with a manifest is said at once, each with its line") {
  const ManifestReading reading = readManifest("nam = \"x\"\ncommand = 5\nquorum = 99\n[limits]\ntime = \"soon\"\n");
  std::vector<std::pair<std::uint64_t, std::string>> found;
  for (const ManifestProblem& problem : reading.problems) found.emplace_back(problem.line, problem.member);
  const std::vector<std::pair<std::uint64_t, std::string>> expected{
      {1, "nam"}, {0, "name"}, {0, "application"}, {2, "command"}, {5, "limits.time"}, {3, "quorum"}};
  CHECK(found == expected);
  CHECK(reading.lineOf("limits.time") == 5);
  CHECK(reading.lineOf("limits.output") == 4);
  CHECK(reading.lineOf("nothing") == 0);
}

TEST_CASE("a manifest of a newer version is said to be one, and nothing else of it is blamed") {
  const ManifestReading reading = readManifest("format = 2\nnovel = true\n");
  REQUIRE(reading.problems.size() == 1);
  CHECK(reading.problems[0].member == "format");
  CHECK(reading.problems[0].error.code == ErrorCode::kUnsupported);
  CHECK(reading.problems[0].error.message.find("newer Hearth") != std::string::npos);
  CHECK(parseManifest("format = 1\nname = \"n\"\napplication = \"a\"\ncommand = [\"c\"]\n"));
}

TEST_CASE("all that is wrong with the sense of a batch is said at once") {
  BatchSpec spec;
  spec.name = "n";
  spec.application = "a";
  spec.command = {"prog", "{nothing}"};
  spec.inputs = {{"missing", "in"}};
  spec.policy.quorum = 2;
  std::vector<std::string> members;
  for (const SpecProblem& problem : problemsOf(spec)) members.push_back(problem.member);
  CHECK(members == std::vector<std::string>{"command", "inputs", "outputs"});
}

TEST_CASE("a file pattern matches as a shell's would, part by part") {
  CHECK(FilePattern("a/*.t?t").matches("a/b.txt"));
  CHECK(FilePattern("*a*b*").matches("xxaxxbxx"));
  CHECK_FALSE(FilePattern("*a*b").matches("xxaxxbx"));
  CHECK(FilePattern("[a-c]1").matches("b1"));
  CHECK_FALSE(FilePattern("[!a-c]1").matches("b1"));
  CHECK(FilePattern("[]x]").matches("]"));
  CHECK(FilePattern("[open").matches("[open"));
  CHECK_FALSE(FilePattern("*").matches(".hidden"));
  CHECK(FilePattern(".*").matches(".hidden"));
  CHECK(FilePattern("**/x").matches("a/b/x"));
  CHECK(FilePattern("folder").matches("folder/deep/file"));
  CHECK(FilePattern("a/b/*").mayReach("a"));
  CHECK_FALSE(FilePattern("a/b/*").mayReach("c"));
}

TEST_CASE("the manifest of a batch describes it again") {
  const Manifest before = parsed(kWhole);
  BatchSpec spec = before.spec;
  const Manifest after = parsed(manifestOfBatch(spec, "package", "list.csv"));
  CHECK(after.spec == spec);
  spec.application.clear();
  spec.sweep = {{}, ListFile{{}, 10, {"a"}, 3}};
  spec.name = "zero";
  const Manifest listed = parsed(manifestOfBatch(spec, "package", "list.csv"));
  CHECK(listed.listPath == "list.csv");
  CHECK(listed.packagePath == "package");
  spec.sweep = {{RangeAxis{"t", -5, 10, 5, 3}}, {}};
  CHECK(parsed(manifestOfBatch(spec, "p", "")).spec.sweep == spec.sweep);
}
