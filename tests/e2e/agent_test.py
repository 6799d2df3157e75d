# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's life: killed, cut off from its server, paused, told to finish, revoked; and every way in which joining can fail."""

import os
import re
import shutil
import subprocess
import time
import unittest

from connect_proxy import ConnectProxy
from grid import BIN, Grid

MARK = f"of-{os.getpid()}"  # tells this run's tasks from those of another one on the same machine
SLOW = ["probe", "slow-echo", "{n}", "400", MARK]


def running_probes():
    """Processes of this run's tasks, by what they were started with."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                arguments = file.read().split(b"\0")
        except OSError:
            continue
        if MARK.encode() in arguments:
            found.append(int(pid))
    return found


class AgentLife(unittest.TestCase):
    def setUp(self):
        self.grid = Grid()
        self.addCleanup(self.grid.end_after, self)

    def phases(self):
        return {task["phase"] for task in self.grid.agent_status("agent1")["tasks"].values()}

    def slow_batch(self, tasks):
        return self.grid.submit(self.grid.probe_bundle("slow", SLOW, sweep=f"n = {{ from = 1, to = {tasks} }}"))

    def test_killed_again_and_again_it_loses_no_task_and_leaves_none_running(self):
        self.grid.ready(agents=1)
        batch = self.slow_batch(12)
        for _ in range(5):
            time.sleep(0.9)
            self.grid.kill("agent1")
            Grid.until(lambda: not running_probes(), 30, "no task outlives its agent")
            self.grid.start_agent("agent1")
        state = self.grid.wait_done(batch)
        self.assertEqual((state["certified"], state["failed"]), (12, 0))

    def test_results_wait_for_a_server_that_is_away(self):
        self.grid.ready(agents=1)
        batch = self.slow_batch(4)
        Grid.until(lambda: self.phases() and not self.phases() & {"assigned", "fetching"}, 60, "the agent has all that its tasks need")
        self.grid.kill("server")
        Grid.until(lambda: self.phases() <= {"uploading", "returned"}, 60, "the agent has nothing but results")
        self.grid.kill("agent1")  # and the journal brings them through
        self.grid.start_agent("agent1")
        self.grid.start_server()
        state = self.grid.wait_done(batch)
        self.assertEqual(state["certified"], 4)

    def test_pause_freezes_and_run_thaws(self):
        self.grid.ready(agents=1)
        batch = self.grid.submit(self.grid.probe_bundle("nap", ["probe", "slow-echo", "x", "5000", MARK]))
        Grid.until(running_probes, 60, "the task runs")
        self.grid.agent("agent1", "pause")
        status = self.grid.agent_status("agent1")
        self.assertIn("paused", str(status).lower())
        time.sleep(6)
        self.assertTrue(running_probes(), "a frozen task is still there")
        self.assertEqual(self.grid.batch(batch)["certified"], 0)
        self.grid.agent("agent1", "run")
        self.assertEqual(self.grid.wait_done(batch)["certified"], 1)

    def test_a_pause_for_a_time_ends_by_itself(self):
        self.grid.ready(agents=1)
        self.grid.agent("agent1", "pause", "--for", "2s")
        batch = self.slow_batch(1)
        self.assertEqual(self.grid.wait_done(batch)["certified"], 1)

    def test_finish_takes_no_new_work_and_quit_ends_with_0(self):
        self.grid.ready(agents=1)
        self.grid.agent("agent1", "finish")
        batch = self.slow_batch(2)
        time.sleep(3)
        self.assertEqual(self.grid.batch(batch)["certified"], 0)
        process = self.grid.processes["agent1"]
        self.grid.agent("agent1", "quit")
        self.assertEqual(process.wait(60), 0)

    def test_a_revoked_host_is_told_so_and_its_work_goes_on_elsewhere(self):
        self.grid.ready(agents=1)
        batch = self.grid.submit(self.grid.probe_bundle("stuck", ["probe", "sleep", "4711", MARK]))
        Grid.until(running_probes, 60, "the task runs")
        host = self.grid.hearth_json("hosts")["hosts"][0]["id"]
        self.grid.hearth("host", "revoke", str(host))
        Grid.until(lambda: "revoked" in str(self.grid.agent_status("agent1")).lower(), 60, "the agent knows that it was revoked")
        self.assertEqual(self.grid.batch(batch)["state"], "running")
        self.grid.hearth("cancel", str(batch))

    def test_it_works_for_an_ordinary_user(self):
        if os.geteuid() != 0:
            self.skipTest("the other tests run as an ordinary user already")
        self.grid.start_server()
        self.grid.login()
        self.grid.approve_key()
        home = self.grid.folder / "user"
        home.mkdir()
        os.chown(home, 64999, 64999)
        as_user = ["setpriv", "--reuid=64999", "--regid=64999", "--clear-groups", "env", f"HOME={home}"]
        link = self.grid.told["joinLink"]
        subprocess.run([*as_user, str(BIN / "hearth-agent"), "join", link, "--dir", str(home / "agent"), "--name", "user"],
                       check=True, capture_output=True)
        self.grid.start("user", [*as_user, BIN / "hearth-agent", "daemon", "--dedicated", "--dir", home / "agent"])
        batch = self.slow_batch(3)
        self.assertEqual(self.grid.wait_done(batch)["certified"], 3)

    def test_a_full_disk_stops_new_work_says_so_and_loses_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("a disk of its own for the agent needs root")
        self.grid.start_server()
        self.grid.login()
        self.grid.approve_key()
        folder, program = self.grid.folder / "agent1", BIN / "hearth-agent"
        folder.mkdir()
        script = (f"mount -t tmpfs -o size=600m,mode=711 tmpfs {folder} && {program} join '{self.grid.told['joinLink']}' --dir {folder} "
                  f"--name agent1 && exec {program} daemon --dedicated --dir {folder}")
        process = self.grid.start("agent1", ["unshare", "--mount", "sh", "-c", script])

        def inside(*command, check=True):
            return subprocess.run(["nsenter", "--target", str(process.pid), "--mount", *map(str, command)], capture_output=True,
                                  text=True, timeout=60, check=check)

        def status():
            return inside(program, "status", "--dir", folder, check=False).stdout

        Grid.until(lambda: "server   reached" in status(), 60, "the agent has told of its host")
        used = int(inside("df", "--output=used", "-k", folder).stdout.split()[1])
        inside("mount", "-o", f"remount,size={used + 64}k", folder)
        batch = self.grid.submit(self.grid.probe_bundle("tight", SLOW, sweep="n = { from = 1, to = 4 }",
                                                        settings='[requirements]\ndisk = "16MiB"\n'))
        Grid.until(lambda: re.search("no room|space|disk|journal", status().splitlines()[0]), 60, "the agent says that its disk is full")
        self.assertIsNone(process.poll(), "the agent lives")
        self.assertEqual(self.grid.batch(batch)["failed"], 0, "a host's full disk is not the task's fault")
        inside("mount", "-o", "remount,size=600m", folder)
        inside(program, "run", "--dir", folder)
        self.assertEqual(self.grid.wait_done(batch)["certified"], 4)

    def test_without_namespaces_it_takes_no_native_task_and_says_why(self):
        if os.geteuid() != 0:
            self.skipTest("to hide bubblewrap from the agent needs root")
        self.grid.start_server()
        self.grid.login()
        self.grid.approve_key()
        self.grid.join("agent1")
        daemon = f"{BIN / 'hearth-agent'} daemon --dedicated --dir {self.grid.folder / 'agent1'}"
        self.grid.start("agent1", ["unshare", "--mount", "sh", "-c", f"mount --bind /dev/null /usr/bin/bwrap && exec {daemon}"])
        batch = self.slow_batch(2)
        Grid.until(lambda: self.grid.agent("agent1", "status", check=False).returncode == 0, 60, "the agent answers")
        Grid.until(lambda: self.grid.agent_status("agent1")["server"]["reached"], 60, "the agent has called")
        text = self.grid.agent("agent1", "status").stdout
        self.assertRegex(text, "sandbox +process .*WebAssembly and projects that you trust.*bubblewrap")
        time.sleep(3)
        self.assertEqual((self.grid.batch(batch)["active"], self.grid.batch(batch)["certified"]), (0, 0))
        self.assertEqual(self.grid.hearth_json("hosts")["hosts"][0]["sandbox"], "process")
        self.assertEqual(self.grid.hearth_json("hosts")["hosts"][0]["runtimes"], ["wasm"])

    def test_a_proxy_carries_joining_and_work(self):
        proxy = ConnectProxy()
        self.addCleanup(proxy.close)
        env = {**{key: value for key, value in self.grid.env.items() if not key.lower().endswith("_proxy")}, "https_proxy": proxy.url}
        self.grid.start_server()
        self.grid.login()
        self.grid.approve_key()
        self.grid.join("agent1", env=env)
        joined = len(proxy.asked)
        self.grid.start_agent("agent1", env=env)
        self.assertEqual(self.grid.wait_done(self.slow_batch(3))["certified"], 3)
        self.assertGreaterEqual(joined, 1)
        self.assertGreater(len(proxy.asked), joined)
        self.assertEqual({line.split(" HTTP")[0] for line in proxy.asked}, {f"CONNECT 127.0.0.1:{self.grid.port}"})

    def test_a_cancelled_batch_ends_on_its_hosts_and_keeps_what_was_certified(self):
        self.grid.ready(agents=1)
        command = ["probe", "slow-echo", "{n}", "{ms}", MARK]
        (self.grid.folder / "list.csv").write_text("n,ms\n1,10\n2,3600000\n")
        bundle = self.grid.probe_bundle("half", command, sweep='list = "list.csv"')
        shutil.copy(self.grid.folder / "list.csv", bundle)
        batch = self.grid.submit(bundle)
        Grid.until(lambda: self.grid.batch(batch)["certified"] == 1 and running_probes(), 60, "one task is done, the other runs")
        self.grid.hearth("cancel", str(batch))
        self.grid.agent("agent1", "run")  # calls the server now, not in half a minute
        Grid.until(lambda: not running_probes(), 60, "the task is stopped")
        self.assertEqual(self.grid.batch(batch)["state"], "cancelled")
        target = self.grid.folder / "half-results"
        self.grid.hearth("results", str(batch), "-o", target)
        self.assertEqual([path.read_text() for path in target.rglob("out")], ["1\n"])

    def test_joining_fails_with_words_that_help(self):
        self.grid.start_server()
        self.grid.login()
        good = self.grid.told["joinLink"]
        once = self.grid.hearth_json("invite", "--uses", "1")["link"]
        short = self.grid.hearth_json("invite", "--for", "1s")["link"]
        self.grid.join("first", once)
        time.sleep(1.2)
        broken_ca = good.replace("ca=" + self.grid.told["authorityFingerprint"], "ca=" + "0" * 64)
        cases = {
            "used up": once,
            "expired": short,
            "not known": good.replace("token=hjoin_", "token=hjoin_x"),
            "certificate": broken_ca,
            "package-signing key": good[:-64] + "0" * 64,
            "link": "hearth://join?server=nowhere",
            "reach": good.replace(f":{self.grid.port}", ":1").replace(f"%3A{self.grid.port}", "%3A1"),
        }
        for number, (word, link) in enumerate(cases.items()):
            with self.subTest(word):
                done = self.grid.join(f"bad{number}", link, check=False)
                self.assertNotEqual(done.returncode, 0)
                text = (done.stdout + done.stderr).lower()
                self.assertIn(word, text)
                self.assertGreaterEqual(len(text.strip().splitlines()), 2, "what to do next: " + text)
        log = self.grid.logs["server"].read_text().lower()
        for word in ("used up", "expired", "not known"):
            self.assertRegex(log, f"refused post /agent/v1/enrol from 127.0.0.1 .*{word}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
