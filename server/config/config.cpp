// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <toml++/toml.h>

#include "base/suggest.h"
#include "model/account.h"
#include "model/names.h"
#include "server/oidc/fetch.h"
#include "wire/manifest.h"
#include "wire/project.h"

namespace hearth::server {
namespace {

constexpr std::uint64_t kMostNames = 32;
constexpr std::int64_t kMostQuota = 1'000'000'000;
constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn", "error"};

constexpr std::array<std::string_view, 3> kSignUpWords{"closed", "invitation", "open"};
constexpr names::Table<SignUp, 3> kSignUpNames{
    {{SignUp::kClosed, "closed"}, {SignUp::kInvitation, "invitation"}, {SignUp::kOpen, "open"}}};

// Readers of one value each. The message of an error completes "[section] key …".

tl::unexpected<Error> must(const std::string& what) { return fail(ErrorCode::kInvalid, "must be " + what); }

Result<void> readText(const toml::node& node, std::string& to) {
  const auto text = node.value_exact<std::string>();
  if (!text || text->size() > limits::kPathBytes) return must("a text in quotes");
  to = *text;
  return {};
}

Result<void> readName(const toml::node& node, std::string& to) {
  HEARTH_TRY(readText(node, to));
  if (to.empty() || to.size() > limits::kNameBytes) return must("a text of 1 to 200 bytes");
  return {};
}

Result<void> readPath(const toml::node& node, std::filesystem::path& to) {
  std::string text;
  HEARTH_TRY(readText(node, text));
  to = text;
  return {};
}

Result<void> readNames(const toml::node& node, std::vector<std::string>& to) {
  const toml::array* list = node.as_array();
  if (list == nullptr || list->size() > kMostNames) return must("a list of at most 32 texts: [\"grid.example.org\"]");
  to.clear();
  for (const toml::node& element : *list) HEARTH_TRY(readName(element, to.emplace_back()));
  return {};
}

Result<void> readSentences(const toml::node& node, std::vector<std::string>& to) {
  const toml::array* list = node.as_array();
  if (list == nullptr || list->size() > wire::kProjectUses) {
    return must("a list of at most " + std::to_string(wire::kProjectUses) + " sentences");
  }
  to.clear();
  for (const toml::node& element : *list) {
    HEARTH_TRY(readText(element, to.emplace_back()));
    if (to.back().empty() || to.back().size() > wire::kProjectUseBytes) {
      return must("of sentences of at most " + std::to_string(wire::kProjectUseBytes) + " bytes");
    }
  }
  return {};
}

template <typename T>
Result<void> readNumber(const toml::node& node, std::int64_t least, std::int64_t most, T& to) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < least || *number > most) {
    return must("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  to = static_cast<T>(*number);
  return {};
}

Result<void> readDuration(const toml::node& node, Duration least, Duration most, Duration& to) {
  const auto text = node.value_exact<std::string>();
  const auto duration = text ? wire::parseDuration(*text) : Result<Duration>(must("a time"));
  if (!duration || *duration < least || *duration > most) {
    return must("a time from \"" + wire::formatDuration(least) + "\" to \"" + wire::formatDuration(most) + "\"");
  }
  to = *duration;
  return {};
}

Result<void> readBytes(const toml::node& node, std::uint64_t& to) {
  const auto text = node.value_exact<std::string>();
  const auto bytes = text ? wire::parseByteCount(*text) : Result<std::uint64_t>(must("a size"));
  if (!bytes) return must("a size such as \"256MiB\"");
  to = *bytes;
  return {};
}

Result<void> readTruth(const toml::node& node, bool& to) {
  const auto truth = node.value_exact<bool>();
  if (!truth) return must("true or false");
  to = *truth;
  return {};
}

Result<void> readLevel(const toml::node& node, std::string& to) {
  HEARTH_TRY(readText(node, to));
  if (std::find(kLevels.begin(), kLevels.end(), to) != kLevels.end()) return {};
  return must("trace, debug, info, warn or error." + didYouMean(to, kLevels));
}

Result<void> readFormat(const toml::node& node, bool& isJson) {
  std::string text;
  HEARTH_TRY(readText(node, text));
  if (text != "plain" && text != "json") return must("\"plain\" or \"json\"");
  isJson = text == "json";
  return {};
}

Result<void> readSignUp(const toml::node& node, SignUp& to) {
  std::string text;
  HEARTH_TRY(readText(node, text));
  auto signUp = names::parse(kSignUpNames, text, "way to sign up");
  if (!signUp) return must("\"closed\", \"invitation\" or \"open\"." + didYouMean(text, kSignUpWords));
  to = *signUp;
  return {};
}

Result<void> readRoles(const toml::node& node, RoleSet& to) {
  std::vector<std::string> names;
  HEARTH_TRY(readNames(node, names));
  to = {};
  for (const std::string& name : names) {
    const auto role = parseRole(name);
    if (!role || (*role != Role::kVolunteer && *role != Role::kScientist)) {
      return must("a list of \"volunteer\" and \"scientist\": other roles are an admin's to give");
    }
    to = to.with(*role);
  }
  return names.empty() ? must("a list of at least one role") : Result<void>();
}

Result<void> readFlag(const toml::node& node, bool& to) {
  const auto flag = node.value_exact<bool>();
  if (!flag) return must("true or false");
  to = *flag;
  return {};
}

Result<void> readMailServer(const toml::node& node, std::string& to) {
  HEARTH_TRY(readText(node, to));
  if (to.empty() || to.starts_with("smtp://") || to.starts_with("smtps://")) return {};
  return must("an address such as \"smtp://mail.example.org:587\"");
}

struct Key {
  std::string_view section;
  std::string_view name;
  Result<void> (*read)(const toml::node&, Config&);
};

constexpr Duration kSecond = Duration::seconds(1);
constexpr Duration kDay = Duration::days(1);

const std::array kKeys{
    Key{"project", "name", [](const toml::node& n, Config& c) { return readName(n, c.project); }},
    Key{"project", "about", [](const toml::node& n, Config& c) { return readText(n, c.about); }},
    Key{"project", "uses", [](const toml::node& n, Config& c) { return readSentences(n, c.uses); }},
    Key{"listen", "address", [](const toml::node& n, Config& c) { return readName(n, c.address); }},
    Key{"listen", "port", [](const toml::node& n, Config& c) { return readNumber(n, 0, 65'535, c.port); }},
    Key{"listen", "threads", [](const toml::node& n, Config& c) { return readNumber(n, 1, 256, c.threads); }},
    Key{"public", "names", [](const toml::node& n, Config& c) { return readNames(n, c.publicNames); }},
    Key{"public", "port", [](const toml::node& n, Config& c) { return readNumber(n, 1, 65'535, c.publicPort); }},
    Key{"public", "certificate", [](const toml::node& n, Config& c) { return readPath(n, c.publicCertificate); }},
    Key{"public", "key", [](const toml::node& n, Config& c) { return readPath(n, c.publicKey); }},
    Key{"log", "level", [](const toml::node& n, Config& c) { return readLevel(n, c.logLevel); }},
    Key{"log", "format", [](const toml::node& n, Config& c) { return readFormat(n, c.logJson); }},
    Key{"hosts", "lease_term",
        [](const toml::node& n, Config& c) { return readDuration(n, kSecond, kDay, c.leaseTerm); }},
    Key{"hosts", "sync_when_busy",
        [](const toml::node& n, Config& c) {
          return readDuration(n, Duration::milliseconds(100), kDay, c.syncWhenBusy);
        }},
    Key{"hosts", "sync_when_idle",
        [](const toml::node& n, Config& c) {
          return readDuration(n, Duration::milliseconds(100), kDay, c.syncWhenIdle);
        }},
    Key{"hosts", "heartbeats_per_second",
        [](const toml::node& n, Config& c) { return readNumber(n, 1, 1'000'000, c.heartbeatsPerSecond); }},
    Key{"hosts", "idle_syncs_per_second",
        [](const toml::node& n, Config& c) { return readNumber(n, 1, 1'000'000, c.idleSyncsPerSecond); }},
    Key{"hosts", "retry_same_host_after",
        [](const toml::node& n, Config& c) { return readDuration(n, Duration{}, kDay, c.retrySameHostAfter); }},
    Key{"hosts", "certificate_life",
        [](const toml::node& n, Config& c) {
          return readDuration(n, Duration::hours(1), kDay * 365, c.certificateLife);
        }},
    Key{"accounts", "signup", [](const toml::node& n, Config& c) { return readSignUp(n, c.signUp); }},
    Key{"accounts", "signup_roles", [](const toml::node& n, Config& c) { return readRoles(n, c.signUpRoles); }},
    Key{"accounts", "session_life",
        [](const toml::node& n, Config& c) {
          return readDuration(n, Duration::minutes(5), kDay * 365, c.sessionLife);
        }},
    Key{"quotas", "attempts",
        [](const toml::node& n, Config& c) { return readNumber(n, 0, kMostQuota, c.quota.attempts); }},
    Key{"quotas", "batches",
        [](const toml::node& n, Config& c) { return readNumber(n, 0, kMostQuota, c.quota.batches); }},
    Key{"quotas", "bytes", [](const toml::node& n, Config& c) { return readBytes(n, c.quota.bytes); }},
    Key{"limits", "connections",
        [](const toml::node& n, Config& c) { return readNumber(n, 16, 1'000'000, c.connections); }},
    Key{"limits", "inbox", [](const toml::node& n, Config& c) { return readNumber(n, 16, 10'000'000, c.inbox); }},
    Key{"limits", "disk_reserve", [](const toml::node& n, Config& c) { return readBytes(n, c.diskReserveBytes); }},
    Key{"limits", "drafts", [](const toml::node& n, Config& c) { return readBytes(n, c.draftBytes); }},
    Key{"fetch", "private", [](const toml::node& n, Config& c) { return readTruth(n, c.fetchPrivate); }},
    Key{"fetch", "authorities", [](const toml::node& n, Config& c) { return readPath(n, c.fetchAuthorities); }},
    Key{"results", "keep",
        [](const toml::node& n, Config& c) { return readDuration(n, kDay, kDay * 36'500, c.keepResults); }},
    Key{"results", "keep_at_most",
        [](const toml::node& n, Config& c) { return readDuration(n, kDay, kDay * 36'500, c.keepResultsAtMost); }},
    Key{"mail", "server", [](const toml::node& n, Config& c) { return readMailServer(n, c.mailServer); }},
    Key{"mail", "from", [](const toml::node& n, Config& c) { return readName(n, c.mailFrom); }},
    Key{"mail", "user", [](const toml::node& n, Config& c) { return readName(n, c.mailUser); }},
    Key{"mail", "password_file", [](const toml::node& n, Config& c) { return readPath(n, c.mailPasswordFile); }},
    Key{"mail", "tls", [](const toml::node& n, Config& c) { return readFlag(n, c.mailTls); }},
    Key{"webhooks", "private", [](const toml::node& n, Config& c) { return readFlag(n, c.privateWebhooks); }},
};

tl::unexpected<Error> refuse(const toml::source_region& where, const std::string& message, std::string hint) {
  return fail(ErrorCode::kInvalid, "hearthd.toml, line " + std::to_string(where.begin.line) + ": " + message,
              std::move(hint));
}

std::vector<std::string_view> keysOf(std::string_view section) {
  std::vector<std::string_view> names;
  for (const Key& key : kKeys) {
    if (key.section == section) names.push_back(key.name);
  }
  return names;
}

std::vector<std::string_view> sections() {
  std::vector<std::string_view> names;
  for (const Key& key : kKeys) {
    if (names.empty() || names.back() != key.section) names.push_back(key.section);
  }
  return names;
}

Result<void> readSection(std::string_view section, const toml::table& table, Config& config) {
  for (const auto& [name, node] : table) {
    const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& known) {
      return known.section == section && known.name == name.str();
    });
    if (key == kKeys.end()) {
      return refuse(name.source(), "unknown key '" + std::string(name.str()) + "' in [" + std::string(section) + "].",
                    "Correct or remove it." + didYouMean(name.str(), keysOf(section)));
    }
    if (auto read = key->read(node, config); !read) {
      return refuse(node.source(),
                    "[" + std::string(section) + "] " + std::string(name.str()) + " " + read.error().message,
                    "The keys and their defaults are described in docs/admins.md.");
    }
  }
  return {};
}

/// [[oidc]]: any number of parties that sign people in.
struct OidcKey {
  std::string_view name;
  Result<void> (*read)(const toml::node&, OidcSettings&);
};
const std::array kOidcKeys{
    OidcKey{"id", [](const toml::node& n, OidcSettings& o) { return readName(n, o.id); }},
    OidcKey{"name", [](const toml::node& n, OidcSettings& o) { return readName(n, o.name); }},
    OidcKey{"issuer", [](const toml::node& n, OidcSettings& o) { return readName(n, o.issuer); }},
    OidcKey{"client_id", [](const toml::node& n, OidcSettings& o) { return readName(n, o.clientId); }},
    OidcKey{"secret_file", [](const toml::node& n, OidcSettings& o) { return readPath(n, o.secretFile); }},
};

Result<OidcSettings> readParty(const toml::table& table) {
  OidcSettings party;
  for (const auto& [name, node] : table) {
    const auto key = std::find_if(kOidcKeys.begin(), kOidcKeys.end(),
                                  [&](const OidcKey& known) { return known.name == name.str(); });
    if (key == kOidcKeys.end()) {
      return refuse(name.source(), "unknown key '" + std::string(name.str()) + "' in [[oidc]].",
                    "It has id, name, issuer, client_id and secret_file.");
    }
    if (auto read = key->read(node, party); !read) {
      return refuse(node.source(), "[[oidc]] " + std::string(name.str()) + " " + read.error().message,
                    "The keys are described in docs/admins.md.");
    }
  }
  if (!checkAccountName(party.id) || party.issuer.empty() || party.clientId.empty()) {
    return refuse(table.source(), "[[oidc]] needs an id of small letters and digits, an issuer and a client_id.",
                  "The other party gives issuer and client_id; the id stands in paths: id = \"university\"");
  }
  if (!isFetchable(party.issuer)) {
    return refuse(table.source(), "[[oidc]] issuer must be an https address.", "Write it as the other party does.");
  }
  if (party.name.empty()) party.name = party.id;
  return party;
}

Result<void> readParties(const toml::node& node, Config& config) {
  const toml::array* parties = node.as_array();
  if (parties == nullptr || parties->size() > kMostNames) {
    return refuse(node.source(), "[[oidc]] is written with two brackets, at most 32 times.",
                  "Begin each party by a line [[oidc]].");
  }
  for (const toml::node& element : *parties) {
    if (!element.is_table()) return refuse(element.source(), "[[oidc]] is a section.", "Begin it by a line [[oidc]].");
    auto party = readParty(*element.as_table());
    if (!party) return fail(std::move(party).error());
    const bool twice = std::any_of(config.oidc.begin(), config.oidc.end(),
                                   [&](const OidcSettings& one) { return one.id == party->id; });
    if (twice) return refuse(element.source(), "two [[oidc]] have the id '" + party->id + "'.", "Rename one.");
    config.oidc.push_back(std::move(*party));
  }
  return {};
}

Result<void> readSecret(const std::filesystem::path& folder, OidcSettings& party) {
  if (party.secretFile.empty()) return {};
  if (party.secretFile.is_relative()) party.secretFile = folder / party.secretFile;
  std::ifstream file(party.secretFile, std::ios::binary);
  std::getline(file, party.secret);
  if (!party.secret.empty()) return {};
  return fail(ErrorCode::kIo,
              "cannot read " + party.secretFile.string() + ", the secret_file of [[oidc]] '" + party.id + "'",
              "Write the client secret into its first line, readable by the user of hearthd alone.");
}

Result<void> checkWhole(const Config& config) {
  if (config.publicCertificate.empty() != config.publicKey.empty()) {
    return fail(ErrorCode::kInvalid, "hearthd.toml: [public] certificate and key belong together",
                "Set both, or neither to use the project's own certificate.");
  }
  if (!config.mailServer.empty() && config.mailFrom.empty()) {
    return fail(ErrorCode::kInvalid, "hearthd.toml: [mail] server needs from, the address that mail comes from",
                "Set from = \"grid@example.org\" in [mail].");
  }
  return {};
}

/// The lines of one section; its head is a comment too while all of them are, so that it may be written again below.
class SectionText {
 public:
  explicit SectionText(std::string_view name) : m_head("[" + std::string(name) + "]\n") {}
  void add(bool isSet, std::string_view key, const std::string& value) {
    m_isSet = m_isSet || isSet;
    m_lines += (isSet ? "" : "# ") + std::string(key) + " = " + value + "\n";
  }
  std::string text() const { return (m_isSet ? "\n" : "\n# ") + m_head + m_lines; }

 private:
  std::string m_head;
  std::string m_lines;
  bool m_isSet = false;
};

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

std::string quotedList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quoted(text);
  return "[" + list + "]";
}

std::string rolesText(const RoleSet& roles) {
  std::string text;
  for (const Role role : {Role::kVolunteer, Role::kScientist}) {
    if (roles.has(role)) text += (text.empty() ? "" : ", ") + quoted(name(role));
  }
  return "[" + text + "]";
}

}  // namespace

Result<Config> parseConfig(std::string_view text) {
  Config config;
  try {
    const toml::table root = toml::parse(text);
    for (const auto& [name, node] : root) {
      if (name.str() == "oidc") {
        HEARTH_TRY(readParties(node, config));
        continue;
      }
      const auto known = sections();
      if (std::find(known.begin(), known.end(), name.str()) == known.end() || !node.is_table()) {
        return refuse(name.source(), "unknown section '" + std::string(name.str()) + "'.",
                      "Every key stands in a section such as [listen]." + didYouMean(name.str(), known));
      }
      HEARTH_TRY(readSection(name.str(), *node.as_table(), config));
    }
  } catch (const toml::parse_error& error) {
    return refuse(error.source(), std::string(error.description()), "Correct the line; the file is TOML.");
  }
  HEARTH_TRY(checkWhole(config));
  return config;
}

Result<Config> readConfig(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "hearthd.toml";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    Config config;
    config.folder = folder;
    return config;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream) {
    return fail(ErrorCode::kIo, "cannot read " + file.string(), "Check that it is a file that this user may read.");
  }
  auto config = parseConfig(text);
  if (!config) return config;
  config->folder = folder;
  for (std::filesystem::path* path :
       {&config->publicCertificate, &config->publicKey, &config->fetchAuthorities, &config->mailPasswordFile}) {
    if (!path->empty() && path->is_relative()) *path = folder / *path;
  }
  for (OidcSettings& party : config->oidc) HEARTH_TRY(readSecret(folder, party));
  return config;
}

std::string formatConfig(const Config& config) {
  const Config defaults;
  const auto time = [](Duration duration) { return quoted(wire::formatDuration(duration)); };
  SectionText project("project"), listen("listen"), outside("public"), log("log"), hosts("hosts"), accounts("accounts"),
      quotas("quotas"), limits("limits"), fetch("fetch"), results("results"), mail("mail"), webhooks("webhooks");
  project.add(true, "name", quoted(config.project));
  project.add(!config.about.empty(), "about", quoted(config.about));
  project.add(!config.uses.empty(), "uses", quotedList(config.uses));
  listen.add(config.address != defaults.address, "address", quoted(config.address));
  listen.add(config.port != defaults.port, "port", std::to_string(config.port));
  listen.add(config.threads != defaults.threads, "threads", std::to_string(config.threads));
  outside.add(!config.publicNames.empty(), "names", quotedList(config.publicNames));
  outside.add(config.publicPort != 0, "port", std::to_string(config.publicPort != 0 ? config.publicPort : config.port));
  outside.add(!config.publicCertificate.empty(), "certificate", quoted(config.publicCertificate.string()));
  outside.add(!config.publicKey.empty(), "key", quoted(config.publicKey.string()));
  log.add(config.logLevel != defaults.logLevel, "level", quoted(config.logLevel));
  log.add(config.logJson, "format", config.logJson ? "\"json\"" : "\"plain\"");
  hosts.add(config.leaseTerm != defaults.leaseTerm, "lease_term", time(config.leaseTerm));
  hosts.add(config.syncWhenBusy != defaults.syncWhenBusy, "sync_when_busy", time(config.syncWhenBusy));
  hosts.add(config.syncWhenIdle != defaults.syncWhenIdle, "sync_when_idle", time(config.syncWhenIdle));
  hosts.add(config.heartbeatsPerSecond != defaults.heartbeatsPerSecond, "heartbeats_per_second",
            std::to_string(config.heartbeatsPerSecond));
  hosts.add(config.idleSyncsPerSecond != defaults.idleSyncsPerSecond, "idle_syncs_per_second",
            std::to_string(config.idleSyncsPerSecond));
  hosts.add(config.retrySameHostAfter != defaults.retrySameHostAfter, "retry_same_host_after",
            time(config.retrySameHostAfter));
  hosts.add(config.certificateLife != defaults.certificateLife, "certificate_life", time(config.certificateLife));
  accounts.add(config.signUp != defaults.signUp, "signup", quoted(names::of(kSignUpNames, config.signUp)));
  accounts.add(config.signUpRoles != defaults.signUpRoles, "signup_roles", rolesText(config.signUpRoles));
  accounts.add(config.sessionLife != defaults.sessionLife, "session_life", time(config.sessionLife));
  quotas.add(config.quota.attempts != 0, "attempts", std::to_string(config.quota.attempts));
  quotas.add(config.quota.batches != 0, "batches", std::to_string(config.quota.batches));
  quotas.add(config.quota.bytes != 0, "bytes", quoted(wire::formatByteCount(config.quota.bytes)));
  limits.add(config.connections != defaults.connections, "connections", std::to_string(config.connections));
  limits.add(config.inbox != defaults.inbox, "inbox", std::to_string(config.inbox));
  limits.add(config.diskReserveBytes != defaults.diskReserveBytes, "disk_reserve",
             quoted(wire::formatByteCount(config.diskReserveBytes)));
  limits.add(config.draftBytes != defaults.draftBytes, "drafts", quoted(wire::formatByteCount(config.draftBytes)));
  fetch.add(config.fetchPrivate, "private", config.fetchPrivate ? "true" : "false");
  fetch.add(!config.fetchAuthorities.empty(), "authorities", quoted(config.fetchAuthorities.string()));

  results.add(config.keepResults > Duration{}, "keep",
              time(config.keepResults > Duration{} ? config.keepResults : Duration::days(90)));
  results.add(config.keepResultsAtMost > Duration{}, "keep_at_most",
              time(config.keepResultsAtMost > Duration{} ? config.keepResultsAtMost : Duration::days(365)));
  mail.add(!config.mailServer.empty(), "server",
           quoted(config.mailServer.empty() ? "smtp://mail.example.org:587" : config.mailServer));
  mail.add(!config.mailFrom.empty(), "from", quoted(config.mailFrom.empty() ? "grid@example.org" : config.mailFrom));
  mail.add(!config.mailUser.empty(), "user", quoted(config.mailUser));
  mail.add(!config.mailPasswordFile.empty(), "password_file", quoted(config.mailPasswordFile.string()));
  mail.add(!config.mailTls, "tls", config.mailTls ? "true" : "false");
  webhooks.add(config.privateWebhooks, "private", config.privateWebhooks ? "true" : "false");

  std::string text = "# Settings of this Hearth project (docs/admins.md). What is commented out shows the default.\n";
  for (const SectionText* section :
       {&project, &listen, &outside, &log, &hosts, &accounts, &quotas, &limits, &fetch, &results, &mail, &webhooks})
    text += section->text();
  return text;
}

}  // namespace hearth::server
