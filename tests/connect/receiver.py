"""Take posts as ingestd does, over real HTTP, and keep them."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeIngestd:
    """Take events on a port; `answer` is the status and body it gives to each."""

    def __init__(self, port: int = 0) -> None:
        self.posts: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.routes: list[str] = []
        """Of each post."""
        self.connections: set[Any] = set()
        self.answer: tuple[int, bytes] = (200, b"")
        self.arrived = threading.Condition()
        self.sockets: list[Any] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.reply(200 if self.path == "/health" else 404, b'{"status":"ok"}')

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with server.arrived:
                    server.posts.append((dict(self.headers), body))
                    server.routes.append(self.path)
                    server.connections.add(self.client_address)
                    server.arrived.notify_all()
                known = self.path in {"/events", "/status-line", "/v1/logs"}
                self.reply(*(server.answer if known else (404, b"")))

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Http(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                """Ignore clients that went away, and connections cut on purpose."""

            def process_request(self, request: Any, client_address: Any) -> None:
                server.sockets.append(request)
                super().process_request(request, client_address)

        self.http = Http(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def wait_for(self, count: int) -> None:
        """Wait until so many events have come."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.posts) >= count, timeout=30)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Give the bodies that came."""
        return [body for _, body in self.posts]

    @property
    def events(self) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """Give the posts of events, without the records beside them."""
        return [it for it, route in zip(self.posts, self.routes, strict=True) if route == "/events"]

    def close(self) -> None:
        """Stop as a process does: with every connection."""
        self.http.shutdown()
        self.http.server_close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for connection in self.sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
