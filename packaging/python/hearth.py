# SPDX-License-Identifier: GPL-3.0-or-later
"""Hearth from Python: one file that needs nothing but Python 3.11. Copy it beside your program, or into a folder of PYTHONPATH.

`Client` speaks the API of a Hearth server: batches, blobs, results, applications, tokens. `HearthExecutor` is a
`concurrent.futures.Executor` whose functions run on volunteers' machines:

    from hearth import HearthExecutor

    with HearthExecutor() as executor:              # the server that `hearth login` saved
        print(list(executor.map(pow, range(10), [2] * 10)))

What the server answers is handed on as it is, a dict whose members server/api/openapi.yaml describes. Whatever goes wrong is a
`HearthError`: its `message` says what, its `hint` what to do next. The guide is docs/python.md.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import difflib
import fnmatch
import functools
import hashlib
import http.client
import io
import itertools
import json
import os
import pathlib
import pickle
import random
import re
import shlex
import shutil
import site
import ssl
import subprocess
import sys
import sysconfig
import threading
import time
import tomllib
import types
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from typing import Any, BinaryIO

try:
    import cloudpickle  # Debian: python3-cloudpickle; without it only functions of modules travel
except ImportError:
    cloudpickle = None

__all__ = ["Client", "HearthExecutor", "HearthError", "Invalid", "Unauthorized", "Forbidden", "NotFound", "Conflict", "TooLarge",
           "Integrity", "ServerFault", "Unsupported", "Unavailable", "TimedOut", "Exhausted", "TaskFailed", "CannotPickle",
           "UntrustedResult", "RemoteError", "RemoteTraceback", "read_bundle"]

Json = dict[str, Any]
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


# What goes wrong

class HearthError(Exception):
    """What went wrong (`message`), what to do next (`hint`), and the HTTP status if the server said so."""

    kind = "error"

    def __init__(self, message: str, hint: str = "", status: int = 0):
        super().__init__(message, hint, status)
        self.message, self.hint, self.status = message, hint, status

    def __str__(self) -> str:
        return self.message + (f"\n  hint: {self.hint}" if self.hint else "")


class Invalid(HearthError):
    """The request, the manifest or an argument is wrong."""
    kind = "invalid"


class Unauthorized(HearthError):
    """Not logged in: the token is missing, unknown or has expired."""
    kind = "unauthorized"


class Forbidden(HearthError):
    """The account's roles do not allow it."""
    kind = "forbidden"


class NotFound(HearthError):
    """There is no such batch, task, blob or application."""
    kind = "not-found"


class Conflict(HearthError):
    """It contradicts what is there."""
    kind = "conflict"


class TooLarge(HearthError):
    """Over a limit; also a result that is larger than the executor's `output`."""
    kind = "too-large"


class Integrity(HearthError):
    """A digest, signature or certificate does not hold."""
    kind = "integrity"


class ServerFault(HearthError):
    """The server has a fault."""
    kind = "io"


class Unsupported(HearthError):
    """The server, or this file, does not know how."""
    kind = "unsupported"


class Unavailable(HearthError):
    """The server is away or busy; the same call may work later."""
    kind = "unavailable"


class TimedOut(HearthError):
    """It took too long."""
    kind = "timeout"


class Exhausted(HearthError):
    """Out of space or memory."""
    kind = "exhausted"


class TaskFailed(HearthError):
    """A task failed on every host that tried it: killed at a limit, say. A function's own exception is raised as itself."""
    kind = "task-failed"


class CannotPickle(HearthError, pickle.PicklingError):
    """A function or an argument cannot be sent to another machine."""
    kind = "cannot-pickle"


class UntrustedResult(HearthError):
    """A result that could run code here when it is loaded, from a host that nobody vouches for."""
    kind = "untrusted-result"


class RemoteError(HearthError):
    """An exception on the volunteer's machine whose class is not known here; the message has its name and text."""
    kind = "remote-error"


class RemoteTraceback(Exception):
    """The cause of an exception that a function raised on a volunteer's machine: where it was raised."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


_KINDS: dict[str, type[HearthError]] = {kind.kind: kind for kind in (
    Invalid, Unauthorized, Forbidden, NotFound, Conflict, TooLarge, Integrity, ServerFault, Unsupported, Unavailable, TimedOut, Exhausted)}
_KIND_OF_STATUS = {400: Invalid, 401: Unauthorized, 403: Forbidden, 404: NotFound, 408: TimedOut, 409: Conflict, 413: TooLarge,
                   422: Integrity, 429: Unavailable, 501: Unsupported, 502: Unavailable, 503: Unavailable, 504: TimedOut, 507: Exhausted}
_BUSY = (429, 502, 503, 504)


def _error_of(status: int, body: bytes) -> HearthError:
    """The exception that a problem document stands for, or an answer that is none."""
    kind = _KIND_OF_STATUS.get(status, ServerFault if status >= 500 else Invalid)
    try:
        problem = json.loads(body)
        kind = _KINDS.get(problem["type"].rpartition(":")[2], kind)
        return kind(problem["detail"], problem.get("hint", ""), status)
    except (ValueError, TypeError, KeyError, AttributeError):
        return kind(f"the server answered HTTP {status} without saying why",
                    "Check that the address is that of a Hearth server, and whether a proxy answers instead.", status)


# The connection

_TRIES = 6
_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_RETRY_AFTER = 0.25, 15.0, 120.0  # seconds
_SILENCE = 75.0  # a call on which nothing moves for so long is given up; a stream of events repeats itself every 30 s
_IDLE_CONNECTIONS = 8
_BLOCK = 256 * KIB


def _pause_before(attempt: int, retry_after: str | None = None) -> float:
    """Seconds before the next try: doubled each time, half of it random, no less than the server asks for."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1)
    if retry_after and retry_after.isdigit():
        pause = max(pause, min(float(retry_after), _LONGEST_RETRY_AFTER))
    return pause


class _Answer:
    """An answer whose body may not have been read yet. Closing it gives the connection back if the body was read to its end."""

    def __init__(self, connection: http.client.HTTPSConnection, idle: list):
        self._connection, self._idle, self._socket = connection, idle, connection.sock  # the connection may let go of its socket
        self.body = connection.getresponse()
        self.status, self.headers = self.body.status, self.body.headers

    def lasts_until(self, end: float) -> None:
        """Gives up reading then: an instant of time.monotonic()."""
        self._socket.settimeout(min(_SILENCE, max(0.01, end - time.monotonic())))

    def read(self) -> bytes:
        try:
            return self.body.read()
        except (OSError, http.client.HTTPException) as lost:
            raise Unavailable(f"the connection was lost in the middle of an answer: {lost}", "Try again.") from lost
        finally:
            self.close()

    def drop(self) -> None:
        """For an answer that is not read to its end."""
        self.body.close()
        self._connection.close()

    def close(self) -> None:
        if self.body.isclosed() and self._connection.sock and not self.body.will_close and len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(self._connection)
        else:
            self._connection.close()


