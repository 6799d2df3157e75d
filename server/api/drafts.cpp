// SPDX-License-Identifier: GPL-3.0-or-later
// Bundles in the making: what was typed and which files came, kept until it is submitted.
#include "server/api/drafts.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "certs/secret.h"
#include "certs/sha256.h"
#include "model/template.h"
#include "server/api/draft_files.h"
#include "server/api/examples.h"
#include "server/api/package_checks.h"
#include "server/api/problem_at.h"
#include "server/blob/line_index.h"
#include "wire/batch_json.h"
#include "wire/json_reader.h"
#include "wire/manifest.h"
#include "wire/manifest_of_batch.h"

namespace hearth::server {
namespace {

constexpr std::size_t kAddressLetters = 24;
constexpr std::size_t kFilesShown = 1'000;
constexpr std::size_t kFilesAtOnce = 10'000;
constexpr std::size_t kTextBytes = 8 * limits::kMiB;

/// The name that a manifest gives its batch, whatever else is wrong with it.
std::string nameIn(std::string_view manifest) { return wire::readManifest(manifest).manifest.spec.name; }

void writeDraft(ApiContext& context, wire::JsonWriter& json, const Draft& draft) {
  json.beginObject().member("id", draft.id).member("name", draft.name);
  const auto totals = context.deps.read.draftTotals(draft.id);
  json.member("files", totals ? totals->files : 0).member("bytes", totals ? totals->bytes : 0);
  if (draft.trial) json.member("trial", draft.trial);
  if (draft.batch) json.member("batch", draft.batch);
  json.member("created", draft.created).member("changed", draft.changed);
  json.member("expires", draft.changed + kDraftLife);
}

/// A draft whole, with the first of its files.
void answerDraft(ApiContext& context, const Draft& draft, unsigned status, const Respond& respond) {
  auto files = valueOr(context.draftFiles.of(draft.id), respond);
  if (!files) return;
  wire::JsonWriter json(draft.manifest.size() + 200 * std::min((*files)->size(), kFilesShown) + 1024);
  writeDraft(context, json, draft);
  json.member("manifest", draft.manifest);
  json.key("list").beginArray();
  const std::size_t shown = std::min((*files)->size(), kFilesShown);
  for (std::size_t i = 0; i < shown; ++i) writeFile(json, (**files)[i]);
  json.endArray();
  if (shown < (*files)->size()) json.member("next", (**files)[shown - 1].path);
  auto uploads = context.deps.read.uploadsOf(draft.owner, kDraftsPerAccount);
  json.key("uploads").beginArray();
  if (uploads) {
    for (const UploadRecord& upload : *uploads) {
      if (upload.draft != draft.id) continue;
      json.beginObject().member("id", upload.id).member("path", upload.path).member("size", upload.size);
      json.member("offset", context.deps.blobs.namedOffset(upload.id)).endObject();
    }
  }
  json.endArray();
  Response response = jsonResponse(status, json.endObject().take());
  if (status == 201) response.headers.emplace_back("location", "/api/v1/drafts/" + draft.id);
  respond(std::move(response));
}

/// What a new draft begins with.
struct Beginning {
  std::string manifest;
  std::vector<FileRef> files;
};

Result<Beginning> beginningFromBatch(ApiContext& context, const Caller& caller, BatchId id) {
  const auto record = context.deps.read.batch(id);
  if (!record) return fail(record.error());
  if (!*record || (*record)->plan.owner != caller.account.id) {
    return fail(ErrorCode::kNotFound, "You have no batch " + std::to_string(id.value) + ".",
                "List your batches: GET /api/v1/batches");
  }
  const auto text = context.deps.read.batchSpec(id);
  if (!text) return fail(text.error());
  auto spec = wire::parseBatchSpec(text->value_or(""));
  if (!spec) return fail(std::move(spec).error());
  Beginning begun;
  begun.files = spec->files;
  if (spec->sweep.list) begun.files.push_back({"list.csv", spec->sweep.list->digest, spec->sweep.list->size, false});
  if (spec->application.empty()) {
    auto package = context.packages.find(spec->package);
    if (!package) return fail(std::move(package).error());
    for (const FileRef& file : (*package)->package.files)
      begun.files.push_back({"package/" + file.path, file.digest, file.size, file.executable});
    begun.files.push_back(
        {"package/package.json", spec->package, context.deps.blobs.size(spec->package).value_or(0), false});
  }
  begun.manifest = wire::manifestOfBatch(*spec, "package", "list.csv");
  return begun;
}

Result<Beginning> beginningOf(ApiContext& context, const Caller& caller, wire::JsonReader& json) {
  if (json.has("batch")) return beginningFromBatch(context, caller, json.id<BatchId>("batch"));
  if (json.has("example")) {
    auto example = openExample(context, json.text("example"));
    if (!example) return fail(std::move(example).error());
    return Beginning{std::move(example->manifest), std::move(example->files)};
  }
  return Beginning{json.textOr("manifest", "", kDraftManifestBytes), {}};
}

/// Who has as many as there may be loses the one that was untouched longest, if it was submitted; else they are told.
Result<Changes> roomForOneMore(ApiContext& context, const Caller& caller) {
  auto drafts = context.deps.read.drafts(caller.account.id, kDraftsPerAccount);
  if (!drafts) return fail(std::move(drafts).error());
  if (drafts->size() < kDraftsPerAccount) return Changes{};
  const auto oldest =
      std::find_if(drafts->rbegin(), drafts->rend(), [](const Draft& draft) { return bool(draft.batch); });
  if (oldest != drafts->rend()) return Changes{DraftDelete{oldest->id}};
  return fail(ErrorCode::kTooLarge, "An account may have " + std::to_string(kDraftsPerAccount) + " drafts.",
              "Delete one that you no longer need.");
}

void create(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const std::string_view body = request->body.empty() ? std::string_view("{}") : request->body;
  auto document = valueOr(wire::JsonDocument::parse(body), respond);
  if (!document) return;
  wire::JsonReader json = document->root();
  auto begun = beginningOf(context, caller, json);
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  if (!begun) return respondError(respond, std::move(begun).error());
  auto changes = valueOr(roomForOneMore(context, caller), respond);
  if (!changes) return;
  const Instant now = context.now();
  Draft draft{newAddress(), caller.account.id, nameIn(begun->manifest), std::move(begun->manifest), {}, {}, now, now};
  changes->push_back(DraftPut{draft});
  addDraftFiles(context, draft, begun->files, std::move(*changes), respond, [&context, draft, respond] {
    runOn(context.calls, respond, [&context, draft, respond] { answerDraft(context, draft, 201, respond); });
  });
}

void list(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto drafts = valueOr(context.deps.read.drafts(caller.account.id, kDraftsPerAccount), respond);
  if (!drafts) return;
  wire::JsonWriter json;
  json.beginObject().key("drafts").beginArray();
  for (const Draft& draft : *drafts) {
    writeDraft(context, json, draft);
    json.endObject();
  }
  respond(jsonResponse(200, json.endArray().endObject().take()));
}

void update(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  auto document = valueOr(wire::JsonDocument::parse(request->body), respond);
  if (!document) return;
  wire::JsonReader json = document->root();
  draft->manifest = json.text("manifest", kDraftManifestBytes);
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  if (std::string name = nameIn(draft->manifest); !name.empty()) draft->name = std::move(name);
  draft->changed = context.now();
  commit(context, {DraftPut{*draft}}, {}, respond, [&context, draft = *draft, respond] {
    wire::JsonWriter answer;
    answer.beginObject().member("changed", draft.changed).member("expires", draft.changed + kDraftLife);
    respond(jsonResponse(200, answer.endObject().take()));
  });
}

void remove(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  commit(context, {DraftDelete{draft->id}}, {}, respond, [&context, id = draft->id, respond] {
    context.draftFiles.changed(id);
    respond({204, {}, std::string{}});
  });
}

void listFiles(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  const auto files =
      valueOr(context.deps.read.draftFiles(draft->id, request->queryValue("after"), kFilesShown), respond);
  if (!files) return;
  wire::JsonWriter json;
  json.beginObject().key("list").beginArray();
  for (const FileRef& file : *files) writeFile(json, file);
  json.endArray();
  if (files->size() == kFilesShown) json.member("next", files->back().path);
  respond(jsonResponse(200, json.endObject().take()));
}

/// Files whose bytes the server has of this account already.
void addFiles(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  auto document = valueOr(wire::JsonDocument::parse(request->body), respond);
  if (!document) return;
  std::vector<FileRef> files;
  document->root().objects("files", kFilesAtOnce, [&](wire::JsonReader& json) {
    files.push_back(
        {json.text("path", limits::kPathBytes), json.digest("digest"), 0, json.flagOr("executable", false)});
  });
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  std::uint64_t bytes = 0;
  for (FileRef& file : files) {
    if (auto good = checkBundlePath(file.path); !good) return respondError(at("files", respond), good.error());
    auto usable = checkUsable(context, caller.account.id, file.digest, std::nullopt, "the file '" + file.path + "'");
    if (!usable) return respondError(at("files", respond), usable.error());
    file.size = context.deps.blobs.size(file.digest).value_or(0);
    bytes += file.size;
  }
  if (auto room = checkDraftRoom(context, *draft, files.size(), bytes); !room)
    return respondError(respond, room.error());
  addDraftFiles(context, *draft, files, {}, respond, [respond] { respond({204, {}, std::string{}}); });
}

/// A file or all of a folder.
void removeFiles(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  const std::string path(request->queryValue("path"));
  const auto files = valueOr(context.draftFiles.of(draft->id), respond);
  if (!files) return;
  Changes changes;
  for (const FileRef& file : **files) {
    const bool isBelow = file.path.size() > path.size() && file.path.compare(0, path.size() + 1, path + "/") == 0;
    if (file.path == path || isBelow) changes.push_back(DraftFileDelete{draft->id, file.path});
  }
  if (changes.empty()) {
    return respondError(at("path", respond),
                        {ErrorCode::kNotFound, "The draft has no file '" + path.substr(0, 200) + "'.",
                         "List its files: GET /api/v1/drafts/" + draft->id + "/files"});
  }
  commit(context, std::move(changes), {}, respond, [&context, id = draft->id, respond] {
    context.draftFiles.changed(id);
    respond({204, {}, std::string{}});
  });
}

/// A short text as a file: lines that were pasted, a manifest. Asked to be a list, it is checked as one.
void putText(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  auto document = valueOr(wire::JsonDocument::parse(request->body), respond);
  if (!document) return;
  wire::JsonReader json = document->root();
  const std::string path = json.text("path", limits::kPathBytes);
  const std::string text = json.text("text", kTextBytes);
  const bool isList = json.flagOr("list", false);
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  if (auto good = checkBundlePath(path); !good) return respondError(at("path", respond), good.error());
  if (auto room = checkDraftRoom(context, *draft, 1, text.size()); !room) return respondError(respond, room.error());
  const FileRef file{path, certs::sha256(text), text.size(), false};
  if (auto room = admitFiles(context, draft->owner, {file}); !room) return respondError(respond, room.error());
  const auto digest = valueOr(context.deps.blobs.put(text), respond);
  if (!digest) return;
  wire::JsonWriter answer;
  answer.beginObject();
  if (isList) {
    auto list = context.deps.lines.open(*digest);
    if (!list) return respondError(at("text", respond), std::move(list).error());
    answer.member("lines", (*list)->lines()).key("columns").beginArray();
    for (const std::string& column : (*list)->columns()) answer.value(column);
    answer.endArray();
  }
  answer.key("file");
  writeFile(answer, file);
  addDraftFiles(context, *draft, {file}, {}, respond,
                [respond, body = answer.endObject().take()] { respond(jsonResponse(201, body)); });
}

using Work = void (*)(ApiContext&, const Caller&, const RequestPtr&, const Respond&);

/// A call that reads or writes the disk, on the pool.
PersonHandler onPool(ApiContext& context, Work work) {
  return [&context, work](const Caller& caller, const RequestPtr& request, const Respond& respond) {
    runOn(context.submissions, respond,
          [&context, work, caller, request, respond] { work(context, caller, request, respond); });
  };
}

}  // namespace

std::string newAddress() { return certs::secretHash(certs::newSecret("")).hex().substr(0, kAddressLetters); }

Result<Draft> draftOf(ApiContext& context, const Caller& caller, std::string_view id) {
  auto draft = context.deps.read.draft(id);
  if (!draft) return fail(std::move(draft).error());
  if (*draft && (*draft)->owner == caller.account.id) return std::move(**draft);
  return fail(ErrorCode::kNotFound, "You have no draft '" + std::string(id.substr(0, 64)) + "'.",
              "It may have expired: drafts are kept for 30 days after their last change. Begin another one.");
}

Result<Draft> draftOf(ApiContext& context, const Caller& caller, const Request& request) {
  return draftOf(context, caller, request.captures.at(0));
}

bool isUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const bool isLead = lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4);
    if (!isLead || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return false;
    }
    at += length;
  }
  return true;
}

