# SPDX-License-Identifier: GPL-3.0-or-later
"""The executor of packaging/python/hearth.py on real agents, also by Python's own tests of executors (Debian's libpython3.11-testsuite),
and the snippets of docs/python.md."""

from python_grid import PATIENT, WithGrid, published  # first: it chooses the Python

import concurrent.futures
import functools
import hashlib
import importlib
import itertools
import os
import pathlib
import pickle
import sys
import threading
import time
import unittest
from test import test_concurrent_futures as cpython
from unittest import mock

import hearth
from grid import BIN, SOURCE, Grid, run
from guide import run_guide
from hearth import Client, HearthExecutor


@functools.cache
def two_agents():
    """One project for all of Python's own tests."""
    grid = published(2)
    unittest.addModuleCleanup(grid.__exit__, None, None, None)
    return grid


OWN_MODULE = """
import functools

def twice(x):
    return helper(x) * 2

def helper(x):
    return x

class Point:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(other) is Point and other.x == self.x

    def far(self):
        return Point(self.x + 100)

class Trouble(Exception):
    pass

def fail(text):
    raise Trouble(text)
"""


class WithExecutor(WithGrid):
    """Two agents, and a module that is not installed anywhere else."""

    agents = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.grid.folder / "own"
        folder.mkdir()
        (folder / "own_module.py").write_text(OWN_MODULE, encoding="utf-8")
        sys.path.insert(0, str(folder))
        cls.addClassCleanup(sys.path.remove, str(folder))
        cls.addClassCleanup(sys.modules.pop, "own_module", None)  # the next class has a folder of its own
        cls.own = importlib.import_module("own_module")

    def executor(self, **settings):
        executor = HearthExecutor(settings.pop("client", self.client), **settings)
        self.addCleanup(executor.shutdown, cancel_futures=True)
        return executor

    def fails(self, kind, future, timeout=PATIENT):
        with self.assertRaises(kind) as caught:
            future.result(timeout)
        return caught.exception


