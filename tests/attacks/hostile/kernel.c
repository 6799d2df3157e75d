// SPDX-License-Identifier: GPL-3.0-or-later
// Attacks on the kernel's interfaces: namespaces, mounts, keys, tracing, sockets, terminals, clocks, rights.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/vm_sockets.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

#define ATTACK(name) static void name(int count __attribute__((unused)), char** words __attribute__((unused)))

static char scratch[16384];

// In a process of its own, so that what worked does not change what comes after.
static void gotApart(const char* what, long (*attempt)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(attempt() >= 0 ? 0 : 1);
  int status = 1;
  if (child > 0 && waitpid(child, &status, 0) == child) got(what, status == 0 ? 0 : -1);
}

static long newUser(void) { return unshare(CLONE_NEWUSER); }
static long newUserAndNet(void) { return unshare(CLONE_NEWUSER | CLONE_NEWNET); }
static long newUserAndPid(void) { return unshare(CLONE_NEWUSER | CLONE_NEWPID); }
static long newCgroup(void) { return unshare(CLONE_NEWCGROUP); }
static long cloneUser(void) {
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return child;
}
static long clone3User(void) {
  struct {
    unsigned long flags, pidfd, childTid, parentTid, exitSignal, stack, stackSize, tls;
  } arguments = {.flags = CLONE_NEWUSER, .exitSignal = SIGCHLD};
  long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0) _exit(0);
  return child;
}

ATTACK(namespaces) {
  gotApart("a user namespace", newUser);
  gotApart("a user and a network namespace", newUserAndNet);
  gotApart("a user and a process namespace", newUserAndPid);
  gotApart("a control group namespace", newCgroup);
}

ATTACK(clones) {
  gotApart("a user namespace by clone", cloneUser);
  gotApart("a user namespace by clone3", clone3User);
}

static long mountFresh(void) {
  (void)unshare(CLONE_NEWUSER | CLONE_NEWNS);
  return mount("none", "/tmp", "tmpfs", 0, NULL);
}
static long remountRoot(void) {
  (void)unshare(CLONE_NEWUSER | CLONE_NEWNS);
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}
static long newMountCalls(void) { return syscall(SYS_fsopen, "tmpfs", 0); }
static long treeCall(void) { return syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */); }
ATTACK(mounts) {
  gotApart("a mount", mountFresh);
  gotApart("a changed mount", remountRoot);
  gotApart("a file system by fsopen", newMountCalls);
  gotApart("a copy of the tree", treeCall);
}

static long unmountProc(void) { return umount2("/proc", MNT_DETACH); }
static long unmountRoot(void) { return umount2("/", MNT_DETACH); }
ATTACK(unmounts) {
  gotApart("/proc unmounted", unmountProc);
  gotApart("/ unmounted", unmountRoot);
}

static long changeRoot(void) {
  (void)unshare(CLONE_NEWUSER);
  return chroot(".");
}
static long pivot(void) {
  (void)unshare(CLONE_NEWUSER | CLONE_NEWNS);
  return syscall(SYS_pivot_root, ".", ".") == 0 || errno == EINVAL ? 0 : -1;
}
ATTACK(roots) {
  gotApart("another root", changeRoot);
  gotApart("pivot_root", pivot);
}

ATTACK(enterNamespace) {
  char path[64];
  static const char* const kinds[] = {"mnt", "net", "pid", "user", "ipc"};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    snprintf(path, sizeof path, "/proc/%s/ns/%s", count > 0 ? words[0] : "1", kinds[i]);
    int fd = open(path, O_RDONLY);
    got(path, fd);
    got(path, setns(fd, 0));
  }
}

ATTACK(keys) {
  got("a key", syscall(SYS_add_key, "user", "hostile", "x", 1, KEY_SPEC_PROCESS_KEYRING));
  got("the session's keys", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0));
  got("a key asked for", syscall(SYS_request_key, "user", "hostile", NULL, KEY_SPEC_PROCESS_KEYRING));
}

ATTACK(bpf) {
  memset(scratch, 0, 72);
  unsigned* attributes = (unsigned*)scratch;
  attributes[0] = 2;  // an array of one integer
  attributes[1] = attributes[2] = 4;
  attributes[3] = 1;
  got("a bpf map", syscall(SYS_bpf, 0, scratch, 72));
}

ATTACK(perf) {
  memset(scratch, 0, 112);
  ((unsigned*)scratch)[0] = 1;    // software
  ((unsigned*)scratch)[1] = 112;  // its size
  got("a performance counter", syscall(SYS_perf_event_open, scratch, 0, -1, -1, 0));
}

ATTACK(faults) {
  got("page faults of its own", syscall(SYS_userfaultfd, 1));
  got("/dev/userfaultfd", open("/dev/userfaultfd", O_RDWR));
}

ATTACK(ring) {
  memset(scratch, 0, sizeof scratch);
  got("io_uring", syscall(SYS_io_uring_setup, 4, scratch));
}