class _Transport:
    """Calls to one server over kept TLS connections, from any number of threads. Repeats what may be repeated."""

    def __init__(self, url: str, token: str, fingerprint: str | None, ca: str | os.PathLike | None):
        parts = urllib.parse.urlsplit(url if "://" in url else "https://" + url)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
            raise Invalid(f"'{url}' is not a server's address",
                          "Write it like https://grid.example.org:8443; a token is sent over TLS only.")
        self.url = f"https://{parts.netloc}"
        self._host, self._port = parts.hostname, parts.port or 443
        self._token, self._ca = token, ca
        self._pin = fingerprint.replace(":", "").replace(" ", "").lower() if fingerprint else None
        if self._pin and (len(self._pin) != 64 or set(self._pin) - set("0123456789abcdef")):
            raise Invalid("the fingerprint is not a SHA-256: 64 hexadecimal digits are expected",
                          "Copy it from what `hearthd init` printed.")
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._idle: list[http.client.HTTPSConnection] = []

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def send(self, method: str, path: str, *, body: bytes | BinaryIO | None = None, headers: Mapping[str, str] = {},
             repeatable: bool = True, tries: int = _TRIES) -> _Answer:
        """The answer, whatever its status. Tried again: what never reached the server, what it was too busy for, and, where it is
        `repeatable`, what may have reached it."""
        for attempt in itertools.count(1):
            retry_after = None
            try:
                answer = self._once(method, path, body, headers, repeatable)
                if answer.status not in _BUSY or attempt >= tries:
                    return answer
                retry_after = answer.headers.get("Retry-After")
                answer.read()
            except _Lost as lost:
                if attempt >= tries or not (repeatable or lost.unsent):
                    raise Unavailable(f"cannot reach {self.url} ({method} {path}): {lost}",
                                      "Check the address and your network; if both are right, try again later.") from lost
            time.sleep(_pause_before(attempt, retry_after))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Any, headers: Mapping[str, str], repeatable: bool) -> _Answer:
        connection, is_fresh = self._connection(may_be_old=repeatable)
        try:
            connection.request(method, path, body=body, headers={**self._common(), **headers})
            return _Answer(connection, self._idle)
        except (OSError, http.client.HTTPException) as lost:
            connection.close()
            if not is_fresh and not hasattr(body, "read"):  # the server had closed it meanwhile: that is no failure
                self.close()
                return self._once(method, path, body, headers, repeatable)
            raise _Lost(lost, unsent=False) from lost

    def _common(self) -> dict[str, str]:
        common = {"User-Agent": "hearth-python"}
        if self._token:
            common["Authorization"] = f"Bearer {self._token}"
        return common

    def _connection(self, may_be_old: bool) -> tuple[http.client.HTTPSConnection, bool]:
        if may_be_old:
            with contextlib.suppress(IndexError):
                return self._idle.pop(), False
        with self._lock:
            if self._context is None:
                self._context = self._pinned_context() if self._pin else self._ordinary_context()
        return self._open(self._context), True

    def _open(self, context: ssl.SSLContext) -> http.client.HTTPSConnection:
        """A new connection, through the proxy that the environment names, if any."""
        proxy = urllib.request.getproxies().get("https")
        if proxy and not urllib.request.proxy_bypass(f"{self._host}:{self._port}"):
            parts = urllib.parse.urlsplit(proxy if "://" in proxy else "http://" + proxy)
            if parts.scheme != "http":
                raise Unsupported(f"the proxy {proxy} is not one that this client can use", "Name an http:// proxy in https_proxy.")
            connection = http.client.HTTPSConnection(parts.hostname or "", parts.port or 8080, timeout=_SILENCE, context=context)
            login = f"{urllib.parse.unquote(parts.username or '')}:{urllib.parse.unquote(parts.password or '')}"
            basic = {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if parts.username else {}
            connection.set_tunnel(self._host, self._port, headers=basic)
        else:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=_SILENCE, context=context)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as distrust:
            raise self._distrust(distrust.verify_message) from distrust
        except (OSError, http.client.HTTPException) as lost:
            raise _Lost(lost, unsent=True) from lost
        return connection

    def _distrust(self, why: str) -> Integrity:
        if self._pin:
            return Integrity(f"the server at {self.url} is not the one whose fingerprint you gave",
                             "Ask the project's admin for the fingerprint (`hearthd init` prints it); if it is the same, somebody may be "
                             "between you and the server.")
        return Integrity(f"the certificate of {self.url} cannot be trusted: {why}",
                         "Give the fingerprint that the project's admin tells you.")

    def _ordinary_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=os.fspath(self._ca) if self._ca else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    def _pinned_context(self) -> ssl.SSLContext:
        """Trusts the pinned certificate and what it signed, and nothing else. The certificate itself comes from the server: a first
        connection, on which nothing is said, asks for it, and the fingerprint vouches for it. The host's name plays no part, since a
        private authority signs its own project's servers only."""
        curious = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        curious.check_hostname, curious.verify_mode = False, ssl.CERT_NONE
        with contextlib.closing(self._open(curious)) as connection:
            anchor = next((one for one in _presented(connection.sock) if hashlib.sha256(one).hexdigest() == self._pin), None)
        if anchor is None:
            raise self._distrust("")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version, context.check_hostname = ssl.TLSVersion.TLSv1_3, False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=anchor)
        return context


class _Lost(Exception):
    """A call that got no answer. `unsent`: it did not reach the server."""

    def __init__(self, why: Exception, unsent: bool):
        super().__init__(str(why) or type(why).__name__)
        self.unsent = unsent


def _presented(sock: Any) -> list[bytes]:
    """The certificates that a server presented, in DER. Public since Python 3.13, there since 3.10."""
    chain = sock.get_unverified_chain() if hasattr(sock, "get_unverified_chain") else sock._sslobj.get_unverified_chain()
    return [one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain]


# The API

_OVER = ("done", "cancelled")
_PAGE = 1000


