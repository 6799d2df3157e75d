// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/world.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sandbox/executor.h"

namespace hearth::attacks {

namespace fs = std::filesystem;

void giveUp(const std::string& why) {
  std::fprintf(stderr, "hearth-attacks: %s\n", why.c_str());
  std::exit(2);
}

std::string readText(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void writeText(const fs::path& file, const std::string& text) {
  if (!(std::ofstream(file, std::ios::binary) << text)) giveUp("cannot write " + file.string());
}

namespace {

int listenAt(const sockaddr* address, socklen_t size) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::bind(fd, address, size) != 0 || ::listen(fd, 64) != 0) {
    giveUp(std::string("cannot plant a socket: ") + std::strerror(errno));
  }
  return fd;
}

int listenAtPath(const std::string& path, bool isAbstract) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + (isAbstract ? 1 : 0), path.data(), path.size());
  const int fd = listenAt(reinterpret_cast<const sockaddr*>(&address),
                          static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (isAbstract ? 1 : 0)));
  if (!isAbstract) ::chmod(path.c_str(), 0777);
  return fd;
}

std::string describe(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return "gone";
  std::ostringstream text;
  text << std::oct << info.st_mode << std::dec << ' ' << info.st_uid << ' ' << info.st_nlink;
  if (!S_ISDIR(info.st_mode)) text << ' ' << info.st_size << ' ' << info.st_mtim.tv_sec << '.' << info.st_mtim.tv_nsec;
  // The time of the last change of anything, rights and owners too, which nobody can set.
  if (!S_ISDIR(info.st_mode)) text << ' ' << info.st_ctim.tv_sec << '.' << info.st_ctim.tv_nsec;
  if (S_ISREG(info.st_mode)) text << ' ' << std::hash<std::string>()(readText(path));
  return std::move(text).str();
}

/// Mounts at places where a task would make one; others on this machine come and go.
std::string mountsOfNote(const std::string& base) {
  static const char* const places[] = {"/", "/proc", "/sys", "/dev", "/tmp", "/mnt", "/usr", "/etc", "/home", "/work"};
  std::istringstream lines(readText("/proc/self/mounts"));
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string device, point;
    fields >> device >> point;
    const bool known = std::find(std::begin(places), std::end(places), point) != std::end(places);
    if (known || point.starts_with(base)) found += line + "\n";
  }
  return found;
}

std::string namesWith(const fs::path& folder, const std::string& part) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find(part) != std::string::npos) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const auto& name : names) joined += name + " ";
  return joined;
}

/// Kernel objects that belong to `user`.
std::string sharedObjects(uid_t user) {
  std::string found;
  for (const char* kind : {"shm", "msg", "sem"}) {
    std::istringstream lines(readText(std::string("/proc/sysvipc/") + kind));
    for (std::string line; std::getline(lines, line);) {
      if ((" " + line + " ").find(" " + std::to_string(user) + " ") != std::string::npos) found += line + "\n";
    }
  }
  return found;
}

}  // namespace

World::World(uid_t user, uid_t agent) : m_user(user), m_agent(agent) {
  std::string name = (fs::temp_directory_path() / "hearth-attacks-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) giveUp("cannot make " + name);
  m_base = m_seen = name;
  m_token = m_base.filename().string();
  m_tmp = "/tmp/" + m_token;
  m_shared = "/dev/shm/" + m_token;
  ::chmod(name.c_str(), 0711);
  plantFiles();
  plantSockets();
  m_master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (m_master < 0 || ::grantpt(m_master) != 0 || ::unlockpt(m_master) != 0) giveUp("no terminal can be made");
  m_terminal = ::ptsname(m_master);
}

World::~World() {
  for (const int fd : m_sockets) ::close(fd);
  if (m_master >= 0) ::close(m_master);
  std::error_code ignored;
  fs::remove_all(m_base, ignored);
  fs::remove_all(m_shared, ignored);
  for (const char* folder : {"/tmp", "/dev/shm"}) {
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().filename().string().starts_with(m_token)) fs::remove(entry.path(), ignored);
    }
  }
}

void World::own(const fs::path& folder, uid_t user) const {
  if (::geteuid() != 0) return;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (::lchown(entry.path().c_str(), user, user) != 0) giveUp("cannot give files away");
  }
  if (::lchown(folder.c_str(), user, user) != 0) giveUp("cannot give files away");
}

void World::plantFiles() const {
  const fs::path home = m_base / "home", program = fs::path(HEARTH_BIN_DIR) / "hearth-hostile";
  for (const char* folder : {"home/.ssh", "home/.config/autostart", "package/bin", "closed/private", "closed/works",
                             "closed/scratch", "other", "run/.X11-unix"}) {
    fs::create_directories(m_base / folder);
  }
  fs::create_directory(m_shared);
  for (const char* file : {".ssh/id_ed25519", ".bashrc", ".profile", "diary", "diary-2", "diary-3"}) {
    writeText(home / file, std::string("the owner's ") + file + "\n");
    ::chmod((home / file).c_str(), 0600);
  }
  writeText(m_base / "closed/private/journal.db", "the agent's journal\n");
  writeText(m_base / "other/input", "another task's input\n");
  writeText(fs::path(m_shared) / "secret", "somebody's shared memory\n");
  fs::copy_file(program, package() / "bin" / "hostile");
  fs::copy_file(program, package() / "spare");
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "hearth-herd", package() / "bin" / "herd");
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "hearth-task-init", closed() / "hearth-task-init");
  fs::permissions(closed(), fs::perms::owner_all);
  fs::permissions(home, fs::perms::owner_all);
  own(m_base, m_user);
  own(closed(), m_agent);
  own(m_shared, m_user);
}

