# SPDX-License-Identifier: GPL-3.0-or-later
"""`hearth pack` of a module: what it refuses, what it says, and that it makes the same bytes twice."""

import json
import os
import pathlib
import subprocess
import unittest

import builds

PLATFORMS = ["linux-aarch64", "linux-x86_64", "windows-x86_64"]


def pack(module, place, *options, **variables):
    command = [str(builds.HEARTH), "pack", str(module), "--version", "1.0", "-o", str(pathlib.Path(place) / "package"), *options]
    environment = {**builds.environment(), "CCACHE_DISABLE": "1", "HOME": str(place), **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, cwd=place)


def path_without(place, missing):
    """A PATH in which some programs are not."""
    folder = pathlib.Path(place) / "bin"
    folder.mkdir()
    for name in ("wasm2c", "wasm-validate", "x86_64-linux-gnu-gcc", "as", "ld"):
        if name not in missing:
            (folder / name).symlink_to(f"/usr/bin/{name}")
    return str(folder)


class Publish(unittest.TestCase):
    def setUp(self):
        self.holder = builds.folder()
        self.addCleanup(self.holder.cleanup)
        self.place = self.holder.name

    def spins(self):
        return builds.module("spins", builds.HERE / "modules" / "spins.wat")

    def test_a_module_is_packed_for_every_platform_and_twice_to_the_same_digest(self):
        module = builds.module("bodies")
        first = pack(module, self.place, "--all-platforms", "--json", "--as", "bodies")
        self.assertEqual(first.returncode, 0, first.stderr)
        package = json.loads((pathlib.Path(self.place) / "package" / "package.json").read_text(encoding="utf-8"))
        self.assertEqual((package["platform"], package["runtime"]), ("any", "wasm"))
        self.assertEqual([build["platform"] for build in package["builds"]], PLATFORMS)
        self.assertEqual({file["path"] for file in package["files"]},
                         {"bodies.wasm", "linux-aarch64/bodies", "linux-x86_64/bodies", "windows-x86_64/bodies.exe"})
        os.mkdir(pathlib.Path(self.place) / "elsewhere")
        with builds.folder() as other:
            second = pack(module, other, "--json", "--as", "bodies", TMPDIR=str(pathlib.Path(self.place) / "elsewhere"), TZ="Asia/Tokyo")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(json.loads(first.stdout)["digest"], json.loads(second.stdout)["digest"])
        program = [str(pathlib.Path(self.place) / "package" / "linux-x86_64" / "bodies")]
        self.assertEqual(builds.outcome(program, ["1000"])[1], builds.witness("bodies", ["1000"])[1])

    def test_unknown_imports_are_refused_by_name(self):
        done = pack(builds.module("sockets", builds.HERE / "modules" / "sockets.wat"), self.place)
        self.assertEqual(done.returncode, 2)
        self.assertIn("wasi_snapshot_preview1.sock_accept, env.system", done.stderr)
        self.assertNotIn("fd_close", done.stderr)
        self.assertFalse((pathlib.Path(self.place) / "package").exists())

    def test_what_is_no_sound_module_is_refused(self):
        module = pathlib.Path(self.place) / "bad.wasm"
        module.write_bytes(self.spins().read_bytes()[:-3])
        self.assertNotEqual(pack(module, self.place).returncode, 0)
        module.write_bytes(b"\0asm\1\0\0\0" + b"\x0a\x04\x01\x02\x00\x1a")
        done = pack(module, self.place)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("wasm-validate", done.stderr)

    def test_a_missing_compiler_is_named_with_its_package(self):
        path = path_without(self.place, [])
        done = pack(self.spins(), self.place, "--as", "spins", PATH=path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("gcc-aarch64-linux-gnu", done.stderr)
        self.assertIn("gcc-mingw-w64-x86-64-win32", done.stderr)
        package = json.loads((pathlib.Path(self.place) / "package" / "package.json").read_text(encoding="utf-8"))
        self.assertEqual([build["platform"] for build in package["builds"]], ["linux-x86_64"])
        done = pack(self.spins(), self.place, "--as", "spins", "--all-platforms", PATH=path)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("gcc-aarch64-linux-gnu", done.stderr)

    def test_without_wabt_it_says_what_to_install(self):
        done = pack(self.spins(), self.place, PATH=path_without(self.place, ["wasm2c"]))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("apt-get install wabt", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
