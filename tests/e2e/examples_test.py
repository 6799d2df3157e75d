# SPDX-License-Identifier: GPL-3.0-or-later
"""The example bundles, each a program of Debian with real data, from preparation to results that their own check accepts."""

import os
import shutil
import unittest

from grid import BIN, SOURCE, Grid, run


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grid = Grid()
        cls.addClassCleanup(cls.grid.__exit__, None, None, None)
        cls.grid.ready(agents=2)

    def run_example(self, name, timeout=400, **variables):
        folder = self.grid.folder / "examples" / name
        shutil.copytree(SOURCE / "docs" / "examples" / name, folder, ignore=shutil.ignore_patterns("package"))
        env = {**self.grid.env, "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
        run([folder / "prepare.sh"], env=env)
        batch = self.grid.submit(folder)
        state = self.grid.wait_done(batch, timeout)
        self.assertEqual((state["state"], state["failed"]), ("done", 0), state)
        self.assertEqual(state["certified"], state["tasks"])
        results = self.grid.folder / f"{name}-results"
        self.grid.hearth("results", str(batch), "-o", results)
        done = run([folder / "verify", results], env=env)
        print(done.stdout.strip())
        return state

    def test_factoring(self):
        self.assertGreaterEqual(self.run_example("ecm")["tasks"], 200)

    def test_protein_search(self):
        self.run_example("hmmer")

    def test_amicable_pairs(self):
        self.run_example("amicable", HEARTH_TASK_FILES=str(SOURCE / "client" / "task"))

    def test_animation(self):
        self.run_example("povray")

    def test_a_second_submission_moves_no_file_again(self):
        bundle = self.grid.probe_bundle("twice", ["probe", "echo", "x"])
        self.grid.submit(bundle)
        again = self.grid.hearth("submit", bundle)
        self.assertIn("(0 files sent, 0 bytes;", again.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
