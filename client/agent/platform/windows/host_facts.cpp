// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/host_facts.h"

#include <algorithm>
#include <vector>

// clang-format off
#include <windows.h>
#include <bcrypt.h>
#include <realtimeapiset.h>
#include <shlobj.h>
// clang-format on

#include "agent/platform/windows/text.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

constexpr std::int64_t kFrom1601To1970 = 11'644'473'600;  // in seconds

std::string computerName() {
  wchar_t name[256];
  DWORD length = 256;
  if (::GetComputerNameExW(ComputerNamePhysicalDnsHostname, name, &length) == 0) return {};
  return narrow({name, length}).substr(0, limits::kNameBytes);
}

std::string platformName() {
  SYSTEM_INFO info{};
  ::GetNativeSystemInfo(&info);
  switch (info.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64:
      return "windows-x86_64";
    case PROCESSOR_ARCHITECTURE_ARM64:
      return "windows-aarch64";
    default:
      return "windows-unknown";
  }
}

std::string processorModel() {
  const std::wstring model =
      registryText(L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0", L"ProcessorNameString");
  return model.empty() ? "unknown processor" : narrow(model).substr(0, limits::kNameBytes);
}

/// The memory that a job object leaves to this process, where it is in one.
std::uint64_t jobLimit() {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION job{};
  if (::QueryInformationJobObject(nullptr, JobObjectExtendedLimitInformation, &job, sizeof job, nullptr) == 0 ||
      (job.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_JOB_MEMORY) == 0) {
    return ~0ULL;
  }
  return job.JobMemoryLimit;
}

std::filesystem::path knownFolder(const KNOWNFOLDERID& folder) {
  PWSTR path = nullptr;
  std::filesystem::path found;
  if (SUCCEEDED(::SHGetKnownFolderPath(folder, 0, nullptr, &path))) found = path;
  ::CoTaskMemFree(path);
  return found;
}

}  // namespace

HostFacts detectHost() {
  HostFacts facts;
  facts.name = computerName();
  facts.platform = platformName();
  facts.processor = processorModel();
  facts.processors = std::max<std::uint32_t>(1, ::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
  MEMORYSTATUSEX memory{};
  memory.dwLength = sizeof memory;
  if (::GlobalMemoryStatusEx(&memory) != 0)
    facts.memoryBytes = std::min<std::uint64_t>(memory.ullTotalPhys, jobLimit());
  return facts;
}

Instant wallClock() {
  FILETIME time{};
  ::GetSystemTimePreciseAsFileTime(&time);
  const auto ticks = static_cast<std::int64_t>((std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime);
  return {ticks / 10 - kFrom1601To1970 * 1'000'000};
}

Duration bootClock() {
  // Goes on while the machine sleeps, unlike the unbiased clock.
  ULONGLONG ticks = 0;
  ::QueryInterruptTimePrecise(&ticks);
  return {static_cast<std::int64_t>(ticks / 10)};
}

std::uint64_t randomSeed() {
  std::uint64_t seed = 0;
  if (::BCryptGenRandom(nullptr, reinterpret_cast<PUCHAR>(&seed), sizeof seed, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
    seed = static_cast<std::uint64_t>(wallClock().micros) ^ (std::uint64_t{::GetCurrentProcessId()} << 40);
  }
  return seed;
}

std::filesystem::path programFolder() {
  std::vector<wchar_t> path(32'768);
  const DWORD length = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  return std::filesystem::path(std::wstring(path.data(), length)).parent_path();
}

bool isRoot() {
  SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
  PSID administrators = nullptr;
  BOOL member = FALSE;
  if (::AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                                 &administrators) == 0) {
    return false;
  }
  const BOOL asked = ::CheckTokenMembership(nullptr, administrators, &member);
  ::FreeSid(administrators);
  return asked != 0 && member != 0;
}

std::filesystem::path serviceStateFolder() { return knownFolder(FOLDERID_ProgramData) / "Hearth" / "agent"; }

std::filesystem::path serviceControlSocket() { return serviceStateFolder() / "control.sock"; }

std::filesystem::path defaultStateFolder() {
  return isRoot() ? serviceStateFolder() : knownFolder(FOLDERID_LocalAppData) / "Hearth" / "agent";
}

}  // namespace hearth::agent
