// SPDX-License-Identifier: GPL-3.0-or-later
// The page on which a batch is put together. All that it shows beyond its frame comes from the API, by its script.
#include <utility>

#include "server/web/pages.h"

namespace hearth::server {

void addSubmitPages(Pages& pages, ApiContext& context) {
  pages.add("/submit", "submit", Access::kScientist,
            [&context](const Visitor& visitor, const RequestPtr&, const Show& show) {
              boost::json::array applications;
              const auto versions = context.deps.read.appVersions();
              if (versions) {
                for (const db::AppVersion& version : *versions)
                  applications.push_back(boost::json::object{{"name", version.name}, {"version", version.version}});
              }
              boost::json::array groups;
              if (const auto own = context.deps.read.groupsOf(visitor.caller->account.id)) {
                for (const Group& group : *own)
                  groups.push_back(boost::json::object{{"name", group.name}, {"beyond", group.beyond}});
              }
              show(boost::json::object{{"title", "New batch"},
                                       {"rootKey", context.deps.rootKey},
                                       {"accountName", visitor.caller->account.name},
                                       {"applications", std::move(applications)},
                                       {"groups", std::move(groups)}});
            });
}

}  // namespace hearth::server