class Client:
    """A Hearth server as one account sees it. Any thread may call.

    `fingerprint` is the SHA-256 that `hearth login --fingerprint` takes: with it exactly that project is trusted. Without it the
    system's certificate authorities are asked, or those of the file `ca`. Calls that can be repeated safely are, when the server is
    away or busy for some seconds; what creates something carries an idempotency key, so that a repetition makes no second one."""

    def __init__(self, url: str, token: str, *, fingerprint: str | None = None, ca: str | os.PathLike | None = None):
        self._http = _Transport(url, token, fingerprint, ca)

    @classmethod
    def from_login(cls, folder: str | os.PathLike | None = None) -> Client:
        """The server and token that `hearth login` saved: in `folder`, or where the command keeps them."""
        session = pathlib.Path(folder or _configuration_folder()) / "session.json"
        try:
            if session.stat().st_mode & 0o077:
                raise Forbidden(f"other users can read your token in {session}", f"chmod 600 {session}")
            saved = json.loads(session.read_text(encoding="utf-8"))
            return cls(saved["server"], saved["token"], fingerprint=saved.get("fingerprint"))
        except FileNotFoundError:
            raise Unauthorized("not logged in", "Log in first: hearth login https://SERVER --token TOKEN") from None
        except (ValueError, KeyError, TypeError) as damaged:
            raise Invalid(f"{session} is damaged: {damaged}", "Log in again: hearth login") from damaged

    @property
    def url(self) -> str:
        """The server's address."""
        return self._http.url

    def close(self) -> None:
        """Closes idle connections; the next call opens one again."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, repeatable: bool | None = None) -> Any:
        """Any call of the API with a JSON body: its answer, or the exception that its problem document stands for. POST is repeated
        after a lost answer only with an idempotency `key`, or where `repeatable` says that twice does no harm."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["Idempotency-Key"] = key
        if repeatable is None:
            repeatable = method != "POST" or bool(key)
        sent = None if body is None else json.dumps(body).encode()
        answer = self._http.send(method, path, body=sent, headers=headers, repeatable=repeatable)
        data = answer.read()
        if answer.status >= 400:
            raise _error_of(answer.status, data)
        try:
            return json.loads(data) if data else {}
        except ValueError as unreadable:
            raise Unsupported(f"the server's answer to {method} {path} cannot be read", "Is it a Hearth server?") from unreadable

    def _pages(self, path: str, member: str, position: str = "from", **query: Any) -> Iterator[Json]:
        while True:
            page = self.call("GET", f"{path}?{urllib.parse.urlencode({'limit': _PAGE, **query})}")
            yield from page[member]
            if page.get("next") is None:
                return
            query[position] = page["next"]

    # The account

    def me(self) -> Json:
        """Who the token belongs to: `{id, name, roles, project, rootKey}`."""
        return self.call("GET", "/api/v1/me")

    def new_token(self, label: str, seconds: float | None = None, scope: str = "all") -> Json:
        """Another access token for this account, `{token, expires}`; it is shown this once. Its scope may be less than `all`: `submit`
        (batches and their files) or `read`."""
        return self.call("POST", "/api/v1/tokens", {"label": label, "scope": scope} | ({"ttlMs": int(seconds * 1000)} if seconds else {}))

    def tokens(self) -> list[Json]:
        """The account's access tokens, newest first, without their secrets: `{id, label, scope, created, expires, current, …}`."""
        return self.call("GET", "/api/v1/tokens")["tokens"]

    def revoke_token(self, token: str) -> None:
        """Makes one of the account's tokens worthless, by its id."""
        self.call("DELETE", f"/api/v1/tokens/{token}", repeatable=False)

    def give_up_token(self) -> None:
        """Makes this client's own token worthless."""
        self.call("DELETE", "/api/v1/tokens/current", repeatable=False)

    def applications(self) -> list[Json]:
        """Published app versions, oldest first: `{name, version, package, signature, created}`."""
        return self.call("GET", "/api/v1/applications")["applications"]

    def hosts(self) -> Iterator[Json]:
        """The account's machines; for operators everybody's."""
        return self._pages("/api/v1/hosts", "hosts", "after")

    # Batches

    def batches(self, everybodys: bool = False) -> Iterator[Json]:
        """The account's batches, newest first; `everybodys` for operators and admins."""
        return self._pages("/api/v1/batches", "batches", "before", **({"all": 1} if everybodys else {}))

    def batch(self, batch: int) -> Json:
        """A batch: `{id, name, owner, state, reason, tasks, cursor, certified, failed, active, quorum, created, ended}`."""
        return self.call("GET", f"/api/v1/batches/{batch}")

    def spec(self, batch: int) -> Json:
        """The batch as it was submitted."""
        return self.call("GET", f"/api/v1/batches/{batch}/spec")

    def submit(self, spec: Json, *, key: str | None = None) -> Json:
        """Submits a BatchSpec whose blobs are uploaded already. The same `key` with the same spec never makes a second batch."""
        return self.call("POST", "/api/v1/batches", spec, key=key or str(uuid.uuid4()))

    def submit_bundle(self, bundle: str | os.PathLike, *, key: str | None = None) -> Json:
        """Submits a folder with a hearth.toml: uploads what the server does not have yet, and returns the batch. A bundle with a native
        package of your own is signed by your key, which only the `hearth` command can do: it is called where it is installed."""
        try:
            spec, files = read_bundle(bundle)
        except _NeedsSignature:
            return self._submit_by_command(bundle, key)
        for digest, path in files.items():
            self.upload(path, digest)
        return self.submit(spec, key=key)

    def _submit_by_command(self, bundle: str | os.PathLike, key: str | None) -> Json:
        command = shutil.which("hearth")
        try:
            saved = Client.from_login() if command else None
        except HearthError:
            saved = None
        if not saved or saved.url != self.url or saved._http._token != self._http._token:
            raise Unsupported("the bundle carries a native package of its own, which must be signed with your key",
                              "Install the `hearth` command and log in with it (hearth login), or name a published application instead.")
        words = [command, "submit", os.fspath(bundle), "--json", *(["--idempotency-key", key] if key else [])]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Invalid("hearth submit: " + (done.stderr.strip() or f"exit status {done.returncode}"))
        return json.loads(done.stdout)

    def _act(self, batch: int, verb: str) -> Json:
        return self.call("POST", f"/api/v1/batches/{batch}/{verb}", repeatable=True)

    def cancel(self, batch: int) -> Json:
        """Ends a batch; what is certified stays."""
        return self._act(batch, "cancel")

    def pause(self, batch: int) -> Json:
        """Hands out no more tasks of a batch; those that run go on."""
        return self._act(batch, "pause")

    def resume(self, batch: int) -> Json:
        """Goes on with a paused batch."""
        return self._act(batch, "resume")

    def retry(self, batch: int) -> Json:
        """Takes up the failed tasks of a batch again."""
        return self._act(batch, "retry")

    def tasks(self, batch: int, state: str = "failed") -> Iterator[Json]:
        """The tasks of a batch that are in a state, by index."""
        return self._pages(f"/api/v1/batches/{batch}/tasks", "tasks", state=state)

    def task(self, batch: int, index: int) -> Json:
        """A task with its attempts that have ended."""
        return self.call("GET", f"/api/v1/batches/{batch}/tasks/{index}")

    def watch(self, batch: int, patience: float = 600.0) -> Iterator[Json]:
        """The batch now and at every change, until it is over. While the server is away it is asked again and again; after `patience`
        seconds without it, Unavailable is raised."""
        return self._watch(batch, patience, None)

    def _watch(self, batch: int, patience: float, end: float | None) -> Iterator[Json]:
        """With an `end`, the batch is also told then."""
        heard, attempt = time.monotonic(), 0
        while True:
            try:
                state = self.batch(batch)
                heard, attempt = time.monotonic(), 0
                yield state
                if state["state"] in _OVER:
                    return
                for state in self._events(batch, end):
                    heard = time.monotonic()
                    yield state
                    if state["state"] in _OVER:
                        return
            except Unavailable:
                if time.monotonic() - heard > patience:
                    raise
            attempt += 1
            time.sleep(_pause_before(min(attempt, 5)))  # the server restarts, or lets this account watch no more: it is asked instead

    def _events(self, batch: int, end: float | None) -> Iterator[Json]:
        answer = self._http.send("GET", f"/api/v1/batches/{batch}/events", headers={"Accept": "text/event-stream"}, tries=1)
        if answer.status != 200:
            raise _error_of(answer.status, answer.read())
        try:
            if end is not None:
                answer.lasts_until(end)
            event = ""
            for line in answer.body:
                field, _, value = line.decode().rstrip("\r\n").partition(": ")
                if field == "event":
                    event = value
                elif field == "data" and event == "progress":
                    yield json.loads(value)
        except (OSError, http.client.HTTPException) as lost:
            raise Unavailable(f"the stream of events broke off: {lost}") from lost
        finally:
            answer.drop()

    def wait(self, batch: int, timeout: float | None = None) -> Json:
        """The batch when it is over. TimedOut after `timeout` seconds; the batch goes on."""
        end = None if timeout is None else time.monotonic() + timeout
        with contextlib.closing(self._watch(batch, 600.0, end)) as states:
            for state in states:
                if state["state"] not in _OVER and end is not None and time.monotonic() >= end:
                    progress = f"{state['certified']} of {state['tasks']} tasks are certified"
                    raise TimedOut(f"batch {batch} is not over after {timeout} s: {progress}", "Wait longer; the batch goes on.")
        return state

    # Results

    def results(self, batch: int, start: int = 0) -> Iterator[Json]:
        """The certified results by index, from `start` on: `{index, attempt, host, outputs: [{path, digest, size}], …}`."""
        return self._pages(f"/api/v1/batches/{batch}/results", "results", **{"from": start})

    def fetch(self, batch: int, index: int, digest: str) -> bytes:
        """An output or log of a task, checked against its digest. For small ones: `download` writes into a file and resumes."""
        answer = self._http.send("GET", f"/api/v1/batches/{batch}/tasks/{index}/blobs/{digest}")
        data = answer.read()
        if answer.status != 200:
            raise _error_of(answer.status, data)
        if hashlib.sha256(data).hexdigest() != digest:
            raise _damaged(digest)
        return data

    def download(self, batch: int, index: int, digest: str, path: str | os.PathLike) -> pathlib.Path:
        """An output or log of a task as a file, checked against its digest. Goes on where an earlier try broke off."""
        path = pathlib.Path(path)
        if path.is_file() and _digest_of(path)[0] == digest:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        began_anew = False
        for attempt in itertools.count(1):
            have = part.stat().st_size if part.exists() else 0
            began_anew = began_anew or have == 0
            try:
                self._download_rest(f"/api/v1/batches/{batch}/tasks/{index}/blobs/{digest}", part, have)
                if _digest_of(part)[0] == digest:
                    return part.replace(path)
                part.unlink()  # bytes of an earlier try may be bad: once more from the beginning
                if began_anew:
                    raise _damaged(digest)
            except Unavailable:
                if attempt >= _TRIES:
                    raise
                time.sleep(_pause_before(attempt))
        raise AssertionError("unreachable")

    def _download_rest(self, url: str, part: pathlib.Path, have: int) -> None:
        answer = self._http.send("GET", url, headers={"Range": f"bytes={have}-"} if have else {})
        if answer.status == 416:  # there is no rest
            answer.read()
            return
        if answer.status not in (200, 206):
            raise _error_of(answer.status, answer.read())
        try:
            with open(part, "ab" if answer.status == 206 else "wb") as file:
                while block := answer.body.read(_BLOCK):
                    file.write(block)
        except (http.client.HTTPException, ConnectionError, ssl.SSLError, TimeoutError) as lost:
            raise Unavailable(f"a download broke off: {lost}", "Try again: it goes on where it stopped.") from lost
        finally:
            answer.close()

    def fetch_results(self, batch: int, folder: str | os.PathLike, logs: bool = False) -> int:
        """Writes every output to `folder/INDEX/PATH`, checked against its digest, and returns the number of results. Run again, it
        fetches only what is not there yet. `logs`: also `stdout.log` and `stderr.log`."""
        count = 0
        for count, result in enumerate(self.results(batch), 1):
            place = pathlib.Path(folder) / str(result["index"])
            self.fetch_outputs(batch, result, place)
            for member, name in (("standardOutput", "stdout.log"), ("standardError", "stderr.log")):
                if logs and result.get(member):
                    self.download(batch, result["index"], result[member], place / name)
        return count

    def fetch_outputs(self, batch: int, result: Json, folder: str | os.PathLike) -> None:
        """Writes the outputs of one result to `folder/PATH`, checked against their digests."""
        for output in result["outputs"]:
            self.download(batch, result["index"], output["digest"], pathlib.Path(folder) / _inside(output["path"]))

    # Blobs

    def upload(self, source: bytes | str | os.PathLike, digest: str | None = None) -> str:
        """Makes the server hold these bytes, or this file, and returns their digest. What it has already is not sent, and what an
        earlier try left behind is gone on with."""
        data = source if isinstance(source, bytes) else None
        if data is not None:
            digest, size = hashlib.sha256(data).hexdigest(), len(data)
        else:
            found, size = _digest_of(source)
            if digest not in (None, found):
                raise Integrity(f"{os.fspath(source)} has changed meanwhile", "Submit again.")
            digest = found
        best = 0
        attempt = 1
        while (offset := self._upload_offset(digest)) is not None:
            if offset > size:
                raise Integrity(f"the server holds more bytes of the blob {digest} than it has", "Has the file changed? Submit again.")
            attempt = 1 if offset > best else attempt
            best = max(best, offset)
            with io.BytesIO(data) if data is not None else open(source, "rb") as stream:
                failure = self._upload_rest(stream, digest, offset, size)
            if failure is None:
                break
            if attempt >= _TRIES:
                raise failure
            time.sleep(_pause_before(attempt))
            attempt += 1
        return digest

    def _upload_offset(self, digest: str) -> int | None:
        """Where the upload must go on; None: the server has the whole blob."""
        answer = self._http.send("HEAD", f"/api/v1/blobs/{digest}")
        answer.read()
        if answer.status == 200:
            return None
        if answer.status != 404:  # such an answer has no body; PUT is refused for the same reason, in words
            refused = self._http.send("PUT", f"/api/v1/blobs/{digest}", body=b"", tries=1)
            raise _error_of(answer.status, refused.read())
        return int(answer.headers.get("Upload-Offset", 0))

    def _upload_rest(self, stream: BinaryIO, digest: str, offset: int, size: int) -> HearthError | None:
        """Sends what is missing. What it returns is worth another try; anything else is raised."""
        stream.seek(offset)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size - offset), "Upload-Offset": str(offset),
                   "Upload-Length": str(size)}
        try:
            answer = self._http.send("PUT", f"/api/v1/blobs/{digest}", body=stream, headers=headers, tries=1)
            data = answer.read()
        except Unavailable as lost:
            return lost
        if answer.status < 300:
            return None
        error = _error_of(answer.status, data)
        if answer.status not in (*_BUSY, 409):
            raise error
        return error


