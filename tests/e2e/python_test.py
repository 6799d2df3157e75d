# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of packaging/python/hearth.py against a real server and real agents: its every call, and what goes wrong."""

from python_grid import PATIENT, WithGrid  # first: it chooses the Python

import contextlib
import functools
import hashlib
import os
import pickle
import socket
import ssl
import threading
import time
import unittest
from unittest import mock

import hearth
from connect_proxy import ConnectProxy
from grid import BIN, Grid, run
from hearth import Client


class Batches(WithGrid):
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
                (program + 'deadline = "soon"', "no length of time", "1h30m"),
                (program + '[limits]\noutput = "much"', "no number of bytes", "512MiB"),
                (program + "[sweep]\nn = 3", "neither a range nor", "from = 1"),
                (program + 'inputs = ["absent"]', "matches 'absent'", "relative"),
                (program + 'inputs = ["../x"]', "not a path inside", "'..'"), (program + 'network = "all"', "network", "Remove"),
                ('application = "python"\ncommand = "a | b"', "unquoted '|'", "No shell"),
                ('application = "python"\ncommand = "a \'b"', "taken apart", "quote"),
                (program + 'package = "gone"', "no package", "hearth pack")):
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
        begun = self.client._http.send("PUT", f"/api/v1/blobs/{digest}", body=data[:1 << 20],
                                       headers={"Upload-Offset": "0", "Upload-Length": str(len(data))})
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
        with self.server(token=self.client.new_token("look", 3600, scope="read")["token"]) as reader:
            self.assertEqual([*reader.batches()], [])
            self.refused(hearth.Forbidden, lambda: reader.upload(b"x"))
            self.client.revoke_token(next(one["id"] for one in self.client.tokens() if one["label"] == "look"))
            self.refused(hearth.Unauthorized, reader.me)

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
        self.assertEqual((type(error), error.message, error.hint, error.status), (hearth.Conflict, "what", "hint", 409))
        self.assertEqual(str(error), "what\n  hint: hint")


if __name__ == "__main__":
    unittest.main(verbosity=2)
