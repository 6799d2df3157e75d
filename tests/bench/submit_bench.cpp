// SPDX-License-Identifier: GPL-3.0-or-later
// What it costs a server to take ten million tasks: as a sweep, and as an explicit list.
#include <chrono>
#include <cstdio>
#include <string>

#include "bench/served_project.h"
#include "certs/sha256.h"

namespace hearth::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t kTasks = 10'000'000;
constexpr double kMiB = 1024.0 * 1024.0;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Submits and prints time and growth of the server's resident memory at its highest.
void measure(const ServedProject& project, TlsConnection& person, const BatchSpec& spec, const std::string& figure,
             double limitSeconds, double uploadSeconds, double limitMiB, std::uint64_t before) {
  const auto begin = Clock::now();
  project.submit(person, spec);
  const double took = secondsSince(begin) + uploadSeconds;
  const double grown = (static_cast<double>(project.peakResidentBytes()) - static_cast<double>(before)) / kMiB;
  printFigure(figure, took, "s", limitSeconds, took / limitSeconds,
              {{"tasks", std::to_string(kTasks)},
               {"server memory grew by MiB", std::to_string(grown)},
               {"memory limit MiB", std::to_string(limitMiB)},
               {"of it upload s", std::to_string(uploadSeconds)},
               {"ceiling", "the limit that was set"}});
}

std::string csvOf(std::uint64_t lines) {
  std::string csv = "n,alpha\n";
  csv.reserve(lines * 20);
  for (std::uint64_t i = 0; i < lines; ++i) {
    csv += std::to_string(i);
    csv += ",0.";
    csv += std::to_string(i % 1'000);
    csv += '\n';
  }
  return csv;
}

/// The list in pieces, as a client that resumes would send it.
Digest uploadInPieces(const ServedProject& project, TlsConnection& person, const std::string& bytes) {
  constexpr std::size_t kPiece = 8 * 1024 * 1024;
  const Digest digest = certs::sha256(bytes);
  for (std::size_t offset = 0; offset < bytes.size(); offset += kPiece) {
    const std::string_view piece = std::string_view(bytes).substr(offset, kPiece);
    const HttpReply reply = person.call("PUT", "/api/v1/blobs/" + digest.hex(),
                                        project.bearer() + "Upload-Offset: " + std::to_string(offset) +
                                            "\r\nUpload-Length: " + std::to_string(bytes.size()) + "\r\n",
                                        piece);
    if (reply.status >= 300) giveUp("upload refused: " + reply.body);
  }
  return digest;
}

void run() {
  const ServedProject project;
  TlsConnection person = project.person();
  BatchSpec spec = project.signedSpec(person, "sweep");
  spec.sweep.axes = {RangeAxis{"n", 1, static_cast<std::int64_t>(kTasks), 1, 0}};
  project.forgetPeak();
  measure(project, person, spec, "submit_sweep", 0.1, 0, 16, project.residentBytes());

  const std::string csv = csvOf(kTasks);
  project.forgetPeak();
  const std::uint64_t before = project.residentBytes();
  const auto begin = Clock::now();
  const Digest digest = uploadInPieces(project, person, csv);
  const double uploaded = secondsSince(begin);
  spec.name = "list";
  spec.sweep = {{}, ListFile{digest, csv.size(), {"n", "alpha"}, kTasks}};
  spec.command = {"run", "{n}", "{alpha}"};
  measure(project, person, spec, "submit_list", 20, uploaded, 64, before);
}

}  // namespace
}  // namespace hearth::bench

int main() {
  hearth::bench::run();
  return 0;
}
