# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of the Python client, the installer for Windows and the files for a Mac are made. What the last two would install is not built here, so small
programs stand in for it: the script and the files are what is tested."""

import pathlib
import plistlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
COMPILER = "x86_64-w64-mingw32-gcc"


class Made(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def make(self, *options, check=True):
        done = subprocess.run([SOURCE / "packaging/make-packages", "--output", self.folder / "out", *options], capture_output=True, text=True, check=False)
        self.assertTrue(not check or done.returncode == 0, done.stderr)
        return [pathlib.Path(line) for line in done.stdout.splitlines()]

    def stand_ins(self):
        folder = self.folder / "programs"
        folder.mkdir()
        source = self.folder / "nothing.c"
        source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
        for name in ("hearth-agent", "hearth-tray", "hearth-task-init"):
            subprocess.run([COMPILER, source, "-o", folder / f"{name}.exe"], check=True)
        return folder

    def test_the_python_client_is_installed_from_its_archive(self):
        (archive,) = self.make("--only", "python")
        subprocess.run(["tar", "-xf", archive, "-C", self.folder], check=True)
        (tree,) = self.folder.glob("hearth-client-*")
        done = subprocess.run([sys.executable, "-I", "-c", "import sys; sys.path.insert(0, sys.argv[1]); import hearth; print(hearth.__file__)", tree],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.strip(), str(tree / "hearth.py"))
        self.assertIn(f'version = "{tree.name.split("-")[-1]}"', (tree / "pyproject.toml").read_text(encoding="utf-8"))

    def test_the_same_commit_gives_the_same_archive(self):
        (archive,) = self.make("--only", "python")
        once = archive.read_bytes()
        self.make("--only", "python")
        self.assertEqual(archive.read_bytes(), once)

    @unittest.skipUnless(shutil.which("makensis") and shutil.which(COMPILER), "needs nsis and mingw-w64")
    def test_the_installer_for_windows_compiles_without_a_warning_and_holds_what_it_was_given(self):
        (installer,) = self.make("--only", "windows", "--windows", str(self.stand_ins()))
        self.assertEqual(installer.read_bytes()[:2], b"MZ")
        self.assertIn(b"NullsoftInst", installer.read_bytes())

    @unittest.skipUnless(shutil.which("makensis"), "needs nsis")
    def test_without_an_agent_for_windows_there_is_no_installer(self):
        self.assertEqual(self.make("--only", "windows"), [])
        self.assertEqual(self.make("--only", "windows", "--windows", str(self.folder / "missing"), check=False), [])

    def test_the_files_for_a_mac_are_read_by_a_foreign_reader_and_agree_with_each_other(self):
        (archive,) = self.make("--only", "macos")
        subprocess.run(["tar", "-xf", archive, "-C", self.folder], check=True)
        (tree,) = self.folder.glob("hearth-agent-*-macos")
        version = tree.name.split("-")[2]
        info = plistlib.loads((tree / "Info.plist").read_bytes())
        self.assertEqual(info["CFBundleShortVersionString"], version)
        self.assertEqual(info["CFBundleURLTypes"][0]["CFBundleURLSchemes"], ["hearth"])
        agent = plistlib.loads((tree / "launchd/org.hearth.agent.plist").read_bytes())
        tray = plistlib.loads((tree / "launchd/org.hearth.tray.plist").read_bytes())
        script = (tree / "make-package").read_text(encoding="utf-8")
        self.assertIn(f"--version {version} ", script)
        self.assertEqual(pathlib.Path(tray["ProgramArguments"][0]).name, info["CFBundleExecutable"])
        self.assertIn(f"-read /Users/{agent['UserName']} ", (tree / "scripts/postinstall").read_text(encoding="utf-8"))
        for file in ("make-package", "scripts/postinstall"):
            self.assertTrue((tree / file).stat().st_mode & 0o100, file)
            subprocess.run(["sh", "-n", tree / file], check=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
