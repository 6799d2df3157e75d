// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/authority.h"
#include "cli/files.h"

namespace hearth::test {

/// A folder of the test's own; gone with it.
class Folder {
 public:
  Folder();
  const std::filesystem::path& path() const { return m_folder.path(); }
  std::filesystem::path operator/(const std::string& name) const { return path() / name; }
  /// Writes a file below it, with the folders above.
  std::filesystem::path write(const std::string& name, const std::string& text, unsigned mode = 0644) const;

 private:
  cli::TemporaryFolder m_folder;
};

std::string readAll(const std::filesystem::path& file);

/// What a program did.
struct Ran {
  int status = -1;  ///< exit status; 128 + signal
  std::string out, err;
};
/// Runs a program with nothing but this environment.
Ran runProgram(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});
/// Runs a command of hearth in this process, with its configuration in `configuration`.
Ran runHearth(const std::filesystem::path& configuration, const std::vector<std::string>& arguments);

/// A request as SmallServer got it.
struct Asked {
  std::string method, path, body;
  std::map<std::string, std::string> headers;  ///< names in lower case
};
/// Status, headers and body; `breaksAfter` bytes of the body the connection is closed.
struct Answer {
  unsigned status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t breaksAfter = SIZE_MAX;
};

/// An HTTPS server of one thread on a port of its own, with a certificate of a private authority: just enough to see
/// what a client does. Ends with the object.
class SmallServer {
 public:
  /// `borrowed`: PEM of a certificate to show beside its own chain, as an impostor would.
  explicit SmallServer(std::function<Answer(const Asked&)> handler, const std::string& borrowed = {});
  ~SmallServer();
  SmallServer(const SmallServer&) = delete;
  SmallServer& operator=(const SmallServer&) = delete;

  std::string address() const;  ///< "https://127.0.0.1:PORT"
  Digest authorityFingerprint() const;
  const std::string& authorityPem() const;
  Digest leafFingerprint() const;
  std::vector<Asked> asked() const;

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::test
