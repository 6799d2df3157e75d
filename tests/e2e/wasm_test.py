# SPDX-License-Identifier: GPL-3.0-or-later
"""WebAssembly tasks in a real project."""

import shutil
import unittest

import moving_task
from grid import Grid


@unittest.skipUnless(shutil.which("clang-16") and shutil.which("wasm2c"), "clang-16 and wabt are not installed")
class Wasm(unittest.TestCase):
    def test_a_task_goes_on_at_another_agent_and_its_output_is_that_of_one_run(self):
        grid = Grid(moving_task.SETTINGS)
        self.addCleanup(grid.end_after, self)
        grid.ready(agents=1)
        moved, whole = moving_task.move(grid, print)
        self.assertEqual(moved, whole)


if __name__ == "__main__":
    unittest.main(verbosity=2)
