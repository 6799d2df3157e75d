// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "wire/batch_json.h"
#include "wire/manifest_parts.h"

using namespace hearth;
using namespace hearth::wire;

namespace {

const std::string kHead = "name = \"n\"\napplication = \"a\"\ncommand = [\"c\"]\n";

Manifest parsed(const std::string& toml) {
  auto manifest = parseManifest(toml);
  INFO((manifest ? std::string() : manifest.error().message));
  REQUIRE(manifest);
  return std::move(*manifest);
}

/// What is said about the lines that follow the three of kHead.
Error problemWith(const std::string& lines) {
  const auto manifest = parseManifest(kHead + lines);
  INFO(lines);
  REQUIRE_FALSE(manifest);
  CHECK_FALSE(manifest.error().hint.empty());
  return manifest.error();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> words(std::string_view line) { return splitCommand(line).value(); }

/// The blocks of TOML that the guide shows.
std::vector<std::string> examplesOfGuide() {
  std::ifstream file(std::string(HEARTH_SOURCE_DIR) + "/docs/manifest.md");
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```toml") {
      inside = true;
      examples.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      examples.back() += line + "\n";
    }
  }
  return examples;
}

}  // namespace

TEST_CASE("every example of the guide is a manifest") {
  const auto examples = examplesOfGuide();
  REQUIRE(examples.size() == 4);
  for (const std::string& example : examples) {
    INFO(example);
    parsed(example);
  }
}

TEST_CASE("every example bundle has a manifest with at least a few tasks") {
  std::size_t bundles = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(HEARTH_SOURCE_DIR) + "/docs/examples")) {
    std::ifstream file(entry.path() / "hearth.toml");
    if (!file) continue;
    std::ostringstream text;
    text << file.rdbuf();
    INFO(entry.path());
    const Manifest manifest = parsed(text.str());
    // Of a list only its file says how many there are.
    CHECK((!manifest.listPath.empty() || taskCount(manifest.spec.sweep).value() >= 40));
    ++bundles;
  }
  CHECK(bundles >= 3);
}

TEST_CASE("the whole example says what it seems to say") {
  const Manifest manifest = parsed(examplesOfGuide().at(1));
  const BatchSpec& spec = manifest.spec;
  CHECK(spec.name == "protein search");
  CHECK(spec.application == "hmmer@3.3.2");
  CHECK(manifest.packagePath.empty());
  CHECK(spec.command == std::vector<std::string>{"hmmsearch", "--cpu", "1", "-E", "{e}", "--tblout", "hits.tbl",
                                                 "query.hmm", "database.fa"});
  CHECK(manifest.filePatterns == std::vector<std::string>{"queries/*.hmm", "database.fa"});
  CHECK(spec.inputs == std::vector<InputRule>{{"database.fa", "database.fa"}, {"queries/{query}.hmm", "query.hmm"}});
  CHECK(spec.outputs == std::vector<OutputRule>{{"hits.tbl", false}, {"warnings.txt", true}});
  CHECK(spec.environment == std::vector<std::pair<std::string, std::string>>{{"LC_ALL", "C"}});
  CHECK(spec.requirements ==
        Requirements{"linux-x86_64", 1, 512 * limits::kMiB, limits::kGiB, SandboxTier::kNamespaces});
  CHECK(spec.limits == TaskLimits{Duration::minutes(30), 16, 10 * limits::kMiB});
  CHECK(spec.policy == BatchPolicy{2, 3, Duration::hours(12), 100, 20, 5});
  REQUIRE(spec.sweep.axes.size() == 2);
  CHECK(spec.sweep.axes[0] == Axis(ListAxis{"query", {"globins4", "fn3", "Pkinase"}}));
  CHECK(spec.sweep.axes[1] == Axis(RangeAxis{"e", 0, 100, 25, 2}));
  CHECK(spec.files.empty());
}

TEST_CASE("the first example reads standard input and declares standard output") {
  const Manifest manifest = parsed(examplesOfGuide().at(0));
  CHECK(manifest.packagePath == "ecm");
  CHECK(manifest.spec.standardInput == "number.txt");
  CHECK(manifest.spec.standardOutput == "factor.txt");
  CHECK(manifest.spec.outputs == std::vector<OutputRule>{{"factor.txt", false}});
  CHECK(manifest.spec.exitCodes == std::vector<std::int32_t>{0, 2, 6, 8, 10, 14});
  CHECK(manifest.filePatterns == std::vector<std::string>{"number.txt"});
}

TEST_CASE("a CSV list is named and read by others") {
  const Manifest manifest = parsed(examplesOfGuide().at(2));
  CHECK(manifest.listPath == "points.csv");
  CHECK_FALSE(manifest.spec.sweep.list);
}

TEST_CASE("what is left out has the documented value") {
  const Manifest manifest = parsed(kHead);
  BatchSpec expected;
  expected.name = "n";
  expected.application = "a";
  expected.command = {"c"};
  CHECK(manifest.spec == expected);
  CHECK(taskCount(manifest.spec.sweep) == 1U);
}

TEST_CASE("axes keep the order in which they are written") {
  const auto axes = parsed(kHead + "[sweep]\nz = [1]\na = { from = 1, to = 2 }\nm = [true]\n").spec.sweep.axes;
  REQUIRE(axes.size() == 3);
  CHECK(axes[0] == Axis(ListAxis{"z", {"1"}}));
  CHECK(axes[1] == Axis(RangeAxis{"a", 1, 2, 1, 0}));
  CHECK(axes[2] == Axis(ListAxis{"m", {"true"}}));
}

TEST_CASE("environment variables keep the order in which they are written") {
  const auto environment = parsed(kHead + "[environment]\nZ = 1\nA = 0.50\nM = \"x\"\n").spec.environment;
  CHECK(environment == std::vector<std::pair<std::string, std::string>>{{"Z", "1"}, {"A", "0.50"}, {"M", "x"}});
}

TEST_CASE("ranges take the decimals that are written") {
  const auto range = [](const std::string& text) {
    return parsed(kHead + "# \xC3\xA4\n[sweep]\n" + text + "\n").spec.sweep.axes.at(0);
  };
  CHECK(range("x = { from = 0.0, to = 1.0, step = 0.05 }") == Axis(RangeAxis{"x", 0, 100, 5, 2}));
  CHECK(range("x = { from = 0.0, to = 2.0, step = 1.0 }") == Axis(RangeAxis{"x", 0, 20, 10, 1}));
  CHECK(range("x = { step = 0.1, from = -1, to = 1 }") == Axis(RangeAxis{"x", -10, 10, 1, 1}));
  CHECK(range("x = { from = 1e-3, to = 5e-3, step = 1E-3 }") == Axis(RangeAxis{"x", 1, 5, 1, 3}));
  CHECK(range("x = { from = 1.5e3, to = 2e3, step = 5e2 }") == Axis(RangeAxis{"x", 1500, 2000, 500, 0}));
  CHECK(range("x = { from = 0x10, to = 1_000, step = +984 }") == Axis(RangeAxis{"x", 16, 1000, 984, 0}));
  CHECK(range("x = { from = \"0.10\", to = \"0.30\", step = \"0.10\" }") == Axis(RangeAxis{"x", 10, 30, 10, 2}));
  CHECK(range("x.from = 1.25\nx.to = 2.25") == Axis(RangeAxis{"x", 125, 225, 100, 2}));
  CHECK(range("x = { from = 0.1000000000000001, to = 0.1000000000000003, step = 0.0000000000000001 }") ==
        Axis(RangeAxis{"x", 1000000000000001, 1000000000000003, 1, 16}));
}

TEST_CASE("numbers that cannot be exact are refused") {
  for (const char* text :
       {"x = { from = 0.1234567890123456789, to = 1 }", "x = { from = 1e300, to = 2e300 }",
        "x = { from = inf, to = 1 }", "x = { from = nan, to = 1 }", "x = { from = 0.000000000000000001, to = 99.0 }",
        "x = { from = true, to = 1 }", "x = { from = 1e-99999999999, to = 1 }", "x = { from = \"one\", to = 2 }"}) {
    CHECK(contains(problemWith("[sweep]\n" + std::string(text)).message, "line 5"));
  }
}

TEST_CASE("values of a list stay as they are written") {
  const auto axes = parsed(kHead + "[sweep]\nx = [1.50, 1e-3, 1_000.5, \"a b\", 7]\n").spec.sweep.axes;
  CHECK(axes.at(0) == Axis(ListAxis{"x", {"1.50", "1e-3", "1000.5", "a b", "7"}}));
}

TEST_CASE("an unknown key names its line and the nearest known one") {
  CHECK(problemWith("\nquorom = 2\n").message == "line 5: unknown key 'quorom'. Did you mean 'quorum'?");
  CHECK(problemWith("[requirements]\nmemmory = 5").message == "line 5: unknown key 'memmory'. Did you mean 'memory'?");
  CHECK(contains(problemWith("[limits]\ntime = \"1h\"\nprocesess = 2").message, "Did you mean 'processes'?"));
  CHECK(contains(problemWith("[sweep]\nx = { from = 1, too = 2 }").message, "Did you mean 'to'?"));
  CHECK(contains(problemWith("outputs = [{ pth = \"x\" }]").message, "Did you mean 'path'?"));
  CHECK(contains(problemWith("inputs = [{ form = \"x\", to = \"y\" }]").message, "Did you mean 'from'?"));
  CHECK(contains(problemWith("banana = 1").hint, "stop_after_failures"));
}

TEST_CASE("keys that are not built yet are refused by name") {
  CHECK(problemWith("after = [3]").message == "line 4: 'after' is not built yet");
  CHECK(problemWith("[gang]\nwidth = 4").code == ErrorCode::kUnsupported);
  CHECK(contains(problemWith("network = \"relay\"").message, "only") == false);
  CHECK(problemWith("network = \"relay\"").code == ErrorCode::kUnsupported);
  CHECK(problemWith("network = true").code == ErrorCode::kUnsupported);
  parsed(kHead + "network = \"none\"");
}

TEST_CASE("an empty sweep and one over the limit are refused with their line") {
  CHECK(problemWith("[sweep]\n").message == "line 4: the sweep is empty");
  CHECK(problemWith("[sweep]\nx = []").message == "line 5: sweep axis 'x' is empty");
  CHECK(contains(problemWith("[sweep]\nx = { from = 5, to = 1 }").message, "line 5: sweep axis 'x' is empty"));
  const Error one = problemWith("[sweep]\nx = { from = 1, to = 1000000001 }");
  CHECK(one.code == ErrorCode::kTooLarge);
  CHECK(contains(one.message, "limit of 1000000000 tasks"));
  const Error product = problemWith("[sweep]\nx = { from = 1, to = 100000 }\ny = { from = 1, to = 100000 }");
  CHECK(product.code == ErrorCode::kTooLarge);
  CHECK(contains(product.message, "at axis 'y'"));
  CHECK(contains(problemWith("[sweep]\nx = { from = 0.0, to = 1.0, step = 0.3 }").hint, "End it at 0.9"));
  CHECK(contains(problemWith("[sweep]\nx = 5").message, "neither a range nor a list"));
  CHECK(contains(problemWith("[sweep]\nx = { from = 1 }").message, "needs both"));
  CHECK(contains(problemWith("[sweep]\nlist = [1]").message, "must be text"));
  CHECK(contains(problemWith("[sweep]\nlist = \"\"").message, "names no file"));
  CHECK(contains(problemWith("[sweep]\nlist = \"a.csv\"\nx = [1]").message, "both axes and a list"));
  CHECK(contains(problemWith("[sweep]\nindex = [1]").message, "'index'"));
  CHECK(contains(problemWith("[sweep]\nx = [[1]]").message, "neither short text nor a number"));
  CHECK(contains(problemWith("[sweep]\nx = [1979-05-27]").message, "neither short text nor a number"));
  CHECK(contains(problemWith("sweep = 5").message, "must be a table"));
}

TEST_CASE("values of the wrong kind or out of range are refused by key") {
  CHECK(contains(problemWith("quorum = 0").message, "'quorum' must be a whole number between 1 and 16"));
  CHECK(contains(problemWith("quorum = 2.0").message, "'quorum'"));
  CHECK(contains(problemWith("retries = -1").message, "'retries'"));
  CHECK(contains(problemWith("deadline = 90").message, "it has no unit"));
  CHECK(contains(problemWith("deadline = true").message, "'deadline'"));
  CHECK(contains(problemWith("at_once = -1").message, "'at_once'"));
  CHECK(contains(problemWith("[limits]\ntime = \"1x\"").message, "'1x' is no length of time"));
  CHECK(contains(problemWith("[limits]\noutput = -1").message, "'output'"));
  CHECK(contains(problemWith("[requirements]\nmemory = \"1ZiB\"").message, "line 5: 'memory'"));
  CHECK(contains(problemWith("[requirements]\nsandbox = \"cgroups\"").message, "Did you mean 'cgroup'?"));
  CHECK(contains(problemWith("exit_codes = [256]").message, "between 0 and 255"));
  CHECK(contains(problemWith("exit_codes = []").message, "is empty"));
  CHECK(contains(problemWith("outputs = [7]").message, "an output is neither"));
  CHECK(contains(problemWith("outputs = [{ path = \"x\", optional = 1 }]").message, "true or false"));
  CHECK(contains(problemWith("inputs = [{ to = \"x\" }]").message, "an input is neither"));
  CHECK(contains(problemWith("inputs = \"x\"").message, "must be an array"));
  CHECK(contains(problemWith("inputs = [\"../secret\"]").message, "has a part '..'"));
  CHECK(contains(problemWith("files = [\"/etc/*\"]").message, "is absolute"));
  CHECK(contains(problemWith("files = [7]").message, "must be text"));
  CHECK(contains(problemWith("stdin = 7").message, "must be text"));
  CHECK(contains(problemWith("[environment]\nA = [1]").message, "environment variable"));
}

TEST_CASE("a program a name and a command are needed") {
  const auto messageOf = [](const std::string& toml) {
    const auto manifest = parseManifest(toml);
    return manifest ? "" : manifest.error().message;
  };
  CHECK(contains(messageOf(""), "'name' is missing"));
  CHECK(contains(messageOf("name = \"n\"\ncommand = [\"c\"]"), "neither 'application' nor 'package'"));
  CHECK(contains(messageOf("name = \"n\"\napplication = \"a\"\npackage = \"p\"\ncommand = [\"c\"]"), "both"));
  CHECK(contains(messageOf("name = \"n\"\napplication = \"a\""), "'command' is missing"));
  CHECK(messageOf("name = \"n\"\napplication = \"a\"\ncommand = []") == "");  // an image has one of its own
  CHECK(contains(messageOf("name = \"n\"\napplication = \"a\"\ncommand = [\"\"]"), "command is empty"));
  CHECK(contains(messageOf("name = \"n\"\napplication = \"a\"\ncommand = \"\""), "command is empty"));
  CHECK(contains(messageOf("name = \"n\"\napplication = \"a\"\ncommand = \"a | b\""), "line 3"));
  CHECK(contains(messageOf("name = \"" + std::string(201, 'n') + "\""), "longer than 200"));
}

TEST_CASE("broken TOML names its line") {
  const auto messageOf = [](std::string_view toml) { return parseManifest(toml).error().message; };
  CHECK(contains(messageOf("name = \"n\"\nname = \"m\"\n"), "line 2:"));
  CHECK(contains(messageOf("a = 1\nb = [1,\n"), "line"));
  CHECK(contains(messageOf("\xFF\xFE"), "line 1"));
  CHECK_FALSE(parseManifest("a = " + std::string(100'000, '[')));
  CHECK(parseManifest(std::string(5'000'000, ' ')).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a command line is taken apart as a shell would") {
  using Words = std::vector<std::string>;
  CHECK(words("ecm -c 1  {n}\t1e6\n") == Words{"ecm", "-c", "1", "{n}", "1e6"});
  CHECK(words("a 'b  c' \"d e\" f\\ g") == Words{"a", "b  c", "d e", "f g"});
  CHECK(words("a '' \"\"") == Words{"a", "", ""});
  CHECK(words("a'b'\"c\"d") == Words{"abcd"});
  CHECK(words(R"('$HOME|x' "a;\"b\"\\c\n")") == Words{"$HOME|x", "a;\"b\"\\c\\n"});
  CHECK(words("a * ? ~ # 2*3") == Words{"a", "*", "?", "~", "#", "2*3"});
  CHECK(words("  ").empty());
}

TEST_CASE("a command line that needs a shell is refused with what to use instead") {
  for (const char* line : {"a | b", "a > b", "a < b", "a && b", "a; b", "a $HOME", "a `b`", "a (b)"}) {
    INFO(line);
    REQUIRE_FALSE(splitCommand(line));
    CHECK(contains(splitCommand(line).error().hint, "stdout"));
  }
  CHECK_FALSE(splitCommand("a 'b"));
  CHECK_FALSE(splitCommand("a \"b"));
  CHECK_FALSE(splitCommand("a \\"));
  std::string many;
  for (int i = 0; i < 1025; ++i) many += "a ";
  CHECK(splitCommand(many).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("templates become patterns of the files that they may ask for") {
  CHECK(patternOfTemplate("queries/{q}.hmm") == "queries/*.hmm");
  CHECK(patternOfTemplate("a{{b}}{c}") == "a{b}*");
  CHECK(patternOfTemplate("{open") == "*");
  CHECK(patternOfTemplate("plain") == "plain");
}

TEST_CASE("lengths of time are read and written") {
  CHECK(parseDuration("90s") == Duration::seconds(90));
  CHECK(parseDuration("500ms") == Duration::milliseconds(500));
  CHECK(parseDuration("15m") == Duration::minutes(15));
  CHECK(parseDuration("1d2h3m4s5ms") == Duration::milliseconds(93'784'005));
  CHECK(parseDuration("0s") == Duration{});
  for (const char* text : {"", "s", "90", "1h 30m", "30m1h", "1h1h", "-1s", "1.5h", "1hour", "99999999999d",
                           "99999999999999999999999s", "36600d1ms"}) {
    INFO(text);
    CHECK_FALSE(parseDuration(text));
  }
  CHECK(formatDuration(Duration::seconds(90)) == "1m30s");
  CHECK(formatDuration(Duration::hours(24)) == "1d");
  CHECK(formatDuration(Duration{}) == "0s");
  CHECK(formatDuration(Duration::microseconds(400)) == "0s");
  CHECK(formatDuration(Duration::seconds(-5)) == "-5s");
  CHECK(formatDuration({std::numeric_limits<std::int64_t>::min()}).front() == '-');
  CHECK(parseDuration(formatDuration(Duration::milliseconds(93'784'005))) == Duration::milliseconds(93'784'005));
}

TEST_CASE("numbers of bytes are read and written") {
  CHECK(parseByteCount("4096") == 4096U);
  CHECK(parseByteCount("512MiB") == 512 * limits::kMiB);
  CHECK(parseByteCount("100MB") == 100'000'000U);
  CHECK(parseByteCount("1.5GiB") == 1536 * limits::kMiB);
  CHECK(parseByteCount("2 gib") == 2 * limits::kGiB);
  CHECK(parseByteCount("0.125KiB") == 128U);
  CHECK(parseByteCount("0.1MiB") == 104'857U);
  CHECK(parseByteCount("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const char* text :
       {"", "MiB", "5M", "-1", "1.5", "1.2345GiB", "1.GiB", "99999PiB", "18446744073709551616", "1e3", "5 M iB"}) {
    INFO(text);
    CHECK_FALSE(parseByteCount(text));
  }
  CHECK(formatByteCount(0) == "0B");
  CHECK(formatByteCount(1023) == "1023B");
  CHECK(formatByteCount(512 * limits::kMiB) == "512MiB");
  CHECK(formatByteCount(1536 * limits::kMiB) == "1.5GiB");
  CHECK(formatByteCount(std::numeric_limits<std::uint64_t>::max()).substr(0, 5) == "16383");
}
