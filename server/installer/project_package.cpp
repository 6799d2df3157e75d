// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/installer/project_package.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "certs/sha256.h"
#include "server/installer/deb_archive.h"
#include "wire/json_writer.h"

namespace hearth::server {
namespace {

constexpr const char* kPrefix = "hearth-project-";
constexpr std::size_t kNameLetters = 40;
constexpr std::size_t kSynopsisLetters = 80;
constexpr std::size_t kAboutBytes = 4000;

/// The letters and digits of a name, with dashes in between; of a name without any, a part of its digest.
std::string plainName(const std::string& name) {
  std::string plain;
  for (const char letter : name) {
    const bool small = letter >= 'a' && letter <= 'z';
    const bool capital = letter >= 'A' && letter <= 'Z';
    const bool digit = letter >= '0' && letter <= '9';
    if (small || digit) {
      plain += letter;
    } else if (capital) {
      plain += static_cast<char>(letter - 'A' + 'a');
    } else if (!plain.empty() && plain.back() != '-') {
      plain += '-';
    }
  }
  plain.resize(std::min(plain.size(), kNameLetters));
  while (!plain.empty() && plain.back() == '-') plain.pop_back();
  return plain.empty() ? certs::sha256(name).hex().substr(0, 12) : plain;
}

/// One line: what would end a field of a control file early becomes a space.
std::string oneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

std::string timeText(Instant instant, const char* format) {
  const auto seconds = static_cast<std::time_t>(instant.micros / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string copyrightText(const ProjectOffer& offer, Instant made) {
  return "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nSource: " + offer.home +
         "\n\nFiles: *\nCopyright: " + timeText(made, "%Y") + " " + oneLine(offer.name) +
         "\nLicense: CC0-1.0\n On Debian systems the full text of the CC0 1.0 Universal licence is in\n"
         " /usr/share/common-licenses/CC0-1.0.\n";
}

/// A name that fits, cut between letters.
std::string synopsis(const ProjectOffer& offer) {
  std::string text = "invitation to the volunteer-computing project " + oneLine(offer.name);
  if (text.size() <= kSynopsisLetters) return text;
  std::size_t end = kSynopsisLetters;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string description(const ProjectOffer& offer) {
  std::string about = offer.about.substr(0, kAboutBytes);
  while (!about.empty() && (static_cast<unsigned char>(about.back()) & 0x80U) != 0 &&
         offer.about.size() > kAboutBytes) {
    about.pop_back();
  }
  std::replace_if(
      about.begin(), about.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; }, ' ');
  std::string text = offer.joinNow ? "The Hearth agent of a machine on which this is installed joins the project by "
                                     "itself, if it has joined no other."
                                   : "Hearth's tray offers the owner of a machine on which this is installed to join "
                                     "the project. Nothing is joined without being asked.";
  return about.empty() ? text + "\n" : text + "\n\n" + about + "\n";
}

}  // namespace

std::string offerJson(const ProjectOffer& offer) {
  wire::JsonWriter json;
  json.beginObject().member("name", offer.name).member("about", offer.about).member("home", offer.home);
  json.member("link", offer.link);
  if (offer.joinNow) json.member("join", "now");
  return json.endObject().take() + "\n";
}

std::string offerPackageName(const ProjectOffer& offer) { return kPrefix + plainName(offer.name); }

std::string projectMail(const std::string& host) {
  const bool isName = host.find('.') != std::string::npos && host.find(':') == std::string::npos &&
                      host.find_first_not_of("0123456789.") != std::string::npos;
  return "hearth@" + (isName ? host : std::string("project.example"));
}

Result<OfferPackage> makeOfferPackage(const ProjectOffer& offer, const std::string& mail, Instant made) {
  DebPackage package;
  package.name = offerPackageName(offer);
  package.version = timeText(made, "%Y%m%d.%H%M%S");
  package.maintainer = oneLine(offer.name) + " <" + mail + ">";
  for (char& letter : package.maintainer) {  // as deb-control(5) quotes nothing
    if (letter == ',' || letter == '"' || letter == '(' || letter == ')') letter = ' ';
  }
  package.section = "science";
  package.depends = "hearth-agent";
  package.recommends = "hearth-tray";
  package.homepage = oneLine(offer.home);
  package.synopsis = synopsis(offer);
  package.description = description(offer);
  const auto changes = gzipDocument(package.name + " (" + package.version +
                                    ") unstable; urgency=medium\n\n  * Made by hearthd make-installer.\n\n -- " +
                                    package.maintainer + "  " + timeText(made, "%a, %d %b %Y %H:%M:%S +0000") + "\n");
  if (!changes) return fail(changes.error());
  const std::string documents = "usr/share/doc/" + package.name + "/";
  package.files = {{documents + "changelog.gz", *changes},
                   {documents + "copyright", copyrightText(offer, made)},
                   {"usr/share/hearth/projects.d/" + plainName(offer.name) + ".json", offerJson(offer)}};
  auto bytes = writeDeb(package, made);
  if (!bytes) return fail(std::move(bytes).error());
  return OfferPackage{package.name + "_" + package.version + "_all.deb", std::move(*bytes)};
}

}  // namespace hearth::server
