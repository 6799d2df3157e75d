# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module may do to its host: nothing. Each end is a clear one, and its folder is all that it has."""

import os
import pathlib
import signal
import subprocess
import unittest

import builds

PATIENCE = 120
TRAPPED = 134


def started(name):
    source = builds.HERE / "modules" / f"{name}.wat"
    made = builds.module(name, source)
    return [str(builds.kept(f"{name}.gcc", [made, builds.VARIANT],
                            lambda out: builds.run([builds.VARIANT, made, out, "x86_64-linux-gnu-gcc"])))]


class Ends(unittest.TestCase):
    def traps(self, name, why, forms=(None, builds.limited_address_space)):
        for before in forms:
            with self.subTest(form="guarded" if before is None else "checked"):
                returned, out, _, err = builds.outcome(started(name), [], before)
                self.assertEqual((returned, out), (TRAPPED, b""))
                self.assertRegex(err.decode(), rf"^hearth: the module was ended: it trapped: [^\n]*{why}[^\n]*\n$")

    def test_access_outside_of_memory_is_a_trap(self):
        self.traps("outside", "outside of its memory")

    def test_division_by_zero_is_a_trap(self):
        self.traps("divides", "division by zero")

    def test_endless_recursion_is_a_trap(self):
        self.traps("recurses", "nested too deeply")

    def test_a_call_of_another_type_is_a_trap(self):
        self.traps("table", "another type")

    def test_memory_ends_where_the_limit_says(self):
        self.traps("grows", "unreachable", forms=[builds.limited_address_space])

    def test_a_module_that_never_returns_answers_and_is_killed(self):
        with builds.folder() as place:
            file = pathlib.Path(place) / "checkpoint"
            process = subprocess.Popen(started("spins"), cwd=place, env={"HEARTH_CHECKPOINT": str(file)})
            try:
                caught = 0
                while not caught:
                    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
                    caught = int(status.split("SigCgt:")[1].split()[0], 16) >> (signal.SIGUSR1 - 1) & 1
                process.send_signal(signal.SIGUSR1)
                while not file.exists():
                    self.assertIsNone(process.poll())
            finally:
                process.kill()
                process.wait()
            self.assertEqual(process.returncode, -signal.SIGKILL)


class Doors(unittest.TestCase):
    def test_nothing_leads_out_of_the_folder(self):
        with builds.folder() as outer:
            place = pathlib.Path(outer) / "work"
            (place / "inner").mkdir(parents=True)
            (pathlib.Path(outer) / "outside.txt").write_text("secret")
            (pathlib.Path(outer) / "secret").mkdir()
            (pathlib.Path(outer) / "secret" / "secret.txt").write_text("secret")
            (place / "link").symlink_to("../outside.txt")
            (place / "linked").symlink_to("../secret")
            os.mkfifo(place / "pipe")
            done = subprocess.run(builds.build("doors", "gcc"), cwd=place, capture_output=True, timeout=PATIENCE,
                                  env={"HEARTH_CHECKPOINT": str(pathlib.Path(outer) / "checkpoint")})
            lines = done.stdout.decode(errors="replace").splitlines()
            self.assertEqual([line for line in lines if line.startswith("opened")], ["opened mine.txt", "opened /mine.txt"])
            self.assertEqual(len([line for line in lines if line.startswith("refused")]), 9)
            self.assertEqual(lines[11:15], ["not renamed", "not removed", "not linked", "hidden"])
            self.assertEqual(sorted(path.name for path in place.iterdir()), ["inner", "link", "linked", "mine.txt", "pipe"])
            self.assertEqual(sorted(path.name for path in pathlib.Path(outer).iterdir()), ["outside.txt", "secret", "work"])

    def test_clocks_and_random_numbers_follow_from_the_task(self):
        program = builds.build("folder", "gcc")
        first = builds.outcome(program, ["1"], variables={"HEARTH_TASK": "1/1"})
        self.assertEqual(first, builds.outcome(program, ["1"], variables={"HEARTH_TASK": "1/1"}))
        other = builds.outcome(program, ["1"], variables={"HEARTH_TASK": "1/2"})
        self.assertNotEqual(first[1], other[1])
        self.assertEqual(first[0], 0)
        without = [line for line in first[1].split(b"\n") if not line.startswith(b"random")]
        self.assertEqual(without, [line for line in other[1].split(b"\n") if not line.startswith(b"random")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