ATTACK(memoryFiles) {
  got("a memory file", syscall(SYS_memfd_create, "hostile", 0));
  got("a secret memory file", syscall(447 /* memfd_secret */, 0));
}

ATTACK(modules) {
  static const char* const none[] = {NULL};
  got("a kernel module", syscall(SYS_init_module, scratch, 16UL, ""));
  got("a kernel module by file", syscall(SYS_finit_module, 0, "", 0));
  got("another kernel", syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0UL));
  got("a wrong reboot", syscall(SYS_reboot, 0, 0, 0, none));
  got("raw ports", syscall(SYS_iopl, 3));
}

ATTACK(kernelLog) { got("the kernel's log", syscall(SYS_syslog, 3, scratch, sizeof scratch)); }

ATTACK(accounting) {
  got("process accounting", acct(NULL));
  got("swap", syscall(SYS_swapoff, "/nowhere") == 0 || errno == ENOENT ? 0 : -1);
  got("quota", syscall(SYS_quotactl, 0x800001 << 8, NULL, 0, NULL) == 0 ? 0 : -1);
  got("fanotify", syscall(SYS_fanotify_init, 0, O_RDONLY));
  got("a terminal hung up", syscall(SYS_vhangup));
}

ATTACK(names) {
  got("the host's name", sethostname("hostile", 7));
  got("the domain's name", setdomainname("hostile", 7));
}

ATTACK(clocks) {
  struct timespec now;
  struct timeval day;
  struct timex state = {.modes = 0x2000 /* ADJ_NANO */, .status = 0};
  clock_gettime(CLOCK_REALTIME, &now);
  gettimeofday(&day, NULL);
  got("the clock", clock_settime(CLOCK_REALTIME, &now));
  got("the day", settimeofday(&day, NULL));
  got("the clock's pace", adjtimex(&state));
  got("the real-time clock", open("/dev/rtc0", O_RDWR));
  got("an alarm that wakes the machine", timer_create(CLOCK_REALTIME_ALARM, NULL, (timer_t*)scratch));
}

ATTACK(foreignCalls) {
#ifdef __x86_64__
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
  got("a call of i386", result);
#else
  raise(SIGSYS);
#endif
}

ATTACK(foreignNumbers) {
#ifdef __x86_64__
  long result = syscall(0x40000000 | SYS_getpid);
  got("a call of x32", result >= 0 || errno == ENOSYS ? 0 : -1);
#else
  raise(SIGSYS);
#endif
}

static void typeInto(int terminal) {
  got("a typed character", syscall(SYS_ioctl, terminal, TIOCSTI, "x"));
  got("a typed character, with high bits", syscall(SYS_ioctl, terminal, 0x100000000UL | TIOCSTI, "x"));
  scratch[0] = 2;
  got("the console's selection", syscall(SYS_ioctl, terminal, TIOCLINUX, scratch));
  got("the terminal taken", syscall(SYS_ioctl, terminal, TIOCSCTTY, 1));
}

ATTACK(terminal) {
  int tty = open("/dev/tty", O_RDWR | O_NOCTTY);
  got("/dev/tty", tty);
  for (int fd = 0; fd < 3; ++fd) typeInto(fd);
  if (tty >= 0) typeInto(tty);
  for (int i = 0; i < count; ++i) got(words[i], open(words[i], O_RDWR | O_NOCTTY));
}

ATTACK(internet) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)number(words[0]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int stream = socket(AF_INET, SOCK_STREAM, 0);
  got("a stream socket", stream);
  got("a connection to a service of this machine", connect(stream, (struct sockaddr*)&address, sizeof address));
  int datagram = socket(AF_INET6, SOCK_DGRAM, 0);
  got("a datagram socket", datagram);
  address.sin_port = 0;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  got("a service of its own", bind(server, (struct sockaddr*)&address, sizeof address));
}

ATTACK(otherFamilies) {
  static const int families[] = {AF_NETLINK, AF_PACKET, AF_ALG, AF_BLUETOOTH, AF_CAN, AF_XDP, AF_KEY};
  char name[32];
  for (size_t i = 0; i < sizeof families / sizeof families[0]; ++i) {
    snprintf(name, sizeof name, "socket family %d", families[i]);
    got(name, socket(families[i], SOCK_RAW, 0));
    got(name, socket(families[i], SOCK_DGRAM, 0));
    got(name, socket(families[i], SOCK_SEQPACKET, 0));
  }
}

ATTACK(virtualSockets) {
  struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = 2, .svm_port = 1};
  int fd = socket(AF_VSOCK, SOCK_STREAM, 0);
  got("a virtual socket", fd);
  if (fd < 0) return;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  got("the machine below", connect(fd, (struct sockaddr*)&address, sizeof address));
}

static void connectTo(const char* what, const char* path, int isAbstract) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path + isAbstract, path, sizeof address.sun_path - 2);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)isAbstract + strlen(path));
  int pair[2] = {-1, -1};
  got(what, connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&address, size));
  // One that is there already, where new ones cannot be made.
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0) {
    got(what, sendto(pair[0], "x", 1, MSG_DONTWAIT, (struct sockaddr*)&address, size));
    got(what, connect(pair[1], (struct sockaddr*)&address, size));
  }
}

