# SPDX-License-Identifier: GPL-3.0-or-later
"""packaging/python/hearth.py against a real server and real agents: the client's every call, and the executor also by Python's own
tests of executors (Debian's libpython3.11-testsuite)."""

import os
import sys

DEBIAN = "/usr/bin/python3"  # the Python whose cloudpickle and tests Debian has, and the one that is published
if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
    os.execv(DEBIAN, [DEBIAN, *sys.argv])

import concurrent.futures
import contextlib
import functools
import hashlib
import importlib
import itertools
import pathlib
import pickle
import socket
import ssl
import threading
import time
import unittest
from unittest import mock

from test import test_concurrent_futures as cpython

from connect_proxy import ConnectProxy
from grid import BIN, SOURCE, Grid, run
from guide import run_guide

sys.path.insert(0, str(SOURCE / "packaging" / "python"))
import hearth
from hearth import Client, HearthExecutor

PATIENT = 60  # seconds for what takes some


@functools.cache
def two_agents():
    """One project for all of Python's own tests."""
    grid = published(2)
    unittest.addModuleCleanup(grid.__exit__, None, None, None)
    return grid


def published(agents):
    """A grid with Python as an application, made as an admin makes it."""
    grid = Grid()
    grid.ready(agents)
    run([SOURCE / "packaging" / "python" / "publish-python", "--hearth", BIN / "hearth", "--key", grid.data / "keys" / "root.key"], env=grid.env)
    return grid


class WithGrid(unittest.TestCase):
    """One project for all tests of a class."""

    agents = 1

    @classmethod
    def setUpClass(cls):
        cls.grid = published(cls.agents)
        cls.addClassCleanup(cls.grid.__exit__, None, None, None)
        cls.client = cls.log_in()
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def log_in(cls):
        return Client.from_login(cls.grid.folder / "config" / "hearth")

    def bundle(self, name, manifest, **files):
        folder = self.grid.folder / "bundles" / self.id().rpartition(".")[2] / name
        folder.mkdir(parents=True)
        (folder / "hearth.toml").write_text(f'name = "{name}"\n{manifest}', encoding="utf-8")
        for place, text in files.items():
            (folder / place.replace("__", ".")).write_text(text, encoding="utf-8")
        return folder

    def echo(self, name="echo", sweep="n = { from = 1, to = 3 }", settings=""):
        """A bundle of which each task writes its parameter."""
        return self.bundle(name, 'application = "python"\ncommand = ["python3", "-c", "print({n})"]\nstdout = "out"\n'
                                 f"{settings}\n[sweep]\n{sweep}\n")

    def sleeping(self, name, seconds=600, tasks=1):
        return self.bundle(name, f'application = "python"\ncommand = ["python3", "-c", "import time; time.sleep({seconds})"]\n'
                                 f"[sweep]\nn = {{ from = 1, to = {tasks} }}\n")


