// SPDX-License-Identifier: GPL-3.0-or-later
// Dispatcher and store without HTTP: full durable lives of tasks a second, in tasks for each time that the same disk
// makes a block of a preallocated file durable.
#include <cstdlib>
#include <string>

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
  for (int turn = 0; turn < kTurns; ++turn) {
    tasks += life.tasksPerSecond(std::chrono::seconds(seconds)) / kTurns;
    syncs += preallocatedSyncsPerSecond(folder.path(), kSyncTime);
  }
  syncs /= kTurns + 1;
  printFigure("core_store", tasks, "tasks/s", syncs, tasks / syncs,
              {{"ratio", "tasks for each preallocated fdatasync of 4 KiB, measured by turns"},
               {"hosts with a sync under way", std::to_string(options.hosts)},
               {"tasks a sync", std::to_string(options.tasksPerSync)},
               {"turns", std::to_string(kTurns)},
               {"seconds a turn", std::to_string(seconds)},
               {"durability", "SQLite WAL, synchronous=FULL, reply after commit"}});
}

}  // namespace
}  // namespace hearth::bench

int main(int argc, char** argv) {
  hearth::bench::run(argc > 1 ? std::atoi(argv[1]) : 5);
  return 0;
}
