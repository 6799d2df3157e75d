# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints for programs in Python (docs/checkpoints.md): a task that saves its state goes on from it after a pause of
the machine, a restart, or on another host.

    state = hearth_checkpoint.load("pi-2")          # bytes, or None: begin at the beginning
    while working:
        ...                                         # some work, milliseconds to seconds
        if hearth_checkpoint.due():
            hearth_checkpoint.save("pi-2", state)   # bytes

Outside of Hearth every call does nothing and the program runs as ever. Call from the main thread.
"""
import os
import signal
import sys
import zlib

_asked = False


def _on_signal(number, frame):
    global _asked
    _asked = True


def _task():
    return os.environ.get("HEARTH_TASK") or "-"


def _body(text, version):
    """The state in a checkpoint file; ValueError says why it is not used."""
    head, newline, state = text.partition(b"\n")
    words = head.decode("utf-8", "replace").split(" ")
    if not newline or len(words) != 6 or words[:2] != ["hearth-checkpoint", "1"]:
        raise ValueError("it has no proper head")
    if words[2] != _task():
        raise ValueError("it is of another task")
    if words[3] != version:
        raise ValueError("it is of another version of the program")
    if words[4] != str(len(state)) or words[5] != format(zlib.crc32(state), "08x"):
        raise ValueError("it is spoilt")
    return state


def load(version):
    """The bytes that were saved last by this task with the same version, or None. From here on the program can be asked
    for its state."""
    path = os.environ.get("HEARTH_CHECKPOINT")
    if path is None:
        return None
    signal.signal(signal.SIGUSR1, _on_signal)
    try:
        with open(path, "rb") as file:
            return _body(file.read(), version)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as reason:
        print(f"the checkpoint is not used: {reason}; the task starts afresh", file=sys.stderr)
        return None


def due():
    """Whether the state should be saved now. Costs nothing: ask as often as you like."""
    return _asked


def save(version, state):
    """Saves bytes in the place of those before, whole or not at all. `version` has no spaces. An OSError leaves the ones
    before in place: go on, the disk may have room again next time."""
    global _asked
    _asked = False
    path = os.environ.get("HEARTH_CHECKPOINT")
    if path is None:
        return
    head = f"hearth-checkpoint 1 {_task()} {version} {len(state)} {zlib.crc32(state):08x}\n"
    with open(path + ".new", "wb") as file:
        file.write(head.encode() + state)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
