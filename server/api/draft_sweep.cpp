// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of drafts and uploads that nobody comes back for.
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "server/api/drafts.h"

namespace hearth::server {
namespace {

constexpr std::size_t kSweptAtOnce = 1'000;
constexpr std::chrono::seconds kSweepPatience{30};

}  // namespace

Result<Changes> draftsGone(ApiContext& context, AccountId owner) {
  Changes changes;
  const auto drafts = context.deps.read.drafts(owner, kDraftsPerAccount);
  if (!drafts) return fail(drafts.error());
  for (const Draft& draft : *drafts) changes.push_back(DraftDelete{draft.id});
  const auto uploads = context.deps.read.uploadsOf(owner, kSweptAtOnce);
  if (!uploads) return fail(uploads.error());
  for (const UploadRecord& upload : *uploads) {
    context.deps.blobs.discardNamed(upload.id);
    changes.push_back(UploadDelete{upload.id});
  }
  return changes;
}

void sweepDrafts(ApiContext& context) {
  Changes changes;
  if (const auto drafts = context.deps.read.draftsUntouchedSince(context.now() - kDraftLife, kSweptAtOnce)) {
    for (const Draft& draft : *drafts) changes.push_back(DraftDelete{draft.id});
  }
  if (const auto uploads = context.deps.read.uploadsBefore(context.now() - context.options.uploadLife, kSweptAtOnce)) {
    for (const UploadRecord& upload : *uploads) {
      context.deps.blobs.discardNamed(upload.id);
      changes.push_back(UploadDelete{upload.id});
    }
  }
  if (changes.empty()) return;
  const auto done = std::make_shared<std::promise<void>>();
  auto kept = done->get_future();
  context.deps.runtime.commit(db::Unit{std::move(changes)}, [done](const auto&) { done->set_value(); });
  (void)kept.wait_for(kSweepPatience);  // the next sweep finds what this one could not let go of
}

}  // namespace hearth::server
