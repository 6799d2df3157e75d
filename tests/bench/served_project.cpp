// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/served_project.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <boost/json.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certs/authority.h"
#include "certs/join_link.h"
#include "certs/sha256.h"
#include "certs/signing.h"
#include "wire/agent.h"
#include "wire/batch_json.h"
#include "wire/package_json.h"

namespace hearth::bench {
namespace {

const std::string kHearthd = std::string(HEARTH_BIN_DIR) + "/hearthd";

std::string readFile(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::uint16_t freePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), length) != 0) giveUp("no free port");
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// Runs a program to its end and returns its standard output.
std::string outputOf(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) giveUp("cannot run " + command);
  std::string text;
  char piece[4096];
  for (std::size_t n = 0; (n = std::fread(piece, 1, sizeof piece, pipe)) > 0;) text.append(piece, n);
  if (::pclose(pipe) != 0) giveUp("failed: " + command);
  return text;
}

template <typename T>
T must(Result<T> result, const char* what) {
  if (!result) giveUp(std::string(what) + ": " + result.error().message);
  return std::move(*result);
}

std::uint64_t statusValue(pid_t process, std::string_view name) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace

ServedProject::ServedProject(bool start) : m_port(freePort()) {
  char pattern[] = "/tmp/hearth-bench-XXXXXX";
  if (::mkdtemp(pattern) == nullptr) giveUp("cannot make a temporary folder");
  m_folder = pattern;
  const std::string data = (m_folder / "data").string();
  const auto told =
      boost::json::parse(outputOf(kHearthd + " init " + data + " --json --listen 127.0.0.1:" + std::to_string(m_port)));
  m_adminToken = told.at("adminToken").as_string().c_str();
  m_joinLink = told.at("joinLink").as_string().c_str();
  m_joinToken = must(certs::parseJoinLink(m_joinLink), "join link").token;
  m_authorityPem = readFile(m_folder / "data/certs/authority.crt");
  if (start) this->start();
}

void ServedProject::start(std::chrono::seconds patience) {
  m_process = ::fork();
  if (m_process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a benchmark that gives up takes its server with it
    const int log = ::open((m_folder / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execl(kHearthd.c_str(), kHearthd.c_str(), "run", (m_folder / "data").c_str(), nullptr);
    ::_exit(127);
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!answers()) {
    if (std::chrono::steady_clock::now() > end)
      giveUp("hearthd does not answer; its log: " + readFile(m_folder / "log"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool ServedProject::answers() const {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(m_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool up = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return up;
}

void ServedProject::kill() {
  ::kill(m_process, SIGKILL);
  ::waitpid(std::exchange(m_process, -1), nullptr, 0);
}

ServedProject::~ServedProject() {
  if (m_process > 0) {
    ::kill(m_process, SIGTERM);
    ::waitpid(m_process, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(m_folder, ignored);
}

TlsConnection ServedProject::person() const { return {TlsIdentity(m_authorityPem, "", ""), m_port, "localhost"}; }

TlsIdentity ServedProject::enrolHost(const std::string& name) const {
  const std::string key = must(certs::newPrivateKey(), "host key");
  wire::EnrolRequest request;
  request.token = m_joinToken;
  request.csrPem = must(certs::newSigningRequest(key, name), "signing request");
  request.description = {name, "linux-x86_64", "bench", "bench", 64, 64ULL << 30, 1ULL << 40, SandboxTier::kCgroup};
  TlsConnection connection(TlsIdentity(m_authorityPem, "", ""), m_port, std::string(certs::kAgentServerName));
  const HttpReply reply =
      connection.call("POST", "/agent/v1/enrol", "Content-Type: application/json\r\n", toJson(request));
  if (reply.status >= 300) giveUp("enrolment refused: " + reply.body);
  return {m_authorityPem, must(wire::parseEnrolReply(reply.body), "enrolment").certificatePem, key};
}

Digest ServedProject::upload(TlsConnection& connection, std::string_view bytes) const {
  const Digest digest = certs::sha256(bytes);
  const HttpReply reply = connection.call("PUT", "/api/v1/blobs/" + digest.hex(), bearer(), bytes);
  if (reply.status >= 300) giveUp("upload refused: " + reply.body);
  return digest;
}

BatchSpec ServedProject::signedSpec(TlsConnection& connection, const std::string& name) const {
  const std::string program = "#!bench\n";
  Package package;
  package.name = "bench";
  package.version = "1";
  package.programs = {{"run", "bin/run"}};
  package.files = {{"bin/run", upload(connection, program), program.size(), true}};
  BatchSpec spec;
  spec.name = name;
  spec.package = upload(connection, wire::toJson(package));
  const certs::SigningKey root = must(certs::readSigningKeyFile(m_folder / "data/keys/root.key"), "root key");
  spec.signature = {root.publicKey, must(certs::signPackage(root, spec.package), "signature"), {}};
  spec.command = {"run", "{index}"};
  spec.outputs = {{"out", false}};
  return spec;
}

std::uint64_t ServedProject::submit(TlsConnection& connection, const BatchSpec& spec) const {
  const HttpReply reply =
      connection.call("POST", "/api/v1/batches", bearer() + "Content-Type: application/json\r\n", wire::toJson(spec));
  if (reply.status >= 300) giveUp("submission refused: " + reply.body);
  return boost::json::parse(reply.body).at("id").to_number<std::uint64_t>();
}

std::uint64_t ServedProject::residentBytes() const { return statusValue(m_process, "VmRSS:"); }
std::uint64_t ServedProject::peakResidentBytes() const { return statusValue(m_process, "VmHWM:"); }
void ServedProject::forgetPeak() const { std::ofstream("/proc/" + std::to_string(m_process) + "/clear_refs") << "5"; }

double ServedProject::processorSeconds() const { return bench::processorSeconds(m_process); }

double processorSeconds(pid_t process) {
  std::string text = readFile("/proc/" + std::to_string(process) + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void printFigure(const std::string& figure, double value, const std::string& unit, double ceiling, double ratio,
                 const std::vector<std::pair<std::string, std::string>>& conditions) {
  boost::json::object line{
      {"figure", figure}, {"value", value}, {"unit", unit}, {"ceiling", ceiling}, {"ratio", ratio}};
  boost::json::object told;
  for (const auto& [name, text] : conditions) told[name] = text;
  line["conditions"] = std::move(told);
  std::printf("%s\n", boost::json::serialize(line).c_str());
  std::fflush(stdout);
}

}  // namespace hearth::bench
