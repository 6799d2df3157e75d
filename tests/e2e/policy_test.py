# SPDX-License-Identifier: GPL-3.0-or-later
"""What the owner of a machine sees of the policy: several projects, preferences, a display, a bus, a copied disk, and nothing left behind."""

import json
import os
import shutil
import subprocess
import time
import unittest

from grid import BIN, Grid

MARK = f"policy-{os.getpid()}"
NAP = ["probe", "slow-echo", "x", "600000", MARK]
MOCKED = "/usr/bin/python3"  # Debian's, for which dbusmock is packaged


def probes():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if MARK.encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            continue
    return found


class Policy(unittest.TestCase):
    def setUp(self):
        self.grid = Grid()
        self.addCleanup(self.grid.end_after, self)

    def started(self):
        self.grid.start_server()
        self.grid.login()
        self.grid.approve_key()
        return self.grid

    def daemon(self, *options, env=None):
        """agent1 as its owner runs it, not dedicated."""
        process = self.grid.start("agent1", [BIN / "hearth-agent", "daemon", "--dir", self.grid.folder / "agent1", *options], env=env)
        Grid.until(lambda: self.grid.agent("agent1", "status", check=False).returncode == 0 or process.poll() is not None, 60, "it answers")
        return process

    def policy(self):
        return self.grid.agent_status("agent1")["policy"]

    def obstacles(self, of="computing"):
        return {obstacle["what"] for obstacle in self.policy()[of]}

    def test_one_agent_works_for_two_projects_and_leaves_one_without_a_trace(self):
        other = Grid()
        self.addCleanup(other.end_after, self)
        second = f"e2e at 127.0.0.1:{other.port}"  # both servers call their project e2e
        for grid in (self.grid, other):
            grid.start_server()
            grid.login()
            grid.approve_key()
        self.grid.join("agent1")
        self.grid.join("agent1", other.told["joinLink"])
        self.grid.agent("agent1", "preferences", f"shares.{second}", "300")
        self.grid.start_agent("agent1")
        listed = self.grid.agent("agent1", "projects").stdout
        self.assertRegex(listed, r"e2e .*share 100 \(25 %\)")
        self.assertRegex(listed, f"{second} .*share 300 \\(75 %\\)")
        for grid in (self.grid, other):
            batch = grid.submit(grid.probe_bundle("both", ["probe", "slow-echo", "{n}", "50", MARK], sweep="n = { from = 1, to = 5 }"))
            self.assertEqual(grid.wait_done(batch)["certified"], 5)
        status = self.grid.agent_status("agent1")
        self.assertEqual(set(status["projects"]), {"e2e", second})
        self.grid.agent("agent1", "leave", second)  # the agent runs on, for the other
        self.assertEqual(set(self.grid.agent_status("agent1")["projects"]), {"e2e"})
        self.assertNotIn(second, self.grid.agent("agent1", "projects").stdout)
        self.assertEqual([path.name for path in (self.grid.folder / "agent1" / "projects").iterdir()], ["e2e"])

    def test_preferences_are_shown_set_kept_and_checked(self):
        self.started().join("agent1")
        agent = self.grid.agent
        self.assertRegex(agent("agent1", "preferences").stdout, r"in-use\.processors +0%")
        agent("agent1", "preferences", "times", "daily 00:00-24:00")  # into the file, while nothing runs
        self.daemon()
        agent("agent1", "preferences", "battery", "60%")  # by the socket
        for name, value, says in (("idle.procesors", "1%", "idle.processors"), ("heat.pause", "hot", "heat.pause"), ("times", "never", "mon-fri")):
            refused = agent("agent1", "preferences", name, value, check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertIn(says, refused.stderr)
        self.grid.stop("agent1")
        shown = json.loads(agent("agent1", "preferences", "--json").stdout)
        self.assertEqual((shown["times"]["value"], shown["battery"]["value"]), ("daily 00:00-24:00", "60%"))
        with open(self.grid.folder / "agent1" / "agent.toml", "a", encoding="utf-8") as file:
            file.write("nonsense = 1\n")
        self.daemon()
        status = self.grid.agent_status("agent1")
        self.assertIn("agent.toml.unreadable", status["agent"]["notice"])
        self.assertIn("nonsense", (self.grid.folder / "agent1" / "agent.toml.unreadable").read_text(encoding="utf-8"))
        self.assertEqual(json.loads(agent("agent1", "preferences", "--json").stdout)["battery"]["value"], "no")

    def test_a_timetable_freezes_tasks_and_the_status_says_until_when(self):
        self.started().join("agent1")
        self.daemon("--dedicated")
        self.grid.submit(self.grid.probe_bundle("nap", NAP))
        Grid.until(probes, 60, "the task runs")
        day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(time.localtime().tm_wday + 3) % 7]
        self.grid.agent("agent1", "preferences", "times", day)
        status = self.grid.agent_status("agent1")
        self.assertEqual(status["agent"]["state"], "waiting")
        self.assertIn("hour", status["agent"]["reason"])
        self.assertIn("until", status["agent"])
        self.assertTrue(all(task["frozen"] for task in status["tasks"].values()))
        self.grid.agent("agent1", "preferences", "times", "")
        self.assertFalse(any(task["frozen"] for task in self.grid.agent_status("agent1")["tasks"].values()))

    def test_a_hand_on_the_mouse_freezes_tasks(self):
        if not shutil.which("Xvfb") or not shutil.which("xdotool"):
            self.skipTest("needs Xvfb and xdotool")
        self.started().join("agent1")
        read, write = os.pipe()
        display = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "320x200x8"], pass_fds=[write],
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (display.terminate(), display.wait()))
        os.close(write)
        with os.fdopen(read) as told:
            env = {**self.grid.env, "DISPLAY": ":" + told.readline().strip()}
        self.grid.agent("agent1", "preferences", "idle.after", "4s")
        self.daemon(env=env)
        self.grid.submit(self.grid.probe_bundle("nap", NAP))
        Grid.until(probes, 90, "the task runs once nobody has moved for a while")
        Grid.until(lambda: not self.obstacles(), 60, "nobody is here")
        moved = time.monotonic()
        subprocess.run(["xdotool", "mousemove", "50", "50"], env=env, check=True)
        Grid.until(lambda: any(task["frozen"] for task in self.grid.agent_status("agent1")["tasks"].values()), 30, "it is frozen")
        self.assertLess(time.monotonic() - moved, 5, "an owner does not wait")
        Grid.until(lambda: not any(task["frozen"] for task in self.grid.agent_status("agent1")["tasks"].values()), 60, "it goes on")

    def test_a_metered_network_is_left_alone(self):
        bus = self.system_bus()
        self.mock_network_manager(bus, 1)
        self.started().join("agent1")
        self.daemon("--dedicated", env={**self.grid.env, "DBUS_SYSTEM_BUS_ADDRESS": bus})
        self.assertEqual(self.obstacles("network"), {"metered"})
        self.assertFalse(self.grid.agent_status("agent1")["server"]["reached"])
        batch = self.grid.submit(self.grid.probe_bundle("quick", ["probe", "slow-echo", "x", "10", MARK]))
        self.grid.agent("agent1", "preferences", "network.metered", "yes")
        self.assertEqual(self.grid.wait_done(batch)["certified"], 1)

    def system_bus(self):
        """A bus of this test's own in place of the machine's."""
        if not shutil.which("dbus-daemon") or subprocess.run([MOCKED, "-c", "import dbusmock"], capture_output=True).returncode:
            self.skipTest("needs dbus-daemon and python3-dbusmock")
        bus = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (bus.terminate(), bus.wait(), bus.stdout.close()))
        return bus.stdout.readline().strip()

    def mock_network_manager(self, bus, metered):
        name = "org.freedesktop.NetworkManager"
        env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus}
        mock = subprocess.Popen([MOCKED, "-m", "dbusmock", "--session", name, "/org/freedesktop/NetworkManager", name], env=env,
                                stdout=subprocess.DEVNULL)
        self.addCleanup(lambda: (mock.terminate(), mock.wait()))
        script = ("import dbus,sys\n"
                  "o=dbus.SessionBus().get_object('%s','/org/freedesktop/NetworkManager')\n"
                  "dbus.Interface(o,'org.freedesktop.DBus.Mock').AddProperty('%s','Metered',dbus.UInt32(%d))\n" % (name, name, metered))
        Grid.until(lambda: subprocess.run([MOCKED, "-c", script], env=env, capture_output=True).returncode == 0, 30, "the mock is there")

    def test_a_copy_of_its_disk_becomes_a_host_of_its_own(self):
        self.started().join("agent1")
        first = json.loads((self.grid.folder / "agent1" / "projects" / "e2e" / "identity.json").read_text())
        shutil.copytree(self.grid.folder / "agent1", self.grid.folder / "agent2", symlinks=True)
        path = self.grid.folder / "agent2" / "projects" / "e2e" / "identity.json"
        copied = json.loads(path.read_text())
        if not copied["marks"]:
            self.skipTest("this machine shows nothing that tells it from another")
        copied["marks"] = [mark + "-of-another-machine" for mark in copied["marks"]]
        path.write_text(json.dumps(copied))
        self.grid.start_agent("agent1")
        self.grid.start_agent("agent2")
        second = json.loads(path.read_text())
        self.assertNotEqual(second["host"], first["host"])
        self.assertNotEqual(second["privateKey"], first["privateKey"])
        self.assertEqual(len(self.grid.hearth_json("hosts")["hosts"]), 2)
        self.assertIn("copy of another machine", self.grid.logs["agent2"].read_text())
        batch = self.grid.submit(self.grid.probe_bundle("both", ["probe", "slow-echo", "{n}", "50", MARK], sweep="n = { from = 1, to = 6 }"))
        self.assertEqual(self.grid.wait_done(batch)["certified"], 6)

    def test_an_agent_of_before_several_projects_goes_on_where_it_was(self):
        self.started().join("agent1")
        self.grid.start_agent("agent1")
        batch = self.grid.submit(self.grid.probe_bundle("nap", ["probe", "slow-echo", "x", "3000", MARK]))
        Grid.until(probes, 60, "the task runs")
        self.grid.stop("agent1")
        folder = self.grid.folder / "agent1"
        for path in list((folder / "projects" / "e2e").iterdir()):
            path.rename(folder / path.name)
        (folder / "projects" / "e2e").rmdir()
        (folder / "projects").rmdir()
        self.grid.start_agent("agent1")
        self.assertEqual(self.grid.wait_done(batch)["certified"], 1)
        self.assertEqual(len(self.grid.hearth_json("hosts")["hosts"]), 1)
        self.assertFalse((folder / "identity.json").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
