# SPDX-License-Identifier: GPL-3.0-or-later
"""A running build is written down when it is asked to, and goes on from there: elsewhere, under another build, to the same end."""

import os
import pathlib
import resource
import signal
import subprocess
import time
import unittest

import builds

PATIENCE = 120  # seconds, for a machine that is busy with other things


class Task:
    """A run of a build that may be asked for a checkpoint."""

    def __init__(self, place, command, argument, checkpoint, task="4/2", before=None):
        self.checkpoint = pathlib.Path(checkpoint)
        self.known = self.stamp()

        def start():
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # as process 1 of a sandbox does, until the program listens
            if before is not None:
                before()

        variables = {"HEARTH_CHECKPOINT": str(checkpoint), "HEARTH_TASK": task}
        self.process = subprocess.Popen([*command, argument], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables,
                                        preexec_fn=start)

    def stamp(self):
        try:
            found = os.stat(self.checkpoint)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def asks(self):
        """Whether the program has come as far as to listen. (qemu always does, for itself.)"""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        return caught >> (signal.SIGUSR1 - 1) & 1

    def write_down(self):
        """Asks until a new file is there; False when the program ended first."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if self.asks():
                self.process.send_signal(signal.SIGUSR1)
                for _ in range(200):
                    if self.stamp() != self.known:
                        return True
                    if self.process.poll() is not None:
                        return False
                    time.sleep(0.005)
            time.sleep(0.001)
        return False

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def finish(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err.decode(errors="replace")


def checksum(data):
    """As client/wasm/host/checkpoint.c has it: pieces of 256 KiB, words of 8 bytes."""
    mask, total = (1 << 64) - 1, 0
    for start in range(0, len(data), 1 << 18):
        piece = data[start : start + (1 << 18)]
        whole = len(piece) // 8 * 8
        for at in range(0, whole, 8):
            value = ((total ^ int.from_bytes(piece[at : at + 8], "little")) * 0x9FB21C651E98DF25) & mask
            total = ((value << 29 | value >> 35) + 0x632BE59BD9B4E019) & mask
        for byte in piece[whole:]:
            value = ((total ^ byte) * 0x9FB21C651E98DF25) & mask
            total = ((value << 29 | value >> 35) + 1) & mask
    return total.to_bytes(8, "little")


class Checkpoint(unittest.TestCase):
    def setUp(self):
        self.holder = builds.folder()
        self.addCleanup(self.holder.cleanup)
        self.file = pathlib.Path(self.holder.name) / "checkpoint"

    def build(self, name, variant):
        try:
            return builds.build(name, variant)
        except builds.Missing as error:
            self.skipTest(str(error))

    def hop(self, name, argument, hosts):
        """Runs a program over several hosts, each with a folder of its own, and compares its end with that of one run."""
        expected = builds.outcome(self.build(name, "gcc"), [argument], variables={"HEARTH_TASK": "4/2"})[:3]
        hops = 0
        for variant, before in hosts:
            with builds.folder() as place:
                task = Task(place, self.build(name, variant), argument, self.file, before=before)
                if task.write_down():
                    hops += 1
                    task.kill()
                    continue
                returned, out, err = task.finish()
                self.fail(f"it ended on its own on {variant}: {returned} {err}, {len(out)} bytes")
        with builds.folder() as place:
            task = Task(place, self.build(name, "gcc"), argument, self.file)
            returned, out, err = task.finish()
            files = builds.tree(place)
        self.assertEqual(err, "")
        self.assertEqual((returned, out, files), expected)
        self.assertEqual(hops, len(hosts))

    def test_a_task_goes_over_four_builds_and_ends_as_if_nothing_had_been(self):
        hosts = [("gcc", None), ("arm64", None), ("gcc", builds.limited_address_space), ("clang", None), ("native", None)]
        self.hop("bodies", "40000000", hosts)

    def test_files_that_a_task_wrote_go_with_it(self):
        self.hop("folder", "300", [("gcc", None), ("gcc", builds.limited_address_space), ("gcc", None)])

    def test_a_library_with_much_memory_goes_on_elsewhere(self):
        self.hop("blocks", "20000", [("gcc", None), ("clang", None)])

    def test_a_long_loop_without_a_call_answers_soon(self):
        with builds.folder() as place:
            task = Task(place, self.build("fractal", "gcc"), "100000", self.file)
            self.addCleanup(task.kill)
            while not task.asks():
                self.assertIsNone(task.process.poll())
            asked = time.process_time()
            self.assertTrue(task.write_down())
            self.assertLess(time.process_time() - asked, 5)

    def test_it_is_small_where_memory_is_zero(self):
        with builds.folder() as place:
            task = Task(place, self.build("fractal", "gcc"), "100000", self.file)
            self.assertTrue(task.write_down())
            task.kill()
            self.assertLess(self.file.stat().st_size, 100_000)

    def written(self):
        with builds.folder() as place:
            task = Task(place, self.build("bodies", "gcc"), "400000000", self.file)
            self.assertTrue(task.write_down())
            task.kill()

    def refused(self, why, task="4/2", name="bodies"):
        """A checkpoint that is unfit: said in one line, and the program starts afresh."""
        argument = "1000"
        expected = builds.outcome(self.build(name, "gcc"), [argument])[1]
        with builds.folder() as place:
            returned, out, err = Task(place, self.build(name, "gcc"), argument, self.file, task).finish()
        self.assertEqual((returned, out), (0, expected))
        self.assertRegex(err, rf"^hearth: [^\n]*starts afresh: [^\n]*{why}[^\n]*\n$")

    def test_one_of_another_task_is_refused(self):
        self.written()
        self.refused("another task", task="4/3")

    def test_one_of_another_module_is_refused(self):
        self.written()
        self.refused("another module", name="digest")

    def test_a_damaged_one_is_refused(self):
        self.written()
        whole = bytearray(self.file.read_bytes())
        whole[len(whole) // 2] ^= 1
        self.file.write_bytes(whole)
        self.refused("damaged")

    def test_one_that_is_not_whole_is_refused(self):
        self.written()
        whole = self.file.read_bytes()
        self.file.write_bytes(whole[: len(whole) // 2])
        self.refused("damaged")
        self.file.write_bytes(b"")
        self.refused("not whole")

    def test_one_of_another_version_is_refused(self):
        self.written()
        whole = bytearray(self.file.read_bytes())
        whole[8] += 1
        self.file.write_bytes(whole)
        self.refused("damaged")  # the checksum is looked at first

    def test_a_forged_one_cannot_reach_out_of_the_folder(self):
        with builds.folder() as place:
            task = Task(place, self.build("folder", "gcc"), "100000", self.file)
            self.assertTrue(task.write_down())
            task.kill()
        whole = self.file.read_bytes()
        self.assertEqual(checksum(whole[:-8]), whole[-8:])
        forged = whole[:-8].replace(b"kept.txt", b"../k.txt")
        self.assertNotEqual(forged, whole[:-8])
        self.file.write_bytes(forged + checksum(forged))
        with builds.folder() as outer:
            place = pathlib.Path(outer) / "work"
            place.mkdir()
            returned, _, err = Task(place, self.build("folder", "gcc"), "1", self.file).finish()
            self.assertEqual(returned, 134)
            self.assertIn("names a path that no task has", err)
            self.assertEqual([path.name for path in pathlib.Path(outer).iterdir()], ["work"])

    def test_a_full_disk_leaves_the_last_good_one(self):
        def short_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        self.written()
        good = self.file.read_bytes()
        with builds.folder() as place:
            task = Task(place, self.build("bodies", "gcc"), "400000000", self.file, before=short_files)
            while not task.asks():
                self.assertIsNone(task.process.poll())
            task.process.send_signal(signal.SIGUSR1)
            line = task.process.stderr.readline()
            self.assertIsNone(task.process.poll(), "it goes on")
            task.kill()
        self.assertIn(b"the last one stays", line)
        self.assertEqual(self.file.read_bytes(), good)
        self.assertFalse(self.file.with_name("checkpoint.new").exists())

    def test_without_a_place_for_it_the_signal_changes_nothing(self):
        with builds.folder() as place:
            process = subprocess.Popen([*self.build("bodies", "gcc"), "4000000"], cwd=place, stdout=subprocess.PIPE, env={})
            ignored = 0
            while not ignored:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
                ignored = int(status.split("SigIgn:")[1].split()[0], 16) >> (signal.SIGUSR1 - 1) & 1
            process.send_signal(signal.SIGUSR1)
            process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
