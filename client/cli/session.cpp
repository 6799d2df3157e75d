// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/session.h"

#include <algorithm>
#include <cctype>

#include <sys/stat.h>

#include "cli/files.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSessionBytes = 64 * 1024;
constexpr std::size_t kServerBytes = 512;

fs::path sessionFile(const fs::path& folder) { return folder / "session.json"; }

}  // namespace

Result<fs::path> configurationFolder(std::string_view xdgConfigHome, std::string_view home) {
  if (!xdgConfigHome.empty() && xdgConfigHome.front() == '/') return fs::path(xdgConfigHome) / "hearth";
  if (!home.empty() && home.front() == '/') return fs::path(home) / ".config" / "hearth";
  return fail(ErrorCode::kInvalid, "there is no place for the configuration: neither XDG_CONFIG_HOME nor HOME is set",
              "Set HOME to your home folder");
}

Result<Session> readSession(const fs::path& folder) {
  const fs::path file = sessionFile(folder);
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return fail(ErrorCode::kUnauthorized, "not logged in", "Log in first: hearth login https://SERVER --token TOKEN");
  }
  if ((status.st_mode & 077) != 0) {
    return fail(ErrorCode::kForbidden, "other users can read your token in " + file.string(),
                "chmod 600 " + file.string());
  }
  auto text = readTextFile(file, kSessionBytes);
  if (!text) return fail(std::move(text).error());
  auto session = wire::readJson<Session>(*text, [](wire::JsonReader& json, Session& read) {
    read.server = json.text("server", kServerBytes);
    read.token = json.textOr("token", "");
    if (json.has("fingerprint")) read.fingerprint = json.digest("fingerprint");
  });
  if (!session) {
    return fail(ErrorCode::kInvalid, file.string() + " is damaged: " + session.error().message,
                "Log in again: hearth login");
  }
  return session;
}

Result<void> writeSession(const fs::path& folder, const Session& session) {
  HEARTH_TRY(makeFolders(folder, 0700));
  wire::JsonWriter json;
  json.beginObject().member("server", session.server).member("token", session.token);
  if (session.fingerprint) json.member("fingerprint", *session.fingerprint);
  return writeTextFile(sessionFile(folder), json.endObject().take() + "\n", 0600);
}

Result<void> removeSession(const fs::path& folder) {
  std::error_code failed;
  fs::remove(sessionFile(folder), failed);
  if (failed)
    return fail(ErrorCode::kIo, "cannot remove " + sessionFile(folder).string() + ": " + failed.message(),
                "Remove it by hand: it holds your token");
  return {};
}

Result<std::string> normaliseServer(std::string_view text) {
  std::string server(text);
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is not a server's address",
                "Write it like https://grid.example.org:8443");
  };
  if (server.rfind("http://", 0) == 0) {
    return fail(ErrorCode::kInvalid, "the address begins with http://, but a token is sent over TLS only",
                "Write https:// instead");
  }
  if (server.rfind("https://", 0) != 0) server = "https://" + server;
  while (!server.empty() && server.back() == '/') server.pop_back();
  const std::string rest = server.size() > 8 ? server.substr(8) : std::string();
  const bool isPlain = std::all_of(rest.begin(), rest.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
  });
  if (rest.empty() || !isPlain || server.size() > kServerBytes) return refuse();
  return server;
}

Result<Digest> parseFingerprint(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    if (c != ':' && c != ' ') hex.push_back(c);
  }
  auto digest = Digest::parse(hex);
  if (!digest) {
    return fail(ErrorCode::kInvalid, "the fingerprint is not a SHA-256: 64 hexadecimal digits are expected",
                "Copy it from what `hearthd init` printed");
  }
  return digest;
}

}  // namespace hearth::cli