class Batches(WithGrid):
    def test_a_folder_becomes_a_batch_whose_results_are_fetched_verified(self):
        batch = self.client.submit_bundle(self.echo())
        states = [*self.client.watch(batch["id"])]
        self.assertEqual((states[-1]["state"], states[-1]["certified"]), ("done", 3))
        self.assertIn(batch["id"], [one["id"] for one in self.client.batches()])
        self.assertIn(batch["id"], [one["id"] for one in self.client.batches(everybodys=True)])
        results = [*self.client.results(batch["id"])]
        self.assertEqual([one["index"] for one in results], [0, 1, 2])
        self.assertEqual([one["index"] for one in self.client.results(batch["id"], 2)], [2])
        output = results[1]["outputs"][0]
        self.assertEqual(self.client.fetch(batch["id"], 1, output["digest"]), b"2\n")
        self.assertEqual(self.client.task(batch["id"], 1)["state"], "certified")
        folder = self.grid.folder / "fetched"
        self.assertEqual(self.client.fetch_results(batch["id"], folder, logs=True), 3)
        self.assertEqual([(folder / str(index) / "out").read_text() for index in range(3)], ["1\n", "2\n", "3\n"])
        before = (folder / "0" / "out").stat().st_mtime_ns
        self.assertEqual(self.client.fetch_results(batch["id"], folder), 3)
        self.assertEqual((folder / "0" / "out").stat().st_mtime_ns, before, "what is there is not fetched again")

    def test_a_download_goes_on_where_it_broke_off_and_refuses_other_bytes(self):
        batch = self.client.submit_bundle(self.bundle("much", 'application = "python"\nstdout = "out"\n'
                                                              'command = ["python3", "-c", "print(list(range(100000)))"]\n'))
        self.client.wait(batch["id"], PATIENT)
        digest = next(self.client.results(batch["id"]))["outputs"][0]["digest"]
        whole = self.client.fetch(batch["id"], 0, digest)
        place = self.grid.folder / "download"
        part = place.with_name("download.part")
        for left, begins in ((whole[:1000], "bytes=1000-"), (b"x" * 1000, "bytes=1000-"), (whole, f"bytes={len(whole)}-")):
            part.write_bytes(left)
            place.unlink(missing_ok=True)
            with mock.patch.object(self.client._http, "send", wraps=self.client._http.send) as send:
                self.client.download(batch["id"], 0, digest, place)
            self.assertEqual(send.call_args_list[0].kwargs["headers"], {"Range": begins})
            self.assertEqual(place.read_bytes(), whole)
            self.assertFalse(part.exists())
        with mock.patch.object(hashlib, "file_digest", return_value=hashlib.sha256(b"other")), self.assertRaises(hearth.Integrity):
            self.client.download(batch["id"], 0, digest, self.grid.folder / "never")
        self.assertFalse((self.grid.folder / "never").exists())

    def test_a_batch_is_paused_resumed_and_cancelled(self):
        batch = self.client.submit_bundle(self.sleeping("long"))["id"]
        self.assertEqual(self.client.pause(batch)["state"], "paused")
        self.assertEqual(self.client.resume(batch)["state"], "running")
        for seconds in (0, 1):
            begun = time.monotonic()
            with self.assertRaises(hearth.TimedOut) as caught:
                self.client.wait(batch, seconds)
            self.assertLess(time.monotonic() - begun, 10)
        self.assertIn("the batch goes on", caught.exception.hint)
        self.client.cancel(batch)
        self.assertEqual(self.client.wait(batch, PATIENT)["state"], "cancelled")

    def test_failed_tasks_are_listed_and_retried(self):
        bundle = self.bundle("fails", 'application = "python"\nretries = 0\ncommand = ["python3", "-c", "import sys; sys.exit(\'no luck\')"]\n')
        batch = self.client.submit_bundle(bundle)["id"]
        self.assertEqual(self.client.wait(batch, PATIENT)["failed"], 1)
        task = next(self.client.tasks(batch))
        self.assertEqual((task["index"], task["state"]), (0, "failed"))
        attempts = self.client.task(batch, 0)["attempts"]
        self.assertIn(b"no luck", self.client.fetch(batch, 0, attempts[0]["standardError"]))
        self.client.retry(batch)
        Grid.until(lambda: len(self.client.task(batch, 0)["attempts"]) == 2, PATIENT, "it was tried again")

    def test_the_same_key_makes_one_batch(self):
        spec, files = hearth.read_bundle(self.echo())
        for digest, path in files.items():
            self.client.upload(path, digest)
        first, second = (self.client.submit(spec, key="nightly") for _ in range(2))
        self.assertEqual(first["id"], second["id"])
        self.assertNotEqual(self.client.submit(spec)["id"], first["id"])

    def test_a_bundle_means_the_same_as_to_the_command(self):
        everything = self.bundle("everything", """
application = "python"
command = "python3 'with space.py' --e {e} \\"quoted {{}}\\" {q}"
files = ["data/**", "*.txt"]
inputs = ["with space.py", { from = "{q}.txt", to = "query" }]
outputs = ["hits", { path = "warnings", optional = true }]
stdin = "query"
stdout = "log"
exit_codes = [3, 0, 3]
quorum = 2
retries = 1
deadline = "12h30m"
at_once = 7
stop_after_failures = 20
priority = -5
weight = 2
checkpoint = "90s"
distinct = "accounts"
[sweep]
e = { from = 0.00, to = 1.00, step = 2.5e-1 }
q = ["a", "b"]
n = { from = 10, to = 0, step = -5 }
f = [1, 0.50, true]
[environment]
LC_ALL = "C"
N = 3
[requirements]
memory = "1.5GiB"
disk = 1000000
processors = 2
sandbox = "process"
[limits]
time = "1h30m"
processes = 16
output = "10MB"
""", with_space__py="", a__txt="a", b__txt="b")
        (everything / "with_space.py").rename(everything / "with space.py")
        (everything / "data" / "deep").mkdir(parents=True)
        (everything / "data" / "deep" / "x").write_text("x")
        listed = self.bundle("listed", 'application = "python"\ncommand = ["python3", "-c", "{x}{label}"]\n[sweep]\nlist = "points.csv"\n',
                             points__csv='x,label\n1,"a, b"\n2,"c"\n')
        for bundle in (everything, listed):
            with self.subTest(bundle.name):
                ours, command = self.client.submit_bundle(bundle)["id"], self.grid.submit(bundle)
                self.assertEqual(self.client.spec(ours), self.client.spec(command))
                for batch in (ours, command):
                    self.client.cancel(batch)

    def test_a_native_package_is_signed_by_the_command(self):
        bundle = self.grid.probe_bundle("native", ["probe", "echo", "x"])
        with mock.patch.dict(os.environ, {**self.grid.env, "PATH": f"{BIN}:{os.environ['PATH']}"}):
            batch = self.client.submit_bundle(bundle)["id"]
            self.assertEqual(self.client.wait(batch, PATIENT)["certified"], 1)
        with mock.patch.dict(os.environ, {"PATH": "/nowhere"}), self.assertRaises(hearth.Unsupported) as caught:
            self.client.submit_bundle(bundle)
        self.assertIn("hearth login", caught.exception.hint)

    def test_a_wrong_manifest_says_what_to_do(self):
        program = 'application = "python"\ncommand = ["python3"]\n'
        for manifest, message, hint in (
                ('comand = "x"', "Did you mean 'command'?", "Known keys"), ("x = [", "hearth.toml", "TOML"),
                (program + 'deadline = "soon"', "no length of time", "1h30m"), (program + '[limits]\noutput = "much"', "no number of bytes", "512MiB"),
                (program + "[sweep]\nn = 3", "neither a range nor", "from = 1"), (program + 'inputs = ["absent"]', "matches 'absent'", "relative"),
                (program + 'inputs = ["../x"]', "not a path inside", "'..'"), (program + 'network = "all"', "network", "Remove"),
                ('application = "python"\ncommand = "a | b"', "unquoted '|'", "No shell"),
                ('application = "python"\ncommand = "a \'b"', "taken apart", "quote"), (program + 'package = "gone"', "no package", "hearth pack")):
            with self.subTest(message), self.assertRaises(hearth.HearthError) as caught:
                hearth.read_bundle(self.bundle(hashlib.sha256(manifest.encode()).hexdigest(), manifest))
            self.assertIn(message, caught.exception.message)
            self.assertIn(hint, caught.exception.hint)
        with self.assertRaises(hearth.NotFound):
            hearth.read_bundle(self.grid.folder)
        with self.assertRaises(hearth.Invalid) as caught:  # what the server refuses, it refuses in its own words
            self.client.submit({"name": "x", "application": "python", "command": ["{nobody}"]})
        self.assertTrue(caught.exception.hint)
        self.assertEqual(caught.exception.status, 400)


