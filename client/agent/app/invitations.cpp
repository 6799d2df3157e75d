// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/invitations.h"

#include <cstddef>
#include <map>
#include <system_error>
#include <utility>

#include "agent/platform/files.h"
#include "base/limits.h"
#include "base/result.h"
#include "certs/join_link.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytes = 16 * limits::kKiB;
constexpr std::size_t kMostFiles = 64;
constexpr std::size_t kAboutBytes = 1000;
constexpr std::size_t kLinkBytes = 2000;

Result<Invitation> readInvitation(const fs::path& file) {
  const auto text = readSmallFile(file, kFileBytes);
  if (!text) return fail(text.error());
  auto invitation = wire::readJson<Invitation>(
      *text,
      [](wire::JsonReader& json, Invitation& made) {
        made.name = json.text("name");
        made.about = json.textOr("about", "", kAboutBytes);
        made.home = json.textOr("home", "", limits::kPathBytes);
        made.link = json.text("link", kLinkBytes);
        made.now = json.textOr("join", "") == "now";
      },
      kFileBytes);
  if (!invitation) return fail(std::move(invitation).error().within(file.string()));
  if (const auto link = certs::parseJoinLink(invitation->link); !link) {
    return fail(Error(link.error()).within(file.string()));
  }
  return invitation;
}

}  // namespace

std::vector<fs::path> invitationFolders() { return {"/etc/hearth/projects.d", "/usr/share/hearth/projects.d"}; }

std::vector<Invitation> readInvitations(const std::vector<fs::path>& folders,
                                        const std::function<void(const std::string& problem)>& tell) {
  std::map<std::string, fs::path> files;
  for (const fs::path& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) {
      const std::string name = each->path().filename().string();
      if (each->path().extension() == ".json" && files.size() < kMostFiles) files.emplace(name, each->path());
    }
  }
  std::vector<Invitation> invitations;
  for (const auto& [name, file] : files) {
    auto invitation = readInvitation(file);
    if (invitation) {
      invitations.push_back(std::move(*invitation));
    } else {
      tell(invitation.error().message);
    }
  }
  return invitations;
}

std::string invitationsJson(const std::vector<Invitation>& invitations) {
  wire::JsonWriter json;
  json.beginArray();
  for (const Invitation& each : invitations) {
    json.beginObject().member("name", each.name).member("about", each.about).member("home", each.home);
    json.member("link", each.link).endObject();
  }
  return json.endArray().take();
}

}  // namespace hearth::agent
