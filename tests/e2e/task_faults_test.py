# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that misbehave: each ends with a reason that says what happened, and neither the agent nor the host is the worse for it."""

import os
import unittest

from grid import Grid


class TaskFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grid = Grid()
        cls.addClassCleanup(cls.grid.__exit__, None, None, None)
        cls.grid.ready(agents=1)

    def one(self, name, command, settings="", outputs='["out"]'):
        """Runs one task without retries; returns what `hearth show` says of it."""
        settings = "retries = 0\n" + settings
        batch = self.grid.submit(self.grid.probe_bundle(name, ["probe", *command], settings=settings, outputs=outputs))
        self.grid.wait_done(batch)
        task = self.grid.hearth_json("show", str(batch), "0")
        return batch, task

    def assert_fails(self, name, command, word, **options):
        _, task = self.one(name, command, **options)
        self.assertEqual(task["state"], "failed", task)
        self.assertIn(word, task["reason"], task)
        self.assertIsNone(self.grid.processes["agent1"].poll(), "the agent lives")
        return task

    def test_a_good_task_is_certified(self):
        batch, task = self.one("good", ["echo", "hello"])
        self.assertEqual(task["state"], "certified")
        target = self.grid.folder / "good-results"
        self.grid.hearth("results", str(batch), "-o", target)
        found = [path.read_text() for path in target.rglob("out")]
        self.assertEqual(found, ["hello\n"])

    def test_exit_code(self):
        task = self.assert_fails("exit", ["exit", "3"], "3")
        self.assertEqual(task["attempts"][0]["exit"], "exit-code")

    def test_crash(self):
        self.assert_fails("crash", ["crash"], "SIGSEGV")

    def test_runs_too_long_and_ignores_signals(self):
        self.assert_fails("long", ["sleep", "60"], "longer than its limit of 1 s", settings='[limits]\ntime = "1s"\n')

    def test_writes_too_much(self):
        self.assert_fails("fill", ["fill", "200"], "more than its limit of 16 MiB", settings='[requirements]\ndisk = "16MiB"\n')

    def test_takes_too_much_memory(self):
        self.assert_fails("balloon", ["balloon", "400"], "memory", settings='[requirements]\nmemory = "64MiB"\n')

    def test_forks_without_end(self):
        self.assert_fails("fork", ["fork"], "process", settings='[limits]\ntime = "20s"\nprocesses = 16\n')

    def test_leaves_no_output(self):
        self.assert_fails("nothing", ["nothing"], "out")

    def test_output_that_is_a_link(self):
        self.assert_fails("link", ["link", "/etc/passwd"], "out")

    def test_a_process_left_behind_is_gone(self):
        mark = f"of-{os.getpid()}"  # tells it from that of another run on the same machine
        _, task = self.one("leave", ["leave", mark])
        self.assertEqual(task["state"], "certified")
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    self.assertNotIn(mark.encode(), file.read().split(b"\0"), f"process {pid} is still there")
            except OSError:
                continue

    def test_reads_no_file_of_a_user(self):
        secret = self.grid.folder / "secret.txt"
        secret.write_text("secret")
        os.chmod(secret, 0o644)
        for name, path in (("secret", str(secret)), ("shadow", "/etc/shadow"), ("passwd", "/etc/passwd")):
            batch, task = self.one(f"read-{name}", ["read", path])
            self.assertEqual(task["state"], "certified", task)
            target = self.grid.folder / f"read-{name}-results"
            self.grid.hearth("results", str(batch), "-o", target)
            self.assertNotIn("readable", next(target.rglob("out")).read_text())

    def test_opens_no_socket(self):
        batch, task = self.one("socket", ["socket"])
        if task["state"] == "certified":
            target = self.grid.folder / "socket-results"
            self.grid.hearth("results", str(batch), "-o", target)
            self.assertIn("no socket", next(target.rglob("out")).read_text())
        else:
            self.assertEqual(task["attempts"][0]["exit"], "signal")


if __name__ == "__main__":
    unittest.main(verbosity=2)
