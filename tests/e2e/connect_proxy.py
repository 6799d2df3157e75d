# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP proxy on loopback that knows CONNECT and nothing else, as companies have them."""

import selectors
import socket
import threading


class ConnectProxy:
    """Serves until closed; `asked` are the first lines of what it was asked."""

    def __init__(self):
        self.asked = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listening.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            first = head.split(b"\r\n")[0].decode()
            self.asked.append(first)
            method, target, _ = first.split(" ")
            if method != "CONNECT":
                client.sendall(b"HTTP/1.1 405 Only CONNECT\r\nContent-Length: 0\r\n\r\n")
                return
            host, port = target.rsplit(":", 1)
            try:
                server = socket.create_connection((host, int(port)), 10)
            except OSError:
                client.sendall(b"HTTP/1.1 502 Bad gateway\r\nContent-Length: 0\r\n\r\n")
                return
            with server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.relay(client, server)

    @staticmethod
    def relay(one, other):
        with selectors.DefaultSelector() as both:
            both.register(one, selectors.EVENT_READ, other)
            both.register(other, selectors.EVENT_READ, one)
            try:
                while True:
                    for key, _ in both.select():
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        key.data.sendall(data)
            except OSError:
                return
