// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/system_bus.h"

#include <algorithm>

// clang-format off
#include <windows.h>
#include <initguid.h>
#include <netlistmgr.h>
#include <wtsapi32.h>
// clang-format on

namespace hearth::agent {
namespace {

constexpr std::int64_t kFrom1601To1970 = 11'644'473'600;  // in seconds
constexpr DWORD kNobody = 0xFFFFFFFF;

}  // namespace

struct SystemBus::State {
  State() : initialised(SUCCEEDED(::CoInitializeEx(nullptr, COINIT_MULTITHREADED))) {
    if (initialised) ::CoCreateInstance(CLSID_NetworkListManager, nullptr, CLSCTX_ALL, IID_INetworkCostManager, &costs);
  }
  ~State() {
    if (costs != nullptr) static_cast<INetworkCostManager*>(costs)->Release();
    if (initialised) ::CoUninitialize();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const bool initialised;
  void* costs = nullptr;  ///< an INetworkCostManager; null before Windows 8
};

SystemBus::SystemBus() : m_state(std::make_unique<State>()) {}
SystemBus::~SystemBus() = default;

/// Of the session at the console, which a service can be told of too.
std::optional<Instant> SystemBus::lastInput(Instant now) {
  const DWORD session = ::WTSGetActiveConsoleSessionId();
  if (session == kNobody) return std::nullopt;
  LPWSTR text = nullptr;
  DWORD bytes = 0;
  if (::WTSQuerySessionInformationW(WTS_CURRENT_SERVER_HANDLE, session, WTSSessionInfo, &text, &bytes) == 0) {
    return std::nullopt;
  }
  const auto* info = reinterpret_cast<const WTSINFOW*>(text);
  const std::int64_t input = bytes >= sizeof(WTSINFOW) ? info->LastInputTime.QuadPart : 0;
  ::WTSFreeMemory(text);
  if (input == 0) return std::nullopt;  // some versions do not keep it for the console
  return std::min(now, Instant{input / 10 - kFrom1601To1970 * 1'000'000});
}

bool SystemBus::metered() {
  DWORD cost = NLM_CONNECTION_COST_UNKNOWN;
  auto* costs = static_cast<INetworkCostManager*>(m_state->costs);
  if (costs == nullptr || FAILED(costs->GetCost(&cost, nullptr))) return false;
  constexpr DWORD kCosts = NLM_CONNECTION_COST_FIXED | NLM_CONNECTION_COST_VARIABLE |
                           NLM_CONNECTION_COST_OVERDATALIMIT | NLM_CONNECTION_COST_ROAMING;
  return (cost & kCosts) != 0;
}

/// The kernel knows of every supply.
std::optional<Power> SystemBus::power() { return std::nullopt; }

}  // namespace hearth::agent
