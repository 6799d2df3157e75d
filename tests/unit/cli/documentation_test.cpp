// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include <catch2/catch.hpp>

#include "cli_support.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

const std::vector<std::vector<std::string>> kCommands = {{},
                                                         {"login"},
                                                         {"logout"},
                                                         {"whoami"},
                                                         {"key"},
                                                         {"key", "new"},
                                                         {"key", "show"},
                                                         {"key", "request"},
                                                         {"key", "approve"},
                                                         {"key", "list"},
                                                         {"pack"},
                                                         {"submit"},
                                                         {"status"},
                                                         {"watch"},
                                                         {"results"},
                                                         {"tasks"},
                                                         {"show"},
                                                         {"cancel"},
                                                         {"pause"},
                                                         {"resume"},
                                                         {"retry"},
                                                         {"hosts"},
                                                         {"host"},
                                                         {"host", "revoke"},
                                                         {"host", "move"},
                                                         {"group"},
                                                         {"group", "list"},
                                                         {"group", "show"},
                                                         {"group", "add"},
                                                         {"group", "set"},
                                                         {"group", "remove"},
                                                         {"group", "member"},
                                                         {"invite"},
                                                         {"app"},
                                                         {"app", "publish"},
                                                         {"app", "list"},
                                                         {"account"},
                                                         {"account", "add"},
                                                         {"account", "roles"},
                                                         {"account", "quota"},
                                                         {"account", "weight"},
                                                         {"account", "list"},
                                                         {"audit"}};

/// What bash offers after these words, the last of which is unfinished.
std::vector<std::string> offered(std::vector<std::string> words) {
  words.insert(words.begin(), "hearth");
  std::string line =
      "source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _hearth; printf '%s\\n' "
      "\"${COMPREPLY[@]}\"";
  std::vector<std::string> command{"/bin/bash", "--norc", "-c",
                                   line,        "bash",   HEARTH_SOURCE_DIR "/packaging/completions/hearth.bash"};
  command.insert(command.end(), words.begin(), words.end());
  const test::Ran ran = test::runProgram(command, {"PATH=/usr/bin:/bin"});
  CHECK(ran.err.empty());
  std::istringstream lines(ran.out);
  std::vector<std::string> list;
  for (std::string word; std::getline(lines, word);) {
    if (!word.empty()) list.push_back(word);
  }
  std::sort(list.begin(), list.end());
  return list;
}

/// The commands or options that a help text lists: the first words of its indented lines.
std::vector<std::string> listedIn(const std::string& help, bool options) {
  std::vector<std::string> list;
  std::istringstream lines(help);
  bool isInside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  ", 0) != 0)
      isInside = line.rfind(options ? "Options:" : "Subcommands:", 0) == 0;
    else if (isInside && line[2] != ' ')
      list.push_back(line.substr(2, line.find_first_of(" \t", 2) - 2));
  }
  for (std::string& word : list) word = word.substr(word.rfind(',') == std::string::npos ? 0 : word.rfind(',') + 1);
  std::sort(list.begin(), list.end());
  return list;
}

std::string helpOf(const test::Folder& folder, std::vector<std::string> command) {
  command.emplace_back("--help");
  return test::runHearth(folder / "hearth", command).out;
}

}  // namespace

TEST_CASE("bash completes every command and option that the program has, and no other") {
  const test::Folder folder;
  for (const std::vector<std::string>& command : kCommands) {
    std::string shown = "hearth";
    for (const std::string& word : command) shown += " " + word;
    INFO(shown);
    const std::string help = helpOf(folder, command);
    std::vector<std::string> words = command;
    words.emplace_back("--");
    CHECK(offered(words) == listedIn(help, true));
    const std::vector<std::string> commands = listedIn(help, false);
    if (commands.empty()) continue;
    words.back() = "";
    CHECK(offered(words) == commands);
  }
}

TEST_CASE("bash completes what it can know") {
  CHECK(offered({"sta"}) == std::vector<std::string>{"status"});
  CHECK(offered({"key", "--json", "a"}) == std::vector<std::string>{"approve"});
  CHECK(offered({"tasks", "7", "--state", "f"}) == std::vector<std::string>{"failed"});
  CHECK(offered({"login", "--token", ""}).empty());
}

TEST_CASE("the manual describes every command and option") {
  const test::Folder folder;
  std::string page = test::readAll(HEARTH_SOURCE_DIR "/packaging/man/hearth.1");
  for (const std::vector<std::string>& command : kCommands) {
    if (command.empty()) continue;
    std::string words = command[0];
    if (command.size() > 1) words += " " + command[1];
    const bool isGroup = !listedIn(helpOf(folder, command), false).empty();
    INFO(words);
    CHECK((isGroup || page.find("Ic " + words) != std::string::npos));
    for (const std::string& option : listedIn(helpOf(folder, command), true)) {
      INFO(option);
      const std::string name = option == "--output" ? "o" : option.substr(1);
      CHECK(page.find("Fl " + name) != std::string::npos);
    }
  }
}

TEST_CASE("manual pages have no warnings") {
  if (!fs::exists("/usr/bin/mandoc")) return;
  for (const auto& page : fs::directory_iterator(HEARTH_SOURCE_DIR "/packaging/man")) {
    const test::Ran ran = test::runProgram({"/usr/bin/mandoc", "-T", "lint", "-W", "warning", page.path().string()});
    INFO(page.path());
    CHECK(ran.out + ran.err == "");
    CHECK(ran.status == 0);
  }
}

}  // namespace hearth::cli
