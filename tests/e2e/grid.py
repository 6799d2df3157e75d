# SPDX-License-Identifier: GPL-3.0-or-later
"""A real project on loopback for end-to-end tests: hearthd, agents and the command line, as processes, in a folder of their own."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

BIN = pathlib.Path(os.environ["HEARTH_BIN_DIR"])
SOURCE = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    """Below what the system gives to outgoing connections: while a server is down, none of them takes its port."""
    while True:
        port = random.randrange(20000, 32768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Failed(Exception):
    """A command of ours ended with an error."""

    def __init__(self, command, code, out, err):
        super().__init__(f"{' '.join(map(str, command))}\nexit {code}\n{out}\n{err}")
        self.code, self.out, self.err = code, out, err


def run(command, env=None, timeout=120, check=True):
    done = subprocess.run([str(part) for part in command], env=env, timeout=timeout, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise Failed(command, done.returncode, done.stdout, done.stderr)
    return done


class Grid:
    """Use as a context manager: whatever it started is ended, by process id, and its folder removed."""

    def __init__(self, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hearth-e2e-"))
        os.chmod(self.folder, 0o755)
        self.data = self.folder / "server"
        self.port = free_port()
        self.processes = {}
        self.logs = {}
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(self.folder / "config"), "HOME": str(self.folder)}
        told = run([BIN / "hearthd", "init", self.data, "--name", "e2e", "--listen", f"127.0.0.1:{self.port}", "--json"])
        self.told = json.loads(told.stdout)
        if settings:
            with open(self.data / "hearthd.toml", "a", encoding="utf-8") as file:
                file.write(settings)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.end(kind is not None)

    def end_after(self, test):
        """For addCleanup: shows the logs where the test failed."""
        result = test._outcome.result
        self.end(any(failed is test for failed, _ in (*result.failures, *result.errors)))

    def end(self, failed):
        for name in list(self.processes):
            self.stop(name)
        if failed:
            for name, path in self.logs.items():
                text = path.read_text(errors="replace") if path.exists() else ""
                print(f"--- {name}: last lines of its log\n" + "\n".join(text.splitlines()[-30:]), file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def join_token(self):
        return urllib.parse.parse_qs(urllib.parse.urlparse(self.told["joinLink"]).query)["token"][0]

    # Processes

    def start(self, name, command, env=None):
        self.logs[name] = self.folder / f"{name}.log"
        with open(self.logs[name], "ab") as log:
            self.processes[name] = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log,
                                                    stdin=subprocess.DEVNULL, env=env or self.env)
        return self.processes[name]

    def stop(self, name, sig=signal.SIGTERM, timeout=30):
        process = self.processes.pop(name, None)
        if process is None:
            return None
        process.send_signal(sig)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def kill(self, name):
        return self.stop(name, signal.SIGKILL)

    def start_server(self, wait=True):
        process = self.start("server", [BIN / "hearthd", "run", self.data])
        if wait:
            self.until(lambda: self.answers() or process.poll() is not None, 30, "the server answers")
            if process.poll() is not None:
                raise AssertionError("hearthd ended: " + self.logs["server"].read_text()[-2000:])

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False

    def join(self, name, link=None, check=True, env=None):
        return run([BIN / "hearth-agent", "join", link or self.told["joinLink"], "--dir", self.folder / name, "--name", name],
                   env=env or self.env, check=check)

    def start_agent(self, name, env=None):
        process = self.start(name, [BIN / "hearth-agent", "daemon", "--dedicated", "--dir", self.folder / name], env=env)
        self.until(lambda: self.agent(name, "status", check=False).returncode == 0 or process.poll() is not None, 60, f"{name} answers")
        return process

    def add_agent(self, name):
        self.join(name)
        return self.start_agent(name)

    def agent(self, name, *verb, check=True):
        return run([BIN / "hearth-agent", *verb, "--dir", self.folder / name], env=self.env, check=check)

    def agent_status(self, name):
        return json.loads(self.agent(name, "status", "--json").stdout)

    # The command line

    def hearth(self, *arguments, check=True, timeout=300):
        return run([BIN / "hearth", *arguments], env=self.env, check=check, timeout=timeout)

    def hearth_json(self, *arguments, **options):
        return json.loads(self.hearth(*arguments, "--json", **options).stdout)

    def login(self):
        self.hearth("login", f"https://127.0.0.1:{self.port}", "--token", self.told["adminToken"], "--fingerprint",
                    self.told["authorityFingerprint"])

    def approve_key(self, root_key=None):
        self.hearth("key", "new")
        self.hearth("key", "approve", "--root-key", root_key or self.data / "keys" / "root.key")

    def ready(self, agents=2):
        """A project that is served, with a scientist who may sign and so many agents."""
        self.start_server()
        self.login()
        self.approve_key()
        for number in range(1, agents + 1):
            self.add_agent(f"agent{number}")
        return self

    def probe_bundle(self, name, command, sweep="", settings="", outputs='["out"]'):
        """A bundle that runs tests/e2e/probe.c."""
        folder = self.folder / "bundles" / name
        folder.mkdir(parents=True)
        self.hearth("pack", BIN / "probe", "--name", "probe", "--version", "1", "-o", folder / "package")
        (folder / "hearth.toml").write_text(
            f'name = "{name}"\npackage = "package"\ncommand = {json.dumps(command)}\noutputs = {outputs}\n{settings}\n'
            + (f"[sweep]\n{sweep}\n" if sweep else ""), encoding="utf-8")
        return folder

    def submit(self, bundle, *arguments):
        return self.hearth_json("submit", bundle, *arguments)["id"]

    def batch(self, batch):
        return self.hearth_json("status", str(batch))

    def wait_done(self, batch, timeout=120):
        self.until(lambda: self.batch(batch)["state"] in ("done", "cancelled", "paused"), timeout, f"batch {batch} ends")
        return self.batch(batch)

    @staticmethod
    def until(condition, timeout, what):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"after {timeout} s still not true: {what}")
