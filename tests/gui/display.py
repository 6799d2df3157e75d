# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen of our own for tests: Xvfb on a free display with a panel (trayer), and a hand (xdotool). Ends what it started, by process id."""

import os
import pathlib
import random
import subprocess
import tempfile
import time


class Display:
    """Use as a context manager."""

    def __init__(self, panel=True, size="1280x800x24"):
        self.panel, self.size, self.processes = panel, size, []
        self.folder = tempfile.TemporaryDirectory(prefix="hearth-display-")

    def __enter__(self):
        self.start_screen()
        runtime = pathlib.Path(self.folder.name) / "runtime"
        runtime.mkdir(mode=0o700)
        self.env = {**os.environ, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "XDG_RUNTIME_DIR": str(runtime),
                    "XDG_CONFIG_HOME": self.folder.name + "/config", "HOME": self.folder.name, "LC_ALL": "C.UTF-8",
                    "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/no-bus", "QT_ACCESSIBILITY": "0"}
        self.env.pop("WAYLAND_DISPLAY", None)
        self.until(lambda: self.hand("getmouselocation"), 30, "screen")
        if self.panel:
            self.start(["trayer", "--edge", "bottom", "--align", "right", "--width", "200", "--widthtype", "pixel",
                        "--height", "24", "--SetDockType", "true", "--expand", "false"])
            self.until(lambda: self.hand("search", "--class", "^tray"), 20, "panel")
        return self

    def start_screen(self):
        """A number that is free may be taken before Xvfb has it: then it ends, and the next is tried."""
        while True:
            number = random.randrange(200, 10000)
            socket = pathlib.Path(f"/tmp/.X11-unix/X{number}")
            if socket.exists():
                continue
            self.name = f":{number}"
            screen = subprocess.Popen(["Xvfb", self.name, "-screen", "0", self.size, "-nolisten", "tcp", "-noreset"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.until(lambda: socket.exists() or screen.poll() is not None, 30, "screen")
            if screen.poll() is None:
                self.processes.append(screen)
                return

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.folder.cleanup()

    def start(self, command, **env):
        process = subprocess.Popen([str(part) for part in command], env={**self.env, **env}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if env.get("KEEP") else subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def hand(self, *arguments):
        return subprocess.run(["xdotool", *map(str, arguments)], env=self.env, capture_output=True, text=True, timeout=20, check=False).stdout

    def windows(self, *criteria):
        return [int(line) for line in self.hand("search", "--onlyvisible", *criteria).split()]

    def place(self, window):
        """x, y, width, height on the screen."""
        told = dict(line.split("=") for line in self.hand("getwindowgeometry", "--shell", window).splitlines() if "=" in line)
        return tuple(int(told[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))

    def click(self, x, y, button=1):
        self.hand("mousemove", "--sync", x, y, "click", button)

    @staticmethod
    def until(condition, seconds, what):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.02)
        raise AssertionError(f"after {seconds} s there is still no {what}")
