// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/attempt.h"

#include "model/names.h"

namespace hearth {
namespace {

constexpr names::Table<ExitKind, 10> kExitNames{{{ExitKind::kOk, "ok"},
                                                 {ExitKind::kExitCode, "exit-code"},
                                                 {ExitKind::kSignal, "signal"},
                                                 {ExitKind::kTimeLimit, "time-limit"},
                                                 {ExitKind::kMemoryLimit, "memory-limit"},
                                                 {ExitKind::kDiskLimit, "disk-limit"},
                                                 {ExitKind::kProcessLimit, "process-limit"},
                                                 {ExitKind::kOutputMissing, "output-missing"},
                                                 {ExitKind::kInputFailed, "input-failed"},
                                                 {ExitKind::kHostFailed, "host-failed"}}};

}  // namespace

const char* name(ExitKind kind) noexcept { return names::of(kExitNames, kind); }
Result<ExitKind> parseExitKind(std::string_view text) { return names::parse(kExitNames, text, "exit kind"); }

}  // namespace hearth
