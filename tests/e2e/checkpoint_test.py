# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that writes down where it is goes on from there: on the same machine after a power cut, and on another one."""

import signal
import sqlite3
import unittest

from grid import Grid

STEPS = 800  # of ten milliseconds


def sum_after(steps):
    value = 1
    for _ in range(steps):
        value = value * 48271 % 2147483647
    return str(value)


class Checkpoints(unittest.TestCase):
    def setUp(self):
        self.grid = Grid('\n[hosts]\nlease_term = "4s"\nsync_when_busy = "1s"\nretry_same_host_after = "0s"\n')
        self.addCleanup(self.grid.end_after, self)
        self.grid.ready(agents=1)
        bundle = self.grid.probe_bundle("patient", ["probe", "patient", str(STEPS)],
                                        settings='checkpoint = "1s"\nretries = 10')
        self.batch = self.grid.submit(bundle)

    def told(self):
        """Where the server knows attempts to be."""
        with sqlite3.connect(f"file:{self.grid.data / 'hearth.db'}?mode=ro", uri=True, timeout=10) as database:
            return database.execute("SELECT attempt, digest FROM checkpoint").fetchall()

    def wait_until_told(self):
        self.grid.until(self.told, 60, "the server knows where the task is")

    def check_result(self):
        state = self.grid.wait_done(self.batch, 120)
        self.assertEqual((state["state"], state["certified"]), ("done", 1), state)
        results = self.grid.folder / "results"
        self.grid.hearth("results", str(self.batch), "-o", results, "--logs")
        self.assertEqual((results / "0" / "out").read_text().strip(), sum_after(STEPS))
        logs = "".join(path.read_text() for path in results.rglob("*") if path.is_file() and "err" in path.name)
        step = int(logs.split("from step ")[-1].split()[0])
        self.assertGreater(step, 0, "the run that ended the task began where another had got to")
        return step

    def test_a_task_goes_on_after_its_agent_was_killed(self):
        self.wait_until_told()
        self.grid.stop("agent1", signal.SIGKILL)
        self.grid.start_agent("agent1")
        self.check_result()

    def test_a_task_goes_on_at_another_host_when_its_own_is_gone(self):
        self.wait_until_told()
        self.grid.stop("agent1", signal.SIGKILL)
        self.grid.add_agent("agent2")
        self.check_result()

    def test_a_task_goes_on_after_the_server_was_killed_too(self):
        self.wait_until_told()
        self.grid.stop("agent1", signal.SIGKILL)
        self.grid.stop("server", signal.SIGKILL)
        self.grid.start_server()
        self.grid.add_agent("agent2")
        self.check_result()

    def test_an_agent_that_quits_lets_its_task_write_first(self):
        self.wait_until_told()
        before = self.told()
        self.grid.stop("agent1", signal.SIGTERM)
        after = self.told()
        self.assertEqual(len(after), 1)
        self.assertNotEqual(before, after)
        self.grid.add_agent("agent2")
        self.check_result()


if __name__ == "__main__":
    unittest.main(verbosity=2)
