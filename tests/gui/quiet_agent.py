# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent that says what it does once (docs/agent-control.md), is quiet from then on, and keeps what it was asked."""

import json
import socketserver
import threading

STATE = {"agent": {"state": "running", "version": "0.1.0", "protocol": 2, "process": 1, "paused": False, "finish": False},
         "projects": {"Riverbed": {"name": "Riverbed", "state": "running", "tasks": 1, "share": 100}},
         "tasks": {"7": {"batch": 1, "index": 2, "batchName": "Folds", "phase": "running", "frozen": False, "processors": 1}}}
REPLIES = {"hello": {"protocol": 2, "version": "0.1.0"}, "preferences": {"preferences": {}}}


class Conversation(socketserver.StreamRequestHandler):
    def say(self, message):
        self.wfile.write(json.dumps(message).encode() + b"\n")

    def handle(self):
        try:
            self.converse()
        except ConnectionError:
            pass  # a tray that was ended

    def converse(self):
        for line in self.rfile:
            request = json.loads(line)
            self.server.asked.append(request)
            self.say({"id": request["id"], "ok": True, **REPLIES.get(request["verb"], {})})
            if request["verb"] == "subscribe":
                self.say({"event": "state", "state": STATE})


class QuietAgent(socketserver.ThreadingUnixStreamServer):
    """Use as a context manager; listens at `path`."""

    daemon_threads = True

    def __init__(self, path):
        super().__init__(str(path), Conversation)
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def verbs(self, verb):
        return [request for request in self.asked if request["verb"] == verb]

    def __exit__(self, *arguments):
        self.shutdown()
        super().__exit__(*arguments)
