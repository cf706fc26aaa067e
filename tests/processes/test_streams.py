"""Open a hundred streams, stall one, let some vanish: the others must not be affected."""

import http.client
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from queryd.live.frame import KEEP_ALIVE
from queryd.live.stream import KEEP_ALIVE_S
from queryd.store.readers import THREADS
from shared.reader import Reader
from tests.processes.proc import needs_proc, open_files, rss_bytes
from tests.running import DEADLINE_S, DaemonProcess, Hookwatch, hookwatch, wait_for
from tests.sse import event_stream, hello

STREAMS = 100
AT = 1_700_000_000_000
BIG = 30_000
"""Characters in a large payload: just below what a stream would clip."""
SHARED_EVENTS = 300
"""9 MB: more than the newest events that queryd holds and what the kernel takes for a socket."""
BACKLOG_EVENTS = 3_000
"""90 MB, all of it behind the stalled client: to hold that in memory would show."""
GROWTH_BYTES = 64 * 1024 * 1024


class StreamReader:
    """Read the ids of one stream in a thread, as fast as they come."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.ids: list[int] = []
        self._connection = connection
        self._response = connection.getresponse()
        self._thread = threading.Thread(target=self._run, name="reading")
        self._thread.start()

    def close(self) -> None:
        """Hang up, as a browser tab that is closed."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        rest = b""
        try:
            while piece := self._response.read1(256 * 1024):
                *messages, rest = (rest + piece).split(b"\n\n")
                self.ids += [
                    int(message[4 : message.index(b"\n")])
                    for message in messages
                    if message.startswith(b"id: ")
                ]
        except (OSError, http.client.HTTPException):
            return  # hung up


@contextmanager
def stream_readers(port: int, count: int) -> Iterator[list[StreamReader]]:
    """Open streams that are read all the time."""
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            reading = StreamReader(ask_for_stream(port))
            stack.callback(reading.close)
            opened.append(reading)
        yield opened


def ask_for_stream(port: int, *, buffer_bytes: int | None = None) -> http.client.HTTPConnection:
    """Ask for a stream and read nothing yet; a small buffer lets the server feel that at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    if buffer_bytes is not None:
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        plain.settimeout(DEADLINE_S)
        plain.connect(("127.0.0.1", port))
        connection.sock = plain
    connection.request("GET", "/stream?after=0")
    return connection


def post_big(ingestd: DaemonProcess, count: int) -> None:
    """Post large events, a hundred to a batch."""
    entry = {"session_id": "big", "hook_event_name": "PostToolUse", "tool_response": "x" * BIG}
    for _ in range(count // 100):
        answer = ingestd.post([entry] * 100)
        assert answer.body == b'{"accepted":100,"duplicates":0,"rejected":[]}'


def streams_of(queryd: DaemonProcess) -> int:
    """Return queryd's count of open streams."""
    count: int = queryd.get("/api/health").json()["streams"]
    return count


@needs_proc
def test_one_stalled_stream_of_a_hundred_affects_neither_the_others_nor_memory(
    both: Hookwatch,
) -> None:
    """A laptop that sleeps with the page open must not slow the team, nor fill the server.

    When it wakes, it reads on and has missed nothing.
    """
    stalled = ask_for_stream(both.queryd.port, buffer_bytes=4096)
    try:
        everything = list(range(1, SHARED_EVENTS + 1))
        with stream_readers(both.queryd.port, STREAMS - 1) as others:
            wait_for(lambda: streams_of(both.queryd) == STREAMS)
            post_big(both.ingestd, SHARED_EVENTS)
            wait_for(lambda: all(len(other.ids) >= SHARED_EVENTS for other in others))
            assert [other.ids for other in others if other.ids != everything] == []
        wait_for(lambda: streams_of(both.queryd) == 1)

        before = rss_bytes(both.queryd.pid)
        post_big(both.ingestd, BACKLOG_EVENTS)
        last = SHARED_EVENTS + BACKLOG_EVENTS
        wait_for(lambda: both.queryd.get("/api/health").json()["last_id"] == last)
        assert rss_bytes(both.queryd.pid) < before + GROWTH_BYTES

        late = StreamReader(stalled)
        wait_for(lambda: len(late.ids) >= last)
        assert late.ids == list(range(1, last + 1))
        assert rss_bytes(both.queryd.pid) < before + GROWTH_BYTES
        late.close()
    finally:
        stalled.close()


