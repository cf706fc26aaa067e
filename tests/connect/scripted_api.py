"""Answer Claude Code as the Messages API would: one Bash call, then a sentence.

It listens on this machine alone. It is the client's proxy too, for whatever would leave the
machine: that is refused, and kept for the test to see.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

USAGE = {"input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}


class ScriptedApi:
    """Serve until closed; `asked` holds the bodies of requests, `leaks` what wanted out."""

    def __init__(self, command: str, answer: str) -> None:
        self.asked: list[dict[str, Any]] = []
        self.leaks: list[str] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.no_such_thing()

            def do_HEAD(self) -> None:
                self.no_such_thing()

            def do_CONNECT(self) -> None:
                self.no_such_thing()

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                path = urlsplit(self.path)
                if path.netloc or path.path != "/v1/messages":
                    self.no_such_thing()
                    return
                api.asked.append(body)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                for event in script(body, command, answer):
                    line = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
                    self.wfile.write(line.encode())
                self.close_connection = True

            def no_such_thing(self) -> None:
                if self.command == "CONNECT" or urlsplit(self.path).netloc:
                    api.leaks.append(f"{self.command} {self.path}")
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()


def script(body: dict[str, Any], command: str, answer: str) -> Iterator[dict[str, Any]]:
    """Yield the events of the answer to a request."""
    if _wants_tool(body):
        call = {"type": "tool_use", "id": "toolu_01Scripted", "name": "Bash", "input": {}}
        given = json.dumps({"command": command, "description": "Say something"})
        delta = {"type": "input_json_delta", "partial_json": given}
        yield from _message(body, call, delta, "tool_use")
    else:
        text = {"type": "text", "text": ""}
        yield from _message(body, text, {"type": "text_delta", "text": answer}, "end_turn")


def _wants_tool(body: dict[str, Any]) -> bool:
    """Return whether this is the first request: it offers Bash, and has no result yet."""
    has_bash = any(tool.get("name") == "Bash" for tool in body.get("tools", ()))
    return has_bash and "tool_result" not in json.dumps(body["messages"][-1])


def _message(
    body: dict[str, Any], block: dict[str, Any], delta: dict[str, Any], reason: str
) -> Iterator[dict[str, Any]]:
    message: dict[str, Any] = {
        "id": f"msg_{reason}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**USAGE, "output_tokens": 1},
    }
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stop = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 18}}
    yield {"type": "message_stop"}
