# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine to install packages on: this one's system, or that in the folder HEARTH_ROOT, with namespaces of its own and every change kept apart. With
systemd as process 1 where that is asked for. It needs root, as installing does."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# What dpkg and its triggers keep for themselves, as piuparts leaves it out, too.
NOISE = ("var/lib/dpkg/", "var/log/", "var/cache/", "var/lib/systemd/", "run/", "tmp/", "root/", "dev/", "proc/", "sys/", "var/lib/ucf/", "var/tmp/",
         "etc/ld.so.cache", "etc/.pwd.lock", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-", "etc/machine-id",
         "var/lib/apt/", "var/lib/private", "var/lib/dbus")
# Of a system that boots: what would reach for the machine that the test runs on, or only costs time.
MASKED = ("timers.target", "tmp.mount", "systemd-timesyncd.service", "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-udevd-control.socket",
          "systemd-udevd-kernel.socket", "systemd-sysctl.service", "systemd-modules-load.service", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
          "sys-fs-fuse-connections.mount", "dev-hugepages.mount", "avahi-daemon.socket", "systemd-networkd.service", "systemd-resolved.service",
          "systemd-journal-flush.service", "systemd-random-seed.service", "systemd-pstore.service", "systemd-binfmt.service", "proc-sys-fs-binfmt_misc.automount")


def why_not():
    """Why no machine can be made here; empty: it can."""
    if os.geteuid() != 0:
        return "installing packages needs root"
    if shutil.which("dpkg") is None:
        return "this is no Debian system"
    if group_root() is None:
        return "there are no control groups of version 2"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "no namespaces can be made here"


def group_root():
    """Where control groups of version 2 are, for a group of the machine's own."""
    for place in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        if pathlib.Path(place, "cgroup.procs").exists() and os.access(place, os.W_OK) and pathlib.Path(place, "cgroup.controllers").exists():
            return pathlib.Path(place)
    return None


class Machine:
    """Use it in a `with`. `given` is a folder that it finds at /run/given."""

    def __init__(self, given, systemd=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hearth-room-", dir=given.parent))
        self.upper = self.folder / "layer/upper"
        self.base = pathlib.Path(os.environ.get("HEARTH_ROOT", "/"))
        root = self.folder / "root"
        for made in (self.upper, self.folder / "layer/work", root):
            made.mkdir(parents=True)
        self.group = group_root() / self.folder.name
        self.group.mkdir()
        command = ["sleep", "infinity"]
        if systemd:
            self.prepare_boot()
            command = ["/lib/systemd/systemd", "--unit=room.target", "--show-status=no"]
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        self.holder = subprocess.Popen([HERE / "room.sh", self.group, self.base, self.folder / "layer", root, given, *command], stdout=self.log,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        self.first = None
        try:
            self.first = self.wait_for(self.find_first, "process 1", 60)
            if systemd:
                self.wait_for(lambda: self.run("systemctl", "is-active", "room.target", check=False).stdout.strip() == "active", "systemd", 120)
            self.before = self.written()
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.first:
            try:
                os.kill(self.first, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.holder.kill()
        self.holder.wait()
        self.log.close()
        self.wait_for(lambda: "populated 0" in (self.group / "cgroup.events").read_text(), "the end of its processes", 30)
        for folder, _, _ in os.walk(self.group, topdown=False):
            os.rmdir(folder)
        shutil.rmtree(self.folder)

    def prepare_boot(self):
        units = self.upper / "etc/systemd/system"
        units.mkdir(parents=True)
        for unit in MASKED:
            (units / unit).symlink_to("/dev/null")
        # Images of containers forbid packages to start services; here they shall.
        (self.upper / "usr/sbin").mkdir(parents=True)
        (self.upper / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 0\n")
        (self.upper / "usr/sbin/policy-rc.d").chmod(0o755)
        (units / "room.target").write_text("[Unit]\nRequires=basic.target\nWants=dbus.socket\nAfter=basic.target dbus.socket\nAllowIsolate=yes\n")

    def find_first(self):
        """The holder's grandchild: unshare's child, which becomes the command."""
        for path in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                text = path.read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
            if fields.get("NSpid", "").split()[1:] == ["1"] and int(fields["PPid"]) == self.holder.pid and fields["Name"] in ("sleep", "systemd"):
                return int(fields["Pid"])
        if self.holder.poll() is not None:
            self.log.seek(0)
            raise AssertionError(f"the machine did not start: {self.log.read()}")
        return None

    def wait_for(self, condition, what, seconds):
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s for {what}")
            time.sleep(0.1)
        return found

    def run(self, *command, check=True, text=None, timeout=300):
        """A command in it, as root."""
        command = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--root", "--wd", "env", "-i",
                   "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *map(str, command)]
        # Files, not pipes: what a package starts may keep a pipe open for ever.
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
            done = subprocess.run(command, input=text or "", stdout=out, stderr=errors, text=True, check=False,
                                  timeout=timeout)
            out.seek(0)
            errors.seek(0)
            done.stdout, done.stderr = out.read(), errors.read()
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def written(self):
        """Paths of all that was written, with their content; what was deleted from the base has None."""
        found = {}
        for folder, folders, files in os.walk(self.upper):
            for name in folders + files:
                path = pathlib.Path(folder, name)
                place = path.relative_to(self.upper).as_posix()
                if any((place + "/").startswith(noise) or place.startswith(noise) for noise in NOISE):
                    continue
                if path.is_dir() and not path.is_symlink():
                    if not (self.base / place).is_dir():
                        found[place] = "folder"
                elif path.is_symlink():
                    found[place] = os.readlink(path)
                elif path.is_char_device():
                    found[place] = None
                else:
                    found[place] = path.read_bytes()
        return found

    def left_behind(self):
        """What is not as it was before."""
        left = {}
        for place, content in self.written().items():
            base = self.base / place
            if self.before.get(place, "") == content or (isinstance(content, bytes) and base.is_file() and base.read_bytes() == content):
                continue
            left[place] = content if content is None else content[:200]
        return left
