// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/prepared_batch.h"

#include <algorithm>
#include <utility>

#include "model/template.h"
#include "server/blob/blob_store.h"
#include "server/blob/line_index.h"
#include "wire/batch_json.h"

namespace hearth::server {
namespace {

/// A spec in memory is about so many times as large as its text.
constexpr std::size_t kBytesPerByteOfJson = 4;
constexpr std::size_t kBytesAtLeast = 4096;

bool varies(const InputRule& rule) { return hasParameters(rule.from) || hasParameters(rule.to); }

Result<wire::PlacedBlob> placed(const PreparedBatch& batch, const InputRule& rule, const std::string& from,
                                const std::string& to) {
  HEARTH_TRY(checkRelativePath(to));
  const FileRef* file = batch.file(from);
  if (file == nullptr) {
    return fail(ErrorCode::kInvalid,
                "the bundle has no file '" + from + "', which the input '" + rule.from + "' asks for",
                "Correct the sweep's values or add the file to the bundle, then submit again.");
  }
  return wire::PlacedBlob{to, file->digest, file->size};
}

}  // namespace

const FileRef* PreparedBatch::file(std::string_view path) const {
  const auto found = std::lower_bound(spec.files.begin(), spec.files.end(), path,
                                      [](const FileRef& file, std::string_view wanted) { return file.path < wanted; });
  return found != spec.files.end() && found->path == path ? &*found : nullptr;
}

Result<PreparedBatch> prepareBatch(BatchId batch, AccountId owner, const std::string& ownerName, std::uint64_t tasks,
                                   BatchSpec spec, std::uint64_t packageSize) {
  PreparedBatch prepared{batch, owner, tasks, std::move(spec), {}, {}, {}, false};
  BatchSpec& own = prepared.spec;
  std::sort(own.files.begin(), own.files.end(),
            [](const FileRef& left, const FileRef& right) { return left.path < right.path; });
  prepared.job = {batch,
                  own.name,
                  own.package,
                  packageSize,
                  own.signature,
                  own.command,
                  own.environment,
                  own.standardInput,
                  own.standardOutput,
                  own.exitCodes,
                  {},
                  own.outputs,
                  own.requirements,
                  own.limits,
                  own.checkpoint,
                  own.application,
                  ownerName,
                  own.purpose};
  for (const InputRule& rule : own.inputs) {
    if (varies(rule)) {
      prepared.varying.push_back(rule);
      continue;
    }
    // Without parameters a template may still hold doubled braces.
    auto from = expandTemplate(rule.from, {});
    if (!from) return fail(std::move(from).error());
    auto to = expandTemplate(rule.to, {});
    if (!to) return fail(std::move(to).error());
    auto input = placed(prepared, rule, *from, *to);
    if (!input) return fail(std::move(input).error());
    prepared.job.inputs.push_back(std::move(*input));
  }
  prepared.jobJson = wire::toJson(prepared.job);
  prepared.outputsVary = std::any_of(own.outputs.begin(), own.outputs.end(),
                                     [](const OutputRule& rule) { return hasParameters(rule.path); });
  return prepared;
}

Result<Parameters> parametersOf(const PreparedBatch& batch, TaskIndex index, LineIndexes& lines) {
  const Sweep& sweep = batch.spec.sweep;
  if (!sweep.list) return parametersAt(sweep, index);
  auto list = lines.open(sweep.list->digest);
  if (!list) return fail(std::move(list).error());
  auto line = (*list)->line(index);
  if (!line) return fail(std::move(line).error());
  return parametersOfLine(*sweep.list, index, *line);
}

Result<std::vector<wire::PlacedBlob>> varyingInputs(const PreparedBatch& batch, const Parameters& parameters) {
  std::vector<wire::PlacedBlob> inputs;
  inputs.reserve(batch.varying.size());
  for (const InputRule& rule : batch.varying) {
    auto from = expandTemplate(rule.from, parameters);
    if (!from) return fail(std::move(from).error());
    auto to = expandTemplate(rule.to, parameters);
    if (!to) return fail(std::move(to).error());
    auto input = placed(batch, rule, *from, *to);
    if (!input) return fail(std::move(input).error());
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

Result<std::vector<OutputRule>> declaredOutputs(const PreparedBatch& batch, const Parameters& parameters) {
  std::vector<OutputRule> outputs;
  outputs.reserve(batch.spec.outputs.size());
  for (const OutputRule& rule : batch.spec.outputs) {
    auto path = expandTemplate(rule.path, parameters);
    if (!path) return fail(std::move(path).error());
    outputs.push_back({std::move(*path), rule.optional});
  }
  return outputs;
}

Result<PreparedBatches::Shared> PreparedBatches::find(BatchId batch) {
  if (Shared known = this->known(batch)) return known;
  const std::uint64_t forgotten = m_forgotten;
  auto record = m_read.batch(batch);
  if (!record) return fail(std::move(record).error());
  auto text = m_read.batchSpec(batch);
  if (!text) return fail(std::move(text).error());
  if (!*record || !*text) return fail(ErrorCode::kNotFound, "There is no batch " + std::to_string(batch.value) + ".");
  auto spec = wire::parseBatchSpec(**text);
  if (!spec) return fail(std::move(spec).error().within("the spec of batch " + std::to_string(batch.value)));
  const std::uint64_t packageSize = m_blobs.size(spec->package).value_or(0);
  const AccountId owner = (*record)->plan.owner;
  const auto account = m_read.account(owner);
  const std::string ownerName = account && *account ? (*account)->name : "";
  auto prepared = prepareBatch(batch, owner, ownerName, (*record)->plan.tasks, std::move(*spec), packageSize);
  if (!prepared) return fail(std::move(prepared).error());
  Shared shared = std::make_shared<const PreparedBatch>(std::move(*prepared));
  if (forgotten == m_forgotten) m_known.put(batch, shared, kBytesAtLeast + kBytesPerByteOfJson * (*text)->size());
  return shared;
}

void PreparedBatches::forget(BatchId batch) {
  ++m_forgotten;
  m_known.erase(batch);
}

}  // namespace hearth::server