Result<void> checkBundlePath(std::string_view path) {
  if (!isUtf8(path)) {
    return fail(ErrorCode::kInvalid, "The name of a file is not in UTF-8.",
                "Rename the file; archives made on old systems keep names in another encoding.");
  }
  return checkRelativePath(path);
}

Result<void> checkDraftRoom(ApiContext& context, const Draft& draft, std::uint64_t files, std::uint64_t bytes) {
  const auto totals = context.deps.read.draftTotals(draft.id);
  if (!totals) return fail(totals.error());
  if (totals->files + files > limits::kFilesPerBundle) {
    return fail(ErrorCode::kTooLarge,
                "A bundle may have " + std::to_string(limits::kFilesPerBundle) + " files; this one would have " +
                    std::to_string(totals->files + files) + ".",
                "Join small files, or split the batch.");
  }
  const auto all = context.deps.read.draftTotalsOf(draft.owner);
  if (!all) return fail(all.error());
  if (all->bytes + bytes <= context.options.draftBytesPerAccount) return {};
  return fail(ErrorCode::kTooLarge,
              "Your drafts would come to " + wire::formatByteCount(all->bytes + bytes) + "; an account may have " +
                  wire::formatByteCount(context.options.draftBytesPerAccount) + " in them.",
              "Delete drafts or files that you no longer need.");
}