ATTACK(localSockets) {
  for (int i = 0; i < count; ++i) connectTo(words[i], words[i], 0);
}

ATTACK(abstractSockets) {
  for (int i = 0; i < count; ++i) connectTo(words[i], words[i], 1);
}

ATTACK(sharedObjects) {
  got("shared memory", syscall(SYS_shmget, 0x48540000 | (getpid() & 0xffff), 4096, 0600 | 01000));
  got("a message queue", syscall(SYS_msgget, 0x48540000 | (getpid() & 0xffff), 0600 | 01000));
  got("semaphores", syscall(SYS_semget, 0x48540000 | (getpid() & 0xffff), 1, 0600 | 01000));
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 1};
  got("a named message queue", syscall(SYS_mq_open, "hearth-hostile", O_RDWR | O_CREAT | O_CLOEXEC, 0600, &attributes));
  syscall(SYS_shmctl, syscall(SYS_shmget, 0x48540000 | (getpid() & 0xffff), 0, 0), 0 /* IPC_RMID */, NULL);
  syscall(SYS_msgctl, syscall(SYS_msgget, 0x48540000 | (getpid() & 0xffff), 0), 0, NULL);
  syscall(SYS_semctl, syscall(SYS_semget, 0x48540000 | (getpid() & 0xffff), 0, 0), 0, 0, NULL);
  syscall(SYS_mq_unlink, "hearth-hostile");
}

ATTACK(higherLimits) {
  static const int kinds[] = {RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_CPU, RLIMIT_CORE, RLIMIT_NOFILE};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    struct rlimit now, more;
    if (getrlimit((__rlimit_resource_t)kinds[i], &now) != 0) continue;
    more.rlim_cur = more.rlim_max = now.rlim_max == RLIM_INFINITY ? RLIM_INFINITY : now.rlim_max + 1;
    const int none = now.rlim_max == RLIM_INFINITY && kinds[i] != RLIMIT_NOFILE;
    if (none)
      got("a limit that is not there", 0);
    else
      got("a higher limit", setrlimit((__rlimit_resource_t)kinds[i], &more));
  }
}

ATTACK(priority) {
  struct sched_param first = {.sched_priority = 1}, none = {0};
  got("a real-time scheduler", sched_setscheduler(0, SCHED_FIFO, &first));
  got("the usual scheduler", sched_setscheduler(0, SCHED_OTHER, &none));
  got("a better nice value", setpriority(PRIO_PROCESS, 0, -5));
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  got("all processors", sched_setaffinity(0, sizeof all, &all));
  got("a better input/output class", syscall(SYS_ioprio_set, 1, 0, (1 << 13)));
}

ATTACK(victimOfMemory) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY);
  got("its place among those that are killed first", fd);
  got("its core dump filter", open("/proc/self/coredump_filter", O_WRONLY));
}

ATTACK(becomeRoot) {
  got("user 0", setuid(0));
  got("user 0 by setresuid", setresuid(0, 0, 0));
  got("group 0", setresgid(0, 0, 0));
  got("another group", syscall(SYS_setgroups, 1, (gid_t[]){0}));
  got("id 0", getuid() == 0 || geteuid() == 0 ? 0 : -1);
}

ATTACK(oddModes) {
  got("no random addresses", personality(ADDR_NO_RANDOMIZE));
  got("everything executable", personality(READ_IMPLIES_EXEC));
  got("it cannot be looked at", prctl(PR_SET_DUMPABLE, 0));
  got("a securebit", prctl(PR_SET_SECUREBITS, 1));
  got("speculation", prctl(PR_SET_SPECULATION_CTRL, 0, PR_SPEC_DISABLE, 0, 0));
}

const struct Attack kKernelAttacks[] = {{"namespaces", namespaces},
                                        {"clones", clones},
                                        {"mounts", mounts},
                                        {"unmounts", unmounts},
                                        {"roots", roots},
                                        {"enter-namespace", enterNamespace},
                                        {"keys", keys},
                                        {"bpf", bpf},
                                        {"perf", perf},
                                        {"faults", faults},
                                        {"ring", ring},
                                        {"memory-files", memoryFiles},
                                        {"modules", modules},
                                        {"kernel-log", kernelLog},
                                        {"accounting", accounting},
                                        {"names", names},
                                        {"clocks", clocks},
                                        {"foreign-calls", foreignCalls},
                                        {"foreign-numbers", foreignNumbers},
                                        {"terminal", terminal},
                                        {"internet", internet},
                                        {"other-families", otherFamilies},
                                        {"virtual-sockets", virtualSockets},
                                        {"local-sockets", localSockets},
                                        {"abstract-sockets", abstractSockets},
                                        {"shared-objects", sharedObjects},
                                        {"higher-limits", higherLimits},
                                        {"priority", priority},
                                        {"victim-of-memory", victimOfMemory},
                                        {"become-root", becomeRoot},
                                        {"odd-modes", oddModes},
                                        {0, 0}};
