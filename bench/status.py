"""Measure from the start of a POST to the session's new status on a stream, while events arrive.

Sessions of our own go through their statuses, each change waited for before the next; the stream's
other messages are read past.
"""

import asyncio
import json
import time
import uuid
from random import Random
from typing import Any, Final

import msgspec
import uvloop

from bench.figures import Latencies, latencies
from bench.load import running_load
from bench.posts import END_OF_ANSWER, post_request

SESSIONS: Final = 4
PAUSE_S: Final = 0.25
"""At most, between two changes of one session; the mean is half of it."""
GIVE_UP_S: Final = 5.0
SESSION_EVENT: Final = b"event: session\n"


class NoStatusError(Exception):
    """Report that a change of status never reached the stream."""


class _Row(msgspec.Struct):
    session_id: str
    status: str


class _StatusWaiter:
    """Follow the stream, and resolve futures of expected statuses."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], asyncio.Future[float]] = {}

    def expect(self, session_id: str, status: str) -> asyncio.Future[float]:
        """Return what will be the time at which the status has come."""
        waits: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[session_id, status] = waits
        return waits

    async def follow(self, reader: asyncio.StreamReader) -> None:
        """Read messages until cancelled: the answer comes in chunks, each after its size."""
        rest = b""
        while size := int(await reader.readline(), 16):
            chunk = await reader.readexactly(size + 2)
            now = time.perf_counter()
            *messages, rest = (rest + chunk[:-2]).split(b"\n\n")
            for message in messages:
                if SESSION_EVENT in message[:100]:
                    self._resolve(message, now)

    def _resolve(self, message: bytes, now: float) -> None:
        row = _ROW.decode(message.partition(b"data:")[2].split(b"\n")[0])
        waits = self._waiting.pop((row.session_id, row.status), None)
        if waits is not None and not waits.done():
            waits.set_result(now)


def measure_status(
    ingest_port: int, query_port: int, *, per_second: int, seconds: float
) -> Latencies:
    """Let sessions change their status for some seconds; raise NoStatusError if one is missing."""
    with running_load(ingest_port, per_second):
        return uvloop.run(_measure(ingest_port, query_port, seconds))


async def _measure(ingest_port: int, query_port: int, seconds: float) -> Latencies:
    reader, writer = await asyncio.open_connection("127.0.0.1", query_port)
    writer.write(b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await reader.readuntil(END_OF_ANSWER)
    follower = _StatusWaiter()
    following = asyncio.create_task(follower.follow(reader))
    until = time.perf_counter() + seconds
    took: list[float] = []
    try:
        randoms = [Random(seed) for seed in range(SESSIONS)]  # noqa: S311 - no secret
        sessions = [_repeat_turns(ingest_port, follower, until, rng, took) for rng in randoms]
        await asyncio.gather(*sessions)
    finally:
        if following.done():
            following.result()  # raises why it ended
        following.cancel()
        writer.close()
    return latencies(took)


async def _repeat_turns(
    port: int, follower: _StatusWaiter, until: float, rng: Random, took: list[float]
) -> None:
    """Repeat the statuses of a turn."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    session_id = str(uuid.uuid4())
    while time.perf_counter() < until:
        for status, body in _turn(session_id):
            await asyncio.sleep(rng.random() * PAUSE_S)
            waits = None if status is None else follower.expect(session_id, status)
            started = time.perf_counter()
            writer.write(post_request(json.dumps(body).encode(), b"application/json"))
            await reader.readuntil(END_OF_ANSWER)
            if waits is None:
                continue
            try:
                took.append(await asyncio.wait_for(waits, GIVE_UP_S) - started)
            except TimeoutError:
                raise NoStatusError(f"no `session` message with the status {status}") from None
    writer.close()


def _turn(session_id: str) -> list[tuple[str | None, dict[str, Any]]]:
    """Return the bodies of a turn, each with the status it brings, None where that stays."""
    common = {
        "session_id": session_id,
        "transcript_path": f"/home/dev/.claude/projects/-home-dev-shop/{session_id}.jsonl",
        "cwd": "/home/dev/shop",
        "prompt_id": str(uuid.uuid4()),
        "permission_mode": "default",
    }
    asked = {"tool_name": "Bash", "tool_input": {"command": "npm test", "description": "Test"}}
    call = {**asked, "tool_use_id": f"toolu_{uuid.uuid4().hex}"}
    response = {"stdout": "ok", "stderr": "", "interrupted": False, "isImage": False}
    stopped = {"stop_hook_active": False, "last_assistant_message": "Done.", "background_tasks": []}
    events: tuple[tuple[str | None, str, dict[str, Any]], ...] = (
        ("working", "UserPromptSubmit", {"prompt": "Run the tests"}),
        (None, "PreToolUse", call),
        ("needs_permission", "PermissionRequest", asked),
        ("working", "PostToolUse", {**call, "tool_response": response, "duration_ms": 40}),
        ("done", "Stop", stopped),
    )
    return [(status, {**common, "hook_event_name": name, **own}) for status, name, own in events]


_ROW: Final = msgspec.json.Decoder(_Row)