def _configuration_folder() -> pathlib.Path:
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (pathlib.Path(base) if base.startswith("/") else pathlib.Path.home() / ".config") / "hearth"


def _digest_of(path: str | os.PathLike) -> tuple[str, int]:
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def _damaged(digest: str) -> Integrity:
    return Integrity(f"the server's bytes for blob {digest} have another digest",
                     "Try again; if it stays so, tell the project's admin: the server's blob may be damaged.")


def _inside(path: str) -> pathlib.PurePosixPath:
    """A relative path that a server told, which must not lead out of the folder it is put below."""
    place = pathlib.PurePosixPath(path)
    if not path or place.is_absolute() or ".." in place.parts:
        raise Integrity(f"the server names an output '{path}'", "Tell the project's admin: such a path leads out of the folder.")
    return place


# Bundles (docs/manifest.md)

_MANIFEST_KEYS = ("name application package command exit_codes sweep files inputs outputs stdin stdout environment requirements limits quorum "
                  "retries deadline at_once stop_after_failures priority weight distinct checkpoint network").split()
_NEEDS_KEYS = ["platform", "processors", "memory", "disk", "sandbox", "gpus", "gpu_api"]
_TIME_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_BYTE_UNITS = {"": 1, "B": 1} | {f"{letter}iB": 1024 ** power for power, letter in enumerate("KMGTP", 1)} | \
    {f"{letter}B": 1000 ** power for power, letter in enumerate("KMGT", 1)}


class _NeedsSignature(Exception):
    """The bundle has a native package of its own."""


def read_bundle(bundle: str | os.PathLike) -> tuple[Json, dict[str, pathlib.Path]]:
    """The BatchSpec of a folder with a hearth.toml, and its files by digest: what `submit_bundle` uploads and submits."""
    folder = pathlib.Path(bundle)
    folder = folder.parent if folder.name == "hearth.toml" else folder
    try:
        with open(folder / "hearth.toml", "rb") as file:
            manifest = tomllib.load(file, parse_float=_Literal)
    except FileNotFoundError:
        raise NotFound(f"no hearth.toml in {folder}",
                       "Name the bundle's folder; an archive is unpacked first, or sent by `hearth submit`.") from None
    except tomllib.TOMLDecodeError as wrong:
        raise Invalid(f"{folder}/hearth.toml: {wrong}", "It must be TOML; docs/manifest.md describes every key.") from wrong
    return _Bundle(folder.resolve(), manifest).read()


class _Literal(str):
    """A fraction as it is written: what a float would lose."""