class Blobs(WithGrid):
    agents = 0

    def test_an_upload_goes_on_where_it_broke_off_and_is_sent_once(self):
        data = os.urandom(3 << 20)
        digest = hashlib.sha256(data).hexdigest()
        begun = self.client._http.send("PUT", f"/api/v1/blobs/{digest}", body=data[:1 << 20], headers={"Upload-Offset": "0", "Upload-Length": str(len(data))})
        self.assertEqual((begun.status, begun.read()), (202, b""))
        place = self.grid.folder / "upload"
        place.write_bytes(data)
        with mock.patch.object(self.client, "_upload_rest", wraps=self.client._upload_rest) as rest:
            self.assertEqual(self.client.upload(place), digest)
            self.assertEqual([call.args[2] for call in rest.call_args_list], [1 << 20])
            self.assertEqual(self.client.upload(data), digest)
            self.assertEqual(rest.call_count, 1, "what the server has is not sent again")
        with self.assertRaises(hearth.Integrity):
            self.client.upload(place, "0" * 64)
        self.client.upload(b"")

    def test_an_upload_survives_a_restart_of_the_server(self):
        data = os.urandom(8 << 20)
        server = self.grid.processes["server"]

        class Breaking(hearth.io.BytesIO):
            """Ends the server when half of it was read."""
            def read(self, *size):
                if self.tell() >= len(data) // 2 and server.poll() is None:
                    server.kill()
                    server.wait()
                    threading.Thread(target=self.grid_again).start()
                return super().read(*size)

            def grid_again(self):
                test.grid.processes.pop("server")
                test.grid.start_server()

        test = self
        with mock.patch.object(hearth.io, "BytesIO", Breaking):
            digest = self.client.upload(data)
        self.assertIsNotNone(server.poll())
        self.assertIsNone(self.client._upload_offset(digest))
        Grid.until(lambda: "server" in self.grid.processes, PATIENT, "the new server is known")