@needs_proc
def test_a_client_that_vanishes_is_forgotten_with_its_descriptors(both: Hookwatch) -> None:
    """A dashboard is opened and closed for months: what each visit leaves behind adds up."""
    after_each: list[int] = []
    for _ in range(3):
        with stream_readers(both.queryd.port, STREAMS):
            wait_for(lambda: streams_of(both.queryd) == STREAMS)
            post_big(both.ingestd, 100)
        wait_for(lambda: streams_of(both.queryd) == 0)
        wait_for(lambda: open_files(both.queryd.pid) < STREAMS)
        after_each.append(open_files(both.queryd.pid))
    # What it keeps: in each of its reading threads, once needed, log and views and their WALs.
    assert after_each[-1] <= after_each[0] + 4 * THREADS


FILTERS: list[dict[str, Any]] = [
    {},
    {"session_id": "s1"},
    {"session_id": ["s1", "s2"]},
    {"event_type": "PreToolUse"},
    {"event_type": ["PreToolUse", "Stop"], "session_id": "s0"},
    {"tool_name": "Bash"},
    {"tool_name": ["Bash", "Read"], "event_type": "PostToolUse"},
    {"source_app": "shop"},
    {"agent_id": ["a1", "a2"]},
    {"since": AT + 5_000},
    {"until": AT + 5_000},
    {"since": AT + 2_000, "until": AT + 8_000, "session_id": "s2"},
]


def random_envelope(rng: random.Random) -> dict[str, Any]:
    """Return an event with values that some filters want and others do not."""
    return {
        "session_id": rng.choice(["s0", "s1", "s2"]),
        "hook_event_type": rng.choice(["PreToolUse", "PostToolUse", "Stop"]),
        "timestamp": AT + rng.choice([1_999, 2_000, 4_999, 5_000, 5_001, 8_000, 8_001]),
        "tool_name": rng.choice([None, "Bash", "Read"]),
        "source_app": rng.choice([None, "shop", "blog"]),
        "agent_id": rng.choice([None, "a1", "a2", "a3"]),
        "payload": {"number": rng.randrange(1_000)},
    }


