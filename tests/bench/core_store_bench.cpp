// SPDX-License-Identifier: GPL-3.0-or-later
// Dispatcher and store without HTTP: full durable lives of tasks a second, in tasks for each time that the same disk
// makes a block of a preallocated file durable.
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "bench/core_life.h"
#include "bench/served_project.h"

namespace hearth::bench {
namespace {

constexpr int kTurns = 3;
constexpr auto kSyncTime = std::chrono::milliseconds(700);

/// By turns, since other work may share the disk.
void run(int seconds) {
  const BenchFolder folder("/tmp");
  CoreLife::Options options;
  CoreLife life(folder.path(), options);
  double syncs = preallocatedSyncsPerSecond(folder.path(), kSyncTime);
  double tasks = 0;
  double cpu = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    const double before = processorSeconds(::getpid());
    const double rate = life.tasksPerSecond(std::chrono::seconds(seconds));
    cpu += (processorSeconds(::getpid()) - before) / (rate * seconds) / kTurns;
    tasks += rate / kTurns;
    syncs += preallocatedSyncsPerSecond(folder.path(), kSyncTime);
  }
  syncs /= kTurns + 1;
  printFigure("core_store", tasks, "tasks/s", syncs, tasks / syncs,
              {{"ratio", "tasks for each preallocated fdatasync of 4 KiB, measured by turns"},
               {"hosts with a sync under way", std::to_string(options.hosts)},
               {"tasks a sync", std::to_string(options.tasksPerSync)},
               {"turns", std::to_string(kTurns)},
               {"seconds a turn", std::to_string(seconds)},
               {"CPU us a task, the hosts' share included", std::to_string(cpu * 1e6)},
               {"durability", "SQLite WAL, synchronous=FULL, reply after commit"}});
}

}  // namespace
}  // namespace hearth::bench

int main(int argc, char** argv) {
  hearth::bench::run(argc > 1 ? std::atoi(argv[1]) : 5);
  return 0;
}
