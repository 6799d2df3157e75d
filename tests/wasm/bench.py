# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures `wasm` and `checkpoint`, one JSON object a line. Processor times of one process each, taken in turn and the least of
several, so that other work on the machine counts little."""

import argparse
import json
import math
import os
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import builds
import checkpoint_test

ARGUMENTS = {"bodies": "2000000", "fractal": "900", "digest": "400000", "curves": "600000", "squeeze": "3000", "blocks": "3000"}
FLAGS = ["-std=gnu17", "-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-DNDEBUG", "-w", "-DWASM_RT_USE_STACK_DEPTH_COUNT=0",
         "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=1"]
GLUE = """
static Z_guarded_instance_t hearthInstance;
static void hearthCreate(void) { Z_guarded_init_module(); Z_guarded_instantiate(&hearthInstance, NULL); }
static void hearthRun(void) { w2c__start(&hearthInstance); }
static void hearthVisit(void (*visit)(void*, uint32_t)) { (void)visit; }
const HearthModule hearthGuarded = {hearthCreate, hearthRun, &hearthInstance.w2c_memory, hearthVisit};
const HearthModule hearthChecked = {hearthCreate, hearthRun, &hearthInstance.w2c_memory, hearthVisit};
const uint8_t hearthModuleDigest[32] = {0};
const int hearthHasRealClocks = 0;
"""


def native(name):
    """gcc -O2, as the program would be built without us."""
    source = builds.HERE / "programs" / f"{name}.c"
    extra = builds.library(builds.PROGRAMS.get(name, (None, ""))[0])
    command = ["gcc", "-O2", "-w", "-static", source, *extra, "-lm"]
    return [str(builds.kept(f"{name}.plainly", [source, *extra], lambda out: builds.run([*command, "-o", out])))]


def without_points(name):
    """The build that cannot be written down: what the looks of the other cost is the difference."""
    module = builds.module(name)
    host = builds.HERE.parents[1] / "client" / "wasm" / "host"

    def make(out):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "guarded.c"
            builds.run(["wasm2c", module, "--no-debug-names", "-n", "guarded", "-o", source])
            source.write_text('#include "host.h"\n' + source.read_text(encoding="utf-8") + GLUE, encoding="utf-8")
            files = [file for file in sorted(host.glob("*.c")) if file.name != "os_windows.c"]
            builds.run(["x86_64-linux-gnu-gcc", *FLAGS, f"-I{host}", f"-I{folder}", source, *files, "-static", "-s", "-lm", "-o", out])

    return [str(builds.kept(f"{name}.pointless", [module], make))]


def seconds(command, argument):
    """Processor time of one run, of the user and of the system."""
    with builds.folder() as place:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, argument], cwd=place, stdout=subprocess.DEVNULL, env={}, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least(commands, argument, repeats):
    times = [[] for _ in commands]
    for _ in range(repeats):
        for own, command in zip(times, commands):
            own.append(seconds(command, argument))
    return [min(own) for own in times]


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def printed(figure, value, unit, baseline, conditions):
    print(json.dumps({"figure": figure, "value": round(value, 4), "unit": unit, "baseline": baseline, "conditions": conditions}), flush=True)


def one_checkpoint(name):
    """What one costs: the time from the wish until the file is in its place, and its size."""
    times = []
    with builds.folder() as place, builds.folder() as other:
        file = pathlib.Path(other) / "checkpoint"
        task = checkpoint_test.Task(place, builds.build(name, "gcc"), str(int(ARGUMENTS[name]) * 20), file)
        while not task.asks():
            time.sleep(0.001)
        for _ in range(9):
            task.known = task.stamp()
            start = time.monotonic()
            task.process.send_signal(signal.SIGUSR1)
            while task.stamp() == task.known and task.process.poll() is None:
                time.sleep(0.0002)
            times.append(time.monotonic() - start)
            time.sleep(0.02)
        size = file.stat().st_size
        task.kill()
    return statistics.median(times), size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    ratios, looks, writes, notes = {}, {}, {}, {}
    for name, argument in ARGUMENTS.items():
        plain, ours, pointless = least([native(name), builds.build(name, "gcc"), without_points(name)], argument, repeats)
        ratios[name], looks[name] = ours / plain, ours / pointless
        writes[name], size = one_checkpoint(name)
        notes[name] = f"{writes[name] * 1000:.1f} ms, {size} bytes"
        print(f"{name}: native {plain:.3f} s, wasm {ours:.3f} s, without points {pointless:.3f} s, one checkpoint {notes[name]}", file=sys.stderr)
    printed("wasm", mean(ratios.values()), "x native gcc -O2", 1.25,
            {**{name: round(ratio, 3) for name, ratio in ratios.items()}, "cores": os.cpu_count()})
    share = [looks[name] + writes[name] / 60 for name in ARGUMENTS]
    printed("checkpoint", (mean(share) - 1) * 100, "% at a period of 60 s", 2,
            {"looks, by program": {name: round(ratio, 3) for name, ratio in looks.items()},
             "looks alone, %": round((mean(looks.values()) - 1) * 100, 2),
             "writing alone, %": round(statistics.mean(writes.values()) / 60 * 100, 4), "one": notes})


if __name__ == "__main__":
    main()
