// SPDX-License-Identifier: GPL-3.0-or-later
#include <ostream>

#include "certs/secret.h"
#include "certs/signing.h"
#include "cli/approvals.h"
#include "cli/bundle.h"
#include "cli/commands.h"
#include "cli/pack_wasm.h"
#include "cli/progress_bar.h"
#include "cli/transfers.h"
#include "wire/batch_json.h"
#include "wire/json_writer.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

std::uint64_t totalBytes(const std::vector<BlobSource>& blobs) {
  std::uint64_t bytes = 0;
  for (const BlobSource& blob : blobs) bytes += blob.size;
  return bytes;
}

/// What would be submitted: the number of tasks, the first commands and the last.
Result<int> dryRun(const Context& context, const Bundle& bundle) {
  std::vector<std::pair<TaskIndex, std::string>> commands;
  for (TaskIndex index = 0; index < bundle.tasks; ++index) {
    if (index == 3 && bundle.tasks > 4) index = bundle.tasks - 1;
    auto command = expandedCommand(bundle, index);
    if (!command) return fail(std::move(command).error());
    commands.emplace_back(index, *std::move(command));
  }
  const std::uint64_t bytes = totalBytes(bundle.blobs);
  if (context.asJson) {
    wire::JsonWriter json;
    json.beginObject()
        .member("name", bundle.spec.name)
        .member("tasks", bundle.tasks)
        .member("blobs", static_cast<std::uint64_t>(bundle.blobs.size()))
        .member("bytes", bytes);
    json.key("commands").beginArray();
    for (const auto& [index, command] : commands)
      json.beginObject().member("index", index).member("command", command).endObject();
    context.out << json.endArray().endObject().take() << '\n';
    return kExitOk;
  }
  context.out << printable(bundle.spec.name) << ": " << bundle.tasks << (bundle.tasks == 1 ? " task, " : " tasks, ")
              << bundle.blobs.size() << " files, " << bytes << " bytes\n";
  for (const auto& [index, command] : commands) {
    if (index > 3 && index + 1 == bundle.tasks) context.out << "  …\n";
    context.out << "  " << index << ": " << printable(command) << '\n';
  }
  context.out << "Nothing was submitted.\n";
  return kExitOk;
}

/// Signs the scientist's own package with the account's key.
Result<void> signOwnPackage(const Context& context, ApiClient& api, Bundle& bundle) {
  if (!bundle.package) return {};
  std::error_code failed;
  if (!std::filesystem::exists(context.signingKeyFile(), failed)) {
    return fail(ErrorCode::kNotFound, "the bundle carries its own package, and you have no signing key",
                "Make one and have it approved: hearth key new, then hearth key request");
  }
  auto key = certs::readSigningKeyFile(context.signingKeyFile());
  if (!key) return fail(std::move(key).error());
  auto keys = api.get("/api/v1/keys", &wire::parseKeysView);
  if (!keys) return fail(std::move(keys).error());
  auto signature = signWithChain(*key, bundle.package->digest, *keys, currentTime());
  if (!signature) return fail(std::move(signature).error());
  bundle.spec.signature = *std::move(signature);
  return {};
}

}  // namespace

Result<int> packProgram(const Context& context, PackRequest request) {
  request.searchPath = context.searchPath;
  auto packed = !request.programs.empty() && isWasmModule(request.programs.front()) ? packWasm(request) : pack(request);
  if (!packed) return fail(std::move(packed).error());
  for (const std::string& warning : packed->warnings) printWarning(context, warning);
  const Package& package = packed->package;
  std::uint64_t bytes = 0;
  for (const FileRef& file : package.files) bytes += file.size;
  if (context.asJson) {
    wire::JsonWriter json;
    json.beginObject()
        .member("name", package.name)
        .member("version", package.version)
        .member("platform", package.platform);
    json.member("folder", packed->folder.string())
        .member("digest", packed->digest)
        .member("files", static_cast<std::uint64_t>(package.files.size()))
        .member("bytes", bytes);
    json.key("programs").beginObject();
    for (const auto& [name, path] : package.programs) json.member(name, path);
    context.out << json.endObject().endObject().take() << '\n';
    return kExitOk;
  }
  context.out << "Packed " << package.name << ' ' << package.version << " for " << package.platform << ": "
              << package.files.size() << " files, " << bytes << " bytes\n  folder  " << packed->folder.string()
              << "\n  digest  " << packed->digest.hex() << '\n';
  for (const auto& [name, path] : package.programs) context.out << "  program " << name << " is /" << path << '\n';
  return kExitOk;
}

Result<int> submit(const Context& context, const SubmitOptions& options) {
  auto bundle = readBundle(options.bundle);
  if (!bundle) return fail(std::move(bundle).error());
  if (!options.name.empty()) {
    bundle->spec.name = options.name;
    auto checked = wire::checkBatchSpec(bundle->spec);
    if (!checked) return fail(std::move(checked).error().within("--name"));
  }
  if (bundle->spec.outputs.empty())
    printWarning(context, "the manifest declares no outputs: tasks that exit well count, and nothing of them is kept");
  if (options.isDryRun) return dryRun(context, *bundle);
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  HEARTH_TRY(signOwnPackage(context, *api, *bundle));
  StatusLine line(context.err, context.isErrTerminal && !context.asJson);
  TransferLine transfer(line, "uploading", bundle->blobs.size());
  auto uploaded = uploadBlobs(api->http().session(), bundle->blobs, {}, transfer);
  line.clear();
  if (!uploaded) return fail(std::move(uploaded).error());
  const std::string key = options.idempotencyKey.empty() ? certs::newSecret("submit_") : options.idempotencyKey;
  auto batch = api->post("/api/v1/batches", wire::toJson(bundle->spec), &wire::parseBatchView, key);
  if (!batch) {
    Error error = std::move(batch).error();
    if (error.code == ErrorCode::kUnavailable)
      error.hint += "; submit with --idempotency-key " + key + " so that nothing is submitted twice";
    return fail(std::move(error));
  }
  if (context.asJson) {
    context.out << wire::toJson(*batch) << std::endl;
  } else {
    context.out << "Submitted batch " << batch->id.value << " '" << printable(batch->name) << "': " << batch->tasks
                << " tasks (" << uploaded->sentBlobs << " files sent, " << uploaded->sentBytes << " bytes; "
                << uploaded->keptBlobs << " were there)" << std::endl;
    if (!options.waits) context.out << "Follow it with: hearth watch " << batch->id.value << '\n';
  }
  return options.waits ? watch(context, batch->id) : kExitOk;
}

}  // namespace hearth::cli
