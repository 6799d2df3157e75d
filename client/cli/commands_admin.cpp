// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <optional>
#include <ostream>

#include "certs/signing.h"
#include "cli/approvals.h"
#include "cli/bundle.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/pack_wasm.h"
#include "cli/progress_bar.h"
#include "cli/transfers.h"
#include "wire/json_writer.h"
#include "wire/manifest.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

constexpr std::uint64_t kListedRows = 100'000;

/// All pages of a list whose pages hold `rows` and a `next` for `after=`.
template <typename Page, typename Row>
Result<Page> allPages(ApiClient& api, const std::string& path, Result<Page> (*parse)(std::string_view),
                      std::vector<Row> Page::*rows) {
  Page all;
  std::optional<std::uint64_t> after;
  do {
    const std::string separator = path.find('?') == std::string::npos ? "?" : "&";
    auto page = api.get(path + separator + "limit=" + std::to_string(wire::kPageRows) +
                            (after ? "&after=" + std::to_string(*after) : ""),
                        parse);
    if (!page) return page;
    std::move((page.value().*rows).begin(), (page.value().*rows).end(), std::back_inserter(all.*rows));
    after = (page.value().*rows).empty() ? std::nullopt : page->next;
  } while (after && (all.*rows).size() < kListedRows);
  all.next = after;
  return all;
}

std::string memoryText(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

/// The package of a module, in a folder that lasts as long as `made`.
Result<PackedPackage> packModule(const Context& context, const AppPublishOptions& options,
                                 std::optional<TemporaryFolder>& made) {
  if (options.version.empty()) {
    return fail(ErrorCode::kInvalid, "a module is published under a version", "Name it: --version 1.0");
  }
  auto folder = TemporaryFolder::make();
  if (!folder) return fail(std::move(folder).error());
  made = *std::move(folder);
  PackRequest request;
  request.programs = {options.package};
  request.name = options.name;
  request.version = options.version;
  request.folder = made->path() / "package";
  request.allPlatforms = options.allPlatforms;
  request.realClocks = options.realClocks;
  auto packed = packWasm(request);
  if (packed) {
    for (const std::string& warning : packed->warnings) printWarning(context, warning);
  }
  return packed;
}

}  // namespace

Result<int> hosts(const Context& context, const std::string& account) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  const std::string path = account.empty() ? "/api/v1/hosts" : "/api/v1/hosts?account=" + percentEncoded(account);
  auto page = allPages(*api, path, &wire::parseHostPage, &wire::HostPage::hosts);
  if (!page) return fail(std::move(page).error());
  if (context.asJson) {
    context.out << wire::toJson(*page) << '\n';
    return kExitOk;
  }
  if (page->hosts.empty()) {
    context.out << "No hosts yet. Make a join link for a volunteer's machine with: hearth invite\n";
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{
      {"HOST", "NAME", "ACCOUNT", "PLATFORM", "CORES", "MEMORY", "SANDBOX", "ENROLLED", "STATE"}};
  for (const wire::HostView& host : page->hosts) {
    const HostDescription& about = host.description;
    rows.push_back({std::to_string(host.id.value), about.name, host.account, about.platform,
                    std::to_string(about.processors), memoryText(about.memoryBytes), sandboxTierName(about.sandbox),
                    formatInstant(host.enrolled), host.revoked ? "revoked" : "active"});
  }
  printTable(context.out, rows);
  return kExitOk;
}

Result<int> hostRevoke(const Context& context, HostId host) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  HEARTH_TRY(api->act("POST", "/api/v1/hosts/" + std::to_string(host.value) + "/revoke", {}, true));
  if (context.asJson)
    context.out << wire::JsonWriter().beginObject().member("id", host).member("revoked", true).endObject().take()
                << '\n';
  else
    context.out << "Host " << host.value << " is revoked: its certificate is worth nothing from now on.\n";
  return kExitOk;
}

Result<int> invite(const Context& context, const InviteOptions& options) {
  wire::JoinTokenRequest request{options.uses, std::nullopt, options.account, options.group};
  if (!options.validity.empty()) {
    auto validity = wire::parseDuration(options.validity);
    if (!validity) return fail(std::move(validity).error().within("--for"));
    request.ttl = *validity;
  }
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto token = api->post("/api/v1/join-tokens", wire::toJson(request), &wire::parseJoinTokenView);
  if (!token) return fail(std::move(token).error());
  if (context.asJson)
    context.out << wire::toJson(*token) << '\n';
  else
    context.out << token->link << "\n\nOn the volunteer's machine:  hearth-agent join 'LINK'\nGood for " << options.uses
                << (options.uses == 1 ? " host" : " hosts") << " until " << formatInstant(token->expires) << ".\n";
  return kExitOk;
}

