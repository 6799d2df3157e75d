# SPDX-License-Identifier: GPL-3.0-or-later
"""The services under a systemd of their own, as they are installed: they run, as confined as their units say, do real work, and go without a trace."""

import json
import pathlib
import shutil
import tempfile
import unittest

import machine
import packages

ALL = sorted(packages.debs())
BUNDLE = 'name = "hello"\npackage = "package"\ncommand = ["sh", "-c", "echo {n}; cat /proc/self/status"]\n[sweep]\nn = { from = 1, to = 3 }\n'


def why_not():
    return machine.why_not() or ("" if pathlib.Path("/lib/systemd/systemd").exists() else "there is no systemd here")


@unittest.skipIf(why_not(), why_not())
class Service(unittest.TestCase):
    def setUp(self):
        self.given = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(dir=packages.FOLDER)))
        for deb in packages.debs().values():
            shutil.copy(deb, self.given)
        self.room = self.enterContext(machine.Machine(self.given, systemd=True))

    def sh(self, command, **how):
        return self.room.run("sh", "-c", command, **how).stdout

    def property(self, unit, name):
        return self.room.run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()

    def status(self):
        told = self.room.run("hearth-agent", "status", "--json", check=False)
        return json.loads(told.stdout) if told.returncode == 0 else {}

    def has(self, name):
        """The package NAME of this version, as it was given."""
        return f"/run/given/{packages.debs()[name].name}"

    def install(self, *names):
        self.room.run("dpkg", "--install", *map(self.has, names))

    def wait(self, condition, what):
        try:
            return self.room.wait_for(condition, what, 90)
        except AssertionError as error:
            journal = self.sh("journalctl --no-pager --lines=60 --unit=hearth-agent --unit=hearthd")
            raise AssertionError(f"{error}\n{self.status()}\n{journal}") from None

    def set_up_project(self):
        """One command makes the project and serves it."""
        self.install("hearth-server", "hearth-cli")
        self.assertEqual(self.property("hearthd", "ActiveState"), "inactive", "a server ran before there was a project")
        told = self.sh("hearth-setup --name Test --public-name 127.0.0.1 --listen 127.0.0.1:8443 --json")
        told = json.loads(told.splitlines()[0])
        self.wait(lambda: self.room.run("sh", "-c", "hearth login '%s' --token '%s' --fingerprint '%s'" %
                                        (told["url"], told["adminToken"], told["authorityFingerprint"]), check=False).returncode == 0, "the server")
        return told

    def install_agent(self, told):
        """With a package that carries the project: nobody is asked."""
        self.room.run("hearthd", "make-installer", "/var/lib/hearth", "--link", told["joinLink"], "--unattended", "--output", "/tmp/project.deb")
        self.install("hearth-agent")
        self.sh("echo HEARTH_AGENT_OPTIONS=--dedicated >>/etc/default/hearth-agent && systemctl restart hearth-agent")
        self.wait(lambda: self.status().get("agent", {}).get("state") == "unjoined", "an agent without a project")
        self.room.run("dpkg", "--install", "/tmp/project.deb")
        self.wait(lambda: "Test" in self.status().get("projects", {}), "the agent to join by itself")

    def submit(self):
        self.sh(f"mkdir -p /tmp/bundle && cd /tmp/bundle && hearth pack /bin/sh --name shell --version 1 --file /bin/cat -o package && cat >hearth.toml",
                text=BUNDLE)
        self.sh("hearth key new; hearth key approve --root-key /var/lib/hearth/keys/root.key")
        return self.sh("cd /tmp/bundle && hearth submit . --wait && hearth results 1 -o /tmp/results --logs && cat $(find /tmp/results -type f)", timeout=120)

    def check_agent_is_confined(self):
        pid = self.property("hearth-agent", "MainPID")
        status = dict(line.split(":\t", 1) for line in self.sh(f"cat /proc/{pid}/status").splitlines() if ":\t" in line)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[capabilities], 16), 0, capabilities)
        mounts = {line.split()[4]: line.split()[5].split(",") for line in self.sh(f"cat /proc/{pid}/mountinfo").splitlines()}
        for place in ("/", "/proc/sys", "/sys", "/sys/fs/cgroup"):
            self.assertIn("ro", mounts[place], place)
        for place in ("/var/lib/hearth-agent", "/proc/sys/user", "/sys/fs/cgroup/system.slice/hearth-agent.service"):
            self.assertIn("rw", mounts[place], place)
        self.assertIn("system.slice/hearth-agent.service/agent", self.sh(f"cat /proc/{pid}/cgroup"))
        self.assertEqual(self.sh("stat -c '%a %U' /run/hearth-agent /run/hearth-agent/control.sock").split(), ["755", "hearth-agent", "666", "hearth-agent"])
        refused = self.room.run("runuser", "-u", "nobody", "--", "hearth-agent", "status", "--json", check=False)
        self.assertNotEqual(refused.returncode, 0, "a stranger was told")

    def test_from_the_packages_to_certified_tasks_and_away_again(self):
        told = self.set_up_project()
        self.install_agent(told)
        state = self.status()
        self.assertIn(state["sandbox"]["tier"], ("namespaces", "cgroup"), state["sandbox"])
        self.check_agent_is_confined()
        output = self.submit()
        for number in "123":
            self.assertIn(f"\n{number}\n", "\n" + output)
        self.assertIn("CapBnd:\t0000000000000000", output)

        # An upgrade: what ran goes on, of the new version.
        before = self.property("hearth-agent", "MainPID"), self.property("hearthd", "MainPID")
        newer = [f"/run/given/{packages.other_version(deb, '+next', self.given).name}" for deb in packages.debs().values()]
        self.room.run("dpkg", "--install", *newer)
        self.wait(lambda: self.status().get("server", {}).get("reached"), "the agent of the new version")
        for pid, unit in zip(before, ("hearth-agent", "hearthd")):
            self.assertEqual(self.property(unit, "ActiveState"), "active", unit)
            self.assertNotEqual(self.property(unit, "MainPID"), pid, unit)
        self.assertIn("Test", self.status()["projects"])

        self.room.run("dpkg", "--purge", "hearth-project-test", *ALL)
        self.assertEqual(self.sh("cat /proc/[0-9]*/comm | grep hearth || true"), "")
        self.assertEqual(self.room.left_behind(), {})


if __name__ == "__main__":
    unittest.main(verbosity=2)
