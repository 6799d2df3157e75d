// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/batch_json.h"

#include <functional>

#include "golden.h"
#include "samples.h"

using namespace hearth;
using namespace hearth::tests;
using namespace hearth::wire;

namespace {

/// What checkBatchSpec says of the sample after a change.
std::string complaint(const std::function<void(BatchSpec&)>& change) {
  BatchSpec spec = sampleSpec();
  change(spec);
  const auto checked = checkBatchSpec(spec);
  if (!checked) CHECK_FALSE(checked.error().hint.empty());
  return checked ? "" : checked.error().message;
}

std::string parseComplaint(const std::string& members) {
  const auto read = parseBatchSpec("{\"name\":\"n\",\"command\":[\"c\"]," + members + "}");
  if (!read) CHECK_FALSE(read.error().hint.empty());
  return read ? "" : read.error().message;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a submission is written and read as agreed") {
  holdsGolden("batch_spec.json", sampleSpec(), parseBatchSpec);
  BatchSpec spec;
  spec.name = "points";
  spec.application = "gmp-ecm@7.0.5";
  spec.command = {"ecm"};
  spec.sweep.list = ListFile{digestOf(9), 1234, {"x", "y"}, 100};
  spec.outputs = {{"out", false}};
  holdsGolden("batch_spec_list.json", spec, parseBatchSpec);
}

TEST_CASE("a submission needs no more than a name and a command to be read") {
  const auto spec = parseBatchSpec(R"({"name":"n","command":["c"]})");
  REQUIRE(spec);
  BatchSpec expected;
  expected.name = "n";
  expected.command = {"c"};
  CHECK(*spec == expected);
  CHECK(parseBatchSpec(R"({"name":"n"})").error().message == "member 'command': is missing");
  CHECK(parseBatchSpec(R"({"command":["c"]})").error().message == "member 'name': is missing");
}

TEST_CASE("an unknown member of a submission suggests the nearest known one") {
  CHECK(parseComplaint(R"("pollicy":{})") == "member 'pollicy': is not known. Did you mean 'policy'?");
  CHECK(parseComplaint(R"("policy":{"quorom":2})") == "member 'policy.quorom': is not known. Did you mean 'quorum'?");
  CHECK(parseComplaint(R"("sweep":{"axes":[{"name":"n","first":1,"last":2,"setp":1}]})") ==
        "member 'sweep.axes[0].setp': is not known. Did you mean 'step'?");
  CHECK(contains(parseComplaint(R"("limits":{"timems":5})"), "Did you mean 'timeMs'?"));
}

TEST_CASE("what is not built yet is refused by name") {
  CHECK(parseComplaint(R"("after":[3])") == "member 'after': is not built yet");
  CHECK(parseComplaint(R"("gang":{"width":4})") == "member 'gang': is not built yet");
  CHECK(contains(parseComplaint(R"("network":"relay")"), "only \"none\" is built"));
  CHECK(parseComplaint(R"("network":"none")").empty());
  CHECK(parseBatchSpec(R"({"name":"n","command":["c"],"gang":1})").error().code == ErrorCode::kUnsupported);
}

TEST_CASE("a sound submission counts its tasks") { CHECK(checkBatchSpec(sampleSpec()) == 1200U); }

TEST_CASE("templates may only name parameters of the sweep") {
  CHECK(contains(complaint([](BatchSpec& s) { s.command[2] = "{curv}"; }), "Did you mean 'curve'?"));
  CHECK(contains(complaint([](BatchSpec& s) { s.environment[0].second = "{nope}"; }), "environment variable LC_ALL"));
  CHECK(contains(complaint([](BatchSpec& s) { s.outputs[1].path = "{nope}"; }), "output {nope}"));
  CHECK(contains(complaint([](BatchSpec& s) { s.inputs[0].to = "{x"; }), "not closed"));
}

TEST_CASE("rules must name files of the bundle, for every task") {
  CHECK(complaint([](BatchSpec& s) { s.files.pop_back(); }) ==
        "input 'numbers/{kind}' needs the file 'numbers/b', which the bundle does not have. Did you mean 'numbers/a'?");
  CHECK(contains(complaint([](BatchSpec& s) { s.inputs.push_back({"number/a", "x"}); }), "Did you mean 'numbers/a'?"));
  CHECK(contains(complaint([](BatchSpec& s) { s.inputs.push_back({"{index}", "x"}); }), "needs the file '0'"));
  CHECK(contains(complaint([](BatchSpec& s) {
                   s.sweep.axes[0] = RangeAxis{"curve", 1, 1'000'000, 1, 0};
                   s.inputs.push_back({"{curve}", "x"});
                 }),
                 "needs the file '1'"));
}

TEST_CASE("paths stay inside the task and the bundle") {
  CHECK(contains(complaint([](BatchSpec& s) { s.inputs[0].to = "../x"; }), "has a part '..'"));
  CHECK(contains(complaint([](BatchSpec& s) { s.inputs[0].from = "/etc/passwd"; }), "is absolute"));
  CHECK(contains(complaint([](BatchSpec& s) { s.outputs[0].path = "{kind}/../../x"; }), "has a part '..'"));
  CHECK(contains(complaint([](BatchSpec& s) { s.files[0].path = "../a"; }), "has a part '..'"));
  CHECK(contains(complaint([](BatchSpec& s) {
                   s.sweep.axes[2] = ListAxis{"kind", {"a", "../../etc/passwd"}};
                 }),
                 "has a part '..'"));
}

TEST_CASE("files are sorted and there once") {
  CHECK(contains(complaint([](BatchSpec& s) { std::swap(s.files[0], s.files[1]); }), "not sorted"));
  CHECK(contains(complaint([](BatchSpec& s) { s.files[1].path = s.files[0].path; }), "twice"));
}

TEST_CASE("standard input is an input and standard output an output") {
  CHECK(contains(complaint([](BatchSpec& s) { s.standardInput = "numbers.txt"; }), "Did you mean 'number.txt'?"));
  CHECK(contains(complaint([](BatchSpec& s) { s.standardOutput = "other.txt"; }), "not declared"));
  CHECK(contains(complaint([](BatchSpec& s) { s.outputs.push_back({"factor.txt", true}); }), "declared twice"));
  CHECK(contains(complaint([](BatchSpec& s) { s.inputs.push_back({"numbers/a", "number.txt"}); }), "two inputs"));
}

TEST_CASE("a program and a name are needed") {
  CHECK(contains(complaint([](BatchSpec& s) { s.name.clear(); }), "name is missing"));
  CHECK(contains(complaint([](BatchSpec& s) { s.name = "a\nb"; }), "line break"));
  CHECK(contains(complaint([](BatchSpec& s) { s.name = std::string(201, 'n'); }), "longer than 200"));
  CHECK(contains(complaint([](BatchSpec& s) { s.package = {}; }), "neither an application nor a package"));
  CHECK(contains(complaint([](BatchSpec& s) { s.application = "a@"; }), "is no application"));
  CHECK(contains(complaint([](BatchSpec& s) { s.command.clear(); }), "command is missing"));
  CHECK(contains(complaint([](BatchSpec& s) { s.command[0] = ""; }), "command is missing"));
  CHECK(
      contains(complaint([](BatchSpec& s) { s.environment[0].first = "1A"; }), "no name for an environment variable"));
  CHECK(contains(complaint([](BatchSpec& s) { s.environment.push_back(s.environment[0]); }), "twice"));
}

TEST_CASE("numbers out of range are refused by name") {
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.quorum = 0; }), "quorum"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.quorum = 17; }), "quorum"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.retries = 101; }), "retries"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.priority = 1001; }), "priority"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.weight = 0; }), "weight"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.weight = 1001; }), "weight"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.deadline = Duration::seconds(5); }), "deadline"));
  CHECK(contains(complaint([](BatchSpec& s) { s.policy.deadline = Duration::minutes(10); }), "run for 20m"));
  CHECK(contains(complaint([](BatchSpec& s) { s.limits.time = {}; }), "no time to run"));
  CHECK(contains(complaint([](BatchSpec& s) { s.limits.processes = 0; }), "processes"));
  CHECK(contains(complaint([](BatchSpec& s) { s.limits.outputBytes = 0; }), "output"));
  CHECK(contains(complaint([](BatchSpec& s) { s.requirements.processors = 0; }), "processors"));
  CHECK(contains(complaint([](BatchSpec& s) { s.requirements.memoryBytes = 0; }), "memory"));
  CHECK(contains(complaint([](BatchSpec& s) { s.requirements.sandbox = SandboxTier::kNone; }), "unconfined"));
  CHECK(contains(complaint([](BatchSpec& s) { s.exitCodes = {}; }), "exit code"));
  CHECK(contains(complaint([](BatchSpec& s) { s.exitCodes = {14, 0}; }), "exit code"));
  CHECK(contains(complaint([](BatchSpec& s) { s.exitCodes = {256}; }), "exit code"));
  CHECK(contains(complaint([](BatchSpec& s) {
                   s.outputs.clear();
                   s.standardOutput.clear();
                 }),
                 "nothing to compare"));
}

TEST_CASE("an empty sweep and one over the limit are refused by name") {
  CHECK(contains(complaint([](BatchSpec& s) { s.sweep.axes[2] = ListAxis{"kind", {}}; }), "'kind' is empty"));
  const auto checked = [] {
    BatchSpec spec = sampleSpec();
    spec.sweep.axes[0] = RangeAxis{"curve", 1, 999'999'999, 1, 0};
    return checkBatchSpec(spec);
  }();
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::kTooLarge);
  CHECK(contains(checked.error().message, "1000000000 tasks"));
}

TEST_CASE("an axis read from JSON keeps its exact numbers") {
  const auto spec = parseBatchSpec(
      R"({"name":"n","command":["c"],"sweep":{"axes":[{"name":"x","first":-9223372036854775808,"last":9223372036854775807,"decimals":18}]}})");
  REQUIRE(spec);
  CHECK(std::get<RangeAxis>(spec->sweep.axes[0]).first == std::numeric_limits<std::int64_t>::min());
  CHECK(checkBatchSpec(*spec).error().code == ErrorCode::kTooLarge);
}