class Login(WithGrid):
    agents = 0

    def refused(self, kind, call):
        with self.assertRaises(kind) as caught:
            call()
        self.assertTrue(caught.exception.hint, "it says what to do next")
        return caught.exception

    def server(self, **given):
        client = Client(**{"url": f"https://127.0.0.1:{self.grid.port}", "token": self.grid.told["adminToken"],
                           "fingerprint": self.grid.told["authorityFingerprint"], **given})
        self.addCleanup(client.close)
        return client

    def test_account_applications_hosts_and_tokens(self):
        self.assertEqual(self.client.me()["name"], "admin")
        self.assertEqual([one["name"] for one in self.client.applications()], ["python"])
        self.assertEqual([*self.client.hosts()], [])
        token = self.client.new_token("notebook", 3600)["token"]
        with self.server(token=token) as other:
            self.assertEqual(other.me(), self.client.me())
            other.give_up_token()
            self.refused(hearth.Unauthorized, other.me)

    def test_only_the_server_of_the_fingerprint_is_trusted(self):
        self.assertEqual(self.server(fingerprint=" ".join(self.grid.told["authorityFingerprint"].upper())).me()["name"], "admin")
        self.assertEqual(self.server(fingerprint=None, ca=self.grid.data / "certs" / "authority.crt", url=f"https://localhost:{self.grid.port}")
                         .me()["name"], "admin")
        self.assertIn("fingerprint", self.refused(hearth.Integrity, self.server(fingerprint="a" * 64).me).message)
        self.refused(hearth.Integrity, self.server(fingerprint=None).me)
        for bad in ({"url": "http://127.0.0.1:1"}, {"url": "https://"}, {"fingerprint": "abc"}):
            self.refused(hearth.Invalid, functools.partial(self.server, **bad))

    def test_an_impostor_that_copies_the_certificate_is_found_out(self):
        """The pinned certificate is public: that a server shows it proves nothing without a leaf that it signed."""
        folder = self.grid.folder / "impostor"
        folder.mkdir()
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
             "-keyout", folder / "key", "-out", folder / "leaf"])
        (folder / "chain").write_bytes((folder / "leaf").read_bytes() + (self.grid.data / "certs" / "authority.crt").read_bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "chain", folder / "key")
        heard = []

        def serve(listening):
            with contextlib.suppress(OSError):
                while True:
                    plain, _ = listening.accept()
                    with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
                        heard.append(secure.recv(1000))

        with socket.create_server(("127.0.0.1", 0)) as listening:
            threading.Thread(target=serve, args=(listening,), daemon=True).start()
            self.refused(hearth.Integrity, self.server(url=f"https://127.0.0.1:{listening.getsockname()[1]}").me)
            listening.shutdown(socket.SHUT_RDWR)
        self.assertFalse(b"".join(heard), "the token was not sent")

    def test_a_wrong_an_expired_and_a_powerless_token(self):
        self.refused(hearth.Unauthorized, self.server(token="hacc_wrong").me)
        expiring = self.server(token=self.client.new_token("short", 0.5)["token"])

        def has_expired():
            try:
                expiring.me()
            except hearth.Unauthorized:
                return True
            return False
        Grid.until(has_expired, 10, "the token expires")
        self.refused(hearth.Unauthorized, lambda: expiring.upload(b"x"))
        volunteer = self.client.call("POST", "/api/v1/accounts", {"name": "volunteer", "roles": ["volunteer"]})["token"]
        self.refused(hearth.Forbidden, lambda: self.server(token=volunteer).submit({"name": "x", "command": ["x"]}))
        self.refused(hearth.Forbidden, lambda: self.server(token=volunteer).upload(b"x"))

    def test_a_login_that_is_not_there_readable_by_others_or_damaged(self):
        folder = self.grid.folder / "logins"
        folder.mkdir()
        self.refused(hearth.Unauthorized, lambda: Client.from_login(folder))
        session = folder / "session.json"
        session.write_text((self.grid.folder / "config" / "hearth" / "session.json").read_text())
        session.chmod(0o644)
        self.assertIn("chmod 600", self.refused(hearth.Forbidden, lambda: Client.from_login(folder)).hint)
        session.chmod(0o600)
        with Client.from_login(folder) as client:
            self.assertEqual(client.me()["name"], "admin")
        with mock.patch.dict(os.environ, {"XDG_CONFIG_HOME": str(self.grid.folder / "config")}), Client.from_login() as client:
            self.assertEqual(client.me()["name"], "admin")
        session.write_text("{")
        self.refused(hearth.Invalid, lambda: Client.from_login(folder))

    def test_nothing_there_is_an_error_of_its_own(self):
        for call in (lambda: self.client.batch(999), lambda: self.client.task(999, 0), lambda: next(self.client.watch(999)),
                     lambda: next(self.client.results(999)), lambda: self.client.cancel(999), lambda: self.client.fetch(999, 0, "0" * 64)):
            self.assertEqual(self.refused(hearth.NotFound, call).status, 404)

    def test_through_a_proxy(self):
        proxy = ConnectProxy()
        self.addCleanup(proxy.close)
        with mock.patch.dict(os.environ, {"https_proxy": proxy.url, "no_proxy": ""}):
            self.assertEqual(self.server().me()["name"], "admin")
            self.assertIn(f"CONNECT 127.0.0.1:{self.grid.port} HTTP/1.0", proxy.asked)
        with mock.patch.dict(os.environ, {"https_proxy": proxy.url, "no_proxy": "127.0.0.1"}):
            asked = len(proxy.asked)
            self.assertEqual(self.server().me()["name"], "admin")
            self.assertEqual(len(proxy.asked), asked)
        with mock.patch.dict(os.environ, {"https_proxy": "socks5://127.0.0.1:1", "no_proxy": ""}):
            self.refused(hearth.Unsupported, self.server().me)

    def test_a_server_that_is_away_for_some_seconds_is_waited_for(self):
        client = self.server()
        client.me()
        self.grid.kill("server")
        again = threading.Timer(1, self.grid.start_server)
        again.start()
        self.assertEqual(client.me()["name"], "admin")
        again.join()
        with mock.patch.object(hearth, "_FIRST_PAUSE", 0.01):
            gone = self.server(url="https://127.0.0.1:1")
            self.assertIn("try again later", self.refused(hearth.Unavailable, gone.me).hint)

    def test_errors_keep_their_words_when_they_are_pickled(self):
        error = pickle.loads(pickle.dumps(hearth.Conflict("what", "hint", 409)))
        self.assertEqual((type(error), error.message, error.hint, error.status, str(error)), (hearth.Conflict, "what", "hint", 409, "what\n  hint: hint"))


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
            self.assertEqual([*executor.map(lambda data, n: (len(data), n), itertools.repeat(large, 5), range(5))], [(300_000, n) for n in range(5)])
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
