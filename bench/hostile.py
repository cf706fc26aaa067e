"""Post hooks while bodies arrive that are made to be slow to search for secrets.

`python -m bench.hostile PORT KIND` is the sender, in a process of its own: bodies of 1 MB back to
back, as a tool result that holds a page made by someone else. Out: `started` on a line when the
first was stored; when it is stopped, how many were.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

import msgspec
import uvloop

from bench.daemons import LOAD_CORE, ROOT, daemons, pin_to
from bench.posts import END_OF_ANSWER, measure_posts, post_request

BODY_BYTES: Final = 1_000_000
TEXTS: Final = {
    "source code": 'def greet(name: str) -> str:\n    return f"Hello, {name}!"\n\n',
    "starts of tokens": "-eyJ",
    "names of secrets": "PASSWORD=abcdefgh1\n",
    "escapes": "://\x00-",
}
"""What a body repeats; escapes are added where the name says so."""


class Bodies(msgspec.Struct, frozen=True):
    """Report how many bodies were stored."""

    per_second: float
    size_bytes: int

    def __str__(self) -> str:
        """Sum it up."""
        return f"{self.per_second:.1f} bodies/s of {self.size_bytes / 1_000_000:.2f} MB"


class Sending:
    """Hold what became of the bodies; None until the sender has stopped."""

    bodies: Bodies | None = None


def measure_hostile(seconds: float) -> list[tuple[str, str]]:
    """Return the latencies of single hooks, alone and beside bodies of each kind."""
    with daemons("ingestd") as running:
        alone = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    rows = [
        ("POST, 1 connection, no large bodies", f"{alone.per_second:,.0f}/s; {alone.latencies}")
    ]
    for kind in TEXTS:
        with daemons("ingestd") as running, sending(running.ingest_port, kind) as sent:
            posts = measure_posts(running.ingest_port, connections=1, seconds=seconds)
        figure = f"{posts.per_second:,.0f}/s; {posts.latencies}; beside {sent.bodies}"
        rows.append((f"POST, 1 connection, beside bodies of {kind}", figure))
    return rows


@contextmanager
def sending(port: int, kind: str) -> Iterator[Sending]:
    """Let bodies arrive, each as soon as the one before was stored, while the block runs."""
    sender = subprocess.Popen(
        [sys.executable, "-m", "bench.hostile", str(port), kind], cwd=ROOT, stdout=subprocess.PIPE
    )
    sent = Sending()
    try:
        if sender.stdout is None or sender.stdout.readline() != b"started\n":
            raise RuntimeError("the bodies did not start")
        yield sent
    finally:
        sender.send_signal(signal.SIGTERM)
        last, _ = sender.communicate()
    sent.bodies = msgspec.json.decode(last, type=Bodies)


def hostile_body(kind: str, serial: int) -> bytes:
    """Return a hook body of about 1 MB."""
    text = json.dumps(TEXTS[kind])[1:-1].encode()
    if kind == "escapes":
        text = text.replace(b"/", rb"\/").replace(b"-", rb"\u002d")
    return (
        b'{"session_id":"hostile","hook_event_name":"PostToolUse","tool_name":"WebFetch",'
        b'"tool_use_id":"toolu_%020d","tool_response":{"result":"%b"}}'
        % (serial, text * (BODY_BYTES // len(text)))
    )


async def _send(port: int, kind: str) -> Bodies:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    size = sent = 0
    started = time.perf_counter()
    for serial in count():
        body = hostile_body(kind, serial)
        size = len(body)
        writer.write(post_request(body, b"application/json"))
        head = await reader.readuntil(END_OF_ANSWER)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head)
        if serial == 0:
            print("started", flush=True)
            started = time.perf_counter()
            continue
        sent += 1
        if stopped.is_set():
            break
    writer.close()
    return Bodies(sent / (time.perf_counter() - started), size)


if __name__ == "__main__":
    pin_to(LOAD_CORE)
    print(msgspec.json.encode(uvloop.run(_send(int(sys.argv[1]), sys.argv[2]))).decode())
