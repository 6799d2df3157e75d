# SPDX-License-Identifier: GPL-3.0-or-later
"""A host without an agent: a foreign TLS client that enrols and speaks the agent protocol, honestly or not."""

import hashlib
import http.client
import json
import socket
import ssl
import subprocess

AGENT_NAME = "agents.hearth.invalid"
PROTOCOL = {"lowest": 1, "highest": 1}
GIB = 1 << 30


class Refused(Exception):
    """The server answered with a problem document."""

    def __init__(self, status, body, headers=None):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.headers = headers or {}
        self.problem = body if isinstance(body, dict) else {}


class Connection(http.client.HTTPSConnection):
    """HTTPS to a port of loopback under a server name of one's choice."""

    def __init__(self, port, context, name, timeout=20):
        super().__init__("127.0.0.1", port, context=context, timeout=timeout)
        self.name, self.context = name, context

    def connect(self):
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.name)


def call(connection, method, path, body=None, headers=None):
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    connection.request(method, path, body=data, headers={"Content-Type": "application/json", **(headers or {})})
    response = connection.getresponse()
    text = response.read()
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = text.decode(errors="replace")
    if response.status >= 300:
        raise Refused(response.status, answer, response.headers)
    return answer


class SimulatedHost:
    """Enrols on construction. Every call may raise OSError or http.client.HTTPException while the server is away."""

    def __init__(self, grid, name, token=None):
        self.grid, self.name = grid, name
        self.authority = str(grid.data / "certs" / "authority.crt")
        self.key = str(grid.folder / f"{name}.key")
        self.certificate = str(grid.folder / f"{name}.crt")
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                        f"/CN={name}", "-keyout", self.key, "-out", self.key + ".csr"], check=True, capture_output=True)
        with open(self.key + ".csr", encoding="ascii") as file:
            csr = file.read()
        token = token or grid.join_token()
        reply = call(self.connect(with_certificate=False), "POST", "/agent/v1/enrol",
                     {"protocol": PROTOCOL, "token": token, "csrPem": csr, "host": self.description()})
        self.id = reply["host"]
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write(reply["certificatePem"])
        self.connection = None

    def description(self):
        return {"name": self.name, "platform": "linux-x86_64", "processor": "none", "agent": "e2e", "processors": 8,
                "memoryBytes": 16 * GIB, "diskBytes": 100 * GIB, "sandbox": "cgroup"}

    def connect(self, with_certificate=True):
        context = ssl.create_default_context(cafile=self.authority)
        if with_certificate:
            context.load_cert_chain(self.certificate, self.key)
        return Connection(self.grid.port, context, AGENT_NAME)

    def call(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = self.connect()
        try:
            return call(self.connection, method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self.connection = None
            raise

    def sync(self, tasks=0, held=(), results=()):
        return self.call("POST", "/agent/v1/sync", {
            "protocol": PROTOCOL, "free": {"tasks": tasks, "processors": 8, "memoryBytes": 16 * GIB, "diskBytes": 100 * GIB},
            "held": list(held), "results": list(results)})

    def upload(self, attempt, data):
        digest = hashlib.sha256(data).hexdigest()
        path = f"/agent/v1/attempts/{attempt}/outputs/{digest}"
        try:
            self.put(path, data, 0)
        except Refused as refused:
            if refused.status != 409:
                raise
            self.put(path, data, int(refused.headers["Upload-Offset"]))  # what a broken upload left behind
        return digest

    def put(self, path, data, offset):
        self.call("PUT", path, data[offset:], {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset),
                                               "Upload-Length": str(len(data))})

    @staticmethod
    def result(given, digest, size, path="out"):
        return {"attempt": given["attempt"], "batch": given["batch"], "index": given["index"], "revision": given["revision"],
                "exit": "ok", "exitCode": 0, "usage": {"wallMs": 5, "processorMs": 4, "memoryPeakBytes": 1000},
                "outputs": [{"path": path, "digest": digest, "size": size}]}
