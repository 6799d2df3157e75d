// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/seccomp_filter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hearth::sandbox {
namespace {

/// What a program that computes may ask of the kernel. What is neither here nor below is answered with ENOSYS, so that
/// a newer C library falls back to what it used before.
constexpr const char* kAllowed[] = {
    // memory
    "brk", "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "msync", "mlock", "mlock2", "munlock",
    "mlockall", "munlockall", "membarrier", "pkey_alloc", "pkey_free", "pkey_mprotect",
    // files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "close",
    "close_range", "lseek", "_llseek", "dup", "dup2", "dup3", "fcntl", "fcntl64", "flock", "fsync", "fdatasync",
    "sync_file_range", "fadvise64", "fadvise64_64", "readahead", "fallocate", "truncate", "truncate64", "ftruncate",
    "ftruncate64", "stat", "fstat", "lstat", "stat64", "fstat64", "lstat64", "newfstatat", "fstatat64", "statx",
    "statfs", "fstatfs", "statfs64", "fstatfs64", "access", "faccessat", "faccessat2", "getdents", "getdents64",
    "getcwd", "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "readlink", "readlinkat", "chown", "fchown", "lchown", "fchownat",
    "umask", "utime", "utimes", "utimensat", "futimesat", "sendfile", "sendfile64", "copy_file_range", "splice", "tee",
    "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr", "inotify_init1", "inotify_add_watch",
    "inotify_rm_watch",
    // waiting and events
    "poll", "ppoll", "select", "_newselect", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd", "signalfd4", "timerfd_create", "timerfd_settime",
    "timerfd_gettime", "pipe", "pipe2", "pause",
    // processes and threads
    "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "waitpid", "set_tid_address",
    "set_robust_list", "get_robust_list", "futex", "futex_waitv", "rseq", "arch_prctl", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
    "sched_rr_get_interval", "sched_getattr", "getcpu", "getpriority", "setpriority", "getpid", "getppid", "gettid",
    "getpgid", "getpgrp", "setpgid", "getsid", "setsid", "getrlimit", "ugetrlimit", "setrlimit", "prlimit64",
    "getrusage", "times", "capget",
    // signals
    "kill", "tkill", "tgkill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending",
    "rt_sigtimedwait", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack", "sigreturn", "restart_syscall",
    // time
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "alarm", "getitimer",
    "setitimer", "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete",
    // who and where
    "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "setuid", "setgid", "setreuid",
    "setregid", "setresuid", "setresgid", "uname", "sysinfo", "getrandom",
    // the two ends of a socketpair
    "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "getsockname", "getpeername",
    "getsockopt"};

/// Known doors out. EPERM, so that a program that tries one hears a plain no.
constexpr const char* kRefused[] = {"socket",
                                    "socketcall",
                                    "connect",
                                    "bind",
                                    "listen",
                                    "accept",
                                    "accept4",
                                    "setsockopt",
                                    "ptrace",
                                    "process_vm_readv",
                                    "process_vm_writev",
                                    "process_madvise",
                                    "kcmp",
                                    "pidfd_open",
                                    "pidfd_getfd",
                                    "pidfd_send_signal",
                                    "mount",
                                    "umount",
                                    "umount2",
                                    "mount_setattr",
                                    "move_mount",
                                    "open_tree",
                                    "fsopen",
                                    "fsmount",
                                    "fsconfig",
                                    "fspick",
                                    "pivot_root",
                                    "chroot",
                                    "setns",
                                    "unshare",
                                    "keyctl",
                                    "add_key",
                                    "request_key",
                                    "bpf",
                                    "perf_event_open",
                                    "userfaultfd",
                                    "io_uring_setup",
                                    "io_uring_enter",
                                    "io_uring_register",
                                    "name_to_handle_at",
                                    "open_by_handle_at",
                                    "fanotify_init",
                                    "quotactl",
                                    "swapon",
                                    "swapoff",
                                    "reboot",
                                    "kexec_load",
                                    "kexec_file_load",
                                    "init_module",
                                    "finit_module",
                                    "delete_module",
                                    "acct",
                                    "syslog",
                                    "settimeofday",
                                    "clock_settime",
                                    "clock_adjtime",
                                    "adjtimex",
                                    "sethostname",
                                    "setdomainname",
                                    "iopl",
                                    "ioperm",
                                    "lookup_dcookie",
                                    "vhangup",
                                    "setgroups",
                                    "setfsuid",
                                    "setfsgid",
                                    "capset",
                                    "sched_setaffinity",
                                    "sched_setscheduler",
                                    "sched_setparam",
                                    "sched_setattr",
                                    "ioprio_set",
                                    "move_pages",
                                    "migrate_pages",
                                    "setxattr",
                                    "lsetxattr",
                                    "fsetxattr",
                                    "removexattr",
                                    "lremovexattr",
                                    "fremovexattr"};

/// Of kAllowed, what a task without namespaces may not call, or only on itself: Landlock does not look at these.
constexpr const char* kOnlyWithNamespaces[] = {
    "chown",       "lchown",     "fchownat", "utime",     "utimes",    "futimesat",  "utimensat",
    "truncate",    "truncate64", "getxattr", "lgetxattr", "listxattr", "llistxattr", "inotify_add_watch",
    "setpriority", "prlimit64",  "fcntl",    "fcntl64"};

/// Everything but F_SETOWN and F_SETSIG, by which the kernel would send signals for the task.
constexpr int kFileCommands[] = {F_DUPFD,     F_DUPFD_CLOEXEC, F_GETFD,      F_SETFD,      F_GETFL,
                                 F_SETFL,     F_GETLK,         F_SETLK,      F_SETLKW,     F_OFD_GETLK,
                                 F_OFD_SETLK, F_OFD_SETLKW,    F_GETPIPE_SZ, F_SETPIPE_SZ, F_GET_SEALS};

/// Terminal and file controls that do nothing but describe; compared by their low 32 bits, which is what the kernel
/// looks at.
constexpr unsigned long kControls[] = {TCGETS,    TCSETS,    TCSETSW,  TCSETSF,    TIOCGWINSZ, TIOCSWINSZ,
                                       TIOCGPGRP, TIOCSPGRP, TIOCGPTN, TIOCSPTLCK, FIONREAD,   FIONBIO,
                                       FIOASYNC,  FIOCLEX,   FIONCLEX, FICLONE};

constexpr int kProcessOptions[] = {PR_SET_NAME,
                                   PR_GET_NAME,
                                   PR_SET_PDEATHSIG,
                                   PR_GET_PDEATHSIG,
                                   PR_GET_DUMPABLE,
                                   PR_CAPBSET_READ,
                                   PR_SET_NO_NEW_PRIVS,
                                   PR_GET_NO_NEW_PRIVS,
                                   PR_GET_SECCOMP,
                                   PR_SET_TIMERSLACK,
                                   PR_GET_TIMERSLACK,
                                   PR_SET_CHILD_SUBREAPER,
                                   PR_GET_CHILD_SUBREAPER,
                                   PR_SET_THP_DISABLE,
                                   PR_GET_THP_DISABLE,
                                   PR_GET_KEEPCAPS,
                                   PR_GET_SECUREBITS,
                                   PR_GET_TSC,
                                   0x53564d41 /* PR_SET_VMA: names of mappings */};

constexpr std::uint64_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                         CLONE_NEWPID | std::uint64_t{CLONE_NEWNET};
constexpr std::uint64_t kSetIdBits = S_ISUID | S_ISGID;

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

/// Collects the first failure of many additions.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx context) : m_context(context) {}

