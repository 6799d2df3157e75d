# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver of webhooks for a test: prints its port, then each request as one line of JSON. It refuses the first as often as it is told."""

import http.server
import json
import sys
import threading

refusals = int(sys.argv[1])


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global refusals
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        print(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body}), flush=True)
        self.send_response(503 if refusals > 0 else 204)
        refusals -= 1
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
