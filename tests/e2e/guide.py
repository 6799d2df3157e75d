# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the blocks of code of docs/python.md."""

import os
import re

from grid import BIN, SOURCE, run

BLOCK = re.compile(r"^## (?P<section>[^\n]*)$|^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def run_guide(test, grid, is_wanted):
    """Every block of the wanted sections, in a folder that has `packaging` and the project's root key. A block of text is what the one
    before it must have printed."""
    folder = grid.folder / "guide"
    folder.mkdir()
    (folder / "packaging").symlink_to(SOURCE / "packaging")
    (folder / "root.key").symlink_to(grid.data / "keys" / "root.key")
    env = {**grid.env, "PATH": f"{BIN}:{os.environ['PATH']}"}
    section, printed, count = "", "", 0
    for found in BLOCK.finditer((SOURCE / "docs" / "python.md").read_text(encoding="utf-8")):
        section = found["section"] or section
        if found["section"] or not is_wanted(section):
            continue
        count += 1
        language, text = found["language"], found["text"]
        if language == "text":
            test.assertEqual(printed, text)
        elif language == "snakemake":
            (folder / "Snakefile").write_text(text, encoding="utf-8")
        else:
            program = folder / {"python": "snippet.py", "sh": "snippet.sh"}[language]
            program.write_text(text, encoding="utf-8")
            interpreter = ["/usr/bin/python3"] if language == "python" else ["bash", "-euo", "pipefail"]
            printed = run(["env", "-C", folder, *interpreter, program], env=env, timeout=300).stdout
    test.assertGreater(count, 2)
