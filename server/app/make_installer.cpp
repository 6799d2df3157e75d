// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/make_installer.h"

#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "certs/join_link.h"
#include "server/app/data_folder.h"
#include "server/app/offline.h"
#include "server/app/project_identity.h"
#include "server/installer/project_package.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

/// A link that leads to another project would be carried to many machines before somebody noticed.
Result<void> checkLink(const Config& config, const std::string& link) {
  const auto parsed = certs::parseJoinLink(link);
  if (!parsed) return fail(Error(parsed.error()).within("--link"));
  const auto identity = readIdentity(DataFolder{config.folder});
  if (!identity) return fail(identity.error());
  if (parsed->authority == identity->authority.certificateFingerprint()) return {};
  return fail(ErrorCode::kInvalid, "the join link is of another project than the one in " + config.folder.string(),
              "Make one with: hearth invite --uses 100 --for 30d");
}

Result<std::string> linkFor(const Config& config, const InstallerOptions& options, Instant now) {
  if (!options.link.empty()) {
    HEARTH_TRY(checkLink(config, options.link));
    return options.link;
  }
  if (options.account.empty()) {
    return fail(ErrorCode::kInvalid, "either an account or a join link has to be given",
                "hearthd make-installer DIR --account alice, or, while the project is served: hearthd make-installer "
                "DIR --link \"$(hearth invite --uses 100 --for 30d)\"");
  }
  auto link = makeJoinLink(config, options.account, options.uses, options.life, now);
  if (!link && link.error().code == ErrorCode::kConflict) {
    return fail(ErrorCode::kConflict, link.error().message,
                "While the project is served, give it a link: --link \"$(hearth invite --uses 100 --for 30d)\"");
  }
  return link;
}

Result<void> writeForAll(const fs::path& file, const std::string& bytes) {
  return writeFileDurably(fs::absolute(file), bytes, 0644);
}

}  // namespace

Result<MadeInstaller> makeInstaller(const Config& config, const InstallerOptions& options, Instant now) {
  auto link = linkFor(config, options, now);
  if (!link) return fail(std::move(link).error());
  const std::string home = "https://" + publicAddress(config, config.port);
  const ProjectOffer offer{config.project, config.about, home, *link, options.unattended};
  const auto package =
      makeOfferPackage(offer, projectMail(config.publicNames.empty() ? "" : config.publicNames.front()), now);
  if (!package) return fail(package.error());
  std::error_code ignored;
  MadeInstaller made{options.output.empty() ? fs::path(".") : options.output, offerPackageName(offer), *link};
  if (fs::is_directory(made.file, ignored)) made.file /= package->fileName;
  if (options.publish) {
    const fs::path folder = DataFolder{config.folder}.downloads();
    fs::create_directories(folder, ignored);
    HEARTH_TRY(writeForAll(folder / package->fileName, package->bytes));
    if (options.output.empty()) {
      made.file = folder / package->fileName;
      return made;
    }
  }
  HEARTH_TRY(writeForAll(made.file, package->bytes));
  return made;
}

}  // namespace hearth::server
