// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/draft.h"
#include "server/api/context.h"
#include "server/api/routes.h"
#include "wire/json_writer.h"

/// What the calls that concern drafts share (drafts.cpp, draft_submission.cpp, manifests.cpp, archives.cpp, tus.cpp).
namespace hearth::server {

inline constexpr std::size_t kDraftsPerAccount = 100;
inline constexpr Duration kDraftLife = Duration::days(30);  ///< untouched for so long, it goes
inline constexpr std::size_t kDraftManifestBytes = 4 * limits::kMiB;

/// The draft that the first capture names; to others than its owner it does not exist.
Result<Draft> draftOf(ApiContext& context, const Caller& caller, const Request& request);
Result<Draft> draftOf(ApiContext& context, const Caller& caller, std::string_view id);

/// Random letters and digits for an address.
std::string newAddress();

bool isUtf8(std::string_view text);

/// That a path may be one of a bundle: relative, in UTF-8, without `..`, no part longer than 255 bytes.
Result<void> checkBundlePath(std::string_view path);

/// That so many more files and bytes may come to a draft of this account.
Result<void> checkDraftRoom(ApiContext& context, const Draft& draft, std::uint64_t files, std::uint64_t bytes);

/// That what the account does not have yet of these files is within its quota; then it is counted.
Result<void> admitFiles(ApiContext& context, AccountId account, const std::vector<FileRef>& files);

/// Makes the files part of a draft and data of its owner, all or none; then calls `done`.
void addDraftFiles(ApiContext& context, const Draft& draft, const std::vector<FileRef>& files, Changes more,
                   const Respond& respond, std::function<void()> done);

void writeFile(wire::JsonWriter& json, const FileRef& file);
void writeProblem(wire::JsonWriter& json, std::uint64_t line, std::string_view member, const Error& error);

void addDraftRoutes(Routes& routes, ApiContext& context);
void addDraftSubmissionRoutes(Routes& routes, ApiContext& context);
void addManifestRoutes(Routes& routes, ApiContext& context);
void addArchiveRoutes(Routes& routes, ApiContext& context);
void addTusRoutes(Routes& routes, ApiContext& context);

/// All drafts and unfinished uploads of an account that ends.
Result<Changes> draftsGone(ApiContext& context, AccountId owner);

/// Drafts that nobody touched for long and uploads that nobody finished go. Slow: not on an HTTP thread.
void sweepDrafts(ApiContext& context);

}  // namespace hearth::server