Result<void> admitFiles(ApiContext& context, AccountId account, const std::vector<FileRef>& files) {
  std::unordered_set<Digest> seen;
  std::uint64_t bytes = 0;
  for (const FileRef& file : files) {
    if (!seen.insert(file.digest).second) continue;
    const auto has = context.deps.read.mayUse(account, file.digest);
    if (!has) return fail(has.error());
    if (!*has) bytes += file.size;
  }
  return bytes == 0 ? Result<void>{} : context.stored.admit(account, bytes);
}

void addDraftFiles(ApiContext& context, const Draft& draft, const std::vector<FileRef>& files, Changes more,
                   const Respond& respond, std::function<void()> done) {
  for (const FileRef& file : files) {
    more.push_back(DataPut{draft.owner, file.digest, file.size, context.now()});
    more.push_back(DraftFilePut{draft.id, file});
  }
  commit(context, std::move(more), {}, respond, [&context, id = draft.id, done = std::move(done)] {
    context.draftFiles.changed(id);
    done();
  });
}

void writeFile(wire::JsonWriter& json, const FileRef& file) {
  json.beginObject().member("path", file.path).member("digest", file.digest).member("size", file.size);
  json.member("executable", file.executable).endObject();
}

void writeProblem(wire::JsonWriter& json, std::uint64_t line, std::string_view member, const Error& error) {
  json.beginObject().member("line", line).member("member", member).member("message", error.message);
  json.member("hint", error.hint).endObject();
}

void addDraftRoutes(Routes& routes, ApiContext& context) {
  const auto scientist = {Role::kScientist};
  routes.person(Method::kPost, "/api/v1/drafts", scientist, onPool(context, create));
  routes.person(Method::kGet, "/api/v1/drafts", scientist,
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  runOn(context.calls, respond, [&context, caller, respond] { list(context, caller, respond); });
                });
  routes.person(Method::kGet, "/api/v1/drafts/{draft}", scientist,
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.calls, respond, [&context, caller, request, respond] {
                    if (auto draft = valueOr(draftOf(context, caller, *request), respond))
                      answerDraft(context, *draft, 200, respond);
                  });
                });
  routes.person(Method::kPut, "/api/v1/drafts/{draft}", scientist, onPool(context, update));
  routes.person(Method::kDelete, "/api/v1/drafts/{draft}", scientist, onPool(context, remove));
  routes.person(Method::kGet, "/api/v1/drafts/{draft}/files", scientist, onPool(context, listFiles));
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/files", scientist, onPool(context, addFiles));
  routes.person(Method::kDelete, "/api/v1/drafts/{draft}/files", scientist, onPool(context, removeFiles));
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/texts", scientist, onPool(context, putText));
}

}  // namespace hearth::server
