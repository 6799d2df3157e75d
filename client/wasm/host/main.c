/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "host.h"
#include "os.h"
#include "woven.h"

/* A build of a WebAssembly application: starts the module, or goes on from its checkpoint, and whenever the module left
 * to be written down, writes it and lets it go on. */

const HearthModule* hearthModule;

int main(int argc, char** argv) {
  extern char** environ;
  osStart();
  hearthPrepareCheckpoint();
  hearthModule = hearthReserveGuard() ? &hearthGuarded : &hearthChecked;
  hearthMemory = hearthModule->memory;
  hearthCatchFaults();
  hearthModule->create();
  hearthOpenStreams();
  hearthStartState(argc, argv, environ);
  if (hearthResume()) hearthRewind();
  for (;;) {
    hearthModule->start();
    if (!hearthHasUnwound()) return 0;
    hearthWriteCheckpoint();
    hearthRewind();
  }
}
