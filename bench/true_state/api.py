"""Answer Claude Code as the Messages API would, by the scene that its prompt names."""

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

TOOLS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "tool": ("Bash", {"command": "tail -f /dev/null", "description": "Wait"}),
    "ask": ("Write", {"file_path": "notes.txt", "content": "a note\n"}),
    "question": (
        "AskUserQuestion",
        {
            "questions": [
                {
                    "question": "Which database?",
                    "header": "Database",
                    "multiSelect": False,
                    "options": [
                        {"label": "SQLite", "description": "A file"},
                        {"label": "PostgreSQL", "description": "A server"},
                    ],
                }
            ]
        },
    ),
}
"""The tool that the model calls, by scene; in any other scene it writes a text."""
_SCENE: Final = re.compile(r"scene: (\w+)")
_USAGE: Final = {"input_tokens": 12, "output_tokens": 1}


class SceneApi:
    """Serve on loopback until closed; it refuses what the client would send elsewhere."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self.leaks: list[str] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_error(404)

            def do_HEAD(self) -> None:
                self.send_error(404)

            def do_CONNECT(self) -> None:
                api.leaks.append(self.path)
                self.send_error(404)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if urlsplit(self.path).path != "/v1/messages":
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                with suppress(OSError):  # the client hangs up at an Esc
                    for event in api.answer(body):
                        line = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
                        self.wfile.write(line.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, and end the texts that are being written."""
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def answer(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the events of the answer to a request."""
        # Behind the user's message the client may add one of its own, with the role `system`.
        last = json.dumps([it for it in body["messages"] if it["role"] == "user"][-1])
        scenes = _SCENE.findall(last)
        scene = scenes[-1] if scenes and body.get("tools") and "tool_result" not in last else ""
        if scene in TOOLS:
            name, given = TOOLS[scene]
            call = {"type": "tool_use", "id": f"toolu_{id(body)}", "name": name, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(given)}
            yield from _message(body, call, [delta], "tool_use")
        else:
            text = {"type": "text", "text": ""}
            texts = self._endless() if scene == "text" else iter(["All done."])
            deltas = ({"type": "text_delta", "text": it} for it in texts)
            yield from _message(body, text, deltas, "end_turn")

    def _endless(self) -> Iterator[str]:
        while not self._closing.wait(0.1):
            yield "More and more.\n"


def _message(
    body: dict[str, Any], block: dict[str, Any], deltas: Iterable[dict[str, Any]], reason: str
) -> Iterator[dict[str, Any]]:
    message: dict[str, Any] = {
        "id": f"msg_{id(body)}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _USAGE,
    }
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stop = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 18}}
    yield {"type": "message_stop"}
