# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole Debian in a virtual machine: its own kernel, systemd as process 1, control groups of version 2 with every controller. There the agent's service
holds tasks by the kernel (tier `cgroup`). Takes minutes and fetches packages, so it is for ./check --long."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import fresh_root
import packages

SCRIPT = r"""#!/bin/bash
# What the machine does once it is up. Each line that begins with TOLD is for the test.
export HOME=/root LC_ALL=C.UTF-8
trap 'sync; systemctl poweroff --force --force' EXIT
set -e
dpkg --install /debs/hearth-server_*.deb /debs/hearth-cli_*.deb /debs/hearth-agent_*.deb
echo HEARTH_AGENT_OPTIONS=--dedicated >>/etc/default/hearth-agent
told=$(hearth-setup --name Test --public-name 127.0.0.1 --listen 127.0.0.1:8443 --json | head -n 1)
member() { sed 's/.*"'$1'":"\([^"]*\)".*/\1/' <<<"$told"; }
until hearth login "$(member url)" --token "$(member adminToken)" --fingerprint "$(member authorityFingerprint)"; do sleep 1; done
systemctl stop hearth-agent
hearth-agent join "$(member joinLink)" --dir /var/lib/hearth-agent
systemctl reset-failed hearth-agent || true
systemctl start hearth-agent
until hearth-agent status --json >/tmp/state; do sleep 1; done
mkdir /tmp/bundle
cd /tmp/bundle
hearth pack /bin/sh --name shell --version 1 --file /bin/cat -o package
cat >hearth.toml <<'END'
name = "hello"
package = "package"
command = ["sh", "-c", "echo {n}; cat /proc/self/cgroup; mkdir -p out; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"]
[sweep]
n = { from = 1, to = 2 }
END
hearth key new
hearth key approve --root-key /var/lib/hearth/keys/root.key
hearth submit . --wait
hearth results 1 -o /tmp/results --logs
echo "TOLD kernel $(uname -r)"
echo "TOLD state $(hearth-agent status --json)"
echo "TOLD output $(cat $(find /tmp/results -type f) | tr '\n' ' ')"
echo "TOLD controllers $(cat /sys/fs/cgroup/system.slice/hearth-agent.service/cgroup.subtree_control)"
echo "TOLD units $(systemctl is-active hearth-agent hearthd | tr '\n' ' ')"
echo "TOLD end"
"""
UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/debs/script
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=multi-user.target
"""


def kernel():
    """The newest of Debian's kernels that are installed, with its initial file system."""
    for image in sorted(pathlib.Path("/boot").glob("vmlinuz-*"), reverse=True):
        first = image.with_name(image.name.replace("vmlinuz", "initrd.img"))
        if first.exists():
            return image, first
    return None


def why_not():
    if fresh_root.why_not():
        return fresh_root.why_not()
    if shutil.which("qemu-system-x86_64") is None or kernel() is None:
        return "needs qemu-system-x86 and linux-image-cloud-amd64 with its initrd"
    return ""


@unittest.skipIf(why_not(), why_not())
class VirtualMachine(unittest.TestCase):
    def make_disk(self, folder):
        root = folder / "root"
        if ready := os.environ.get("HEARTH_ROOT"):
            subprocess.run(["cp", "-a", ready, root], check=True)
        else:
            fresh_root.make(root, more=["systemd-sysv", "iproute2"])
        debs = root / "debs"
        debs.mkdir()
        for deb in packages.debs().values():
            shutil.copy(deb, debs)
        (debs / "script").write_text(SCRIPT, encoding="utf-8")
        (debs / "script").chmod(0o755)
        (root / "etc/systemd/system/told.service").write_text(UNIT, encoding="utf-8")
        wants = root / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        (wants / "told.service").symlink_to("../told.service")
        (root / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 0\n", encoding="ascii")
        disk = folder / "disk"
        subprocess.run(["truncate", "--size=4G", disk], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-d", root, disk], check=True)
        shutil.rmtree(root)
        return disk

    def boot(self, disk):
        image, first = kernel()
        command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "2048", "-smp", "2", "-nographic", "-no-reboot", "-nic", "none",
                   "-kernel", image, "-initrd", first, "-append", "root=/dev/vda rw console=ttyS0 quiet loglevel=3 systemd.show_status=no",
                   "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=840)
        told = dict(re.findall(r"(?m)^TOLD (\w+) ?(.*?)\r?$", done.stdout))
        self.assertIn("end", told, done.stdout[-6000:] + done.stderr)
        return told

    def test_the_kernel_holds_tasks_of_the_service_to_their_limits(self):
        with tempfile.TemporaryDirectory(dir=packages.FOLDER) as folder:
            told = self.boot(self.make_disk(pathlib.Path(folder)))
        print(f"kernel {told['kernel']}, controllers {told['controllers']}, units {told['units']}")
        self.assertEqual(json.loads(told["state"])["sandbox"], {"tier": "cgroup"})
        self.assertEqual(set(told["controllers"].split()), {"cpu", "memory", "pids"})
        self.assertEqual(told["units"].split(), ["active", "active"])
        for number in "12":
            self.assertRegex(told["output"], rf"\b{number} 0::/system.slice/hearth-agent.service/task-\d+/run")


if __name__ == "__main__":
    unittest.main(verbosity=2)
