// SPDX-License-Identifier: GPL-3.0-or-later
// Refers to all that the platform files for Windows offer, so that the linker finds what is missing.
#include <cstdio>

#include "agent/platform/host_facts.h"
#include "agent/platform/machine_marks.h"
#include "agent/platform/memory.h"
#include "agent/platform/peer.h"
#include "agent/platform/sensors.h"
#include "agent/platform/sessions.h"
#include "presence/platform/windows/native/foreground_hook.h"
#include "presence/platform/windows/native/input_window.h"

int wmain() {
  using namespace hearth::agent;
  keepHeapSmall();
  const HostFacts host = detectHost();
  std::printf("%s %s %s %u %llu %llu\n", host.name.c_str(), host.platform.c_str(), host.processor.c_str(),
              host.processors, static_cast<unsigned long long>(host.memoryBytes),
              static_cast<unsigned long long>(randomSeed()));
  for (const std::string& mark : machineMarks()) std::puts(mark.c_str());
  for (const auto& folder : {programFolder(), defaultStateFolder(), serviceStateFolder(), serviceControlSocket()}) {
    std::puts(folder.string().c_str());
  }
  Sensors sensors;
  const PolicyFacts facts = sensors.see({}, wallClock(), {});
  const auto peer = peerOf(-1);
  std::printf("%d %d %d %d\n", facts.onBattery, isRoot(), peer && mayControl(*peer, ownIdentity()),
              peer && hasActiveSession(peer->user));
  hearth::gui::InputWindow window([] { std::puts("input"); });
  const hearth::gui::ForegroundHook hook([] { std::puts("another window"); });
  std::printf("%d %d %d %d %lld\n", window.open(), window.listen(true), hook.fillsScreen(), hook.isGame(),
              static_cast<long long>(window.idleTime().count()));
  giveMemoryBack();
  return becomeOwnerOf("") ? 0 : 1;
}