class Executor(WithExecutor):
    def test_functions_of_every_kind_come_back_in_order(self):
        offset = 3
        with self.executor() as executor:
            self.assertEqual([*executor.map(lambda x: x + offset, range(20))], [*range(3, 23)])
            self.assertEqual([*executor.map(self.own.twice, range(7), chunksize=3)], [0, 2, 4, 6, 8, 10, 12])
            self.assertEqual([*executor.map(pow, [2, 3], [3, 2, 1])], [8, 9])
            self.assertEqual(executor.submit(functools.partial(sorted, reverse=True), {3, 1, 2}).result(PATIENT), [3, 2, 1])
            self.assertEqual(executor.submit(dict, a=1, b=[2, None, b"x"]).result(PATIENT), {"a": 1, "b": [2, None, b"x"]})
            with self.assertRaises(ValueError):
                executor.map(pow, [1], chunksize=0)

    def test_it_need_not_stand_beside_the_program(self):
        with mock.patch.object(hearth, "_is_library", return_value=True), self.executor() as executor:
            self.assertEqual([*executor.map(abs, [-1, -2, -3], chunksize=2)], [1, 2, 3])

    def test_calls_are_gathered_into_batches(self):
        before = len([*self.client.batches()])
        with self.executor(batch_size=8, delay=2) as executor:
            self.assertEqual(sum(executor.map(abs, range(-16, 0))), 136)
        batches = [*self.client.batches()]
        self.assertEqual(len(batches) - before, 2)
        self.assertEqual(batches[0]["tasks"], 8)

    def test_an_exception_comes_back_with_its_traceback(self):
        with self.executor() as executor:
            error = self.fails(ZeroDivisionError, executor.submit(lambda: 1 // 0))
            self.assertIsInstance(error.__cause__, hearth.RemoteTraceback)
            self.assertIn("worker.py", str(error.__cause__))
            self.assertIn("ZeroDivisionError", str(error.__cause__))
            unnamed = self.fails(hearth.RemoteError, executor.submit(self.own.fail, "dear"))
            self.assertIn("own_module.Trouble: dear", unnamed.message)
            self.assertIn("results=", unnamed.hint)
            self.assertIn("SystemExit: 3", self.fails(hearth.RemoteError, executor.submit(sys.exit, 3)).message)
            missing = self.fails(ModuleNotFoundError, executor.submit(lambda: importlib.import_module("no_such_module")))
            self.assertIn("no_such_module", str(missing))
        with self.executor(results=[self.own.Trouble]) as executor:
            self.assertEqual(self.fails(self.own.Trouble, executor.submit(self.own.fail, "dear")).args, ("dear",))

    def test_a_large_argument_is_sent_once(self):
        large = os.urandom(300_000)
        with mock.patch.object(self.client, "upload", wraps=self.client.upload) as upload, self.executor() as executor:
            sizes = [*executor.map(lambda data, n: (len(data), n), itertools.repeat(large, 5), range(5))]
            self.assertEqual(sizes, [(300_000, n) for n in range(5)])
            self.assertIn("cannot pickle", str(self.fails(TypeError, executor.submit(hashlib.sha256, b"x" * 30_000))))
        sent = [call.args[0] for call in upload.call_args_list]
        self.assertEqual(len([data for data in sent if large in data]), 1)

    def test_blobs_that_the_server_has_let_go_of_are_sent_again(self):
        with self.executor() as executor:
            self.assertEqual(executor.submit(abs, -1).result(PATIENT), 1)
            gone = hashlib.sha256(large := os.urandom(100_000)).hexdigest()
            executor._sent |= {gone, hashlib.sha256(hearth._dump(large)).hexdigest()}
            self.assertEqual(executor.submit(len, large).result(PATIENT), 100_000)

    def test_a_result_that_could_run_code_is_not_loaded(self):
        marker = self.grid.folder / "ran"

        class Evil:
            def __reduce__(self):
                return os.system, (f"touch {marker}",)

        with self.executor() as executor:
            plain = {"set": {1, 2}, "bytes": b"x", "complex": 1j, "range": range(3), "path": pathlib.PurePosixPath("a")}
            self.assertEqual(executor.submit(lambda: plain).result(PATIENT), plain)
            for future in (executor.submit(Evil), executor.submit(self.own.Point, 1), executor.submit(lambda: lambda: 1)):
                self.assertIn("trust_results", self.fails(hearth.UntrustedResult, future).hint)
        self.assertFalse(marker.exists())
        with self.executor(results=[self.own.Point]) as executor:
            self.assertEqual(executor.submit(self.own.Point(1).far).result(PATIENT), self.own.Point(101))
        with self.executor(trust_results=True) as executor:
            self.assertEqual(executor.submit(lambda: lambda: 7).result(PATIENT)(), 7)
            self.assertEqual(executor.submit(self.own.Point(1).far).result(PATIENT), self.own.Point(101))

    def test_whatever_a_host_answers_is_an_error_and_no_crash(self):
        executor = self.executor()
        for kind, told, body in ((pickle.UnpicklingError, {"state": "ok"}, b"junk"), (EOFError, {"state": "ok"}, b""), (KeyError, {}, b""),
                                 (hearth.Integrity, {"state": "error", "type": "x", "text": "y", "traceback": ""}, pickle.dumps(3))):
            with self.subTest(told), self.assertRaises(kind):
                executor._read(told, body)
        batch = hearth._Batch(self.client, 7, {0: hearth._CallFuture()})
        future = batch.waiting[0]
        with mock.patch.object(self.client, "fetch", return_value=b"junk"):
            executor._settle(batch, {"index": 0, "outputs": [{"path": "result", "digest": "0" * 64}]})
        self.assertIn("quorum", self.fails(hearth.Integrity, future).hint)

    def test_a_task_that_dies_says_why(self):
        with self.executor(retries=0, memory="128MiB") as executor:
            died = self.fails(hearth.TaskFailed, executor.submit(lambda: (sys.stderr.write("last words\n"), sys.stderr.flush(), os._exit(3))))
            self.assertIn("last words", died.message)
            self.assertIn("hearth show", died.hint)
            hungry = executor.submit(lambda: len(b"x" * (1 << 30)))
            self.assertIsInstance(hungry.exception(PATIENT), (MemoryError, hearth.TaskFailed))
            self.assertEqual(executor.submit(abs, -1).result(PATIENT), 1, "others go on")
        with self.executor(retries=0, time_limit="1s") as executor:
            self.assertIn("time_limit", self.fails(hearth.TaskFailed, executor.submit(time.sleep, 60)).hint)

    def test_a_result_that_is_too_large(self):
        with self.executor(output_limit="100KB") as executor:
            error = self.fails(hearth.TooLarge, executor.submit(bytes, 200_000))
            self.assertIn("output_limit", error.hint)
            self.assertEqual(len(executor.submit(bytes, 90_000).result(PATIENT)), 90_000)

    def test_what_cannot_be_sent_is_an_error_that_says_so(self):
        with self.executor() as executor:
            for future in (executor.submit(threading.Lock().acquire), executor.submit(abs, threading.Lock())):
                self.assertIn("plain values", self.fails(hearth.CannotPickle, future).hint)
            self.assertIsInstance(future.exception(), pickle.PicklingError)

    def test_without_cloudpickle_functions_of_modules_travel(self):
        with mock.patch.object(hearth, "cloudpickle", None), self.executor(results=[self.own.Trouble]) as executor:
            self.assertEqual([*executor.map(self.own.twice, range(4), chunksize=2)], [0, 2, 4, 6])
            self.assertEqual(executor.submit(pow, 2, 3).result(PATIENT), 8)
            self.assertEqual(executor.submit(len, b"x" * 100_000).result(PATIENT), 100_000)
            self.fails(self.own.Trouble, executor.submit(self.own.fail, "x"))
            self.assertIn("python3-cloudpickle", self.fails(hearth.CannotPickle, executor.submit(lambda: 1)).hint)

    def test_a_call_is_cancelled_until_a_host_has_it(self):
        with self.executor(max_workers=1) as executor:
            calls = [executor.submit(time.sleep, 3) for _ in range(30)]
            Grid.until(lambda: any(call.running() for call in calls), PATIENT, "a host has the first call")
            self.assertTrue(calls[-1].cancel())
            self.assertFalse(calls[0].cancel())
            done, _ = concurrent.futures.wait(calls[-1:], 1)
            self.assertEqual(len(done), 1)
            self.assertRaises(concurrent.futures.CancelledError, calls[-1].result)
            executor.shutdown(cancel_futures=True)
        self.assertEqual({call.cancelled() or call.done() for call in calls}, {True})
        self.assertIsNone(calls[0].exception())
        self.assertGreater(sum(call.cancelled() for call in calls), 20)
        self.assertEqual(next(self.client.batches())["state"], "cancelled")

    def test_cancelling_every_call_ends_the_batch(self):
        pause = mock.patch.object(HearthExecutor, "_take")  # as if no host had been there yet
        with pause, self.executor() as executor:
            calls = [executor.submit(time.sleep, 60) for _ in range(3)]
            Grid.until(lambda: calls[0].batch, PATIENT, "the batch is sent")
            for call in calls:
                self.assertTrue(call.cancel())
            self.assertEqual(self.client.wait(calls[0].batch.number, PATIENT)["state"], "cancelled")

    def test_arrays_of_numpy_travel_both_ways(self):
        import numpy
        run([SOURCE / "packaging" / "python" / "publish-python", "--hearth", BIN / "hearth", "--key", self.grid.data / "keys" / "root.key",
             "--name", "python-numpy", "--with", "numpy"], env=self.grid.env)
        matrix = numpy.arange(1e5).reshape(100, 1000)
        with self.executor(application="python-numpy") as executor:
            product, norm = executor.submit(lambda m: (m @ m.T, numpy.linalg.norm(m)), matrix).result(2 * PATIENT)
        self.assertTrue(numpy.allclose(product, matrix @ matrix.T))
        self.assertAlmostEqual(norm, numpy.linalg.norm(matrix), 3)

    def test_two_hosts_agree_on_results(self):
        with self.executor(quorum=2) as executor:
            values = [*executor.map(lambda x: ({str(n) for n in range(x)}, {"x": x, "float": x / 3}), range(6))]
            self.fails(ZeroDivisionError, executor.submit(divmod, 1, 0))
        self.assertEqual(values, [({str(n) for n in range(x)}, {"x": x, "float": x / 3}) for x in range(6)])
        self.assertEqual(next(self.client.batches())["quorum"], 2)

    def test_another_python_and_an_unknown_application_are_told(self):
        with mock.patch.object(hearth, "_VERSION", "3.9"), self.executor() as executor:
            self.assertIn("Python 3.11, this is Python 3.9", self.fails(hearth.Unsupported, executor.submit(abs, 1)).message)
        with self.executor(application="pythn") as executor:
            error = self.fails(hearth.HearthError, executor.submit(abs, 1))
            self.assertIn("sending abs", error.message)
            self.assertTrue(error.hint)

    def test_the_interpreter_ends_after_the_last_result(self):
        script = ("import hearth, time\nex = hearth.HearthExecutor()\n"
                  "ex.submit(pow, 2, 5).add_done_callback(lambda call: print('got', call.result(), flush=True))\n")
        done = run([sys.executable, "-c", script], env={**self.grid.env, "PYTHONPATH": str(SOURCE / "packaging" / "python")}, timeout=PATIENT)
        self.assertEqual((done.stdout, done.stderr), ("got 32\n", ""))

    def test_settings_that_make_no_sense(self):
        for kind, wrong in ((ValueError, {"max_workers": 0}), (ValueError, {"batch_size": 0}), (ValueError, {"delay": -1}),
                            (hearth.Invalid, {"memory": "much"}), (hearth.Invalid, {"time_limit": "soon"})):
            with self.assertRaises(kind):
                HearthExecutor(self.client, **wrong)


class Away(WithExecutor):
    """What happens to waiting calls when the server, or the right to ask it, goes away."""

    def test_a_restart_of_the_server_loses_nothing(self):
        with self.executor() as executor:
            calls = [executor.submit(time.sleep, 2) for _ in range(4)] + [executor.submit(abs, -5)]
            Grid.until(lambda: calls[0].running(), PATIENT, "a host has the first call")
            self.grid.kill("server")
            self.grid.start_server()
            self.assertEqual(calls[-1].result(PATIENT), 5)
            self.assertEqual([call.result(PATIENT) for call in calls[:-1]], [None] * 4)

    def test_a_server_that_stays_away_is_an_error_of_every_waiting_call(self):
        with mock.patch.object(hearth, "_FIRST_PAUSE", 0.02), self.executor(patience=1) as executor:
            call = executor.submit(time.sleep, 1)
            Grid.until(call.running, PATIENT, "a host has the call")
            self.grid.kill("server")
            try:
                self.fails(hearth.Unavailable, call)
                error = self.fails(hearth.Unavailable, executor.submit(abs, 1))
                self.assertIn("try again later", error.hint)
            finally:
                self.grid.start_server()

    def test_a_token_that_is_given_up(self):
        own = Client(self.client.url, self.client.new_token("own", 60)["token"], fingerprint=self.grid.told["authorityFingerprint"])
        with own, self.executor(client=own) as executor:
            self.assertEqual(executor.submit(abs, -1).result(PATIENT), 1)
            own.give_up_token()
            self.assertTrue(self.fails(hearth.Unauthorized, executor.submit(abs, -1)).hint)


class Guide(unittest.TestCase):
    def test_every_snippet_of_the_guide_works(self):
        grid = Grid()
        self.addCleanup(grid.end_after, self)
        grid.ready(agents=2)
        run_guide(self, grid, lambda section: section != "Snakemake")


def only(cls, *names):
    """A class of tests with these of another."""
    return type(cls.__name__, (), {name: vars(cls)[name] for name in names})


class OnVolunteers(cpython.ExecutorMixin):
    """Python's own tests run with processes of this machine in mind. Left out are those that look at threads, processes, start methods
    and initialisers of the two pools, or name a class of concurrent.futures to a second interpreter; test_cancel_futures expects that a
    call runs at once (test_a_call_is_cancelled_until_a_host_has_it has its point)."""

    @classmethod
    def setUpClass(cls):
        cls.grid = two_agents()
        cls.client = Client.from_login(cls.grid.folder / "config" / "hearth")
        cls.addClassCleanup(cls.client.close)

    def executor_type(self, max_workers=None):
        return HearthExecutor(self.client, max_workers=max_workers, results=[cpython.MyObject])


class PythonsExecutorTests(OnVolunteers, cpython.ExecutorTest, only(cpython.ProcessPoolExecutorTest, "test_map_chunksize"), cpython.BaseTestCase):
    pass


class PythonsWaitTests(OnVolunteers, cpython.WaitTests, cpython.BaseTestCase):
    pass


class PythonsAsCompletedTests(OnVolunteers, cpython.AsCompletedTests, cpython.BaseTestCase):
    pass


class PythonsShutdownTests(OnVolunteers, only(cpython.ExecutorShutdownTest, "test_run_after_shutdown", "test_hang_issue12364"),
                           cpython.BaseTestCase):
    pass


if __name__ == "__main__":
    unittest.main(verbosity=2)