class _Bundle:
    """Turns a manifest into a BatchSpec. What the spec says wrongly the server refuses in words; here only what it would never see."""

    def __init__(self, folder: pathlib.Path, manifest: Json):
        self.folder, self.manifest = folder, manifest
        self.files: dict[str, pathlib.Path] = {}
        self.spec: Json = {}

    def read(self) -> tuple[Json, dict[str, pathlib.Path]]:
        manifest = self.manifest
        _check_keys("", manifest, _MANIFEST_KEYS)
        if manifest.get("network", "none") != "none":
            raise Unsupported('network other than "none" is not built yet: a task has no network', "Remove it.")
        command = manifest.get("command", [])
        self.spec = {"name": manifest.get("name", ""), "command": _words(command) if isinstance(command, str) else [*map(_plain, command)]}
        for key, member in (("application", "application"), ("stdin", "standardInput"), ("stdout", "standardOutput")):
            if key in manifest:
                self.spec[member] = manifest[key]
        if "exit_codes" in manifest:
            self.spec["exitCodes"] = sorted(set(manifest["exit_codes"]))
        if "environment" in manifest:
            self.spec["environment"] = {name: _plain(value) for name, value in manifest["environment"].items()}
        self._inputs_and_outputs()
        self._needs()
        self._policy()
        if "sweep" in manifest:
            self.spec["sweep"] = self._sweep(manifest["sweep"])
        if "package" in manifest:
            self._package(manifest["package"])
        return self.spec, self.files

    def _inputs_and_outputs(self) -> None:
        rules = [{"from": rule, "to": rule} if isinstance(rule, str) else {"from": rule["from"], "to": rule.get("to", rule["from"])}
                 for rule in self.manifest.get("inputs", [])]
        outputs = [{"path": rule} if isinstance(rule, str) else dict(rule) for rule in self.manifest.get("outputs", [])]
        stdout = self.manifest.get("stdout")
        if stdout and all(rule["path"] != stdout for rule in outputs):
            outputs.append({"path": stdout})
        patterns = [*self.manifest.get("files", []), *(_pattern_of(rule["from"]) for rule in rules)]
        paths = sorted({path for pattern in dict.fromkeys(patterns) for path in self._matches(pattern)}, key=os.fsencode)
        self.spec |= {"inputs": rules, "outputs": outputs, "files": [self._file(path) for path in paths]}

    def _matches(self, pattern: str) -> list[str]:
        if pattern.startswith("/") or ".." in pathlib.PurePosixPath(pattern).parts:
            raise Invalid(f"'{pattern}' is not a path inside the bundle", "Name it relative to the manifest, without '..'.")
        found = [pathlib.Path(base) / name for base, _, names in os.walk(self.folder, followlinks=True) for name in names]
        places = {path.relative_to(self.folder).as_posix(): path for path in found}
        matching = [place for place in places if _matches_pattern(pattern.split("/"), place.split("/"))]
        if not matching:
            raise NotFound(f"nothing in the bundle matches '{pattern}'", "Paths are relative to the manifest.")
        for place in matching:
            if not places[place].resolve().is_relative_to(self.folder):
                raise Invalid(f"'{place}' is a link that leads out of the bundle", "Put a copy in its place.")
        return matching

    def _file(self, path: str) -> Json:
        file = self.folder / path
        digest, size = _digest_of(file)
        self.files[digest] = file
        return {"path": path, "digest": digest, "size": size} | ({"executable": True} if os.access(file, os.X_OK) else {})

    def _needs(self) -> None:
        needs = dict(self.manifest.get("requirements", {}))
        _check_keys("requirements: ", needs, _NEEDS_KEYS)
        for key, member in (("memory", "memoryBytes"), ("disk", "diskBytes")):
            if key in needs:
                needs[member] = _byte_count(needs.pop(key))
        if "gpu_api" in needs:
            needs["gpuApi"] = needs.pop("gpu_api")
        bounds = dict(self.manifest.get("limits", {}))
        _check_keys("limits: ", bounds, ["time", "processes", "output"])
        if "time" in bounds:
            bounds["timeMs"] = _milliseconds(bounds.pop("time"))
        if "output" in bounds:
            bounds["outputBytes"] = _byte_count(bounds.pop("output"))
        self.spec |= {"requirements": needs, "limits": bounds}

    def _policy(self) -> None:
        names = {"quorum": "quorum", "retries": "retries", "at_once": "atOnce", "stop_after_failures": "stopAfterFailures",
                 "priority": "priority", "weight": "weight", "distinct": "distinct"}
        policy = {member: self.manifest[key] for key, member in names.items() if key in self.manifest}
        if "deadline" in self.manifest:
            policy["deadlineMs"] = _milliseconds(self.manifest["deadline"])
        self.spec["policy"] = policy
        if "checkpoint" in self.manifest:
            self.spec["checkpointMs"] = _milliseconds(self.manifest["checkpoint"])

    def _sweep(self, sweep: Json) -> Json:
        if "list" not in sweep:
            return {"axes": [_axis(name, axis) for name, axis in sweep.items()]}
        if len(sweep) > 1:
            raise Invalid("the sweep has both axes and a list", "Put all parameters into the list's columns.")
        file = self.folder / self._matches(sweep["list"])[0]
        digest, size = _digest_of(file)
        self.files[digest] = file
        with open(file, encoding="utf-8-sig", newline="") as lines:
            columns = next(csv.reader(lines), [])
            count = sum(1 for line in lines if line.strip("\r\n"))
        return {"list": {"digest": digest, "size": size, "columns": columns, "lines": count}}

    def _package(self, path: str) -> None:
        folder = self.folder / path
        if not (folder / "package.json").is_file():
            raise NotFound(f"package: there is no package in {folder}", "Make it with `hearth pack`; the examples' prepare.sh does.")
        package = json.loads((folder / "package.json").read_bytes())
        if package.get("runtime") != "wasm":
            raise _NeedsSignature
        for file in [{"path": "package.json"}, *package["files"]]:
            digest, _ = _digest_of(folder / file["path"])
            self.files[digest] = folder / file["path"]
            self.spec.setdefault("package", digest)
        self.spec["requirements"]["runtime"] = "wasm"


