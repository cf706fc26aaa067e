"""Answer Claude Code as the Messages API would: some tool calls in turn, then a sentence.

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
    from collections.abc import Callable, Iterator, Sequence

USAGE = {"input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}


class ScriptedApi:
    """Serve until closed; `asked` holds the bodies of requests, `leaks` what wanted out."""

    def __init__(self, command: str, answer: str) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = [
            ("Bash", {"command": command, "description": "Say something"})
        ]
        self.before_answer: Callable[[int], None] = lambda _number: None
        """Called before each answer, with the number of calls that have a result."""
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
                for event in api.script(body, answer):
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

    def script(self, body: dict[str, Any], answer: str) -> Iterator[dict[str, Any]]:
        """Yield the events of an answer: the next call, or the text after the last."""
        done = _results(body)
        if _has_tools(body):
            self.before_answer(done)
        yield from _script(body, self.calls[done:], answer)

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()


def _script(
    body: dict[str, Any], calls: Sequence[tuple[str, dict[str, Any]]], answer: str
) -> Iterator[dict[str, Any]]:
    if calls and _has_tools(body):
        name, given = calls[0]
        number = _results(body) + 1
        call = {"type": "tool_use", "id": f"toolu_{number:02}Scripted", "name": name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(given)}
        yield from _message(body, call, delta, "tool_use")
    else:
        text = {"type": "text", "text": ""}
        yield from _message(body, text, {"type": "text_delta", "text": answer}, "end_turn")


def _has_tools(body: dict[str, Any]) -> bool:
    """Return whether a request is one of the session, and not one for a title."""
    return any(tool.get("name") == "Bash" for tool in body.get("tools", ()))


def _results(body: dict[str, Any]) -> int:
    """Return how many calls since the last prompt have a result."""
    count = 0
    for message in body["messages"]:
        content = message["content"]
        blocks = content if isinstance(content, list) else []
        results = sum(block.get("type") == "tool_result" for block in blocks)
        is_prompt = message["role"] == "user" and not results
        count = 0 if is_prompt else count + results
    return count


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
