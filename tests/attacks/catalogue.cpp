// SPDX-License-Identifier: GPL-3.0-or-later
// What is tried, what stops it, and whether it would work if nothing did. Extend it here; the behaviour is in hostile/.
#include "attacks/catalogue.h"

#include <set>
#include <utility>

namespace hearth::attacks {
namespace {

constexpr const char* kNotMounted = "mount namespace: it is not there";
constexpr const char* kReadOnly = "mount namespace: mounted read-only";
constexpr const char* kLandlock = "Landlock: no rule for it";
constexpr const char* kFilter = "seccomp: the call is refused";
constexpr const char* kProcesses = "process namespace: no such process";
constexpr const char* kScope = "Landlock scope and seccomp: only itself can be signalled";
constexpr const char* kSockets = "seccomp: no socket can be made; network namespace";
constexpr const char* kNoSockets = "seccomp: no socket can be made";
constexpr const char* kInit = "pid 1 of its namespace ends and takes all along";
constexpr const char* kGuardian = "the guardian, subreaper of all, ends every descendant";
constexpr const char* kCollector = "openat2 collector: beneath, no links, regular files of one name";
constexpr const char* kDisk = "the disk watch, RLIMIT_FSIZE";
constexpr const char* kMemory = "memory.max, or the memory watch and RLIMIT_DATA";

Attack impatient(Attack attack) {
  attack.seconds = 2;
  return attack;
}

std::vector<Attack> fileAttacks() {
  const std::string key = "{home}/.ssh/id_ed25519";
  return {
      {"read-ssh-key", {"read", key}, kNotMounted, kLandlock},
      {"read-agent-journal", {"read", "{private}/journal.db"}, kNotMounted, kLandlock},
      {"write-agent-journal", {"write", "{private}/journal.db"}, kNotMounted, kLandlock},
      {"read-shadow", {"read", "/etc/shadow", "/etc/gshadow"}, kNotMounted, kLandlock, Bare::kNever},
      {"read-system-files",
       {"read", "/etc/passwd", "/etc/hostname", "/var/lib/dpkg/status"},
       kNotMounted,
       kLandlock,
       Bare::kDepends},
      {"read-other-task", {"read", "{other}/input"}, kNotMounted, kLandlock},
      {"read-shared-memory", {"read", "{shm}/secret"}, "tmpfs of its own at /dev/shm", kLandlock},
      {"list-home", {"list", "{home}", "{home}/.ssh", "/home", "/root"}, kNotMounted, kLandlock},
      {"list-system", {"list", "/etc", "/usr", "/var", "/run", "/sys", "/boot"}, kNotMounted, kLandlock},
      {"plant-autostart", {"create", "{home}/.config/autostart/hostile.desktop"}, kNotMounted, kLandlock},
      {"append-to-profile", {"write", "{home}/.bashrc", "{home}/.profile"}, kNotMounted, kLandlock},
      {"open-key-to-all", {"chmod", key}, kNotMounted, "seccomp: modes change by descriptor only"},
      {"own-key", {"chown", key}, kNotMounted, "seccomp: owners change by descriptor only"},
      {"backdate-key", {"touch", key}, kNotMounted, "seccomp: times change by descriptor only"},
      {"cut-diary", {"cut", "{home}/diary"}, kNotMounted, "seccomp: truncate is refused; Landlock"},
      {"mark-key", {"set-attribute", key}, kNotMounted, kFilter, Bare::kDepends},
      {"read-attributes", {"read-attributes", key}, kNotMounted, kFilter},
      {"watch-home", {"watch", "{home}", "{home}/.ssh"}, kNotMounted, kFilter},
      {"link-key-into-folder", {"link-in", key}, kNotMounted, "Landlock: no reparenting"},
      {"move-diary-away", {"move-in", "{home}/diary-2"}, kNotMounted, kLandlock},
      {"remove-diary", {"remove", "{home}/diary-3"}, kNotMounted, kLandlock},
      {"replace-own-program", {"replace", "{package}/spare"}, kReadOnly, kLandlock},
      {"write-own-package", {"write", "{package}/spare", "/spare", "/proc/self/exe"}, kReadOnly, kLandlock},
      {"create-in-package", {"create", "{package}/new", "/new", "/bin/new"}, kReadOnly, kLandlock},
      {"follow-own-link", {"follow-link", key}, kNotMounted, kLandlock},
      {"climb-by-dots", {"climb-out", key}, kNotMounted, kLandlock},
      {"reopen-path-descriptor", {"reopen", key}, kNotMounted, kLandlock},
      {"open-by-handle", {"handle", key}, kFilter, "", Bare::kNever},
      {"file-in-tmp",
       {"litter", "{tmp}-litter"},
       "tmpfs of its own at /tmp",
       kLandlock,
       Bare::kSucceeds,
       Lead::kToItsEnd,
       Proof::kLitter},
      {"file-in-shared-memory",
       {"litter", "{shm}-litter"},
       "tmpfs of its own at /dev/shm",
       kLandlock,
       Bare::kSucceeds,
       Lead::kToItsEnd,
       Proof::kLitter},
      {"file-in-system-folders",
       {"create", "/hearth-hostile", "/usr/hearth-hostile", "/etc/hearth-hostile", "/dev/hearth-hostile",
        "/run/hearth-hostile", "/var/hearth-hostile"},
       kReadOnly,
       kLandlock,
       Bare::kNever},
      {"open-devices", {"devices"}, "a /dev of its own with harmless devices", kLandlock, Bare::kDepends},
      {"make-devices", {"make-devices"}, "no capabilities; nodev", "no capabilities; Landlock", Bare::kNever},
      {"set-id-files", {"set-id"}, "seccomp: no mode with set-id bits", ""},
      {"run-system-programs",
       {"execute", "/bin/true", "/usr/bin/env", "/bin/su", "/usr/bin/passwd"},
       kNotMounted,
       kLandlock},
      {"leaked-descriptors", {"leaks"}, "close_range before bubblewrap", "close_range before the program"},
      {"streams-lead-nowhere", {"streams"}, "the streams are pipes and /dev/null", "", Bare::kDepends},
      {"sysctl-core-pattern",
       {"write", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory",
        "/proc/sysrq-trigger"},
       "/proc mounted read-only; never root",
       "Landlock; never root",
       Bare::kNever},
      {"control-group-files",
       {"write", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
        "/sys/fs/cgroup/memory/cgroup.procs", "/sys/kernel/uevent_helper"},
       kNotMounted,
       kLandlock,
       Bare::kNever},
      {"debug-file-systems",
       {"list", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security"},
       kNotMounted,
       kLandlock,
       Bare::kNever},
  };
}

std::vector<Attack> kernelAttacks() {
  return {
      {"user-namespace", {"namespaces"}, "seccomp; --disable-userns", kFilter, Bare::kDepends},
      {"user-namespace-by-clone", {"clones"}, "seccomp: clone by its flags, clone3 not at all", "", Bare::kDepends},
      {"mounts", {"mounts"}, kFilter, "", Bare::kDepends},
      {"unmount", {"unmounts"}, kFilter, "", Bare::kNever},
      {"other-root", {"roots"}, kFilter, "", Bare::kDepends},
      {"enter-namespace", {"enter-namespace", "{victim}"}, kFilter, "", Bare::kSucceeds},
      {"kernel-keys", {"keys"}, kFilter, ""},
      {"bpf", {"bpf"}, kFilter, "", Bare::kDepends},
      {"performance-counters", {"perf"}, kFilter, "", Bare::kDepends},
      {"userfaultfd", {"faults"}, kFilter, "", Bare::kDepends},
      {"io-uring", {"ring"}, kFilter, "", Bare::kDepends},
      {"memory-files", {"memory-files"}, "seccomp: not on the list", ""},
      {"kernel-modules", {"modules"}, kFilter, "", Bare::kNever},
      {"kernel-log", {"kernel-log"}, kFilter, "", Bare::kDepends},
      {"accounting-swap-quota", {"accounting"}, kFilter, "", Bare::kNever},
      {"host-name", {"names"}, kFilter, "", Bare::kNever},
      {"set-clock", {"clocks"}, kFilter, "", Bare::kNever},
      {"call-of-i386", {"foreign-calls"}, "seccomp: another architecture's call kills", "", Bare::kDepends},
      {"call-of-x32", {"foreign-numbers"}, "seccomp: another architecture's call kills", "", Bare::kDepends},
      {"type-into-terminal", {"terminal", "{pty}"}, "session of its own; seccomp: ioctl by list", "", Bare::kSucceeds},
      {"internet", {"internet", "{port}"}, kSockets, kNoSockets},
      {"other-socket-families", {"other-families"}, kSockets, kNoSockets},
      {"virtual-socket", {"virtual-sockets"}, kNoSockets, "", Bare::kDepends},
      {"session-bus", {"local-sockets", "{socket}/bus"}, kSockets, kNoSockets},
      {"x11-socket", {"local-sockets", "{socket}/.X11-unix/X0"}, kSockets, kNoSockets},
      {"wayland-socket", {"local-sockets", "{socket}/wayland-0"}, kSockets, kNoSockets},
      {"agent-control-socket", {"local-sockets", "{socket}/control.sock"}, kSockets, kNoSockets},
      {"container-sockets",
       {"local-sockets", "{socket}/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket"},
       kSockets,
       kNoSockets},
      {"abstract-socket", {"abstract-sockets", "{token}"}, kSockets, "seccomp; Landlock scope"},
      {"shared-kernel-objects", {"shared-objects"}, "seccomp; IPC namespace", kFilter},
      {"raise-limits", {"higher-limits"}, "hard limits; no capability", ""},
      {"priority-and-processors", {"priority"}, kFilter, "", Bare::kDepends},
      {"escape-oom-killer", {"victim-of-memory"}, "/proc mounted read-only", kLandlock},
      {"become-root", {"become-root"}, "no_new_privs; no capability", "", Bare::kNever},
      {"odd-process-modes", {"odd-modes"}, "seccomp: personality and prctl by list", ""},
  };
}

std::vector<Attack> processAttacks() {
  const auto on = [](const char* name, std::vector<std::string> words, const char* process, Bare bare) {
    return Attack{name, std::move(words), kProcesses, process, bare, Lead::kToItsEnd, Proof::kVictim};
  };
  return {
      on("signal-other", {"signal", "{victim}"}, kScope, Bare::kSucceeds),
      on("signal-agent", {"signal-thread", "{victim}"}, kScope, Bare::kSucceeds),
      on("queue-signal", {"queue-signal", "{victim}"}, kScope, Bare::kSucceeds),
      on("signal-everything", {"signal-all", "{victim}"}, kScope, Bare::kNever),
      on("signal-by-file-owner", {"owned-signal", "{victim}"}, "Landlock scope and seccomp: no F_SETOWN",
         Bare::kSucceeds),
      on("trace-other", {"trace", "{victim}"}, kFilter, Bare::kSucceeds),
      on("read-other-memory", {"read-memory", "{victim}", "{secret}"}, kFilter, Bare::kSucceeds),
      on("process-handle", {"process-handle", "{victim}"}, kFilter, Bare::kSucceeds),
      on("look-inside-other", {"look-inside", "{victim}"}, kLandlock, Bare::kSucceeds),
      on("limit-other", {"limit-it", "{victim}"}, "seccomp: prlimit on itself only", Bare::kSucceeds),
      on("renice-other", {"renice-it", "{victim}"}, "seccomp: setpriority on itself only", Bare::kSucceeds),
      {"open-first-process",
       {"first-process"},
       "pid 1 is not dumpable and has no environment",
       kLandlock,
       Bare::kNever},
      {"end-first-process", {"end-first-process"}, "pid 1 cannot be signalled from inside", kScope, Bare::kNever},
      impatient({"ignore-all-signals", {"stubborn"}, kInit, kGuardian}),
      {"ignore-a-stop", {"stubborn"}, kInit, kGuardian, Bare::kNever, Lead::kStop, Proof::kSilence},
      {"outlive-program", {"daemonise"}, kInit, kGuardian, Bare::kSucceeds, Lead::kToItsEnd, Proof::kSilence},
      {"outlive-as-brother", {"brother"}, kInit, kGuardian, Bare::kSucceeds, Lead::kToItsEnd, Proof::kSilence},
      {"outlive-a-stop", {"scattered"}, kInit, kGuardian, Bare::kSucceeds, Lead::kStop, Proof::kSilence},
      {"outrun-a-stop", {"relay"}, kInit, kGuardian, Bare::kSucceeds, Lead::kStop, Proof::kSilence},
      {"thaw-itself",
       {"thawing"},
       "cgroup.freeze, or SIGSTOP until nothing is new and again",
       "SIGSTOP until nothing is new, and again",
       Bare::kNever,
       Lead::kFreeze,
       Proof::kSilence},
  };
}

std::vector<Attack> resourceAttacks() {
  return {
      {"fork-bomb",
       {"fork-bomb", "120"},
       "pids.max, or the process watch and RLIMIT_NPROC",
       "",
       Bare::kSucceeds,
       Lead::kToItsEnd,
       Proof::kWords,
       {},
       10},
      {"thread-bomb", {"thread-bomb", "120"}, "pids.max, or the process watch and RLIMIT_NPROC", ""},
      {"memory-balloon", {"balloon", "160"}, kMemory, ""},
      {"memory-across-processes", {"balloons", "6", "30"}, kMemory, ""},
      {"memory-behind-ended-thread", {"hidden-balloon", "160"}, kMemory, ""},
      {"shared-memory-balloon", {"shared-balloon", "160"}, kMemory, ""},
      {"locked-memory", {"locked-memory"}, "RLIMIT_MEMLOCK", "", Bare::kDepends},
      {"fill-disk", {"fill", "filled", "24"}, kDisk, ""},
      {"fill-disk-in-parts", {"fill-parts", "6", "4"}, kDisk, ""},
      {"fill-disk-unseen", {"fill-removed", "6", "4"}, "the disk watch counts removed files", ""},
      {"fill-disk-behind-closed-folder", {"fill-closed", "7"}, "the disk watch opens folders again", ""},
      {"fill-tmp", {"fill", "{tmp}-filled", "24"}, "sized tmpfs", kLandlock},
      {"fill-shared-memory", {"fill", "{shm}-filled", "90"}, "sized tmpfs", kLandlock},
      {"fill-inodes", {"inodes", "4000"}, "the disk watch counts each file as 4 KiB", ""},
      {"deep-folders",
       {"deep", "300"},
       "the disk watch: at most 64 deep",
       "",
       Bare::kNever,
       Lead::kToItsEnd,
       Proof::kCleared},
      {"sparse-giant", {"sparse"}, "RLIMIT_FSIZE", ""},
      {"core-dump", {"core-dump"}, "RLIMIT_CORE 0", "", Bare::kDepends},
      {"many-descriptors", {"descriptors"}, "RLIMIT_NOFILE", "", Bare::kDepends},
      impatient({"spin-for-ever", {"spin"}, "the wall clock of the executor", ""}),
      impatient({"sleep-for-ever", {"sleep-on"}, "the wall clock of the executor", ""}),
      impatient({"alarm-storm", {"alarms"}, "the wall clock of the executor", ""}),
      {"flood-standard-output",
       {"flood", "1", "24"},
       "the executor keeps 256 KiB and drops the rest",
       "",
       Bare::kSucceeds,
       Lead::kToItsEnd,
       Proof::kStreams},
      {"flood-standard-error",
       {"flood", "2", "24"},
       "the executor keeps 256 KiB and drops the rest",
       "",
       Bare::kSucceeds,
       Lead::kToItsEnd,
       Proof::kStreams},
  };
}

std::vector<Attack> outputAttacks() {
  const auto as = [](const char* name, std::vector<std::string> words, std::vector<std::string> outputs, Bare bare) {
    return Attack{name, std::move(words), kCollector, "", bare, Lead::kToItsEnd, Proof::kOutputs, std::move(outputs)};
  };
  return {
      as("link-as-output", {"link-output", "{home}/.ssh/id_ed25519"}, {"output"}, Bare::kSucceeds),
      as("linked-folder-as-output", {"folder-link-output", "{home}/.ssh/id_ed25519"}, {"folder/id_ed25519"},
         Bare::kSucceeds),
      as("agent-environment-as-output", {"proc-link-output"}, {"output"}, Bare::kSucceeds),
      as("looping-link-as-output", {"loop-output"}, {"output"}, Bare::kNever),
      as("hard-link-as-output", {"hard-link-output"}, {"output"}, Bare::kSucceeds),
      as("input-as-output", {"input-link-output"}, {"output"}, Bare::kSucceeds),
      as("fifo-as-output", {"fifo-output"}, {"output"}, Bare::kNever),
      as("folder-as-output", {"folder-output"}, {"output"}, Bare::kNever),
      as("socket-as-output", {"socket-output"}, {"output"}, Bare::kNever),
      as("output-over-limit", {"large-output"}, {"output"}, Bare::kSucceeds),
      as("outputs-over-limit-together", {"many-large-outputs"},
         {"output-0", "output-1", "output-2", "output-3", "output-4", "output-5", "output-6", "output-7"},
         Bare::kDepends),
      as("zip-slip-output", {"large-output"}, {"../../secret", "a/../../x", "{home}/.ssh/id_ed25519", "./output", ""},
         Bare::kDepends),
      {"names-that-are-no-text",
       {"odd-names"},
       "names are bytes to the watch, the collector and the remover",
       "",
       Bare::kNever,
       Lead::kToItsEnd,
       Proof::kCleared},
      {"leased-output",
       {"leased-output"},
       "leases and locks end with the task",
       "",
       Bare::kNever,
       Lead::kToItsEnd,
       Proof::kCleared},
      {"closed-folders",
       {"closed-output"},
       "the remover opens folders again",
       "",
       Bare::kNever,
       Lead::kToItsEnd,
       Proof::kCleared},
      {"deep-output",
       {"deep-output"},
       "the disk watch: at most 64 deep",
       "",
       Bare::kNever,
       Lead::kToItsEnd,
       Proof::kCleared},
  };
}

}  // namespace

const std::vector<Attack>& catalogue() {
  static const std::vector<Attack> all = [] {
    const std::pair<Aim, std::vector<Attack>> parts[] = {{Aim::kFiles, fileAttacks()},
                                                         {Aim::kKernel, kernelAttacks()},
                                                         {Aim::kProcesses, processAttacks()},
                                                         {Aim::kResources, resourceAttacks()},
                                                         {Aim::kOutputs, outputAttacks()}};
    std::vector<Attack> joined;
    for (const auto& [aim, attacks] : parts) {
      for (const Attack& attack : attacks) joined.emplace_back(attack).aim = aim;
    }
    return joined;
  }();
  return all;
}

std::string machineControl(const Attack& attack) {
  if (attack.lead == Lead::kFreeze) return "the machine is one process of the host, which is stopped";
  if (attack.lead == Lead::kStop || attack.proof == Proof::kSilence) return "all of it ends with its machine";
  switch (attack.aim) {
    case Aim::kFiles:
      return "virtual machine: it has files of its own and none of the host's";
    case Aim::kKernel:
      return "virtual machine: it has a kernel of its own and no network";
    case Aim::kProcesses:
      return "virtual machine: no process of the host is in it";
    case Aim::kResources:
      return "a control group and sized file systems in the machine; its memory, disk and time are bounded from "
             "outside";
    default:
      return "only plain files come out of the machine; openat2 collector";
  }
}

bool needsOwnMachine(const Attack& attack) {
  static const std::set<std::string> harmless = {"locked-memory", "core-dump", "descriptors", "sparse", "deep"};
  const std::string& word = attack.words.front();
  return attack.lead != Lead::kToItsEnd || word == "end-first-process" || word == "stubborn" ||
         (attack.aim == Aim::kResources && !harmless.contains(word));
}

}  // namespace hearth::attacks
