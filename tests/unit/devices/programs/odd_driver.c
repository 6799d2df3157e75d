// SPDX-License-Identifier: GPL-3.0-or-later
// Stands for hearth-agent-devices with drivers that misbehave: what it does is its name.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const char* slash = strrchr(argv[0], '/');
  const char* name = slash != NULL ? slash + 1 : argv[0];
  const char* api = argc > 1 ? argv[1] : "";
  if (!strcmp(name, "crash")) raise(SIGSEGV);
  if (!strcmp(name, "hang")) {
    for (;;) pause();
  }
  if (!strcmp(name, "child")) { /* leaves somebody behind who keeps the output open */
    if (fork() == 0) {
      for (;;) pause();
    }
    return 0;
  }
  if (!strcmp(name, "late")) { /* answers, and stays */
    puts("{\"devices\":[]}");
    fclose(stdout);
    for (;;) pause();
  }
  if (!strcmp(name, "flood")) {
    for (;;) puts("{\"devices\":[");
  }
  if (!strcmp(name, "fail")) return 3;
  if (!strcmp(name, "crash-vulkan")) {
    if (!strcmp(api, "vulkan")) abort();
    printf("{\"devices\":[{\"name\":\"Card\",\"memoryBytes\":%d,\"place\":\"0000:01:00.0\"%s}]}\n",
           !strcmp(api, "cuda") ? 2000 : 1000, !strcmp(api, "cuda") ? ",\"minor\":0" : "");
    return 0;
  }
  puts("nonsense");
  return 0;
}
