# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebAssembly task is written down at one agent, that agent is killed, and another one ends it: with the output of a run that nothing
disturbed."""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import unittest

from grid import SOURCE, Grid, run

TURNS = "40000000"


@unittest.skipUnless(shutil.which("clang-16") and shutil.which("wasm2c"), "clang-16 and wabt are not installed")
class Wasm(unittest.TestCase):
    def setUp(self):
        self.grid = Grid('\n[hosts]\nlease_term = "4s"\nretry_same_host_after = "0s"\n')
        self.addCleanup(self.grid.end_after, self)
        self.grid.ready(agents=1)
        self.module = self.grid.folder / "bodies.wasm"
        run(["clang-16", "--target=wasm32-wasi", "-O2", SOURCE / "tests" / "wasm" / "programs" / "bodies.c", "-lm", "-o", self.module],
            timeout=300)

    def bundle(self):
        folder = self.grid.folder / "bundle"
        folder.mkdir()
        self.grid.hearth("pack", self.module, "--version", "1", "-o", folder / "package", timeout=600)
        (folder / "hearth.toml").write_text(
            f'name = "bodies"\npackage = "package"\ncommand = {json.dumps(["bodies", TURNS])}\nstdout = "out"\n'
            'checkpoint = "1s"\nretries = 10\n', encoding="utf-8")
        return folder

    def told(self):
        """Where the server knows attempts to be."""
        with sqlite3.connect(f"file:{self.grid.data / 'hearth.db'}?mode=ro", uri=True, timeout=10) as database:
            return database.execute("SELECT attempt, digest FROM checkpoint").fetchall()

    def test_a_task_goes_on_at_another_agent_and_its_output_is_that_of_one_run(self):
        bundle = self.bundle()
        batch = self.grid.submit(bundle)
        self.grid.until(self.told, 120, "the server knows where the task is")
        self.grid.stop("agent1", signal.SIGKILL)
        self.grid.add_agent("agent2")
        state = self.grid.wait_done(batch, 300)
        self.assertEqual((state["state"], state["certified"]), ("done", 1), state)
        results = self.grid.folder / "results"
        self.grid.hearth("results", str(batch), "-o", results)
        native = bundle / "package" / f"linux-{os.uname().machine}" / "bodies"
        whole = subprocess.run([native, TURNS], capture_output=True, check=True, cwd=self.grid.folder, env={}, timeout=300)
        self.assertEqual(pathlib.Path(results / "0" / "out").read_bytes(), whole.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
