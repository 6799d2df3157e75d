#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snakemake's --cluster: turns one job into a batch of one task and prints its number.

The job runs on a volunteer's machine as it would on a node of a cluster, by Snakemake itself (the application `snakemake`, see
packaging/python/publish-python --snakemake). Nothing is shared with that machine: the workflow's own files and the job's inputs travel
there, and status.py brings outputs and logs back. Threads, mem_mb, disk_mb and runtime of the rule are what the task gets; a rule may also
have the resources hearth_application, hearth_quorum and hearth_retries. docs/python.md tells how to use it."""

import argparse
import json
import os
import pathlib
import shlex
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import hearth

# The workflow's own files, by Snakemake's conventions; --files adds others.
SOURCES = ["Snakefile", "*.smk", "*.py", "config*", "config/**", "workflow/**", "rules/**", "scripts/**", "schemas/**"]
OWN_MEMORY_MB = 200   # what Snakemake itself needs beside the rule's mem_mb
LONGEST_MINUTES = 24 * 60

# Runs on the volunteer's machine. A job that fails is a result like any other: its logs come back, and no other host tries it in vain.
JOB = b'''import json, os, subprocess, sys
outputs = json.loads(sys.argv[1])
code = subprocess.call([sys.executable, "-m", "snakemake", *sys.argv[2:]])
folders = [path for path in outputs if os.path.isdir(path)]
if folders:
    code = code or 1
    print("hearth: only files come back, but these outputs are folders:", *folders, file=sys.stderr)
with open("hearth-exit", "w") as file:
    file.write(str(code))
'''


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--application", default="snakemake", help="a published application with Snakemake and the rules' programs")
    parser.add_argument("--quorum", type=int, default=1, help="so many hosts must return the same bytes")
    parser.add_argument("--retries", type=int, default=2, help="further hosts that may try, where a host and not the job failed")
    parser.add_argument("--files", action="append", default=[], metavar="PATTERN", help="further files of the workflow, such as 'lib/**'")
    parser.add_argument("jobscript", type=pathlib.Path)
    options = parser.parse_args()
    try:
        with hearth.Client.from_login() as client:
            print(submit(client, options))
        return 0
    except hearth.HearthError as error:
        print(f"submit.py: {error}", file=sys.stderr)
        return 1


def submit(client: hearth.Client, options: argparse.Namespace) -> int:
    properties, folder, words = read_jobscript(options.jobscript)
    arguments, own_files = arguments_of(words, folder, properties["threads"])
    files = {place: folder / place for place in sources(folder, [*SOURCES, *options.files]) | own_files}
    for place in properties["input"]:
        files |= files_of(folder, checked(place, "the input"))
    outputs = [checked(place, "the output") for place in [*properties["output"], *properties.get("log", [])]]
    placed = {place: (client.upload(path), path.stat().st_size, os.access(path, os.X_OK)) for place, path in files.items()}
    placed["hearth-job.py"] = (client.upload(JOB), len(JOB), False)
    command = ["python3", "hearth-job.py", json.dumps(properties["output"]), *arguments]
    resources = properties["resources"]
    minutes = int(resources.get("runtime", LONGEST_MINUTES))
    spec = {
        "name": " ".join(["snakemake:", properties.get("rule") or "group", *properties.get("wildcards", {}).values()])[:100],
        "application": resources.get("hearth_application", options.application),
        "command": [word.replace("{", "{{").replace("}", "}}") for word in command],
        "environment": {"HOME": "/tmp", "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONHASHSEED": "0"},
        "files": [{"path": place, "digest": placed[place][0], "size": placed[place][1], "executable": placed[place][2]}
                  for place in sorted(placed, key=os.fsencode)],
        "inputs": [{"from": escaped(place), "to": escaped(place)} for place in sorted(placed)],
        "outputs": [{"path": "hearth-exit"}, *({"path": escaped(place), "optional": True} for place in outputs)],
        "requirements": {"processors": properties["threads"], "memoryBytes": (int(resources.get("mem_mb", 500)) + OWN_MEMORY_MB) * 10 ** 6,
                         "diskBytes": int(resources.get("disk_mb", 1000)) * 10 ** 6},
        "limits": {"timeMs": minutes * 60_000, "processes": 256, "outputBytes": int(resources.get("disk_mb", 1000)) * 10 ** 6},
        "policy": {"quorum": int(resources.get("hearth_quorum", options.quorum)),
                   "retries": int(resources.get("hearth_retries", options.retries)), "deadlineMs": 2 * minutes * 60_000},
    }
    return client.submit(spec)["id"]


def escaped(text: str) -> str:
    """A path as a template that stands for itself."""
    return text.replace("{", "{{").replace("}", "}}")


def read_jobscript(path: pathlib.Path) -> tuple[dict, pathlib.Path, list[str]]:
    """What Snakemake says of the job, the workflow's folder, and the arguments with which Snakemake runs it there."""
    text = path.read_text(encoding="utf-8")
    try:
        line = next(line for line in text.splitlines() if " -m snakemake " in line)
        properties = json.loads(next(line for line in text.splitlines() if line.startswith("# properties = ")).partition("=")[2])
        words = shlex.split(line)
        begin = words.index("snakemake") + 1
        end = words.index("&&", begin)
    except (StopIteration, ValueError):
        raise hearth.Unsupported(f"{path} is not a job script of Snakemake 7",
                                 "Leave --jobscript out, and use Snakemake 7 (Debian 12 has 7.21).") from None
    folder = pathlib.Path(words[words.index("cd") + 1]) if "cd" in words[:begin] else pathlib.Path.cwd()
    return properties, folder, words[begin:end]