  void allow(const char* call) { add(SCMP_ACT_ALLOW, call, 0, {}); }
  void refuse(const char* call, int error) { add(SCMP_ACT_ERRNO(static_cast<unsigned>(error)), call, 0, {}); }
  void allowWhere(const char* call, scmp_arg_cmp first) { add(SCMP_ACT_ALLOW, call, 1, {first, {}}); }
  /// Both conditions are on different arguments.
  void allowWhere(const char* call, scmp_arg_cmp first, scmp_arg_cmp second) {
    add(SCMP_ACT_ALLOW, call, 2, {first, second});
  }
  int error() const { return m_error; }

 private:
  struct Conditions {
    scmp_arg_cmp first, second;
  };
  void add(std::uint32_t action, const char* call, unsigned count, Conditions conditions) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number < 0) return;  // not on this processor, or unknown to this libseccomp: the default answers
    const scmp_arg_cmp list[] = {conditions.first, conditions.second};
    const int result = seccomp_rule_add_array(m_context, action, number, count, list);
    if (result < 0 && m_error == 0) m_error = -result;
  }

  scmp_filter_ctx m_context;
  int m_error = 0;
};

scmp_arg_cmp argument(unsigned index, std::uint64_t mask, std::uint64_t value) {
  return scmp_arg_cmp{index, SCMP_CMP_MASKED_EQ, mask, value};
}

/// A file with a set-id bit, made in a folder that other users of the machine can reach, would give them our uid.
void addFileModes(Rules& rules, FilterFor sandbox) {
  rules.allowWhere("fchmod", argument(1, kSetIdBits, 0));
  if (sandbox == FilterFor::kNamespaces) {
    rules.allowWhere("chmod", argument(1, kSetIdBits, 0));
    rules.allowWhere("fchmodat", argument(2, kSetIdBits, 0));
  } else {
    rules.refuse("chmod", EPERM);
    rules.refuse("fchmodat", EPERM);
  }
  rules.allowWhere("mknod", argument(1, kSetIdBits, 0));
  rules.allowWhere("mknodat", argument(2, kSetIdBits, 0));
  rules.allowWhere("creat", argument(1, kSetIdBits, 0));
  // O_TMPFILE holds O_DIRECTORY, which is harmless alone: only its own bit counts.
  constexpr std::uint64_t makesFile = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
  rules.allowWhere("open", argument(1, makesFile, 0));
  rules.allowWhere("open", argument(2, kSetIdBits, 0));
  rules.allowWhere("openat", argument(2, makesFile, 0));
  rules.allowWhere("openat", argument(3, kSetIdBits, 0));
}

