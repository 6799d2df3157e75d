#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebAssembly task is written down at one agent, that agent is killed, and another one ends it: with the very output of a run that nothing
disturbed. By hand, after a build:  HEARTH_BIN_DIR=build/dev/bin tests/e2e/moving_task.py"""

import hashlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys

from grid import SOURCE, Grid, run

TURNS = "40000000"
SETTINGS = '\n[hosts]\nlease_term = "4s"\nretry_same_host_after = "0s"\n'


def make_bundle(grid):
    module = grid.folder / "bodies.wasm"
    run(["clang-16", "--target=wasm32-wasi", "-O2", SOURCE / "tests" / "wasm" / "programs" / "bodies.c", "-lm", "-o", module], timeout=300)
    folder = grid.folder / "bundle"
    folder.mkdir()
    grid.hearth("pack", module, "--version", "1", "-o", folder / "package", timeout=600)
    (folder / "hearth.toml").write_text(
        f'name = "bodies"\npackage = "package"\ncommand = {json.dumps(["bodies", TURNS])}\nstdout = "out"\n'
        'checkpoint = "1s"\nretries = 10\n', encoding="utf-8")
    return folder


def told(grid):
    """Where the server knows attempts to be."""
    with sqlite3.connect(f"file:{grid.data / 'hearth.db'}?mode=ro", uri=True, timeout=10) as database:
        return database.execute("SELECT attempt, size FROM checkpoint").fetchall()


def move(grid, say):
    """The grid has one agent. Returns the output of the task that moved, and of a run that nothing disturbed."""
    say("a C program becomes a WebAssembly module, and the module a package with a build for each platform")
    bundle = make_bundle(grid)
    batch = grid.submit(bundle)
    grid.until(lambda: told(grid), 120, "the server knows where the task is")
    attempt, size = told(grid)[0]
    say(f"attempt {attempt} runs at agent1 and was written down, in {size} bytes; agent1 is killed")
    grid.stop("agent1", signal.SIGKILL)
    grid.add_agent("agent2")
    state = grid.wait_done(batch, 300)
    if (state["state"], state["certified"]) != ("done", 1):
        raise AssertionError(state)
    say("agent2 went on from there and ended the task")
    results = grid.folder / "results"
    grid.hearth("results", str(batch), "-o", results)
    native = bundle / "package" / f"linux-{os.uname().machine}" / "bodies"
    whole = subprocess.run([native, TURNS], capture_output=True, check=True, cwd=grid.folder, env={}, timeout=300)
    return pathlib.Path(results / "0" / "out").read_bytes(), whole.stdout


def main():
    with Grid(SETTINGS) as grid:
        grid.ready(agents=1)
        moved, whole = move(grid, lambda text: print(f"moving_task: {text}", flush=True))
    for name, output in (("moved", moved), ("undisturbed", whole)):
        print(f"{hashlib.sha256(output).hexdigest()}  {name}")
    return 0 if moved == whole else 1


if __name__ == "__main__":
    sys.exit(main())
