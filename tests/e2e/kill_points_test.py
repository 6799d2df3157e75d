# SPDX-License-Identifier: GPL-3.0-or-later
"""The server is killed at random moments of a live run. Whatever it acknowledged before is there afterwards, once."""

import http.client
import json
import os
import random
import sqlite3
import ssl
import threading
import time
import unittest
import warnings
import uuid

from grid import Grid, Failed
from simulated_host import Connection, Refused, SimulatedHost, call

KILLS = int(os.environ.get("HEARTH_KILL_POINTS", "100"))
TASKS_PER_BATCH = 40
AWAY = (OSError, http.client.HTTPException, ssl.SSLError)


def answer_of(given):
    return f"{given['batch']}/{given['index']}\n".encode()


class Worker(threading.Thread):
    """A simulated host that works as long as the run lasts and remembers what was acknowledged."""

    def __init__(self, host, over):
        super().__init__(daemon=True)
        self.host, self.over = host, over
        self.held = {}
        self.ready = {}
        self.acknowledged = {}
        self.refusals = []

    def run(self):
        while not self.over.is_set():
            try:
                self.step()
            except AWAY:
                time.sleep(0.02)
            except Refused as refused:
                if refused.status not in (404, 503):
                    self.refusals.append(str(refused))
                time.sleep(0.02)

    def step(self):
        for attempt, given in list(self.held.items()):
            if attempt not in self.ready:
                data = answer_of(given)
                try:
                    digest = self.host.upload(attempt, data)
                except Refused as refused:
                    if refused.status == 404:  # no longer ours
                        self.held.pop(attempt)
                        continue
                    raise
                self.ready[attempt] = self.host.result(given, digest, len(data))
        reply = self.host.sync(8, self.held, self.ready.values())
        for ack in reply["acks"]:
            if ack["verdict"] == "accepted":
                given = self.held[ack["attempt"]]
                self.acknowledged[(given["batch"], given["index"])] = ack["attempt"]
            if ack["verdict"] == "refused":
                self.refusals.append(json.dumps(ack))
            if ack["verdict"] != "blobs-missing":
                self.held.pop(ack["attempt"], None)
            self.ready.pop(ack["attempt"], None)
        for order in reply["aborts"]:
            self.held.pop(order["attempt"], None)
            self.ready.pop(order["attempt"], None)
        for given in reply["attempts"]:
            self.held[given["attempt"]] = given
        if not reply["attempts"]:
            time.sleep(0.02)


class Submitter(threading.Thread):
    """Submits small batches, each with its own idempotency key, repeated until it is acknowledged."""

    def __init__(self, grid, spec, over):
        super().__init__(daemon=True)
        self.grid, self.spec, self.over = grid, spec, over
        self.acknowledged = {}

    def run(self):
        while not self.over.is_set():
            key = uuid.uuid4().hex
            while not self.over.is_set():
                try:
                    connection = Connection(self.grid.port, ssl.create_default_context(cafile=str(self.grid.data / "certs" / "authority.crt")),
                                            "localhost", 10)
                    reply = call(connection, "POST", "/api/v1/batches", self.spec,
                                 {"Authorization": "Bearer " + self.grid.told["adminToken"], "Idempotency-Key": key})
                    self.acknowledged[key] = reply["id"]
                    break
                except AWAY:
                    time.sleep(0.02)
                except Refused as refused:
                    if refused.status != 503:
                        raise
                    time.sleep(0.02)
            time.sleep(0.3)


class KillPoints(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(self):
        seed = int(os.environ.get("HEARTH_SEED", time.time_ns() % 1_000_000))
        print(f"seed {seed}, {KILLS} kills")
        dice = random.Random(seed)
        warnings.simplefilter("ignore", ResourceWarning)
        with Grid() as grid:
            grid.start_server()
            grid.login()
            grid.approve_key()
            bundle = grid.probe_bundle("kill", ["probe", "echo", "{n}"], sweep=f"n = {{ from = 1, to = {TASKS_PER_BATCH} }}")
            first = grid.submit(bundle)
            spec = self.spec_of(grid, first)
            over = threading.Event()
            workers = [Worker(SimulatedHost(grid, f"sim{n}"), over) for n in range(3)]
            submitter = Submitter(grid, spec, threading.Event())
            for thread in (*workers, submitter):
                thread.start()
            for number in range(KILLS):
                if number % 2 == 0:  # else it may well be killed while it starts
                    Grid.until(grid.answers, 60, "the server answers after a kill")
                time.sleep(dice.uniform(0.02, 0.6))
                grid.kill("server")
                grid.start_server(wait=False)
            Grid.until(grid.answers, 30, "the server answers after the last kill")
            self.let_it_end(grid, workers, submitter, first)
            over.set()
            for worker in workers:
                worker.join(20)
            grid.stop("server")
            self.hold_against_store(grid, workers, submitter)

    def spec_of(self, grid, batch):
        context = ssl.create_default_context(cafile=str(grid.data / "certs" / "authority.crt"))
        spec = call(Connection(grid.port, context, "localhost"), "GET", f"/api/v1/batches/{batch}/spec", None,
                    {"Authorization": "Bearer " + grid.told["adminToken"]})
        return spec

    def let_it_end(self, grid, workers, submitter, first):
        """No new batches, and the old ones end."""
        submitter.over.set()
        submitter.join(20)
        submitter.acknowledged["first"] = first

        def all_done():
            try:
                return all(grid.batch(batch)["state"] == "done" for batch in submitter.acknowledged.values())
            except Failed:
                return False

        try:
            Grid.until(all_done, 120, "every acknowledged batch is done")
        except AssertionError:
            for worker in workers:
                print(worker.host.name, "alive" if worker.is_alive() else "dead", len(worker.held), "held", worker.refusals[:3])
            print([grid.batch(batch) for batch in submitter.acknowledged.values() if grid.batch(batch)["state"] != "done"][:3])
            raise

    def hold_against_store(self, grid, workers, submitter):
        database = sqlite3.connect(grid.data / "hearth.db")
        states = dict(database.execute("SELECT batch, certified FROM batch_progress"))
        for batch in submitter.acknowledged.values():
            self.assertEqual(states.get(batch), TASKS_PER_BATCH, f"batch {batch}")
        self.assertEqual(len(set(submitter.acknowledged.values())), len(submitter.acknowledged), "one batch a key")
        valid = 2  # AttemptState::kValid
        for batch, index, count in database.execute(
                "SELECT batch, idx, count(*) FROM result WHERE state = ? GROUP BY batch, idx HAVING count(*) > 1", (valid,)):
            self.fail(f"task {batch}/{index} was certified {count} times")
        kept = {(batch, index): attempt
                for batch, index, attempt in database.execute("SELECT batch, idx, attempt FROM result WHERE state = ?", (valid,))}
        acknowledged = 0
        for worker in workers:
            self.assertEqual(worker.refusals, [])
            for task, attempt in worker.acknowledged.items():
                acknowledged += 1
                self.assertEqual(kept.get(task), attempt, f"acknowledged result of task {task}")
        print(f"{len(submitter.acknowledged)} batches and {acknowledged} results were acknowledged, all there, each once")
        self.assertGreater(acknowledged, KILLS, "the run was alive between the kills")


if __name__ == "__main__":
    unittest.main(verbosity=2)
