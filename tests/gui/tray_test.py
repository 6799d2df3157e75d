#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real hearth-tray on a real X server, with a real panel and a hand."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from display import Display  # noqa: E402
from quiet_agent import QuietAgent  # noqa: E402

TRAY = pathlib.Path(os.environ["HEARTH_BIN_DIR"]) / "hearth-tray"
WATCHER = pathlib.Path(__file__).resolve().with_name("item_watcher.py")
LINK = "hearth://join?server=127.0.0.1:1&token=t&ca=00&root=00"


class Tray(unittest.TestCase):
    def screen(self, panel=True):
        display = self.entered(Display(panel))
        agent = self.entered(QuietAgent(display.folder.name + "/agent.sock"))
        return display, agent

    def entered(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def start(self, display, *arguments):
        return display.start([TRAY, "--socket", display.folder.name + "/agent.sock", *arguments])

    def icon(self, display):
        return display.until(lambda: display.windows("--class", "hearth-tray"), 20, "icon")[0]

    @staticmethod
    def opened(display, least=300):
        """Our windows that are larger than an icon."""
        return [window for window in display.windows("--class", "hearth-tray") if display.place(window)[3] >= least]

    def test_the_icon_in_the_panel_has_a_menu_that_pauses(self):
        display, agent = self.screen()
        self.start(display, "--hidden")
        x, y, width, height = display.place(self.icon(display))
        self.assertGreaterEqual(min(width, height), 16)
        display.until(lambda: agent.verbs("subscribe"), 20, "conversation")
        self.assertEqual(self.opened(display), [], "hidden means no window")
        display.click(x + width // 2, y + height // 2, button=3)
        display.until(lambda: self.opened(display, least=100), 20, "menu")
        display.hand("key", "p")
        display.hand("key", "1")
        asked = display.until(lambda: agent.verbs("pause"), 20, "pause")
        self.assertEqual(asked[0]["forMs"], 900_000)

    def test_a_click_on_the_icon_opens_the_window(self):
        display, agent = self.screen()
        self.start(display, "--hidden")
        x, y, width, height = display.place(self.icon(display))
        display.until(lambda: agent.verbs("subscribe"), 20, "conversation")
        display.click(x + width // 2, y + height // 2)
        display.until(lambda: self.opened(display), 20, "window")

    def test_a_second_tray_hands_its_link_to_the_first_and_ends(self):
        display, agent = self.screen()
        first = self.start(display, "--hidden")
        self.icon(display)
        display.until(lambda: agent.verbs("subscribe"), 20, "conversation")
        second = self.start(display, LINK)
        self.assertEqual(second.wait(20), 0)
        self.assertEqual(display.until(lambda: agent.verbs("inspect"), 20, "look at the link")[0]["link"], LINK)
        display.until(lambda: self.opened(display), 20, "window")
        self.assertIsNone(first.poll())

    def test_where_the_desktop_takes_items_over_d_bus_it_is_one(self):
        display, agent = self.screen(panel=False)
        address = f"unix:path={display.folder.name}/bus"
        display.start(["dbus-daemon", "--session", "--nofork", f"--address={address}"])
        display.until(lambda: pathlib.Path(display.folder.name, "bus").exists(), 20, "bus")
        display.env["DBUS_SESSION_BUS_ADDRESS"] = address
        told = pathlib.Path(display.folder.name, "told")
        with open(told, "w", encoding="utf-8") as out:
            # Debian's Python: D-Bus is packaged for it.
            watcher = subprocess.Popen(["/usr/bin/python3", WATCHER], env=display.env, stdout=out)
        display.processes.append(watcher)
        display.until(lambda: "ready" in told.read_text(), 20, "watcher")
        self.start(display, "--hidden")
        display.until(lambda: "Running a task for Riverbed" in told.read_text(), 20, "item with what the agent does")
        last = [line for line in told.read_text().splitlines() if line.startswith("item")][-1]
        self.assertGreater(int(last.split()[1]), 0, "it brings its icon along")

    def test_where_there_is_no_panel_there_is_a_window_and_closing_it_ends_the_tray(self):
        display, agent = self.screen(panel=False)
        tray = self.start(display)
        window = display.until(lambda: self.opened(display), 20, "window")[0]
        display.until(lambda: agent.verbs("preferences"), 20, "conversation")
        display.hand("windowfocus", window)
        display.hand("key", "Escape")
        self.assertEqual(tray.wait(20), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