def arguments_of(words: list[str], folder: pathlib.Path, threads: int) -> tuple[list[str], set[str]]:
    """Snakemake's arguments for another machine, and the files of the workflow that they name."""
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            values = options.setdefault(word, [])
        else:
            values.append(word)
    for needed in ("--use-conda", "--use-singularity", "--use-envmodules", "--directory"):
        if needed in options:
            raise hearth.Unsupported(f"{needed} means nothing on a volunteer's machine",
                                     "Publish an application that has the rules' programs: publish-python --snakemake PROGRAM…"
                                     if needed != "--directory" else "Start Snakemake in the workflow's folder instead.")
    for shared in ("--wait-for-files", "--wait-for-files-file", "--conda-frontend", "--scheduler-solver-path"):
        options.pop(shared, None)
    options |= {"--cores": [str(threads)], "--scheduler": ["greedy"]}
    files = set()
    for option in ("--snakefile", "--configfiles", "--configfile"):
        if option in options:
            options[option] = [relative(folder, value) for value in options[option]]
            files |= set(options[option])
    return [word for option, values in options.items() for word in (option, *values)], files


def relative(folder: pathlib.Path, path: str) -> str:
    place = os.path.relpath(folder / path, folder)
    return checked(place, "the workflow's file")


def checked(place: str, what: str) -> str:
    """A path below the workflow's folder: nothing else is the same on another machine."""
    if os.path.isabs(place) or ".." in pathlib.PurePath(place).parts:
        raise hearth.Invalid(f"{what} {place} lies outside of the workflow's folder, or is named by its absolute path",
                             "Start Snakemake in a folder that holds everything, and name files relative to it (a link may lead out).")
    return os.path.normpath(place)


def sources(folder: pathlib.Path, patterns: list[str]) -> set[str]:
    """The workflow's own files."""
    found = {path for pattern in patterns for path in folder.glob(pattern + "/*" if pattern.endswith("**") else pattern)}
    return {path.relative_to(folder).as_posix() for path in found
            if path.is_file() and not {".snakemake", "__pycache__"} & set(path.parts)}


def files_of(folder: pathlib.Path, place: str) -> dict[str, pathlib.Path]:
    """A file, or all files of a folder, by place."""
    path = folder / place
    if path.is_dir():
        return {each.relative_to(folder).as_posix(): each for each in sorted(path.rglob("*")) if each.is_file()}
    if not path.is_file():
        raise hearth.NotFound(f"the input {place} is not there", "Inputs must be files of this machine.")
    return {place: path}


if __name__ == "__main__":
    sys.exit(main())
