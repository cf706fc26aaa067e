"""Hold the reading of transcripts to its laws, whatever is in them."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from connect.backfill.events import TranscriptEvent, encode
from connect.backfill.records import TranscriptRecord
from connect.backfill.session import SessionReader
from connect.backfill.source import TranscriptSource
from connect.backfill.transcript import TranscriptReader
from ingestd.intake.decode import RejectedEntry, RequestMetadata, decode_entries
from tests.connect.transcripts import CAPTURED, LONG_AFTER, ONE, sessions_in, write

FILES = sorted(CAPTURED.rglob("*.jsonl"))
SMALL = [path for path in FILES if path.stat().st_size < 24_000]
small = st.sampled_from(SMALL)
JUNK = st.sampled_from(
    [
        b"{}\n",
        b'{"type":"new-thing","uuid":"n"}\n',
        b'{"type":"user"}\n',
        b'{"type":"assistant","message":{"content":[{"type":"tool_use"}]}}\n',
        b"{\n",
        b"\0\0\n",
        b"null\n",
        b"\n",
    ]
)


def events_in(data: bytes) -> list[TranscriptEvent]:
    """Read bytes as a main transcript."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{ONE}.jsonl"
        path.write_bytes(data)
        source = TranscriptSource(ONE, str(path), None)
        return list(TranscriptReader(path, len(data), source).events(now=LONG_AFTER))


def ids_of(events: list[TranscriptEvent]) -> Counter[str]:
    return Counter(event.event_id for event in events)


def is_fine(events: list[TranscriptEvent]) -> None:
    """Assert that ingestd takes each of them, under its id."""
    lines = [
        encode(event, ONE, TranscriptSource(ONE, "x", None).sender(is_backfilled=False))
        for event in events
    ]
    good = []
    for new in decode_entries(b"".join(lines), RequestMetadata(), lines=True):
        assert not isinstance(new, RejectedEntry), new.error
        good.append(new)
    assert [new.event_id for new in good] == [event.event_id for event in events]
    assert all(len(new.event_id or "") <= 200 for new in good)


@settings(max_examples=40, deadline=None)
@given(small, st.data())
def test_a_truncated_file_gives_the_events_of_its_complete_lines(
    path: Path, data: st.DataObject
) -> None:
    """It is read while Claude writes it: the half line is the next run's."""
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    lines = whole[:cut].rpartition(b"\n")
    is_whole = _is_object(lines[2])
    read_events = events_in(whole[:cut])
    is_fine(read_events)
    assert ids_of(read_events) == ids_of(
        events_in(whole[:cut] if is_whole else lines[0] + lines[1])
    )


@settings(max_examples=40, deadline=None)
@given(small, st.lists(st.tuples(st.integers(0, 200), JUNK), max_size=8))
def test_lines_without_events_change_nothing(path: Path, junk: list[tuple[int, bytes]]) -> None:
    """Wherever they stand: what is good is read as if they were not there."""
    lines = path.read_bytes().splitlines(keepends=True) if _has_plain_ends(path) else None
    if lines is None:
        return
    expected = ids_of(events_in(b"".join(lines)))
    for place, one in junk:
        lines.insert(place % (len(lines) + 1), one)
    assert ids_of(events_in(b"".join(lines))) == expected


@settings(max_examples=60, deadline=None)
@given(small, st.integers(0, 10**6), st.binary(min_size=1, max_size=40))
def test_damage_is_never_more_than_its_lines(path: Path, place: int, damage: bytes) -> None:
    """Bytes amid a file cost at most the lines they fall on, and what hangs on those."""
    whole = path.read_bytes()
    place %= len(whole)
    read_events = events_in(whole[:place] + damage + whole[place:])
    is_fine(read_events)
    before = whole[:place].rpartition(b"\n")[0] + b"\n"
    calls = {event.tool_use_id for event in events_in(before) if event.kind == "PostToolUse"}
    assert calls <= {event.tool_use_id for event in read_events}


SCALAR = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(allow_nan=False)
)
FLAT = st.lists(SCALAR, max_size=2) | st.dictionaries(st.text(max_size=9), SCALAR, max_size=2)
JSON = SCALAR | FLAT | st.lists(FLAT, max_size=2)
NAMES = [
    msgspec.structs.fields(TranscriptRecord)[n].encode_name
    for n in range(len(msgspec.structs.fields(TranscriptRecord)))
]
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["tool_use", "tool_result", "text", 7])},
    optional={
        name: JSON | st.sampled_from(["t1", "Bash", "Task"])
        for name in ("id", "name", "input", "tool_use_id", "content", "is_error", "text")
    },
)
MESSAGE = st.fixed_dictionaries(
    {"content": st.lists(BLOCK, max_size=3) | st.text(max_size=40) | JSON},
    optional=dict.fromkeys(("id", "model", "stop_reason", "usage"), JSON),
)
KIND: st.SearchStrategy[Any] = st.sampled_from(
    ["user", "assistant", "system", "attachment", "cost-state", "x", None, 1, []]
)
TIME = st.sampled_from(
    [
        "2026-11-22T17:19:56.544Z",
        "2026-11-22",
        1_795_000_000_000,
        1_795_000_000,
        "1970-01-02",
        "9999-12-31T23:59:59Z",
        "x",
        None,
    ]
)
LINE = st.fixed_dictionaries(
    {"type": KIND, "message": MESSAGE | JSON, "timestamp": TIME},
    optional={name: JSON for name in NAMES if name not in {"type", "message", "timestamp"}},
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINE, max_size=8))
def test_any_lines_are_read_without_an_exception(lines: list[dict[str, Any]]) -> None:
    """The format is the client's own: a field of another type next month must not stop a run."""
    is_fine(events_in(b"".join(map(_written, lines))))


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(6)))
def test_an_import_does_not_depend_on_the_order_of_files(order: list[int]) -> None:
    """Two machines, or a restored backup, must come to the same ids."""
    assert ids_in_order(order) == ids_in_order(range(6))


def ids_in_order(order: Iterable[int]) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        for number in order:
            write(Path(folder), SMALL[number].read_bytes(), name=f"{number}{ONE[1:]}")
        ids: Counter[str] = Counter()
        for session in sessions_in(Path(folder)):
            ids += ids_of(list(SessionReader(session).events(now=LONG_AFTER)))
    return ids


def _written(line: dict[str, Any]) -> bytes:
    # Halves of emoji as JavaScript writes them: escaped.
    return json.dumps(line).encode() + b"\n"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _has_plain_ends(path: Path) -> bool:
    data = path.read_bytes()
    return data.count(b"\n") == len(data.splitlines())
