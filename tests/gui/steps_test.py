#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a volunteer from the installed package to the first certified task, walked with the real tray, agent and hearthd, and counted."""

import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
from display import Display  # noqa: E402
from grid import BIN, Grid  # noqa: E402


class Steps(unittest.TestCase):
    def test_from_the_package_to_the_first_certified_task(self):
        grid = Grid()
        self.addCleanup(grid.end_after, self)
        grid.ready(agents=0)
        bundle = grid.probe_bundle("first", ["probe", "slow-echo", "{n}", "50"], sweep="n = { from = 1, to = 20 }")
        batch = grid.submit(bundle)
        display = Display()
        display.__enter__()
        self.addCleanup(display.__exit__, None, None, None)

        # What the package does by itself: a service that has joined nothing, and the icon in the session.
        folder = grid.folder / "volunteer"
        grid.start("agent", [BIN / "hearth-agent", "daemon", "--dedicated", "--dir", folder])
        grid.until(lambda: (folder / "control.sock").exists(), 60, "the agent listens")
        steps, begun = [], time.monotonic()

        def step(what):
            steps.append(what)
            print(f"click {len(steps)}: {what}", flush=True)

        step("the invitation link on the project's page (the desktop hands it to hearth-tray)")
        display.start([BIN / "hearth-tray", "--socket", folder / "control.sock", grid.told["joinLink"]])
        window = display.until(lambda: [each for each in display.windows("--class", "hearth-tray") if display.place(each)[3] > 300], 30, "window")[0]
        display.hand("windowfocus", window)
        step("Join")
        display.until(lambda: self.press(display, grid), 60, "membership")
        grid.until(lambda: grid.batch(batch)["certified"] > 0, 120, "a task is certified")
        print(f"clicks: {len(steps)}, text fields: 0, seconds to the first certified task: {time.monotonic() - begun:.0f}", flush=True)
        self.assertLessEqual(len(steps), 3)
        self.assertLessEqual(time.monotonic() - begun, 120)

    @staticmethod
    def press(display, grid):
        """The button has the focus once the invitation was checked."""
        display.hand("key", "space")
        return grid.agent_status("volunteer").get("projects")


if __name__ == "__main__":
    unittest.main(verbosity=2)