def wanted_envelope(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return an event that a filter wants for certain."""
    first = {name: value[0] if isinstance(value, list) else value for name, value in wanted.items()}
    timestamp = first.pop("since", first.pop("until", AT))
    first.pop("until", None)
    event_type = first.pop("event_type", "Last")
    return {"session_id": "s", **first, "hook_event_type": event_type, "timestamp": timestamp}


def test_a_filter_means_the_same_on_the_stream_and_in_the_list(both: Hookwatch) -> None:
    """The page fills its list from one and goes on with the other: they must not disagree."""
    rng = random.Random(7)
    both.ingestd.post([random_envelope(rng) for _ in range(300)])
    with ExitStack() as stack:
        streams = [
            stack.enter_context(
                event_stream(both.queryd.port, f"/stream?after=0&{urlencode(wanted, doseq=True)}")
            )
            for wanted in FILTERS
        ]
        both.ingestd.post([random_envelope(rng) for _ in range(300)])
        # The last event of each stream is known, so that what it should not have had shows.
        both.ingestd.post([wanted_envelope(wanted) for wanted in FILTERS])
        wait_for(lambda: both.queryd.get("/api/health").json()["last_id"] == 600 + len(FILTERS))
        for wanted, stream in zip(FILTERS, streams, strict=True):
            path = f"/api/events?limit=1000&{urlencode(wanted, doseq=True)}"
            listed = both.queryd.get(path).json()["events"][::-1]
            streamed = stream.events(len(listed))
            assert [event.pop("stream_id") for event in streamed] == [
                str(event["id"]) for event in listed
            ]
            assert streamed == listed, wanted
            assert 0 < len(listed) < 600 or not wanted


def test_last_event_id_overrides_after(both: Hookwatch) -> None:
    """A browser that reconnects repeats the address it first asked for: `after` is stale then."""
    both.ingestd.post([{"session_id": "s", "hook_event_name": "Stop"}] * 5)
    wait_for(lambda: both.queryd.get("/api/health").json()["last_id"] == 5)
    with event_stream(both.queryd.port, "/stream?after=1", **{"Last-Event-ID": "3"}) as stream:
        assert next(stream.messages()).json() == hello(last_id=5, after=3)
        assert [event["stream_id"] for event in stream.events(2)] == ["4", "5"]


def test_the_first_bytes_of_a_stream_are_these(both: Hookwatch) -> None:
    """`retry` comes before anything can fail, and `hello` has the position before any event."""
    both.ingestd.post({"hook_event_name": "Stop", "session_id": "s"})
    wait_for(lambda: both.queryd.get("/api/health").json()["last_id"] == 1)
    with socket.create_connection(("127.0.0.1", both.queryd.port), DEADLINE_S) as plain:
        plain.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while b"\n\n\r\n" not in received:
            received += plain.recv(65_536)
    with closing(Reader(both.log_path)) as log:
        greeting = hello(last_id=1, after=1, log=log.uuid())
    data = msgspec.json.encode(greeting)
    chunk = b"retry: 1000\n\nevent: hello\ndata: " + data + b"\n\n"
    first = b"%x\r\n%s\r\n" % (len(chunk), chunk)
    # The session's row may be folded just now, and come in the same read.
    assert received.partition(b"\r\n\r\n")[2].startswith(first)


@pytest.mark.parametrize(
    ("path", "headers", "error"),
    [
        (
            "/stream?after=x",
            {},
            ("invalid_parameter", "after: expected a whole number", "after"),
        ),
        ("/stream?limit=5", {}, ("unknown_parameter", "limit: unknown parameter", "limit")),
        (
            "/stream",
            {"Last-Event-ID": "-1"},
            ("invalid_parameter", "Last-Event-ID: expected `int` >= 0", "Last-Event-ID"),
        ),
    ],
)
def test_an_impossible_stream_is_refused_before_it_starts(
    both_for_reading: Hookwatch,
    path: str,
    headers: dict[str, str],
    error: tuple[str, str, str],
) -> None:
    """An event source that is refused with a 400 stops; one that hangs would look alive."""
    answer = both_for_reading.queryd.get(path, **headers)
    code, message, field = error
    expected = {"error": {"code": code, "message": message, "field": field}}
    assert (answer.status, answer.json()) == (400, expected)


def test_a_stream_is_refused_until_the_log_can_be_read(tmp_path: Path) -> None:
    """Where the log ends is not known then, and from its first row on all of it would pass for new.

    A stream that waited would look like a quiet log.
    """
    with hookwatch(tmp_path / "data", "ingestd") as running:
        for _ in range(3):
            running.ingestd.post({"session_id": "s", "hook_event_name": "Stop"})
        running.ingestd.stop()
        log = running.log_path.read_bytes()
        running.log_path.write_bytes(b"no log" * 1_000)
        running.queryd.start()
        try:
            answer = running.queryd.get("/stream")
            assert (answer.status, answer.json()["error"]["code"]) == (503, "log_unreadable")
            running.log_path.write_bytes(log)
            wait_for(lambda: running.queryd.get("/api/health").json()["last_id"] == 3)
            with event_stream(running.queryd.port) as stream:
                assert next(stream.messages()).json() == hello(last_id=3, after=3)
        finally:
            running.queryd.stop()


def test_an_idle_stream_sends_a_keep_alive_every_15_seconds() -> None:
    """Proxies cut what is silent for 60 s, and pages take 45 s of silence for a dead server."""
    assert KEEP_ALIVE_S == 15.0
    assert KEEP_ALIVE == b": keep-alive\n\n"
