# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py FOLDER: puts programs of the hostile modules into it, built as publishing builds them. Those that it must refuse are
tried, and come into it only if they are not refused. Builds are kept beside those of tests/wasm."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
os.environ.setdefault("HEARTH_WASM_DIR", str(pathlib.Path(os.environ["HEARTH_BIN_DIR"]).parent / "wasm"))
sys.path.insert(0, str(HERE.parents[1] / "wasm"))
import builds  # noqa: E402  (needs the environment above)

COMPILER = "x86_64-linux-gnu-gcc"
TRAPS = ["outside", "divides", "recurses", "table", "grows", "spins"]
REFUSED = {"sockets": "sock_accept"}


def program(name, module):
    return builds.kept(f"{name}.gcc", [module, builds.VARIANT], lambda out: builds.run([builds.VARIANT, module, out, COMPILER]))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    source = HERE / "hostile.c"
    flags = ["--target=wasm32-wasi", "-O2", "-mbulk-memory"]
    made = {"hostile": builds.kept("hostile.wasm", [source, *flags], lambda out: builds.run(["clang-16", *flags, source, "-o", out]))}
    wats = builds.HERE / "modules"
    made.update({name: builds.module(name, wats / f"{name}.wat") for name in TRAPS})
    for name, module in made.items():
        shutil.copy(program(name, module), folder / name)
        (folder / name).chmod(0o755)
    for name, why in REFUSED.items():
        module = builds.module(name, wats / f"{name}.wat")
        done = subprocess.run([builds.VARIANT, module, folder / name, COMPILER], capture_output=True, text=True, timeout=120)
        if done.returncode != 0 and why not in done.stderr:
            sys.exit(f"{name} was refused, and not for {why}: {done.stderr}")


if __name__ == "__main__":
    try:
        main()
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not installed (packaging/setup/test.txt)")
