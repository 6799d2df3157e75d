// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-agent-devices API: prints what one API's loader finds on this machine, as JSON on standard output. A process
// of its own, since drivers crash, hang and print: hearth-agent runs it with a time limit and takes nothing it says for
// granted.
#include <cstdio>
#include <cstring>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "probe.h"

namespace {

using namespace hearth::devices::probe;
namespace json = boost::json;

std::string serialise(const Report& report) {
  json::array devices;
  for (const Seen& seen : report.devices) {
    json::object device{{"name", seen.name}, {"memoryBytes", seen.memoryBytes}};
    if (!seen.place.empty()) device["place"] = seen.place;
    if (seen.processor) device["processor"] = true;
    if (seen.minor >= 0) device["minor"] = seen.minor;
    devices.push_back(std::move(device));
  }
  json::object whole{{"devices", std::move(devices)}};
  if (!report.problem.empty()) whole["problem"] = report.problem;
  return json::serialize(whole) + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  struct Api {
    const char* name;
    Report (*probe)();
  };
  constexpr Api kApis[] = {{"opencl", probeOpenCl}, {"vulkan", probeVulkan}, {"cuda", probeNvidia}};
  for (const Api& api : kApis) {
    if (argc != 2 || std::strcmp(argv[1], api.name) != 0) continue;
    // What a driver prints goes to standard error.
    const int answer = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
    ::dup2(2, 1);
    const std::string text = serialise(api.probe());
    const bool told = ::write(answer, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(told ? 0 : 1);  // not through what drivers left to be done at the end
  }
  std::fputs("usage: hearth-agent-devices opencl|vulkan|cuda\n", stderr);
  return 64;
}