void World::plantSockets() {
  const std::string run = (m_base / "run").string();
  for (const char* name : {"/bus", "/.X11-unix/X0", "/wayland-0", "/control.sock", "/docker.sock"}) {
    m_sockets.push_back(listenAtPath(run + name, false));
  }
  m_sockets.push_back(listenAtPath(m_token, true));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  m_sockets.push_back(listenAt(reinterpret_cast<const sockaddr*>(&address), sizeof address));
  socklen_t size = sizeof address;
  ::getsockname(m_sockets.back(), reinterpret_cast<sockaddr*>(&address), &size);
  m_port = ntohs(address.sin_port);
  for (const int fd : m_sockets) ::fcntl(fd, F_SETFL, O_NONBLOCK);
}

void World::handIn() {
  m_seen = "/" + m_token;
  for (const char* name : {"home", "other"}) {
    const fs::path to = package() / m_token / name;
    fs::create_directories(to.parent_path());
    fs::copy(m_base / name, to, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(to)) {
      if (entry.is_regular_file()) ::chmod(entry.path().c_str(), 0644);  // of no other user, as packages are
    }
  }
  own(package(), m_user);
}

void World::leakIntoThisProcess() {
  ::setsid();
  const int terminal = ::open(m_terminal.c_str(), O_RDWR);
  if (terminal < 0 || ::ioctl(terminal, TIOCSCTTY, 0) != 0) giveUp("the terminal cannot be the agent's");
  ::fchown(terminal, m_user, m_user);
  ::chmod(m_terminal.c_str(), 0600);
  ::dup2(terminal, 200);
  ::dup2(::open((m_base / "home/.ssh/id_ed25519").c_str(), O_RDONLY), 201);
  ::dup2(::open("/", O_RDONLY | O_DIRECTORY), 202);
  ::close(terminal);
}

std::string World::expand(std::string word) const {
  const std::map<std::string, std::string> places = {{"{home}", (m_seen / "home").string()},
                                                     {"{private}", (closed() / "private").string()},
                                                     {"{tmp}", m_tmp},
                                                     {"{shm}", m_shared},
                                                     {"{agent}", std::to_string(::getpid())},
                                                     {"{port}", std::to_string(m_port)},
                                                     {"{socket}", (m_base / "run").string()},
                                                     {"{package}", package().string()},
                                                     {"{other}", (m_seen / "other").string()},
                                                     {"{token}", m_token},
                                                     {"{pty}", m_terminal}};
  for (const auto& [name, value] : places) {
    if (const auto at = word.find(name); at != std::string::npos) word.replace(at, name.size(), value);
  }
  return word;
}

std::map<std::string, std::string> World::look() const {
  std::map<std::string, std::string> seen;
  for (const char* top : {"home", "other", "package", "closed/private"}) {
    for (const auto& entry : fs::recursive_directory_iterator(m_base / top)) {
      seen[entry.path().string()] = describe(entry.path());
    }
  }
  for (const char* setting : {"kernel/core_pattern", "kernel/hostname", "kernel/domainname", "kernel/modprobe",
                              "kernel/randomize_va_space", "vm/overcommit_memory", "fs/suid_dumpable"}) {
    seen[setting] = readText(std::string("/proc/sys/") + setting);
  }
  seen["mounts"] = mountsOfNote(m_base.string());
  seen["names in /tmp"] = namesWith("/tmp", m_token);
  seen["names in /dev/shm"] = namesWith("/dev/shm", m_token);
  seen["kernel objects"] = sharedObjects(m_user);
  for (const char* folder : {"/", "/usr", "/etc", "/dev", "/run", "/var"}) {
    seen[std::string("names in ") + folder] = namesWith(folder, "hearth-hostile");
  }
  seen["hostile processes"] = std::to_string(hostileProcesses().size());
  timespec wall{}, steady{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_BOOTTIME, &steady);
  seen["the clock's start, to two minutes"] = std::to_string((wall.tv_sec - steady.tv_sec + 5) / 120);
  for (std::size_t i = 0; i < m_sockets.size(); ++i) {
    const int caller = ::accept4(m_sockets[i], nullptr, nullptr, SOCK_CLOEXEC);
    seen["planted socket " + std::to_string(i)] = caller < 0 ? "nobody came" : "somebody came";
    if (caller >= 0) ::close(caller);
  }
  return seen;
}

std::vector<pid_t> World::hostileProcesses() const {
  std::vector<std::pair<dev_t, ino_t>> programs;
  std::vector<fs::path> files = {image() / "bin/hostile", machine() / "root/usr/bin/qemu-system-x86_64"};
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(package() / "bin", ignored)) files.push_back(entry.path());
  for (const fs::path& file : files) {
    struct stat program {};
    if (::stat(file.c_str(), &program) == 0) programs.emplace_back(program.st_dev, program.st_ino);
  }
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    struct stat running {};
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc() || pid <= 0) continue;
    if (::stat((entry.path() / "exe").c_str(), &running) != 0) continue;
    const std::pair<dev_t, ino_t> own(running.st_dev, running.st_ino);
    if (std::find(programs.begin(), programs.end(), own) != programs.end()) found.push_back(pid);
  }
  return found;
}

}  // namespace hearth::attacks
