#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text of the windows is there in every language that is shipped, finished, with the same places for what is filled in."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Translations(unittest.TestCase):
    def messages(self, path):
        for context in ElementTree.parse(path).getroot().iter("context"):
            for message in context.iter("message"):
                yield context.find("name").text, message

    def test_nothing_is_missing_unfinished_or_broken(self):
        lupdate = shutil.which("lupdate") or "/usr/lib/qt6/bin/lupdate"
        with tempfile.TemporaryDirectory() as folder:
            for shipped in sorted((SOURCE / "gui/i18n").glob("hearth_*.ts")):
                language = shipped.stem.removeprefix("hearth_")
                copy = pathlib.Path(folder) / shipped.name
                shutil.copy(shipped, copy)
                plurals = ["-pluralonly"] if language == "en" else []
                subprocess.run([lupdate, "-silent", "gui", "-extensions", "cpp,h", "-locations", "none", "-no-obsolete", *plurals, "-ts", copy],
                               cwd=SOURCE, check=True, capture_output=True)
                for context, message in self.messages(copy):
                    source, translation = message.find("source").text, message.find("translation")
                    where = f"{language}: {context}: {source}"
                    self.assertNotIn(translation.get("type"), ("unfinished", "vanished"), f"{where} (run gui/i18n/update, then Qt Linguist)")
                    forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
                    for form in forms:
                        self.assertTrue(form, where)
                        self.assertEqual(sorted(re.findall(r"%\d", form)), sorted(re.findall(r"%\d", source)), where)
                    if "&" in source and "&&" not in source and language != "en":
                        self.assertEqual(forms[0].count("&"), 1, f"{where}: a key to reach it by")


if __name__ == "__main__":
    unittest.main(verbosity=2)
