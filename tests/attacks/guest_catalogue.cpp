// SPDX-License-Identifier: GPL-3.0-or-later
// What a virtual machine tries that a task has taken over, its kernel's process 1 and all (guest/).
#include "attacks/catalogue.h"

namespace hearth::attacks {
namespace {

Attack guest(const char* name, std::vector<std::string> words, const char* control, Aim aim) {
  Attack attack;
  attack.name = name;
  attack.words = std::move(words);
  attack.namespacesControl = control;
  attack.bare = Bare::kNever;
  attack.aim = aim;
  attack.seconds = 10;
  return attack;
}

}  // namespace

const std::vector<Attack>& guestAttacks() {
  static const char* const kTaker = "what comes out of a machine is taken by openat2, beneath the task's folder";
  static const char* const kDisks = "the disks are files of fixed size, the job's opened only for reading";
  static const std::vector<Attack> all = [] {
    std::vector<Attack> made = {
        guest("guest-climbs-out-of-the-result", {"climb", "{tmp}/guest-climbed"}, kTaker, Aim::kOutputs),
        guest("guest-leads-the-result-astray", {"link", "{tmp}/guest-led"},
              "only files and folders come out of a machine", Aim::kOutputs),
        guest("guest-claims-more-than-there-is", {"claim"}, "every size is held against the disk and the task's limits",
              Aim::kOutputs),
        guest("guest-names-without-end", {"name"}, "as many names as the task's disk has pages", Aim::kResources),
        guest("guest-writes-past-its-disks", {"overwrite"}, kDisks, Aim::kFiles),
        guest("guest-floods-consoles-and-ports", {"flood"}, "there is no console; the wall clock outside",
              Aim::kResources),
        guest("guest-never-halts", {"never-halt"}, "the wall clock outside", Aim::kResources),
        guest("guest-writes-every-port", {"ports"}, "QEMU is a task of bubblewrap's, with its own filter",
              Aim::kKernel),
        guest("guest-takes-all-memory", {"memory"}, "the machine's memory is fixed, and QEMU's own is bounded",
              Aim::kResources),
        guest("guest-forges-the-rings-of-its-disks", {"rings"},
              "QEMU checks them, and is a task of bubblewrap's itself", Aim::kKernel)};
    made.back().seconds = 60;
    return made;
  }();
  return all;
}

}  // namespace hearth::attacks