def _check_keys(where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise Invalid(f"hearth.toml: {where}unknown key '{key}'." + (f" Did you mean '{near[0]}'?" if near else ""),
                          f"Known keys here: {', '.join(known)}.")


def _words(command: str) -> list[str]:
    """A command line taken apart as a shell would; whatever only a shell could do is refused."""
    outside = re.sub(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", "", command)
    if found := re.search(r"[|<>&;$`()]", outside):
        raise Invalid(f"the command has an unquoted '{found[0]}'", "No shell runs the command: use the keys stdin and stdout, or an array.")
    try:
        return shlex.split(command)
    except ValueError as wrong:
        raise Invalid(f"the command cannot be taken apart: {wrong}", "Close every quote.") from wrong


def _plain(value: Any) -> str:
    """A plain value of the manifest as the text that a task is given."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    raise Invalid(f"{value!r} is neither text nor a number", 'Write values as 1, 0.5 or "text".')


def _axis(name: str, written: Any) -> Json:
    if isinstance(written, list):
        return {"name": name, "values": [_plain(value) for value in written]}
    if not isinstance(written, dict) or not {"from", "to"} <= written.keys() <= {"from", "to", "step"}:
        raise Invalid(f"sweep axis '{name}' is neither a range nor a list of values", "Write { from = 1, to = 100 } or [1, 2, 3].")
    numbers = [_decimal(written.get(key, 1)) for key in ("from", "to", "step")]
    decimals = max(places for _, places in numbers)
    first, last, step = (mantissa * 10 ** (decimals - places) for mantissa, places in numbers)
    return {"name": name, "first": first, "last": last, "step": step, "decimals": decimals}


def _decimal(value: Any) -> tuple[int, int]:
    """A number as it is written, as mantissa and decimals: 0.50 is (50, 2)."""
    digits, _, exponent = str(value).replace("_", "").lower().partition("e")
    whole, _, fraction = digits.partition(".")
    places = len(fraction) - int(exponent or 0)
    mantissa = int(whole + fraction)
    return (mantissa, places) if places >= 0 else (mantissa * 10 ** -places, 0)


def _milliseconds(text: Any) -> int:
    total, rest = 0, str(text)
    while rest:
        number = "".join(itertools.takewhile(str.isdigit, rest))
        unit = "".join(itertools.takewhile(str.isalpha, rest[len(number):]))
        if not number or unit not in _TIME_UNITS:
            raise Invalid(f"'{text}' is no length of time", "Write a number and a unit, such as 90s, 15m, 2h, 3d, 500ms or 1h30m.")
        total += int(number) * _TIME_UNITS[unit]
        rest = rest[len(number) + len(unit):]
    return total


def _byte_count(text: Any) -> int:
    number = "".join(itertools.takewhile(lambda c: c.isdigit() or c == ".", str(text)))
    unit = str(text)[len(number):].strip()
    scale = next((scale for known, scale in _BYTE_UNITS.items() if known.lower() == unit.lower()), None)
    if not number or number.count(".") > 1 or scale is None:
        raise Invalid(f"'{text}' is no number of bytes", "Write a number and a unit, such as 512MiB, 1.5GiB, 100MB or 4096.")
    whole, _, fraction = number.partition(".")
    return int(whole or 0) * scale + int(fraction or 0) * scale // 10 ** len(fraction)


def _pattern_of(template: str) -> str:
    """The files that an input's template may ask for: each {name} stands for anything, {{ and }} for the braces."""
    pattern, rest = "", template
    while rest:
        if rest[:2] in ("{{", "}}"):
            pattern, rest = pattern + rest[0], rest[2:]
        elif rest[0] == "{":
            pattern, rest = pattern + "*", rest.partition("}")[2]
        else:
            pattern, rest = pattern + rest[0], rest[1:]
    return pattern


def _matches_pattern(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """`*` and `?` stay within one part, `**` stands for any number of parts, a pattern that names a folder for all below it."""
    if not pattern:
        return True
    if not path:
        return all(part == "**" for part in pattern)
    if pattern[0] == "**":
        return _matches_pattern(pattern[1:], path) or _matches_pattern(pattern, path[1:])
    hidden = path[0].startswith(".") and not pattern[0].startswith(".")
    return not hidden and fnmatch.fnmatchcase(path[0], pattern[0]) and _matches_pattern(pattern[1:], path[1:])


# The executor

_INLINE = 24 * KIB   # a call up to this size travels in the batch's list of tasks, a larger one as a blob
_LARGE = 64 * KIB    # an argument of this size is a blob of its own, so that calls that share it send it once
_STREAM_TAIL = 2000  # characters of a failed task's standard error that its exception shows

# What runs on the volunteer's machine. A function's exception is a result like any other, so that it is certified and not tried again.
# Classes that came along with the call go back by name: their results need no code to be loaded.
_WORKER = r'''# Runs one call of a Python function. Sent along by hearth.py.
import base64, io, json, pickle, sys, traceback


class Loader(pickle.Unpickler):
    def persistent_load(self, number):
        with open(f"arg{number}", "rb") as file:
            return pickle.load(file)


class Dumper(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, type) and not is_importable(value):
            return value.__module__, value.__qualname__


def is_importable(kind):
    found = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def dump(value):
    out = io.BytesIO()
    try:
        Dumper(out, 5).dump(value)
    except Exception:
        if "cloudpickle" not in sys.modules:
            raise
        return sys.modules["cloudpickle"].dumps(value)
    return out.getvalue()


def run(call):
    with open("function", "rb") as file:
        function = pickle.load(file)
    if call == "-":
        with open("call", "rb") as file:
            args, kwargs = Loader(file).load()
    else:
        args, kwargs = pickle.loads(base64.b64decode(call))
    return function(*args, **kwargs)


def main(version, limit, call):
    here = "%d.%d" % sys.version_info[:2]
    if here != version:
        return {"state": "version", "text": here}, b""
    try:
        body = dump(run(call))
    except BaseException as error:
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        told = {"state": "error", "type": name, "text": str(error), "traceback": traceback.format_exc()}
        try:
            return told, dump(error)
        except Exception:
            return told, b""
    if len(body) > int(limit):
        return {"state": "too-large", "text": str(len(body))}, b""
    return {"state": "ok"}, body


told, body = main(*sys.argv[1:])
with open("result", "wb") as file:
    file.write(json.dumps(told).encode() + b"\n" + body)
'''

# What a result may consist of without being trusted: classes and functions of which none does anything but build a value.
_PLAIN_RESULTS = {
    "builtins": {"bytearray", "complex", "frozenset", "object", "range", "set", "slice", "list", "dict", "tuple", "int", "float", "str",
                 "bytes", "bool"} | {name for name, kind in vars(__import__("builtins")).items()
                                     if isinstance(kind, type) and issubclass(kind, Exception)},
    "array": {"array", "_array_reconstructor"},
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "pathlib": {"PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"},
    "uuid": {"SafeUUID", "UUID"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"}, "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"}, "numpy._core.numeric": {"_frombuffer"},
}


class _ResultLoader(pickle.Unpickler):
    """Loads a result that a stranger's machine sent: plain values and the named classes only, unless results are trusted."""

    def __init__(self, data: bytes, classes: Mapping[tuple[str, str], type], trusts: bool):
        super().__init__(io.BytesIO(data))
        self._classes, self._trusts = classes, trusts

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self._classes:
            return self._classes[module, name]
        if self._trusts or name in _PLAIN_RESULTS.get(module, ()):
            return super().find_class(module, name)
        raise UntrustedResult(f"the result has a {module}.{name}, which could run code here when it is loaded",
                              f"Return plain values, name the class (results=[{name}]), or, where every host is yours, trust_results=True.")

    def persistent_load(self, reference: Any) -> Any:
        module, name = reference
        if self._trusts and (module, name) not in self._classes and module in sys.modules:
            return super().find_class(module, name)
        return self.find_class(module, name)


class _CallFuture(futures.Future):
    """A call's future. It is running once its task was given to a host, and until then it can be cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.RLock()  # makes begin and cancel one step each
        self.batch: _Batch | None = None

    def begin(self) -> bool:
        """From now on it cannot be cancelled. False if it was."""
        with self._turn:
            if not self.running() and not self.done():
                self.set_running_or_notify_cancel()
            return not self.cancelled()

    def cancel(self) -> bool:
        with self._turn:
            was_cancelled = self.cancelled()
            if not super().cancel():
                return False
            if not was_cancelled:
                self.set_running_or_notify_cancel()  # tells wait() and as_completed()
        if self.batch and not was_cancelled:
            self.batch.end_if_unwanted()
        return True

    def settle(self, value: Any = None, error: BaseException | None = None) -> None:
        if self.begin() and not self.done():
            self.set_exception(error) if error else self.set_result(value)


class _Call:
    """One call, ready to be sent. `large` are the arguments that travel as blobs of their own."""

    def __init__(self, future: _CallFuture, function: bytes, call: bytes, large: Sequence[bytes], name: str,
                 modules: Mapping[str, pathlib.Path]):
        self.future, self.name, self.modules = future, name, modules
        self.function, self.call, self.large = function, call, large
        self.is_inline = not large and len(call) <= _INLINE
        self.kind = (function, self.is_inline, len(large))  # calls of one kind fit into one batch


class _Batch:
    """A batch of calls on the server, and the futures that still wait for it."""

    def __init__(self, client: Client, number: int, waiting: dict[int, _CallFuture]):
        self.client, self.number, self.waiting = client, number, waiting
        self.certified = self.failed = 0
        for future in waiting.values():
            future.batch = self

    def end_if_unwanted(self) -> None:
        """Cancels the batch when every future that waits for it was cancelled."""
        if all(future.cancelled() for future in [*self.waiting.values()]):
            threading.Thread(target=self.end, name="hearth-cancel").start()

    def end(self) -> None:
        with contextlib.suppress(HearthError):  # it ends by itself, only later
            self.client.cancel(self.number)

    def cancel_pending(self) -> None:
        """Cancels what no host has yet; what runs goes on."""
        for future in [*self.waiting.values()]:
            future.cancel()
        if not all(future.cancelled() for future in [*self.waiting.values()]):
            with contextlib.suppress(HearthError):
                self.client.pause(self.number)


class HearthExecutor(futures.Executor):
    """Runs functions on volunteers' machines. Calls that are submitted shortly one after the other become the tasks of one batch;
    results come back as they are certified. Any thread may call.

    `client`: the server, by default the one of `hearth login`. `application`: a published Python (packaging/python/publish-python);
    it must have this Python's major and minor version. `max_workers`: tasks of one batch that run at the same time.
    `quorum`: so many hosts must return the same bytes. 1 believes every host; 2 asks that equal calls give equal results.
    `retries`, `processors`, `memory`, `disk`, `time_limit`, `output_limit`, `priority`: as in a manifest, for each call.
    `batch_size`, `delay`: a batch is sent with so many calls, or so many seconds after its first.
    `results`: classes that results may have beside plain values. `trust_results`: load whatever comes back; only where every host is
    yours, since loading a pickle can run code. `patience`: seconds for which the server may be away before its futures fail."""

    def __init__(self, client: Client | None = None, *, application: str = "python", max_workers: int | None = None, quorum: int = 1,
                 retries: int = 3, processors: int = 1, memory: int | str = "512MiB", disk: int | str = "1GiB", time_limit: str = "1h",
                 output_limit: int | str = "256MiB", priority: int = 0, name: str = "python", batch_size: int = 250, delay: float = 0.05,
                 results: Iterable[type] = (), trust_results: bool = False, patience: float = 600.0):
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if batch_size < 1 or delay < 0:
            raise ValueError("batch_size must be at least 1, and delay not negative")
        self._client, self._owns_client = client or Client.from_login(), client is None
        self._name, self._batch_size, self._delay, self._patience = name, batch_size, delay, patience
        self._classes, self._trusts = {(kind.__module__, kind.__qualname__): kind for kind in results}, trust_results
        self._output_limit = _byte_count(output_limit)
        time_ms = _milliseconds(time_limit)
        self._template = {
            "application": application, "outputs": [{"path": "result"}], "environment": {"PYTHONHASHSEED": "0", "HOME": "/work"},
            "requirements": {"processors": processors, "memoryBytes": _byte_count(memory), "diskBytes": _byte_count(disk)},
            "limits": {"timeMs": time_ms, "outputBytes": self._output_limit + MIB},
            "policy": {"quorum": quorum, "retries": retries, "priority": priority, "atOnce": max_workers or 0,
                       "deadlineMs": max(86_400_000, 2 * time_ms)}}
        self._lock = threading.Lock()  # guards all below
        self._queue: list[_Call] = []
        self._due = threading.Condition(self._lock)  # the queue is full, or nothing will be added to it
        self._is_gathering = self._is_shut = self._cancels = False
        self._threads: set[threading.Thread] = set()
        self._batches: set[_Batch] = set()
        self._sent: set[str] = set()  # digests of blobs that the server has

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future:
        future = _CallFuture()
        with self._lock:
            if self._is_shut:
                raise RuntimeError("cannot schedule new futures after shutdown")
        try:
            call = _pack(future, fn, args, kwargs)
        except Exception as error:
            future.settle(error=error)
            return future
        with self._lock:
            if self._is_shut:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._queue.append(call)
            if not self._is_gathering:
                self._is_gathering = True
                self._start(self._gather)
            elif len(self._queue) >= self._batch_size:
                self._due.notify()
        return future

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1) -> Iterator[Any]:
        """As the built-in map, in order. `chunksize` calls become one task: more than 1 pays where a call takes less than some seconds."""
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout)
        calls = zip(*iterables)
        chunks = iter(lambda: [*itertools.islice(calls, chunksize)], [])
        return itertools.chain.from_iterable(super().map(_Chunk(fn), chunks, timeout=timeout))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._is_shut = True
            self._cancels = self._cancels or cancel_futures
            calls, batches = ([*self._queue], [*self._batches]) if cancel_futures else ([], [])
            self._due.notify()
        for call in calls:
            call.future.cancel()
        for batch in batches:
            batch.cancel_pending()
        while wait:
            with self._lock:
                running = [*self._threads]
            if not running:
                break
            for thread in running:
                thread.join()
        if wait and self._owns_client:
            self._client.close()

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        """A thread that shutdown waits for. Called with the lock."""
        def run() -> None:
            try:
                work(*args)
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())
        thread = threading.Thread(target=run, name="hearth-executor")
        self._threads.add(thread)
        thread.start()

    # From calls to batches

    def _gather(self) -> None:
        """Sends what is queued until nothing is. The more batches are open, the longer calls are gathered, so that a trickle of calls
        does not become a flood of batches."""
        while True:
            with self._lock:
                pause = min(self._delay * (1 + len(self._batches)), 10)
                self._due.wait_for(lambda: self._is_shut or len(self._queue) >= self._batch_size, pause)
                calls, self._queue = self._queue[:self._batch_size], self._queue[self._batch_size:]
                if not calls:
                    self._is_gathering = False
                    return
            kinds: dict[tuple, list[_Call]] = {}
            for call in calls:
                if not call.future.cancelled():
                    kinds.setdefault(call.kind, []).append(call)
            for alike in kinds.values():
                self._launch(alike)

    def _launch(self, calls: list[_Call]) -> None:
        try:
            number = self._patiently(functools.partial(self._submit, calls, str(uuid.uuid4())))
        except Exception as error:
            for call in calls:
                call.future.settle(error=_within(f"sending {calls[0].name}", error))
            return
        batch = _Batch(self._client, number, {index: call.future for index, call in enumerate(calls)})
        with self._lock:
            self._batches.add(batch)
            self._start(self._follow, batch)
            cancels = self._cancels
        if cancels:
            batch.cancel_pending()

    def _submit(self, calls: list[_Call], key: str) -> int:
        """The same key again makes no second batch, should the answer to an earlier try have been lost."""
        had_sent = bool(self._sent)
        try:
            return self._client.submit(self._spec(calls), key=key)["id"]
        except Invalid:
            if not had_sent:
                raise
        self._sent.clear()  # the server may have let go of blobs that nothing used any more
        return self._client.submit(self._spec(calls), key=key)["id"]

    def _patiently(self, act: Callable[[], Any]) -> Any:
        """Does something again while the server is away, for as long as the executor is patient."""
        begun = time.monotonic()
        while True:
            try:
                return act()
            except Unavailable:
                if time.monotonic() - begun > self._patience:
                    raise
                time.sleep(_pause_before(3))

    def _spec(self, calls: list[_Call]) -> Json:
        """Uploads what the calls consist of, and describes the batch. Every call is a line of its list."""
        first = calls[0]
        columns = ["call", *(f"arg{number}" for number in range(len(first.large)))]
        files = {"worker.py": self._send(_WORKER.encode()), "function": self._send(first.function)}
        for place, path in first.modules.items():
            files[place] = self._send(path.read_bytes())
        inputs = [{"from": place, "to": place} for place in files]
        inputs += [{"from": f"blobs/{{{column}}}", "to": column} for column in columns if column != "call" or not first.is_inline]
        lines = [",".join(columns)]
        for call in calls:
            blobs = [self._send(data) for data in ([] if call.is_inline else [call.call, *call.large])]
            files |= {f"blobs/{digest}": (digest, size) for digest, size in blobs}
            lines.append(base64.b64encode(call.call).decode() if call.is_inline else ",".join(digest for digest, _ in blobs))
        listed = "\n".join([*lines, ""]).encode()
        digest, size = self._send(listed)
        return {
            **self._template, "name": f"{self._name}: {first.name}"[:100], "inputs": inputs,
            "command": ["python3", "worker.py", _VERSION, str(self._output_limit), "{call}" if first.is_inline else "-"],
            "files": [{"path": path, "digest": files[path][0], "size": files[path][1]} for path in sorted(files, key=os.fsencode)],
            "sweep": {"list": {"digest": digest, "size": size, "columns": columns, "lines": len(calls)}},
            "policy": {**self._template["policy"], "stopAfterFailures": len(calls) + 1}}  # one call's failure is no other's

    def _send(self, data: bytes) -> tuple[str, int]:
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._sent:
            self._client.upload(data)
            self._sent.add(digest)
        return digest, len(data)

    # From results to futures

    def _follow(self, batch: _Batch) -> None:
        """Until no future waits for the batch any more."""
        try:
            with contextlib.closing(self._client.watch(batch.number, self._patience)) as states:
                for state in states:
                    self._patiently(functools.partial(self._take, batch, state))
                    if not batch.waiting:
                        break
            if batch.waiting:
                raise TaskFailed(f"batch {batch.number} is {state['state']}, and has no result for this call",
                                 "Was it cancelled by somebody? Submit the call again.")
            if state["state"] not in _OVER:
                batch.end()
        except BaseException as error:
            for future in batch.waiting.values():
                future.settle(error=error)
        finally:
            batch.waiting.clear()
            with self._lock:
                self._batches.discard(batch)

    def _take(self, batch: _Batch, state: Json) -> None:
        """Hands on what is news in the state of a batch."""
        for index, future in [*batch.waiting.items()]:
            if future.cancelled() or index < state["cursor"] and not future.begin():
                del batch.waiting[index]
        if batch.waiting and (state["certified"] != batch.certified or state["state"] in _OVER):
            for result in self._client.results(batch.number, min(batch.waiting)):
                if result["index"] in batch.waiting:
                    self._settle(batch, result)
        if batch.waiting and (state["failed"] != batch.failed or state["state"] in _OVER):
            for task in self._client.tasks(batch.number):
                if task["index"] in batch.waiting:
                    error = self._failure(batch.number, task)
                    batch.waiting.pop(task["index"]).settle(error=error)
        batch.certified, batch.failed = state["certified"], state["failed"]

    def _settle(self, batch: _Batch, result: Json) -> None:
        index = result["index"]
        output = next(one for one in result["outputs"] if one["path"] == "result")
        try:
            told, _, body = self._client.fetch(batch.number, index, output["digest"]).partition(b"\n")
            value, error = self._read(json.loads(told), body)
        except Unavailable:
            raise
        except Exception as wrong:
            value, error = None, wrong if isinstance(wrong, HearthError) else Integrity(
                f"the result of task {index} of batch {batch.number} cannot be read: {wrong!r}",
                "Ask for a quorum of 2, so that a host that answers nonsense is found out.")
        batch.waiting.pop(index).settle(value, error)

    def _read(self, told: Json, body: bytes) -> tuple[Any, BaseException | None]:
        """A result as the worker wrote it: its value, or the exception that it stands for."""
        if told["state"] == "ok":
            return _ResultLoader(body, self._classes, self._trusts).load(), None
        if told["state"] == "version":
            application = self._template["application"]
            return None, Unsupported(f"the application {application} has Python {told['text']}, this is Python {_VERSION}",
                                     "Use that Python here, or name another application: Client.applications() lists them.")
        if told["state"] == "too-large":
            return None, TooLarge(f"the result has {told['text']} bytes, {self._output_limit} are allowed",
                                  "Raise output_limit, or return less.")
        error: BaseException
        try:
            error = _ResultLoader(body, self._classes, self._trusts).load()
        except Exception:
            error = RemoteError(f"{told['type']}: {told['text']}", _hint_of(told["type"]))
        if not isinstance(error, BaseException):
            raise Integrity("a host sent an exception that is none")
        error.__cause__ = RemoteTraceback(told["traceback"])
        return None, error

    def _failure(self, batch: int, task: Json) -> TaskFailed:
        attempts = [one for one in self._client.task(batch, task["index"]).get("attempts", []) if one.get("exit")]
        last = attempts[-1] if attempts else {}
        words = f"task {task['index']} of batch {batch} failed on every host that tried it: {task.get('reason') or last.get('reason', '')}"
        digest = last.get("standardError", "0" * 64)
        if digest.strip("0"):
            with contextlib.suppress(HearthError):
                words += "\n" + self._client.fetch(batch, task["index"], digest).decode(errors="replace")[-_STREAM_TAIL:].rstrip()
        hints = {"memory-limit": "Raise memory.", "time-limit": "Raise time_limit.", "disk-limit": "Raise disk.", "output-missing": "",
                 "signal": "The interpreter died: does a module of C crash?"}
        return TaskFailed(words, hints.get(last.get("exit", ""), f"See every attempt: hearth show {batch} {task['index']}"))


class _Chunk:
    """Calls a function for each tuple of arguments in a list."""

    def __init__(self, fn: Callable[..., Any]):
        self.fn = fn
        self.__qualname__ = _name_of(fn)

    def __call__(self, chunk: list[tuple]) -> list:
        return [self.fn(*args) for args in chunk]


_VERSION = "%d.%d" % sys.version_info[:2]
_LIBRARIES = tuple({os.path.realpath(path) + os.sep for path in (
    *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")), *site.getsitepackages(),
    site.getusersitepackages())})
_PICKLING = threading.Lock()  # cloudpickle's list of modules whose functions travel by value is one for the process


def _name_of(fn: Any) -> str:
    return getattr(fn, "__qualname__", type(fn).__name__)


def _within(where: str, error: Exception) -> Exception:
    if isinstance(error, HearthError):
        return type(error)(f"{where}: {error.message}", error.hint, error.status)
    return error


def _hint_of(kind: str) -> str:
    if kind in ("ModuleNotFoundError", "ImportError"):
        return "The application's Python does not have that module: an admin adds it by publish-python --with MODULE."
    return "Name its class (results=[…]) to get the exception itself."


def _is_own(module: types.ModuleType) -> bool:
    """Whether a module is a program's own, which the application's Python cannot have: it is in no folder of libraries, or a test,
    or this one."""
    file = getattr(module, "__file__", None)
    if not file or module.__name__ == "__main__":
        return False
    return not _is_library(file) or module.__name__.partition(".")[0] in ("test", __name__)


@functools.lru_cache(maxsize=None)
def _is_library(file: str) -> bool:
    return os.path.realpath(file).startswith(_LIBRARIES)


class _PlainPickler(pickle.Pickler):
    """Without cloudpickle: functions travel by name, and the modules that they are in as files."""

    large: Mapping[int, int] = {}

    def persistent_id(self, value: Any) -> int | None:
        return self.large.get(id(value))


def _dump(value: Any, large: Mapping[int, int] = {}) -> bytes:
    """Pickles for another machine. The arguments in `large`, by id, are left out for their numbers."""
    out = io.BytesIO()
    if cloudpickle is None:
        pickler = _PlainPickler(out, 5)
        pickler.large = large
        pickler.dump(value)
        return out.getvalue()

    class Pickler(cloudpickle.CloudPickler):
        def persistent_id(self, one: Any) -> int | None:
            return large.get(id(one))

    with _PICKLING:
        known = cloudpickle.list_registry_pickle_by_value()
        own = [module for name, module in [*sys.modules.items()]
               if isinstance(module, types.ModuleType) and module.__name__ == name and name not in known and _is_own(module)]
        for module in own:
            cloudpickle.register_pickle_by_value(module)
        try:
            Pickler(out, 5).dump(value)
        finally:
            for module in own:
                cloudpickle.unregister_pickle_by_value(module)
    return out.getvalue()


def _pack(future: _CallFuture, fn: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> _Call:
    """Pickles a call. Raises CannotPickle with what to do about it."""
    modules = _sources_of_cloudpickle() if cloudpickle else _sources_of(fn)
    try:
        function, call, large = _dump(fn), _dump((args, kwargs)), []
        if len(call) > _INLINE:
            values = [*args, *kwargs.values()]
            sizes = [(value, data) for value in values if len(data := _dump(value)) >= _LARGE]
            call, large = _dump((args, kwargs), {id(value): number for number, (value, _) in enumerate(sizes)}), [data for _, data in sizes]
    except Exception as error:
        raise CannotPickle(f"the call of {_name_of(fn)} cannot be sent to another machine: {error}",
                           "Pass plain values; open files, locks and connections are opened by the function itself.") from error
    return _Call(future, function, call, large, _name_of(fn), modules)


@functools.lru_cache(maxsize=None)
def _sources_of_cloudpickle() -> dict[str, pathlib.Path]:
    """The very cloudpickle that pickled the call, as both sides must have the same."""
    folder = pathlib.Path(cloudpickle.__file__).parent
    return {f"cloudpickle/{path.name}": path for path in sorted(folder.glob("*.py"))}


def _sources_of(fn: Any) -> dict[str, pathlib.Path]:
    """The files of the module, or the package, in which a function is."""
    while isinstance(fn, (_Chunk, functools.partial)):
        return _sources_of(_Chunk) | _sources_of(fn.fn) if isinstance(fn, _Chunk) else _sources_of(fn.func)
    module = sys.modules.get(getattr(fn, "__module__", None) or "")
    if getattr(fn, "__module__", None) == "__main__" or "<" in _name_of(fn):
        raise CannotPickle(f"the function {_name_of(fn)} cannot be sent: without cloudpickle only functions of importable modules can",
                           "Install cloudpickle (Debian: apt install python3-cloudpickle), or move the function into a module of its own.")
    if module is None or not _is_own(module):
        return {}
    top = module.__name__.partition(".")[0]
    file = pathlib.Path(sys.modules[top].__file__ or "")
    if file.name != "__init__.py":
        return {file.name: file}
    return {f"{top}/{path.relative_to(file.parent).as_posix()}": path for path in sorted(file.parent.rglob("*.py"))}
