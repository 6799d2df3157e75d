# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures of the pages are measured on: a real server, and a client that keeps its connection."""

import http.client
import json
import os
import pathlib
import ssl
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("HEARTH_BIN_DIR", str(ROOT / "build/release/bin"))
sys.path.insert(0, str(ROOT / "tests/e2e"))
from grid import Grid, run  # noqa: E402,F401

TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


class Client:
    def __init__(self, grid, token=None):
        self.connection = http.client.HTTPSConnection("127.0.0.1", grid.port, context=TLS)
        self.token = token or grid.told["adminToken"]

    def call(self, method, path, body=None, headers=()):
        self.connection.request(method, path, body=json.dumps(body) if body is not None else None,
                                headers={"authorization": f"Bearer {self.token}", **dict(headers)})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise AssertionError(f"{method} {path}: {answer.status} {data[:500]}")
        return answer, data

    def json(self, method, path, body=None):
        return json.loads(self.call(method, path, body)[1])


def figure(name, **values):
    print(json.dumps({"figure": name, **values}), flush=True)
