# SPDX-License-Identifier: GPL-3.0-or-later
"""What install_test and service_test say holds on a Debian to which nothing but the packages' own dependencies was added: what is missing among these shows
here. Takes minutes and fetches packages, so it is for ./check --long."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import fresh_root
import packages

HERE = pathlib.Path(__file__).resolve().parent
ROOT = packages.FOLDER / "root"


@unittest.skipIf(fresh_root.why_not(), fresh_root.why_not())
class FreshRoot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(shutil.rmtree, ROOT, ignore_errors=True)
        fresh_root.make(ROOT)

    def passes(self, file):
        done = subprocess.run([sys.executable, HERE / file], env={**os.environ, "HEARTH_ROOT": str(ROOT)}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("skipped", done.stderr)

    def test_packages_come_and_go(self):
        self.passes("install_test.py")

    def test_services_run(self):
        self.passes("service_test.py")


if __name__ == "__main__":
    unittest.main(verbosity=2)
