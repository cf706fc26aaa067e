"""Test that no long request holds the event loop: a hook that comes beside it waits for one turn.

Turns are measured in CPU time of the loop's thread, and compared with the CPU time of decoding as
much at once: on a slow or busy machine both take longer. Commits are measured by what is in them:
their time is that of SQLite and the disk.
"""

import asyncio
import gc
import gzip
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench import otlp, posts
from ingestd.intake.decode import RequestMetadata, decode_one
from ingestd.log.commits import GROUP_BYTES, GROUP_EVENTS, end_of_group
from ingestd.log.writer import Writer
from shared.event import NewEvent
from tests.ingestd.served import ServedApp, served
from tests.shared.asgi import scope

BODY_BYTES = 32 * 2**20
TURN_MS = 20
"""Where the machine is fast and idle, and decoding at once takes three times as long."""
PIECE_BYTES = 256 * 1024
JSON, NDJSON = b"application/json", b"application/x-ndjson"
PROTOBUF = b"application/x-protobuf"


class Turns:
    """Record the CPU time of every callback of a loop, but of those that commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ms: list[float] = []
        self.commits: list[Sequence[NewEvent]] = []
        run = asyncio.events.Handle._run  # noqa: SLF001 - the one way to see every turn
        append = Writer.append

        def timed(handle: Any) -> None:
            commits, started = len(self.commits), time.thread_time()
            run(handle)
            if len(self.commits) == commits:
                self.ms.append(1000 * (time.thread_time() - started))

        def recorded(writer: Writer, events: Sequence[NewEvent]) -> Any:
            self.commits.append(events)
            return append(writer, events)

        monkeypatch.setattr(asyncio.events.Handle, "_run", timed)
        monkeypatch.setattr(Writer, "append", recorded)

    def check(self, total: int) -> None:
        """Fail if any turn was too long, or any commit too large for its time."""
        self.check_turns()
        assert sum(map(len, self.commits)) == total
        for events in self.commits:
            size = sum(len(new.event.payload) for new in events)
            assert len(events) <= GROUP_EVENTS
            assert size <= GROUP_BYTES or len(events) == 1

    def check_turns(self) -> None:
        """Fail if any turn was as long as if it had decoded the whole body, or half of it."""
        assert max(self.ms) < max(TURN_MS, milliseconds_to_decode_at_once() / 2)


def milliseconds_to_decode_at_once() -> float:
    """Return the CPU time that a body of 32 MiB takes now, in one piece."""
    body = b"[%b]" % b",".join(map(posts.body, range(BODY_BYTES // len(posts.body(0)))))
    started = time.thread_time()
    msgspec.json.decode(body)
    return 1000 * (time.thread_time() - started)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    gc.freeze()  # what the tests before left would be collected in some turn
    yield Turns(monkeypatch)
    gc.unfreeze()


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[ServedApp]:
    with served(tmp_path / "events.db", body_bytes=2 * BODY_BYTES) as app:
        yield app


async def send(ingest: ServedApp, path: str, body: bytes, headers: dict[str, str | bytes]) -> bytes:
    """Send a body as a server does, in pieces; return the answer's body."""
    pieces = [body[start : start + PIECE_BYTES] for start in range(0, len(body), PIECE_BYTES)]
    answer: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def keep(message: Any) -> None:
        answer.append(message)

    await ingest.app(scope("POST", path, list(headers.items())), receive, keep)
    assert answer[0]["status"] == 200
    text: bytes = answer[1]["body"]
    return text


@pytest.mark.parametrize(
    ("encoding", "record_bytes"),
    [("json", 0), ("json, gzip", 60_000), ("protobuf, gzip", 0), ("protobuf", 60_000)],
)
def test_an_export_of_32_mib_holds_the_loop_for_no_long_turn(
    ingest: ServedApp, turns: Turns, encoding: str, record_bytes: int
) -> None:
    """Decoded at once it held every hook for 60 ms in JSON, and for 100 ms in protobuf."""
    kind, _, packing = encoding.partition(", ")
    body, count = otlp.large_export(kind, BODY_BYTES, record_bytes=record_bytes)
    headers: dict[str, str | bytes] = {"content-type": JSON if kind == "json" else PROTOBUF}
    if packing:
        body = gzip.compress(body, 1)
        headers["content-encoding"] = packing
    asyncio.run(send(ingest, "/v1/logs", body, headers))
    turns.check(count)


@pytest.mark.parametrize("kind", [NDJSON, JSON])
@pytest.mark.parametrize("more", [b"", b"x" * 100_000])
def test_a_batch_of_32_mib_holds_the_loop_for_no_long_turn(
    ingest: ServedApp, turns: Turns, kind: bytes, more: bytes
) -> None:
    """An importer sends as much as it may, while sessions run."""
    first = posts.body(0)
    count = BODY_BYTES // (len(first) + len(more))
    events = [
        posts.body(serial).replace(b"npm test", b"npm test" + more) for serial in range(count)
    ]
    body = b"\n".join(events) if kind == NDJSON else b"[%b]" % b",\n".join(events)
    answer = asyncio.run(send(ingest, "/events", body, {"content-type": kind}))
    assert answer == b'{"accepted":%d,"duplicates":0,"rejected":[]}' % count
    turns.check(count)


def test_a_malformed_end_of_a_large_batch_is_refused_without_a_long_turn(
    ingest: ServedApp, turns: Turns
) -> None:
    """Its position is reported without decoding the whole again."""
    body = b"[%b,]" % b",".join(map(posts.body, range(BODY_BYTES // 1_200)))
    with pytest.raises(AssertionError):
        asyncio.run(send(ingest, "/events", body, {"content-type": JSON}))
    turns.check_turns()
    assert turns.commits == []


def test_a_group_holds_a_few_events_or_one_large_one() -> None:
    """Of 32 events of 1 MB one commit took 40 ms."""
    small, large = (
        decode_one(b'{"session_id":"s","hook_event_name":"x","a":"%b"}' % (b"x" * size),
                   RequestMetadata())[0]
        for size in (10, GROUP_BYTES)
    )  # fmt: skip
    assert end_of_group([small] * 2 * GROUP_EVENTS, 0) == GROUP_EVENTS
    assert end_of_group([small] * 100, 90) == 100
    assert end_of_group([small, large, small], 0) == 1
    assert end_of_group([small, large, small], 1) == 2
    assert end_of_group([large], 0) == 1
