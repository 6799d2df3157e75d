# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and their builds for the tests, made once and kept in the build folder while nothing that they are made of changes."""

import fcntl
import hashlib
import os
import pathlib
import resource
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ["HEARTH_BIN_DIR"])
KEPT = pathlib.Path(os.environ["HEARTH_WASM_DIR"])
HEARTH = BIN / "hearth"
VARIANT = BIN / "wasm_variant"
PROCESSOR = os.uname().machine

# How a program is built, and how it is run. The flags come after ours, so none of them may be one that changes results.
VARIANTS = {
    "gcc": (["x86_64-linux-gnu-gcc"], []),
    "clang": (["clang-16", "--target=x86_64-linux-gnu"], []),
    "native": (["x86_64-linux-gnu-gcc", "-march=native"], []),
    "arm64": (["aarch64-linux-gnu-gcc"], ["qemu-aarch64-static"]),
}
# Run where wine is installed: Debian has no smaller way to run a Windows program.
WINE = "/usr/lib/wine/wine64"
WINDOWS = ["x86_64-w64-mingw32-gcc"]
# What a program needs of Debian's sources, and the argument that it is run with here.
PROGRAMS = {
    "bodies": (None, "60000"),
    "digest": (None, "20000"),
    "curves": (None, "20000"),
    "squeeze": ("zlib", "300"),
    "blocks": ("bzip2", "200"),
    "picture": ("stb", "120"),
}
LIBRARY_FILES = {
    "zlib": ["adler32.c", "crc32.c", "deflate.c", "inflate.c", "inffast.c", "inftrees.c", "trees.c", "zutil.c", "compress.c", "uncompr.c"],
    "bzip2": ["blocksort.c", "huffman.c", "crctable.c", "randtable.c", "compress.c", "decompress.c", "bzlib.c"],
}


def environment():
    with_cache = "/usr/lib/ccache:" + os.environ.get("PATH", "/usr/bin:/bin")
    return {**os.environ, "PATH": with_cache, "CCACHE_NOHASHDIR": "1"}


class Missing(Exception):
    """A library's source cannot be had here."""


def library(name):
    """Flags and files that add a library to a program."""
    if name is None:
        return []
    if name == "stb":
        return ["-I/usr/include/stb"]
    sources = KEPT / "sources"
    got = subprocess.run([HERE / "sources", sources], capture_output=True, text=True, timeout=300)
    if got.returncode != 0:
        raise Missing(f"apt-get source {name}: {got.stderr.strip()[-300:]}")
    flags = ["-DBZ_NO_STDIO"] if name == "bzip2" else ["-DHAVE_UNISTD_H"]
    return [f"-I{sources / name}", *flags, *[str(sources / name / file) for file in LIBRARY_FILES[name]]]


def kept(name, made_of, make):
    """A file in the build folder, made anew when what it is made of is not what it was."""
    KEPT.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for part in made_of:
        digest.update(pathlib.Path(part).read_bytes() if isinstance(part, pathlib.Path) else str(part).encode())
    target = KEPT / f"{name}-{digest.hexdigest()[:16]}"
    with open(KEPT / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            for old in KEPT.glob(f"{name}-*"):
                old.unlink()
            made = target.with_name(target.name + ".part")
            make(made)
            made.rename(target)
    return target


def run(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=600, env=environment(), **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done


def module(name, source=None):
    """A program of tests/wasm/programs as a WebAssembly module."""
    source = source or HERE / "programs" / f"{name}.c"
    if source.suffix == ".wat":
        return kept(f"{name}.wasm", [source], lambda out: run(["wat2wasm", source, "-o", out]))
    extra = library(PROGRAMS.get(name, (None, ""))[0])
    command = ["clang-16", "--target=wasm32-wasi", "-O2", "-w", source, *extra, "-lm"]
    return kept(f"{name}.wasm", [source, source.parent / "print.h", *extra], lambda out: run([*command, "-o", out]))


def build(name, variant):
    """The command that starts a program's build."""
    compiler, runner = (WINDOWS, [WINE]) if variant == "windows" else VARIANTS[variant]
    made_of = module(name)
    program = kept(f"{name}.{variant}", [made_of, VARIANT, *compiler], lambda out: run([VARIANT, made_of, out, *compiler]))
    return [*runner, str(program)]


def limited_address_space():
    """For a started program: no room for guard pages, so that it takes its other form."""
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def folder():
    return tempfile.TemporaryDirectory(prefix="hearth-wasm-")


def tree(place):
    """Its files by path, and its folders."""
    return {str(path.relative_to(place)): path.read_bytes() if path.is_file() else None for path in pathlib.Path(place).rglob("*")}


def outcome(command, arguments, before=None, variables=None):
    """What a program left: standard output, and its files."""
    with folder() as place:
        done = subprocess.run([*command, *arguments], cwd=place, capture_output=True, timeout=600, preexec_fn=before,
                              env=variables or {})
        return done.returncode, done.stdout, tree(place), done.stderr


def witness(name, arguments):
    """The same from node's WASI, which shares nothing with our host."""
    return outcome(["/usr/bin/env", "node", "--no-warnings", str(HERE / "witness.mjs"), str(module(name))], arguments,
                   variables={"PATH": os.environ["PATH"]})
