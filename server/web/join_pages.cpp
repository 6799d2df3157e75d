// SPDX-License-Identifier: GPL-3.0-or-later
// How a volunteer's computer joins: the page, the packages that it offers, and an invitation as a package.
#include <algorithm>
#include <utility>

#include "certs/join_link.h"
#include "certs/signing.h"
#include "server/installer/project_package.h"
#include "server/web/downloads.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

/// What the visitor's browser says of its system, as far as that decides what they can install.
struct System {
  bool linux = false, windows = false, mac = false;
};

System systemOf(std::string_view userAgent) {
  const auto says = [userAgent](std::string_view word) { return userAgent.find(word) != std::string_view::npos; };
  if (says("Android") || says("iPhone") || says("iPad")) return {};
  return {says("Linux"), says("Windows"), says("Macintosh")};
}

void addDownloads(json::object& model, const fs::path& folder, const System& system) {
  const DownloadFor wanted = system.windows ? DownloadFor::kWindows
                             : system.mac   ? DownloadFor::kMac
                                            : DownloadFor::kDebian;
  json::array files;
  for (const Download& file : listDownloads(folder, wanted)) {
    files.push_back(json::object{{"name", file.name}, {"kibibytes", file.bytes / 1024 + 1}});
  }
  model["linux"] = system.linux;
  model["windows"] = system.windows;
  model["mac"] = system.mac;
  model["otherSystem"] = !system.linux && !system.windows && !system.mac;
  model["hasDownloads"] = !files.empty();
  model["downloads"] = std::move(files);
}

bool isSecret(std::string_view text) {
  constexpr std::size_t kMost = 200;
  return !text.empty() && text.size() <= kMost && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// The link that an agent takes.
Result<std::string> linkOf(ApiContext& context, std::string_view token) {
  const auto authority = certs::fingerprint(context.deps.authority.identity().certificatePem);
  if (!authority) return fail(authority.error());
  const auto root = certs::keyFingerprint(context.deps.rootKey);
  if (!root) return fail(root.error());
  return certs::formatJoinLink({context.deps.publicAddress, std::string(token), *authority, *root});
}

/// `/join?token=…` is an invitation that can be sent by mail.
void showJoin(ApiContext& context, const fs::path& downloads, const Request& request, const Show& show) {
  json::object model{{"title", "Lend a computer"}};
  addDownloads(model, downloads, systemOf(request.header("user-agent")));
  const std::string_view token = request.queryValue("token");
  model["invited"] = isSecret(token);
  if (isSecret(token)) {
    auto link = linkOf(context, token);
    if (!link) return show(fail(std::move(link).error()));
    model["link"] = std::move(*link);
    model["token"] = token;
  }
  show(std::move(model));
}

/// `/join/package?token=…`: the invitation as a Debian package, for machines that are installed in one go. It says no
/// more than the link, so whoever has the token may have it.
void sendPackage(ApiContext& context, const Request& request, const Respond& respond) {
  const std::string_view token = request.queryValue("token");
  if (!isSecret(token)) {
    return respondError(respond, {ErrorCode::kInvalid, "There is no invitation in this address.",
                                  "Take the address from the page that the invitation led to."});
  }
  auto link = valueOr(linkOf(context, token), respond);
  if (!link) return;
  const std::string& address = context.deps.publicAddress;
  const ProjectOffer offer{context.deps.project, context.options.about, "https://" + address, std::move(*link)};
  auto package =
      valueOr(makeOfferPackage(offer, projectMail(address.substr(0, address.rfind(':'))), context.now()), respond);
  if (!package) return;
  respond({200,
           {{"content-type", "application/vnd.debian.binary-package"},
            {"content-disposition", "attachment; filename=\"" + package->fileName + "\""},
            {"cache-control", "no-store"}},
           std::move(package->bytes)});
}

}  // namespace

void addJoinPages(Pages& pages, Routes& routes, ApiContext& context, const fs::path& downloads) {
  pages.add("/join", "join", Access::kAnyone,
            [&context, &downloads](const Visitor&, const RequestPtr& request, const Show& show) {
              showJoin(context, downloads, *request, show);
            });
  routes.anyone(Method::kGet, "/join/package", [&context](const RequestPtr& request, const Respond& respond) {
    sendPackage(context, *request, respond);
  });
  routes.anyone(Method::kGet, "/downloads/{file}", [&downloads](const RequestPtr& request, const Respond& respond) {
    respond(downloadResponse(*request, downloads, request->captures.at(0)));
  });
}

}  // namespace hearth::server
