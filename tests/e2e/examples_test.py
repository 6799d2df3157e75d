# SPDX-License-Identifier: GPL-3.0-or-later
"""The example bundles, with real programs and data of Debian, from prepare.sh to verify: what a scientist does."""

import json
import os
import pathlib
import shutil
import unittest

from grid import BIN, SOURCE, Grid, run

EXAMPLES = SOURCE / "docs" / "examples"


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grid = Grid()
        cls.addClassCleanup(cls.grid.__exit__, None, None, None)
        cls.grid.ready(agents=2)

    def prepared(self, name, needed):
        if not pathlib.Path(needed).exists():
            self.skipTest(f"{needed} is not installed")
        folder = self.grid.folder / "examples" / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("package", "profiles", "sequences", "*.pov"))
        run([folder / "prepare.sh"], env={**self.grid.env, "PATH": f"{BIN}:{os.environ['PATH']}"})
        return folder

    def certified(self, folder, tasks):
        """Submits, waits, fetches and verifies; returns what verify said."""
        told = self.grid.hearth("submit", folder, "--wait", timeout=600).stdout
        self.assertIn(f"{tasks} of {tasks} tasks certified, 0 failed", told)
        batch = told.split()[2]
        results = folder / "results"
        self.grid.hearth("results", batch, "-o", results)
        manifest = json.loads((results / "MANIFEST.json").read_text())
        self.assertEqual([task["index"] for task in manifest["tasks"]], list(range(tasks)))
        again = self.grid.hearth_json("results", batch, "-o", results)
        self.assertEqual(again["fetched"], 0, "a second fetch moves nothing")
        return run([folder / "verify", results]).stdout

    def test_elliptic_curves_find_a_factor_that_divides(self):
        said = self.certified(self.prepared("ecm", "/usr/bin/ecm"), 240)
        self.assertIn("has the factor 1155685395246619182673033:", said)

    def test_two_hosts_agree_on_every_protein_alignment(self):
        said = self.certified(self.prepared("hmmer", "/usr/share/doc/hmmer/examples/tutorial"), 110)
        self.assertIn("agree with what is known", said)

    def test_two_hosts_render_the_same_frames(self):
        said = self.certified(self.prepared("povray", "/usr/share/doc/povray/examples/animations/splinefollow"), 40)
        self.assertIn("40 frames of 320 x 240, all different", said)

    def test_the_same_bundle_again_moves_nothing(self):
        folder = self.prepared("ecm", "/usr/bin/ecm") if not (self.grid.folder / "examples/ecm").exists() else self.grid.folder / "examples/ecm"
        first = self.grid.hearth("submit", folder).stdout
        second = self.grid.hearth("submit", folder, "--idempotency-key", "once").stdout
        third = self.grid.hearth("submit", folder, "--idempotency-key", "once").stdout
        self.assertIn("(0 files sent, 0 bytes;", second)
        self.assertEqual(second.split()[2], third.split()[2], "the same key makes no second batch")
        for told in (first, second):
            self.grid.hearth("cancel", told.split()[2])


if __name__ == "__main__":
    unittest.main()
