// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <map>
#include <sstream>

#include <archive.h>
#include <archive_entry.h>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "certs/join_link.h"
#include "server/app/data_folder.h"
#include "server/app/initialise.h"
#include "server/app/make_installer.h"
#include "server/installer/deb_archive.h"
#include "server/installer/project_package.h"
#include "server/web/downloads.h"
#include "unit/blob/folder.h"

using namespace hearth;
using namespace hearth::server;
namespace fs = std::filesystem;

namespace {

constexpr Instant kNow{1'795'680'000'000'000};  // 2026-11-26T08:00:00Z

const ProjectOffer kOffer{"Our Grid", "Primes.", "https://grid.example.org:8443", "hearth://join?x"};

/// What an archive in memory holds, by name.
std::map<std::string, std::string> unpacked(const std::string& bytes) {
  std::map<std::string, std::string> files;
  archive* reader = ::archive_read_new();
  ::archive_read_support_format_ar(reader);
  ::archive_read_support_format_tar(reader);
  ::archive_read_support_filter_gzip(reader);
  REQUIRE(::archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
  for (archive_entry* entry = nullptr; ::archive_read_next_header(reader, &entry) == ARCHIVE_OK;) {
    std::string content(static_cast<std::size_t>(::archive_entry_size(entry)), '\0');
    if (!content.empty()) REQUIRE(::archive_read_data(reader, content.data(), content.size()) > 0);
    files[::archive_entry_pathname(entry)] = content;
  }
  ::archive_read_free(reader);
  return files;
}

std::string controlOf(const std::string& deb) { return unpacked(unpacked(deb).at("control.tar.gz")).at("./control"); }

std::string textOf(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Project {
  TemporaryFolder folder;
  Config config;

  Project() {
    InitialiseOptions options;
    options.config.folder = folder.path / "data";
    options.config.project = "Our Grid";
    options.config.about = "Finds primes.";
    options.config.publicNames = {"grid.example.org"};
    REQUIRE(initialise(options, kNow));
    config = options.config;
  }
};

}  // namespace

TEST_CASE("a project's package holds the offer that the agent reads, and depends on the agent") {
  const auto package = makeOfferPackage(kOffer, "hearth@grid.example.org", kNow);
  REQUIRE(package);
  CHECK(package->fileName == "hearth-project-our-grid_20261126.080000_all.deb");
  const auto parts = unpacked(package->bytes);
  CHECK(parts.at("debian-binary") == "2.0\n");
  const auto files = unpacked(parts.at("data.tar.gz"));
  const auto offer = boost::json::parse(files.at("./usr/share/hearth/projects.d/our-grid.json")).as_object();
  CHECK(offer.at("name") == "Our Grid");
  CHECK(offer.at("about") == "Primes.");
  CHECK(offer.at("home") == "https://grid.example.org:8443");
  CHECK(offer.at("link") == "hearth://join?x");
  CHECK_FALSE(offer.contains("join"));
  const std::string control = controlOf(package->bytes);
  CHECK(control.find("Package: hearth-project-our-grid\n") != std::string::npos);
  CHECK(control.find("Depends: hearth-agent\nRecommends: hearth-tray\n") != std::string::npos);
  CHECK(unpacked(parts.at("control.tar.gz")).at("./md5sums").find("  usr/share/hearth/projects.d/our-grid.json\n") !=
        std::string::npos);
}

TEST_CASE("an unattended package says that machines join at once") {
  ProjectOffer offer = kOffer;
  offer.joinNow = true;
  CHECK(boost::json::parse(offerJson(offer)).as_object().at("join") == "now");
}

TEST_CASE("the same package made at the same time is the same bytes") {
  const auto once = makeOfferPackage(kOffer, "a@b.example", kNow);
  const auto again = makeOfferPackage(kOffer, "a@b.example", kNow);
  REQUIRE((once && again));
  CHECK(once->bytes == again->bytes);
}

TEST_CASE("a project's name and words cannot write fields of the package") {
  ProjectOffer offer = kOffer;
  offer.name = "Grid\nDepends: evil, \"x\"";
  offer.about = "One.\n\nEssential: yes\n" + std::string(300, 'x') + " end";
  const auto package = makeOfferPackage(offer, "a@b.example", kNow);
  REQUIRE(package);
  std::istringstream control(controlOf(package->bytes));
  std::vector<std::string> fields;
  for (std::string line; std::getline(control, line);) {
    if (!line.starts_with(' ')) fields.push_back(line.substr(0, line.find(':')));
  }
  CHECK(fields == std::vector<std::string>{"Package", "Version", "Architecture", "Maintainer", "Installed-Size",
                                           "Depends", "Recommends", "Section", "Priority", "Homepage", "Description"});
}

TEST_CASE("packages of projects whose names have no plain letters have names of their own") {
  const ProjectOffer one{"星", "", "", ""};
  const ProjectOffer other{"火", "", "", ""};
  CHECK(offerPackageName(one).size() == std::string("hearth-project-").size() + 12);
  CHECK(offerPackageName(one) != offerPackageName(other));
  CHECK(offerPackageName({"  Große -- Zahlen! ", "", "", ""}) == "hearth-project-gro-e-zahlen");
}

TEST_CASE("an installer carries a new link for as many machines as were asked for") {
  const Project project;
  const auto made =
      makeInstaller(project.config, {"admin", 25, Duration::days(3), "", false, project.folder.path}, kNow);
  REQUIRE(made);
  CHECK(made->package == "hearth-project-our-grid");
  CHECK(made->file.parent_path() == project.folder.path);
  const auto link = certs::parseJoinLink(made->link);
  REQUIRE(link);
  CHECK(link->server == "grid.example.org:8443");
  const auto data = unpacked(unpacked(textOf(made->file)).at("data.tar.gz"));
  const auto offer = boost::json::parse(data.at("./usr/share/hearth/projects.d/our-grid.json")).as_object();
  CHECK(offer.at("link").as_string() == std::string_view(made->link));
}

TEST_CASE("an installer that is published is where the page for volunteers finds it") {
  const Project project;
  InstallerOptions options{"admin"};
  options.publish = true;
  const auto made = makeInstaller(project.config, options, kNow);
  REQUIRE(made);
  const fs::path folder = DataFolder{project.config.folder}.downloads();
  const auto listed = listDownloads(folder, DownloadFor::kDebian);
  REQUIRE(listed.size() == 1);
  CHECK(folder / listed.front().name == made->file);
  CHECK(listDownloads(folder, DownloadFor::kWindows).empty());
}

TEST_CASE(
    "an installer is made for a project that is served with a link that is given, but not with another project's") {
  const Project project;
  const Project other;
  const auto lock = DataLock::take(DataFolder{project.config.folder});
  REQUIRE(lock);
  const auto refused = makeInstaller(project.config, {"admin"}, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().hint.find("--link") != std::string::npos);
  const auto foreign = makeInstaller(other.config, {"admin", 1, Duration::days(1), "", false, other.folder.path}, kNow);
  REQUIRE(foreign);
  InstallerOptions given;
  given.output = project.folder.path;
  given.link = foreign->link;
  const auto mixed = makeInstaller(project.config, given, kNow);
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().message.find("another project") != std::string::npos);
  CHECK(makeInstaller(other.config, given, kNow));
  CHECK_FALSE(makeInstaller(project.config, {}, kNow));
}

TEST_CASE("only packages with plain names are offered for download") {
  const TemporaryFolder folder;
  for (const char* name : {"hearth-agent_1_amd64.deb", "setup.exe", "hearth.toml", ".hidden.deb", "a b.deb"}) {
    std::ofstream(folder.path / name) << "bytes";
  }
  fs::create_symlink("/etc/passwd", folder.path / "link.deb");
  const auto listed = listDownloads(folder.path, DownloadFor::kDebian);
  REQUIRE(listed.size() == 1);
  CHECK(listed.front().name == "hearth-agent_1_amd64.deb");
  const Request request;
  CHECK(downloadResponse(request, folder.path, "hearth-agent_1_amd64.deb").status == 200);
  for (const char* name :
       {"../hearth-agent_1_amd64.deb", "hearth.toml", "link.deb", "missing.deb", "", ".hidden.deb"}) {
    CHECK(downloadResponse(request, folder.path, name).status == 404);
  }
}
