# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's mingw-w64 makes a program of the files for Windows that need no Qt, with all warnings as errors. What it makes is not run here."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ROOTS = pathlib.Path(os.environ["HEARTH_ROOTS"])
COMPILER = "x86_64-w64-mingw32-g++-win32"
OPTIONS = ["-std=c++20", "-O0", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-municode", "-DUNICODE", "-D_WIN32_WINNT=0x0A00", "-DWIN32_LEAN_AND_MEAN",
           "-DNOMINMAX"]
LIBRARIES = ["-lbcrypt", "-liphlpapi", "-lole32", "-lshell32", "-luser32", "-lws2_32", "-lwtsapi32", "-luuid", "-lmincore"]
FOLDERS = ("client/agent/platform/windows", "gui/presence/platform/windows/native")
COMMON = ("client/agent/platform/peer.cpp", "client/agent/platform/machine_marks.cpp", "client/agent/platform/sensors/sensors.cpp",
          "client/agent/platform/sensors/load.cpp", "tests/windows/main.cpp")


class Windows(unittest.TestCase):
    def test_its_files_compile_and_what_they_call_is_there(self):
        if not shutil.which(COMPILER):
            self.skipTest("needs g++-mingw-w64-x86-64-win32")
        sources = [SOURCE / name for name in COMMON] + [path for folder in FOLDERS for path in sorted((SOURCE / folder).rglob("*.cpp"))]
        self.assertGreater(len(sources), len(COMMON))
        with tempfile.TemporaryDirectory(prefix="hearth-windows-") as folder:
            # Of the machine's own headers only this one, which is nothing but a header.
            foreign = ROOTS / "foreign"
            foreign.mkdir(parents=True, exist_ok=True)
            if not foreign.joinpath("tl").exists():
                foreign.joinpath("tl").symlink_to("/usr/include/tl")
            launcher = ["ccache"] if shutil.which("ccache") else []
            roots = [f"-I{ROOTS / name}" for name in ("base", "model", "agent", "agent_core", "presence")]

            def compiled(number):
                made = f"{folder}/{number}.o"
                done = subprocess.run([*launcher, COMPILER, *OPTIONS, *roots, "-isystem", foreign, "-c", sources[number], "-o", made],
                                      capture_output=True, text=True)
                return made, done.stderr if done.returncode else ""

            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                made = list(pool.map(compiled, range(len(sources))))
            for source, (_, problem) in zip(sources, made):
                self.assertEqual(problem, "", source)
            linked = subprocess.run([COMPILER, "-municode", "-static", *(name for name, _ in made), *LIBRARIES, "-o", f"{folder}/all.exe"],
                                    capture_output=True, text=True)
            self.assertEqual(linked.returncode, 0, linked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