bool isOnlyWithNamespaces(std::string_view call) {
  return std::find(std::begin(kOnlyWithNamespaces), std::end(kOnlyWithNamespaces), call) !=
         std::end(kOnlyWithNamespaces);
}

/// Of the calls in kOnlyWithNamespaces, what a task may do to itself.
void addOnItself(Rules& rules) {
  constexpr std::uint64_t all = ~std::uint64_t{0};
  rules.allowWhere("utimensat", argument(1, all, 0));  // a descriptor and no path
  rules.allowWhere("prlimit64", argument(0, 0xffffffff, 0));
  rules.allowWhere("setpriority", argument(0, 0xffffffff, PRIO_PROCESS), argument(1, 0xffffffff, 0));
  for (const int command : kFileCommands) {
    for (const char* call : {"fcntl", "fcntl64"}) {
      rules.allowWhere(call, argument(1, 0xffffffff, static_cast<std::uint32_t>(command)));
    }
  }
}

void addRules(Rules& rules, FilterFor sandbox) {
  for (const char* call : kAllowed) {
    if (sandbox == FilterFor::kNamespaces || !isOnlyWithNamespaces(call)) rules.allow(call);
  }
  if (sandbox == FilterFor::kProcess) addOnItself(rules);
  for (const char* call : kRefused) rules.refuse(call, EPERM);
  addFileModes(rules, sandbox);
  rules.allowWhere("clone", argument(0, kNewNamespaces, 0));
  rules.allowWhere("socketpair", argument(0, 0xffffffff, AF_UNIX));
  rules.allowWhere("personality", argument(0, 0xffffffff, 0));
  rules.allowWhere("personality", argument(0, 0xffffffff, 0xffffffff));
  for (const unsigned long control : kControls) rules.allowWhere("ioctl", argument(1, 0xffffffff, control));
  for (const int option : kProcessOptions) {
    rules.allowWhere("prctl", argument(0, 0xffffffff, static_cast<std::uint32_t>(option)));
  }
}

/// Controls of the nodes that a task is given: it has no other device that would know these.
void addDevices(Rules& rules) {
  constexpr std::uint64_t kKind = 0xff00;
  for (const std::uint64_t kind : {'d', 'F', 'K'}) {  // DRM; NVIDIA; AMD's compute
    rules.allowWhere("ioctl", argument(1, kKind, kind << 8));
  }
  rules.allowWhere("ioctl", argument(1, 0xffffff00, 0));           // NVIDIA's unified memory has plain numbers
  rules.allowWhere("ioctl", argument(1, 0xfffffff0, 0x30000000));  // and these
}

/// QEMU confines itself further, and drives KVM where there is one.
void addMachine(Rules& rules) {
  constexpr std::uint64_t kKvm = 0xae00;
  rules.allowWhere("ioctl", argument(1, 0xff00, kKvm));
  rules.allow("seccomp");
  rules.allowWhere("prctl", argument(0, 0xffffffff, PR_SET_SECCOMP));
}

Result<SeccompFilter> intoMemory(scmp_filter_ctx context) {
  SeccompFilter filter;
  filter.program = UniqueFd(::memfd_create("hearth-seccomp", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  struct stat info {};
  if (!filter.program || seccomp_export_bpf(context, filter.program.number()) != 0 ||
      ::fstat(filter.program.number(), &info) != 0 ||
      ::fcntl(filter.program.number(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    return fail(ErrorCode::kIo, std::string("cannot keep the system call filter in memory: ") + std::strerror(errno));
  }
  constexpr std::size_t instructionBytes = 8;  // struct sock_filter
  filter.instructions = static_cast<std::uint32_t>(static_cast<std::size_t>(info.st_size) / instructionBytes);
  return filter;
}

}  // namespace

Result<SeccompFilter> makeSeccompFilter(FilterFor sandbox, SystemCalls calls) {
  Context context(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (!context) return fail(ErrorCode::kExhausted, "cannot make a system call filter: no memory");
  // Another architecture's calls (int 0x80, x32) go by other numbers: no program of ours uses them.
  seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  Rules rules(context.get());
  addRules(rules, sandbox);
  if (calls == SystemCalls::kDevices) addDevices(rules);
  if (calls == SystemCalls::kMachine) addMachine(rules);
  if (rules.error() != 0) {
    return fail(ErrorCode::kUnsupported,
                std::string("cannot make a system call filter: ") + std::strerror(rules.error()),
                "The kernel must be built with CONFIG_SECCOMP_FILTER, which every distribution's kernel is.");
  }
  return intoMemory(context.get());
}

}  // namespace hearth::sandbox
