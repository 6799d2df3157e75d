#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window against a real agent and a real hearthd: tests/gui/real_agent.cpp does the looking and clicking."""

import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from grid import BIN, Grid, run  # noqa: E402


class Real(unittest.TestCase):
    def test_the_window_shows_and_changes_a_real_agent(self):
        grid = Grid()
        self.addCleanup(grid.end_after, self)
        grid.ready(agents=1)
        bundle = grid.probe_bundle("long", ["probe", "slow-echo", "{n}", "3000"], sweep="n = { from = 1, to = 10000 }")
        grid.submit(bundle)
        # The same server by the fingerprint of another one's certificate.
        wrong = re.sub(r"ca=[0-9a-f]+", "ca=" + "0" * 64, grid.told["joinLink"])
        env = {**os.environ, "HEARTH_AGENT_SOCKET": str(grid.folder / "agent1" / "control.sock"), "HEARTH_WRONG_LINK": wrong,
               "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
        done = run([BIN / "test_gui_real_agent"], env=env, timeout=200, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
