# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of the build tree that the tests run in, made once for all tests of packaging."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HEARTH_BIN_DIR", SOURCE / "build/dev/bin")).resolve().parent
FOLDER = BUILD / "packages"


def debs():
    """The .deb files by package, and beside them the .changes."""
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = FOLDER / "stamp"
        now = state()
        if not stamp.exists() or stamp.read_text() != now:
            shutil.rmtree(made(), ignore_errors=True)
            environment = {**os.environ, "DEB_BUILD_OPTIONS": "noautodbgsym nocheck"}
            subprocess.run([SOURCE / "packaging/make-packages", "--only", "deb", "--prebuilt", BUILD, "--output", made()], env=environment, check=True,
                           stdout=sys.stderr)
            stamp.write_text(now)
    return {path.name.split("_")[0]: path for path in made().glob("*.deb")}


def made():
    return FOLDER / "debs"


def changes():
    debs()
    return next(made().glob("*.changes"))


def state():
    """Of everything that goes into a package."""
    digest = hashlib.sha256()
    files = [path for path in (SOURCE / "packaging").rglob("*") if path.is_file()] + sorted((BUILD / "bin").glob("hearth*"))
    for path in sorted(files) + [SOURCE / "CMakeLists.txt"]:
        facts = path.stat()
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def other_version(deb, suffix, folder):
    """The same package as if it were another version: VERSION+suffix."""
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    control = tree / "DEBIAN/control"
    lines = control.read_text(encoding="utf-8").splitlines(keepends=True)
    control.write_text("".join(line[:-1] + suffix + "\n" if line.startswith("Version: ") else line for line in lines), encoding="utf-8")
    target = folder / f"{deb.name.split('_')[0]}{suffix}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, target], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return target
