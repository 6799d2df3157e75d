#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snakemake's --cluster-status: prints `running`, `success` or `failed` for a job that submit.py sent.

A job is a success only when its outputs and logs are in the workflow's folder, every byte checked. One question to the server answers for
all jobs that are asked about within two seconds. While the server is away, jobs are running."""

import json
import os
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "python"))

STATES = pathlib.Path(".snakemake/hearth/states.json")
FRESH = 2.0  # seconds
TAIL = 4000  # characters of a failed job's output that are shown


def main() -> int:
    number = sys.argv[1]
    state = known_state(number)
    if state is None:
        import hearth  # only now: most questions are answered without
        try:
            with hearth.Client.from_login() as client:
                state = asked_state(client, number)
                if state in ("done", "cancelled"):
                    print(outcome(client, int(number), state))
                    return 0
        except hearth.Unavailable as away:
            print(f"status.py: {away.message}", file=sys.stderr)
        except hearth.HearthError as error:
            print(f"status.py: {error}", file=sys.stderr)
            return 1
    print("running")
    return 0


def known_state(number: str) -> str | None:
    """What was answered a moment ago, if it is that the job is not over."""
    try:
        if time.time() - STATES.stat().st_mtime > FRESH:
            return None
        state = json.loads(STATES.read_text(encoding="utf-8")).get(number)
    except (OSError, ValueError):
        return None
    return None if state in ("done", "cancelled") else state


def asked_state(client, number: str) -> str:
    page = client.call("GET", "/api/v1/batches?limit=1000")["batches"]
    states = {str(batch["id"]): batch["state"] for batch in page}
    STATES.parent.mkdir(parents=True, exist_ok=True)
    new = STATES.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(states), encoding="utf-8")
    new.replace(STATES)
    return states.get(number) or client.batch(int(number))["state"]


def outcome(client, number: int, state: str) -> str:
    """Brings back what a job that is over has left."""
    result = next(client.results(number), None)
    if result is None:
        print(f"status.py: batch {number} is {state} without a result: {why(client, number)}", file=sys.stderr)
        return "failed"
    outputs = {output["path"]: output for output in result["outputs"]}
    exit_code = client.fetch(number, 0, outputs.pop("hearth-exit")["digest"])
    client.fetch_outputs(number, {**result, "outputs": [*outputs.values()]}, ".")
    if exit_code == b"0":
        return "success"
    print(f"status.py: the job of batch {number} failed on a volunteer's machine:\n{log_of(client, number, result)}", file=sys.stderr)
    return "failed"


def why(client, number: int) -> str:
    task = client.task(number, 0)
    ended = [attempt for attempt in task.get("attempts", []) if attempt.get("exit")]
    return f"{task.get('reason', '')}\n{log_of(client, number, ended[-1])}" if ended else task.get("reason", "cancelled")


def log_of(client, number: int, attempt: dict) -> str:
    digest = attempt.get("standardError", "0")
    return client.fetch(number, 0, digest).decode(errors="replace")[-TAIL:] if digest.strip("0") else ""


if __name__ == "__main__":
    sys.exit(main())
