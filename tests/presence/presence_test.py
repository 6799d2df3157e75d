# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tray feels of its owner: a real X server and a real Wayland compositor with xdotool as the hand, and buses of the test's own."""

import json
import os
import pathlib
import queue
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ["HEARTH_BIN_DIR"])
PYTHON = "/usr/bin/python3"  # Debian's, for which dbusmock is packaged
IDLE = 700  # ms without input
MUTTER = ("org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core")
LOGIN = "org.freedesktop.login1"
SESSION = "/org/freedesktop/login1/session/_31"
GAMES = ("com.feralinteractive.GameMode", "/com/feralinteractive/GameMode")
MOCK = "org.freedesktop.DBus.Mock"


def until(holds, what, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"this did not come: {what}")
        time.sleep(0.02)


class Probe:
    """A running presence_probe, whose lines are read as they come."""

    def __init__(self, env, idle=IDLE):
        self.process = subprocess.Popen([BIN / "presence_probe", str(idle)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=lambda: [self.lines.put(json.loads(line)) for line in self.process.stdout], daemon=True)
        self.reader.start()
        self.early = []  # what its start told before it had started
        while (told := self.lines.get(timeout=30))["event"] != "started":
            self.early.append(told)

    def expect(self, event, **members):
        """The next thing that it tells, which must be this."""
        told = self.early.pop(0) if self.early else self.lines.get(timeout=30)
        if told["event"] != event or any(told.get(name) != value for name, value in members.items()):
            raise AssertionError(f"{told} instead of {event} {members}")
        return told

    def silent(self):
        return not self.early and self.lines.empty()

    def ask(self, idle):
        self.process.stdin.write(f"{idle}\n")
        self.process.stdin.flush()

    def wakes(self):
        """How often its threads have slept so far."""
        total = 0
        for status in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status"):
            total += sum(int(line.split()[1]) for line in status.read_text().splitlines() if "ctxt_switches" in line)
        return total

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.reader.join(30)
        self.process.stdout.close()


class Desk(unittest.TestCase):
    """A session of nobody, with what each test puts into it."""

    def setUp(self):
        for program in ("Xvfb", "xdotool", "dbus-daemon"):
            if not shutil.which(program):
                self.skipTest(f"needs {program}")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hearth-presence-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.env["XDG_RUNTIME_DIR"] = str(self.folder)
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.bus("session")
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.bus("system")

    def start(self, command, **options):
        process = subprocess.Popen(command, env=options.pop("env", self.env), **options)

        def end():
            process.terminate()
            process.wait(30)
            if process.stdout:
                process.stdout.close()

        self.addCleanup(end)
        return process

    def bus(self, kind):
        daemon = self.start(["dbus-daemon", "--session", f"--address=unix:path={self.folder}/{kind}.bus", "--print-address", "--nofork"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return daemon.stdout.readline().strip()

    def display(self):
        read, write = os.pipe()
        server = self.start(["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "800x600x24"], pass_fds=[write],
                            stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            self.env["DISPLAY"] = ":" + told.readline().strip()
        return server

    def probe(self, idle=IDLE):
        probe = Probe(self.env, idle)
        self.addCleanup(probe.end)
        return probe

    def hand(self, *gesture):
        subprocess.run(["xdotool", *gesture], env=self.env, check=True)

    def call(self, service, path, method, *arguments, bus="session"):
        """A method of a mock; False while nobody answers."""
        command = ["dbus-send", "--print-reply=literal", f"--bus={self.env[f'DBUS_{bus.upper()}_BUS_ADDRESS']}", f"--dest={service}", path, method,
                   *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else False

    def mock(self, service, path, interface, bus="session"):
        env = {**self.env, "DBUS_SESSION_BUS_ADDRESS": self.env[f"DBUS_{bus.upper()}_BUS_ADDRESS"]}
        process = self.start([PYTHON, "-m", "dbusmock", "--session", service, path, interface], env=env, stdout=subprocess.DEVNULL)
        until(lambda: self.call(service, path, "org.freedesktop.DBus.Peer.Ping", bus=bus) is not False, f"the mock of {service}")
        return process

    def script(self, bus, service, code):
        """Python with `o(path)`, the mock's object there."""
        env = {**self.env, "DBUS_SESSION_BUS_ADDRESS": self.env[f"DBUS_{bus.upper()}_BUS_ADDRESS"]}
        head = f"import dbus\nB=dbus.SessionBus()\ndef o(path): return dbus.Interface(B.get_object('{service}', path), '{MOCK}')\n"
        subprocess.run([PYTHON, "-c", head + code], env=env, check=True)


class Input(Desk):
    def follow_the_hand(self, probe, move):
        """Idle after the time, active at once, and again."""
        for _ in range(3):
            told = probe.expect("idle")
            self.assertGreaterEqual(told["lasting"], IDLE - 50)
            self.assertLess(told["lasting"], IDLE + 2000)
            start = time.monotonic()
            move()
            probe.expect("active")
            self.assertLess(time.monotonic() - start, 2, "at once")

    def test_the_x_server_tells_both_edges_and_the_first_key_at_once(self):
        self.display()
        probe = self.probe()
        probe.expect("watched", by="x11")
        self.follow_the_hand(probe, lambda: self.hand("key", "a"))
        probe.expect("idle")
        self.hand("mousemove_relative", "7", "7")
        probe.expect("active")

    def test_nothing_wakes_it_while_nothing_happens(self):
        self.display()
        probe = self.probe()
        probe.expect("watched", by="x11")
        probe.expect("idle")
        until(lambda: (before := probe.wakes(), time.sleep(0.3), before == probe.wakes())[-1], "it comes to rest")
        before = probe.wakes()
        time.sleep(3)
        self.assertEqual(probe.wakes(), before)
        self.assertTrue(probe.silent())

    def test_another_idle_time_counts_from_the_last_input_and_at_once(self):
        self.display()
        probe = self.probe(600_000)
        probe.expect("watched", by="x11")
        self.hand("key", "a")
        time.sleep(0.5)
        probe.ask(300)
        self.assertGreaterEqual(probe.expect("idle")["lasting"], 300)
        probe.ask(600_000)
        probe.expect("active")

    def test_an_x_server_that_goes_leaves_an_owner_who_counts_as_active(self):
        server = self.display()
        probe = self.probe()
        probe.expect("watched", by="x11")
        probe.expect("idle")
        server.terminate()
        probe.expect("active")
        probe.expect("watched", by="")
        self.assertIsNone(probe.process.poll())

    def test_without_a_display_and_buses_nobody_watches_and_nothing_fails(self):
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.env["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent"
        probe = self.probe(100)
        self.assertTrue(probe.silent())
        self.assertIsNone(probe.process.poll())

    def test_mutter_is_preferred_watched_again_after_a_crash_and_left_clean(self):
        self.display()
        probe = self.probe()
        probe.expect("watched", by="x11")
        mutter = self.start([PYTHON, HERE / "mutter_mock.py"])
        until(lambda: self.call(*MUTTER, f"{MUTTER[0]}.Watches") == "uint32 1", "it is watched")
        # The X server's word counts no more: a hand that only it sees changes nothing.
        probe.expect("idle")
        self.hand("key", "a")
        until(lambda: self.call(*MUTTER, f"{MUTTER[0]}.Watches") == "uint32 2", "input is awaited")
        self.assertTrue(probe.silent())
        self.call(*MUTTER, f"{MUTTER[0]}.Input")
        probe.expect("active")
        self.follow_the_hand(probe, lambda: self.call(*MUTTER, f"{MUTTER[0]}.Input"))
        probe.ask(100)
        probe.expect("idle")
        until(lambda: self.call(*MUTTER, f"{MUTTER[0]}.Watches") == "uint32 2", "the earlier watches are gone")
        self.call(*MUTTER, f"{MUTTER[0]}.Input")
        probe.expect("active")
        probe.expect("idle")
        mutter.terminate()
        mutter.wait(30)
        self.hand("key", "a")  # the X server's again
        probe.expect("active")
        self.start([PYTHON, HERE / "mutter_mock.py"])
        until(lambda: self.call(*MUTTER, f"{MUTTER[0]}.Watches") not in (False, "uint32 0"), "it is watched again")

    def test_logind_counts_where_nothing_better_is_and_once_its_hint_was_set(self):
        self.mock(LOGIN, "/org/freedesktop/login1/user/self", f"{LOGIN}.User", "system")
        self.script("system", LOGIN, f"""
u = o('/org/freedesktop/login1/user/self')
u.AddObject('{SESSION}', '{LOGIN}.Session', {{'Type': 'x11', 'IdleHint': False, 'IdleSinceHint': dbus.UInt64(0)}}, dbus.Array([], signature='(ssss)'))
u.AddProperty('{LOGIN}.User', 'Display', dbus.Struct(('1', dbus.ObjectPath('{SESSION}')), signature='so'))
""")
        probe = self.probe()

        def hint(idle, ago):
            self.script("system", LOGIN, "import time\n"
                        f"o('{SESSION}').UpdateProperties('{LOGIN}.Session', {{'IdleHint': {idle}, "
                        f"'IdleSinceHint': dbus.UInt64(int((time.time() - {ago}) * 1e6))}})\n")

        hint(True, 0)
        probe.expect("watched", by="logind")
        probe.expect("idle")
        hint(False, 0)
        probe.expect("active")
        hint(True, 5)
        self.assertGreaterEqual(probe.expect("idle")["lasting"], 5000)

    def test_a_wayland_compositor_tells_both_edges(self):
        compositor = shutil.which("kwin_wayland")
        if not compositor:
            self.skipTest("needs kwin-wayland")
        self.display()
        # A copy has not the file capability that a container may not be able to give.
        copy = shutil.copyfile(compositor, self.folder / "kwin_wayland")
        os.chmod(copy, 0o755)
        self.start([copy, "--x11-display", self.env["DISPLAY"], "--socket", "wayland-t", "--no-lockscreen", "--no-global-shortcuts", "--no-kactivities"],
                   env={**self.env, "KWIN_COMPOSE": "Q"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: (self.folder / "wayland-t").exists(), "the compositor")
        self.env["WAYLAND_DISPLAY"] = "wayland-t"
        probe = self.probe()
        probe.expect("watched", by="wayland")
        self.hand("mousemove", "400", "300", "click", "1")
        self.follow_the_hand(probe, lambda: self.hand("mousemove_relative", "7", "7"))


class Screen(Desk):
    def test_a_window_that_fills_the_screen_is_seen_while_it_is_the_active_one(self):
        self.display()
        probe = self.probe(600_000)
        probe.expect("watched", by="x11")
        manager = self.start([BIN / "presence_windows"], stdin=subprocess.PIPE, text=True)
        self.addCleanup(manager.stdin.close)

        def manage(order):
            manager.stdin.write(order + "\n")
            manager.stdin.flush()

        manage("activate 0")
        manage("fill 0")
        probe.expect("fullScreen", **{"is": True})
        manage("activate 1")
        probe.expect("fullScreen", **{"is": False})
        manage("activate 0")
        probe.expect("fullScreen", **{"is": True})
        manage("unfill 0")
        probe.expect("fullScreen", **{"is": False})
        manage("fill 0")
        probe.expect("fullScreen", **{"is": True})
        manage("close 0")
        manage("activate 1")
        probe.expect("fullScreen", **{"is": False})

    def test_a_game_is_one_while_gamemode_counts_it(self):
        probe = self.probe(600_000)
        games = self.mock(*GAMES, GAMES[0])
        self.script("session", GAMES[0], f"""
m = o('{GAMES[1]}')
m.AddProperty('{GAMES[0]}', 'ClientCount', dbus.Int32(1))
m.EmitSignal('{GAMES[0]}', 'GameRegistered', 'io', [4711, dbus.ObjectPath('/g/1')])
""")
        probe.expect("game", **{"is": True})
        self.script("session", GAMES[0], f"o('{GAMES[1]}').UpdateProperties('{GAMES[0]}', {{'ClientCount': dbus.Int32(0)}})\n")
        probe.expect("game", **{"is": False})
        self.script("session", GAMES[0], f"o('{GAMES[1]}').UpdateProperties('{GAMES[0]}', {{'ClientCount': dbus.Int32(2)}})\n")
        probe.expect("game", **{"is": True})
        games.terminate()
        probe.expect("game", **{"is": False})


if __name__ == "__main__":
    unittest.main(verbosity=2)