Result<int> appPublish(const Context& context, const AppPublishOptions& options) {
  std::optional<TemporaryFolder> made;
  auto package = isWasmModule(options.package) ? packModule(context, options, made) : readPackage(options.package);
  if (!package) return fail(std::move(package).error());
  auto key = certs::readSigningKeyFile(options.keyFile.empty() ? context.signingKeyFile() : options.keyFile);
  if (!key) return fail(std::move(key).error());
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto keys = api->get("/api/v1/keys", &wire::parseKeysView);
  if (!keys) return fail(std::move(keys).error());
  auto signature = signWithChain(*key, package->digest, *keys, currentTime());
  if (!signature) return fail(std::move(signature).error());
  std::vector<BlobSource> blobs = blobsOfPackage(*package);
  StatusLine line(context.err, context.isErrTerminal && !context.asJson);
  TransferLine transfer(line, "uploading", blobs.size());
  auto uploaded = uploadBlobs(api->http().session(), blobs, {}, transfer);
  line.clear();
  if (!uploaded) return fail(std::move(uploaded).error());
  const wire::AppVersionRequest request{package->package.name, package->package.version, package->digest,
                                        *std::move(signature)};
  auto published = api->post("/api/v1/applications", wire::toJson(request), &wire::parseAppVersionView);
  if (!published) return fail(std::move(published).error());
  if (context.asJson)
    context.out << wire::toJson(*published) << '\n';
  else
    context.out << "Published " << printable(published->name) << '@' << printable(published->version) << ".\n";
  return kExitOk;
}

Result<int> appList(const Context& context) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto page = api->get("/api/v1/applications", &wire::parseAppVersionPage);
  if (!page) return fail(std::move(page).error());
  if (context.asJson) {
    context.out << wire::toJson(*page) << '\n';
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{{"APPLICATION", "VERSION", "PACKAGE", "PUBLISHED"}};
  for (const wire::AppVersionView& app : page->applications)
    rows.push_back({app.name, app.version, shortDigest(app.package.hex()), formatInstant(app.created)});
  if (rows.size() == 1) {
    context.out << "No applications are published yet. An operator publishes one with: hearth app publish\n";
    return kExitOk;
  }
  printTable(context.out, rows);
  return kExitOk;
}

Result<int> accountAdd(const Context& context, const AccountAddOptions& options) {
  wire::AccountRequest request{options.name, {}};
  for (const std::string& text : options.roles) {
    auto role = parseRole(text);
    if (!role) return fail(std::move(role).error().within("--role"));
    request.roles = request.roles.with(*role);
  }
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto created = api->post("/api/v1/accounts", wire::toJson(request), &wire::parseAccountCreated);
  if (!created) return fail(std::move(created).error());
  if (context.asJson)
    context.out << wire::toJson(*created) << '\n';
  else
    context.out << "Account " << printable(created->account.name) << " is made. Its token, shown this once:\n"
                << created->token << '\n';
  return kExitOk;
}

Result<int> accountList(const Context& context) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto page = allPages(*api, "/api/v1/accounts", &wire::parseAccountPage, &wire::AccountPage::accounts);
  if (!page) return fail(std::move(page).error());
  if (context.asJson) {
    context.out << wire::toJson(*page) << '\n';
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{{"ID", "ACCOUNT", "ROLES", "CREATED"}};
  for (const wire::AccountView& account : page->accounts) {
    rows.push_back(
        {std::to_string(account.id.value), account.name, roleNames(account.roles), formatInstant(account.created)});
  }
  printTable(context.out, rows);
  return kExitOk;
}

Result<int> accountWeight(const Context& context, const std::string& name, std::uint32_t weight) {
  HEARTH_TRY(checkAccountName(name));
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto set = api->post("/api/v1/accounts/" + name + "/weight", wire::toJson(wire::AccountWeight{weight}),
                       &wire::parseAccountWeight);
  if (!set) return fail(std::move(set).error());
  if (context.asJson)
    context.out << wire::toJson(*set) << '\n';
  else
    context.out << "The batches of " << name << " have weight " << set->weight
                << " from now on; everybody begins with 1.\n";
  return kExitOk;
}

Result<int> audit(const Context& context, std::uint64_t after, std::uint64_t most) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto page = api->get("/api/v1/audit?after=" + std::to_string(after) +
                           "&limit=" + std::to_string(std::min<std::uint64_t>(most, wire::kPageRows)),
                       &wire::parseAuditPage);
  if (!page) return fail(std::move(page).error());
  if (context.asJson) {
    context.out << wire::toJson(*page) << '\n';
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{{"NUMBER", "WHEN", "WHO", "WHAT", "OF", "DETAIL"}};
  for (const wire::AuditView& entry : page->entries) {
    rows.push_back({std::to_string(entry.number), formatInstant(entry.at), entry.actorName, entry.action, entry.subject,
                    entry.detail});
  }
  printTable(context.out, rows);
  if (page->next) printWarning(context, "there are more: go on with --after " + std::to_string(*page->next));
  return kExitOk;
}

}  // namespace hearth::cli
