"""Empty real spools into real logs: what is stored, what is set aside, what stays."""

import asyncio
import itertools
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

import ingestd.log.spool
import ingestd.log.spool_files
from ingestd.counters import Counters
from ingestd.intake.decode import RequestMetadata, is_complete_object
from ingestd.intake.event_factory import EventFactory
from ingestd.intake.redact import Redact
from ingestd.log.commits import Commits
from ingestd.log.held import HeldEvents
from ingestd.log.spool import Spool
from ingestd.log.spool_files import spool_events
from ingestd.log.writer import Writer
from shared.errors import Refusal
from shared.event import Event, NewEvent
from shared.reader import Reader
from shared.spool import DIRECT, DROPPED, READY, REJECTED, spool_state
from tests.running import DEADLINE_S, hookwatch, wait_for
from tests.shared.faulty_vfs import Fault, FaultyDisk, faulty_disk

FIRED = 1_795_800_000_000
BODY_BYTES = 100_000


class SpoolFixture:
    """Hold the parts of an ingestd that empties a spool."""

    def __init__(self, data: Path, disk: FaultyDisk) -> None:
        self.disk = disk
        self.folder = data / "spool"
        self.folder.mkdir()
        self.path = data / "events.db"
        self.counters = Counters()
        self.writer = Writer(self.path, vfs=disk.name)
        self._start()

    def _start(self) -> None:
        held = HeldEvents(limit_events=10, limit_bytes=10**6)
        self.commits = Commits(self.writer, held, self.counters, busy_ms=0, spool=self.folder)
        intake = EventFactory(self.counters, Redact())
        self.spool = Spool(self.folder, intake, self.commits, self.counters, body_bytes=BODY_BYTES)

    def restart(self) -> None:
        """Put a new ingestd in place of the one that is there."""
        self.writer.close()
        self.writer = Writer(self.path, vfs=self.disk.name)
        self._start()

    def run(self, use: Callable[[], Awaitable[None]]) -> None:
        """Run a coroutine."""
        asyncio.run(asyncio.wait_for(use(), DEADLINE_S))

    def drain(self) -> None:
        """Go through the spool once."""
        self.run(self.spool.drain)

    def keep(self, number: int, body: bytes | None = None, line: bytes | None = None) -> Path:
        """Leave a file as a forwarder does."""
        head = {"event_id": f"e{number}", "fired_at": FIRED + number, "sender": {"via": "settings"}}
        text = line if line is not None else json.dumps(head).encode()
        file = self.folder / f"{FIRED + number:013}-e{number}.event"
        file.write_bytes(text + b"\n" + (hook(number) if body is None else body))
        return file

    def stored(self) -> list[Event]:
        """Return what the log holds."""
        log = Reader(self.path)
        try:
            return log.after(0, limit=10_000)
        finally:
            log.close()

    def numbers(self) -> list[int]:
        """Return which events the log holds, in its order."""
        return [event.timestamp - FIRED for event in self.stored()]

    def left(self) -> list[str]:
        """Return what the spool holds, folders aside."""
        return sorted(entry.name for entry in self.folder.iterdir() if entry.name != REJECTED)

    def rejected(self) -> list[str]:
        """Return what was set aside."""
        folder = self.folder / REJECTED
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def hook(number: int, **more: Any) -> bytes:
    """Return a hook body."""
    body = {"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": number, **more}
    return json.dumps(body).encode()


def descriptors() -> int:
    """Return how many are open; where the system does not report it, none are ever lost."""
    own = Path("/proc/self/fd")
    return len(list(own.iterdir())) if own.exists() else 0


@contextmanager
def emptying(data: Path) -> Iterator[SpoolFixture]:
    with faulty_disk() as disk:
        made = SpoolFixture(data, disk)
        try:
            yield made
        finally:
            disk.lift()
            made.writer.close()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[SpoolFixture]:
    with emptying(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cross every boundary with a few files."""
    monkeypatch.setattr(ingestd.log.spool, "BATCH_FILES", 3)


def test_each_event_is_stored_as_if_it_had_been_posted_when_it_fired(spool: SpoolFixture) -> None:
    """The dashboard shows no gap where ingestd was down."""
    spool.keep(7, body='{"session_id":"s","hook_event_name":"Stop","x":"\u2028é😀"}\n'.encode())
    spool.drain()
    (event,) = spool.stored()
    assert (event.session_id, event.hook_event_type) == ("s", "Stop")
    assert event.timestamp == FIRED + 7
    assert event.received_at > 0
    assert bytes(event.payload).decode().endswith('"\u2028é😀"}')
    assert event.sender is not None
    assert json.loads(bytes(event.sender)) == {"via": "settings"}
    assert spool.left() == []
    assert spool.counters.spool_stored == 1


def test_events_are_stored_in_the_order_they_fired(spool: SpoolFixture) -> None:
    """A session is reconstructed from their order."""
    for number in (9, 3, 11, 0, 5, 8, 1, 2, 4, 10, 7, 6, 12):
        spool.keep(number)
    spool.drain()
    assert spool.numbers() == list(range(13))
    assert spool.left() == []


def test_secrets_of_spooled_events_are_redacted(spool: SpoolFixture) -> None:
    """It is the only input of the log that is not a request."""
    spool.keep(1, body=hook(1, key="ghp_" + "a" * 36))
    spool.drain()
    assert b"[redacted: github-token]" in bytes(spool.stored()[0].payload)


def test_stored_events_are_not_stored_again(spool: SpoolFixture) -> None:
    """It was killed between the COMMIT and the deletion."""
    spool.keep(1)
    spool.drain()
    spool.keep(1)
    spool.keep(2)
    spool.drain()
    assert spool.numbers() == [1, 2]
    assert spool.left() == []


def in_place(spool: SpoolFixture, pid: int, body: bytes) -> Path:
    """Write a file as hooks do that leave their events to ingestd."""
    file = spool.folder / f"{pid}-e{pid}.event"
    file.write_bytes(b'{"event_id":"e%d","sender":{"via":"settings"}}\n%b' % (pid, body))
    return file


def age(file: Path, seconds: float) -> int:
    """Make a file older; return when it was written, in ms."""
    written_at = file.stat().st_mtime_ns - round(seconds * 10**9)
    os.utime(file, ns=(written_at, written_at))
    return written_at // 10**6


def test_an_event_written_in_place_happened_when_it_was_written(spool: SpoolFixture) -> None:
    """Asking the clock would cost the hook a process."""
    file = in_place(spool, 7, hook(7))
    written_at = age(file, 3)
    spool.drain()
    (event,) = spool.stored()
    assert event.timestamp == written_at
    assert spool.counters.stray_times == {}
    assert spool.left() == []


@pytest.mark.parametrize("body", [b"", b'{"session_id":"s","hook_ev', hook(7)[:-1]])
def test_a_file_that_is_still_written_waits_and_is_not_counted(
    spool: SpoolFixture, body: bytes
) -> None:
    """And one whose hook was killed is set aside in the end."""
    half = in_place(spool, 7, body)
    in_place(spool, 8, hook(8))
    spool.drain()
    assert spool.left() == [half.name]
    assert not spool.counters.rejected
    age(half, 11)
    spool.drain()
    assert spool.left() == []
    assert spool.rejected() == [half.name]


def test_a_file_that_is_complete_by_now_comes_before_later_ones(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passed over while it was written, it was once stored behind those that followed it."""
    in_place(spool, 1, hook(1))
    in_place(spool, 2, hook(2)[:-1])

    def finish_then(body: bytes) -> bool:
        is_complete = is_complete_object(body)
        if not is_complete:
            in_place(spool, 2, hook(2))
            in_place(spool, 3, hook(3))
        return is_complete

    monkeypatch.setattr(ingestd.log.spool, "is_complete_object", finish_then)
    spool.drain()
    assert [json.loads(bytes(event.payload))["prompt"] for event in spool.stored()] == [1, 2, 3]
    assert spool.left() == []


@pytest.mark.parametrize("free", [True, False])
def test_hooks_are_invited_while_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, free: bool
) -> None:
    """A hook that finds the disk full has lost its event."""
    (tmp_path / "data").mkdir()
    if not free:
        monkeypatch.setattr(ingestd.log.spool, "FREE_BYTES", 2**80)
    with emptying(tmp_path / "data") as spool:
        if free:
            (spool.folder / DIRECT).touch()

        async def use() -> None:
            running = asyncio.create_task(spool.spool.run())
            while not (spool.folder / (READY if free else DIRECT)).exists():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.wait([running])

        spool.run(use)
        assert (spool.folder / DIRECT).exists() is not free


@pytest.mark.parametrize(
    ("line", "body", "code"),
    [
        (b"", None, None),
        (b"not json", None, None),
        (b"[]", None, None),
        (b'{"fired_at":1}', None, None),
        (b'{"event_id":"","fired_at":1}', None, None),
        (b"[" * 9_999, None, None),
        (None, b"", "invalid_json"),
        (None, b'{"session_id":"s","hook_ev', "invalid_json"),
        (None, b"[]", "not_an_object"),
        (None, b'{"session_id":"s"}', "missing_field"),
        (None, b"\xff", "invalid_json"),
        (None, b" " * (BODY_BYTES + ingestd.log.spool.HEAD_BYTES), None),
    ],
)
def test_files_without_an_event_are_rejected(
    spool: SpoolFixture,
    caplog: pytest.LogCaptureFixture,
    line: bytes | None,
    body: bytes | None,
    code: str | None,
) -> None:
    """It would be retried for ever, and its writer would never know."""
    before, bad, after = spool.keep(1), spool.keep(2, body, line), spool.keep(3)
    spool.drain()
    assert spool.numbers() == [1, 3]
    assert spool.left() == []
    assert spool.rejected() == [bad.name]
    assert not before.exists()
    assert not after.exists()
    assert spool.counters.spool_rejected == 1
    expected = f"moved an invalid spool file to {spool.folder}"
    assert any(message.startswith(expected) for message in caplog.messages)
    if code is not None:
        assert list(spool.counters.rejected) == [code]


def test_rejected_files_are_kept_up_to_a_limit(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender of endless nonsense must not fill the disk; the newest files are the most useful."""
    monkeypatch.setattr(ingestd.log.spool, "KEEP_REJECTED", 4)
    names = [spool.keep(number, b"nonsense").name for number in range(9)]
    spool.drain()
    assert spool.rejected() == names[-4:]
    assert spool.counters.spool_rejected == 9


def test_only_regular_event_files_are_drained(spool: SpoolFixture, tmp_path: Path) -> None:
    """A user who can write a link here could make ingestd read, and delete, another user's file."""
    secret = tmp_path / "secret"
    secret.write_bytes(spool.keep(1).read_bytes())
    names: dict[str, Callable[[], object]] = {
        "a folder": (spool.folder / f"{FIRED:013}-folder.event").mkdir,
        "a link": lambda: (spool.folder / f"{FIRED:013}-link.event").symlink_to(secret),
        "a link to nowhere": lambda: (spool.folder / f"{FIRED:013}-gone.event").symlink_to("gone"),
        "a pipe": lambda: os.mkfifo(spool.folder / f"{FIRED:013}-pipe.event"),
        "half a file": lambda: (spool.folder / ".half").write_bytes(b'{"event_id":"h'),
        "half an event": lambda: (spool.folder / ".x.event").write_bytes(b'{"event_id":"h'),
        "a note": lambda: (spool.folder / "README").write_bytes(b"hello"),
        "a count": lambda: (spool.folder / DROPPED).write_bytes(b"..."),
    }
    for make in names.values():
        make()
    for number in range(2, 12):
        spool.keep(number)
    before = descriptors()
    for _ in range(3):
        spool.drain()
    after = descriptors()
    assert spool.numbers() == list(range(1, 12))
    assert len(spool.left()) == len(names)
    assert secret.exists()
    assert spool.rejected() == []
    assert after == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_are_skipped(spool: SpoolFixture) -> None:
    """A hook that ran as root once left a file of root's."""
    spool.keep(1).chmod(0)
    spool.keep(2)
    spool.drain()
    assert spool.numbers() == [2]
    assert len(spool.left()) == 1


def test_undeletable_files_are_stored_once(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise another user's spool would be stored again four times a second."""
    file = spool.keep(1)
    spool.keep(2)

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", f"{path} {missing_ok}")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        for _ in range(3):
            spool.drain()
    assert file.exists()
    assert (spool.counters.events_stored, spool.counters.duplicates) == (2, 0)
    assert any("cannot delete a file of the spool" in message for message in caplog.messages)


def test_while_the_log_is_unwritable_the_spool_waits(spool: SpoolFixture) -> None:
    """Files are safer where they are than in memory."""
    for number in range(9):
        spool.keep(number)

    async def use() -> None:
        spool.disk.fail(Fault(operation="write"))
        for _ in range(3):
            await spool.spool.drain()
        assert len(spool.left()) == 9
        spool.disk.lift()
        while spool.commits.failure is not None:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)
        await spool.spool.drain()

    spool.run(use)
    assert spool.numbers() == list(range(9))
    assert spool.left() == []


def test_an_internal_error_affects_its_event_only(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in a file, the ones behind it are stored."""
    for number in range(7):
        spool.keep(number)
    append = spool.writer.append

    def stumble(events: Any) -> Any:
        if any(new.event_id == "e4" for new in events):
            raise ZeroDivisionError
        return append(events)

    monkeypatch.setattr(spool.writer, "append", stumble)
    spool.drain()
    assert spool.numbers() == [0, 1, 2, 3, 5, 6]
    assert [name.rpartition("-")[2] for name in spool.rejected()] == ["e4.event"]


def test_a_drain_stops_early_on_request(spool: SpoolFixture) -> None:
    """A stop must not wait for a spool of gigabytes; the rest is stored at the next start."""
    for number in range(9):
        spool.keep(number)
    asked = iter([False] * 4 + [True] * 9)

    async def use() -> None:
        await spool.spool.drain(stopping=lambda: next(asked))

    spool.run(use)
    assert spool.numbers() == [0, 1, 2]
    spool.drain()
    assert spool.numbers() == list(range(9))


def test_no_more_than_a_batch_is_in_memory(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spool may be larger than the machine's memory."""
    monkeypatch.setattr(ingestd.log.spool, "BATCH_FILES", 1_000)
    monkeypatch.setattr(ingestd.log.spool, "BATCH_BYTES", 30_000)
    for number in range(40):
        spool.keep(number, hook(number, text="x" * 9_000))
    sizes = []
    append = spool.writer.append

    def measure(events: Any) -> Any:
        sizes.append(sum(len(new.event.payload) for new in events))
        return append(events)

    monkeypatch.setattr(spool.writer, "append", measure)
    spool.drain()
    assert spool.numbers() == list(range(40))
    assert max(sizes) < 30_000 + 10_000


def test_a_folder_that_is_not_there_is_an_empty_spool(tmp_path: Path) -> None:
    """Nothing ever failed: the forwarder makes the folder when it must."""
    with emptying(tmp_path) as spool:
        spool.folder.rmdir()
        spool.drain()
        assert spool_state(spool.folder, {}).waiting == 0


def test_the_state_counts_waiting_dropped_and_rejected_events(
    spool: SpoolFixture, tmp_path: Path
) -> None:
    """The doctor and the page have no other eyes."""
    spool.keep(1)
    spool.keep(2, b"nonsense")
    (spool.folder / DROPPED).write_bytes(b"...")
    elsewhere = tmp_path / "run" / "hookwatch-dev"
    elsewhere.mkdir(parents=True)
    (elsewhere / "dropped").write_bytes(b"..")
    environment = {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "TMPDIR": "gone", "USER": "dev"}
    seen = spool_state(spool.folder, environment)
    assert (seen.path, seen.waiting, seen.dropped, seen.rejected) == (str(spool.folder), 2, 5, 0)
    spool.drain()
    seen = spool_state(spool.folder, environment)
    assert (seen.waiting, seen.dropped, seen.rejected) == (0, 5, 1)


def test_ingestd_stores_the_spool_before_it_answers_and_while_it_runs(tmp_path: Path) -> None:
    """What fired while it was away comes before what fires now."""
    data = tmp_path / "data"
    folder = data / "spool"
    folder.mkdir(parents=True)

    def keep(number: int) -> None:
        head = {"event_id": f"e{number}", "fired_at": FIRED + number, "sender": {}}
        half = folder / f".{number}"
        half.write_bytes(json.dumps(head).encode() + b"\n" + hook(number))
        half.rename(folder / f"{FIRED + number:013}-e{number}.event")

    for number in range(300):
        keep(number)
    with hookwatch(data, "ingestd") as running:
        health = running.ingestd.get("/health").json()
        assert health["last_id"] == 300
        assert health["spool"] == {"path": str(folder), "waiting": 0, "dropped": 0, "rejected": 0}
        keep(300)
        wait_for(lambda: running.ingestd.get("/health").json()["last_id"] == 301)
        metrics = running.ingestd.get("/metrics").body.decode()
        assert 'hookwatch_spool_drained_total{result="stored"} 301\n' in metrics
        assert f'hookwatch_spool_waiting{{path="{folder}"}} 0\n' in metrics


def test_killed_while_it_empties_a_spool_ingestd_stores_each_event_once(tmp_path: Path) -> None:
    """The worst moment lies between a COMMIT and the deletion of its files."""
    data = tmp_path / "data"
    folder = data / "spool"
    folder.mkdir(parents=True)
    numbers = itertools.count()

    def add(count: int) -> None:
        for number in itertools.islice(numbers, count):
            head = {"event_id": f"e{number}", "fired_at": FIRED + number, "sender": {}}
            file = folder / f"{FIRED + number:013}-e{number}.event"
            file.write_bytes(json.dumps(head).encode() + b"\n" + hook(number))

    def waiting() -> int:
        return len(list(folder.glob("*.event")))

    interrupted = 0
    with hookwatch(data, "queryd") as running:
        while interrupted < 3:
            add(600)  # a kill that came too late, on busy cores, is tried again
            before = waiting()
            running.ingestd.launch()
            wait_for(lambda before=before: waiting() < before)  # type: ignore[misc]
            running.ingestd.kill()
            interrupted += waiting() > 0
        running.ingestd.start()
        log = Reader(running.log_path)
        count = next(numbers)
        found = [event.timestamp - FIRED for event in log.after(0, limit=count * 2)]
        log.close()
    assert found == list(range(count))
    assert waiting() == 0


@pytest.mark.parametrize(
    "fired_at", ["-1", "0", "1795800000", "1795800000000000", '"soon"', "null", "1.5"]
)
def test_a_spooled_event_of_no_plausible_time_happened_when_its_file_was_written(
    spool: SpoolFixture, fired_at: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A clock that is wrong must not cost the event; and it may have waited for hours."""
    file = spool.keep(1, line=b'{"event_id":"e1","fired_at":%b}' % fired_at.encode())
    os.utime(file, ns=((FIRED - 5_000) * 10**6,) * 2)
    spool.keep(2)
    spool.drain()
    assert spool.numbers() == [-5_000, 2]
    assert spool.rejected() == []
    assert spool.counters.stray_times == {"spool": 1}
    assert "replaced an event time that is not plausible (spool: " in caplog.text


def test_a_spooled_event_of_no_time_at_all_is_stamped_on_arrival(spool: SpoolFixture) -> None:
    """The clock that wrote the file was wrong as well."""
    os.utime(spool.keep(1, line=b'{"event_id":"e1"}'), ns=(0, 0))
    spool.drain()
    (event,) = spool.stored()
    assert event.timestamp == event.received_at


def taken(intake: EventFactory, body: bytes, sent: RequestMetadata) -> NewEvent:
    """Return the event that ingestd makes of a body."""
    return asyncio.run(intake.one(body, sent))[0]


def held_events() -> list[NewEvent]:
    """Return an event of each kind, as ingestd makes them of what it is sent."""
    intake = EventFactory(Counters(), Redact())
    envelope = {
        "session_id": "s",
        "hook_event_type": "Custom",
        "timestamp": FIRED + 9,  # out of order: they arrived as they are here
        "source_app": "mine",
        "summary": "what happened",
        "payload": {"tool_use_id": "inner", "x": 1.50},
        "extra": [1],
    }
    span = Event(
        session_id="s",
        hook_event_type="span",
        timestamp=FIRED,
        received_at=FIRED + 1,
        sender=msgspec.Raw(b'{"via":"otlp"}'),
        payload=msgspec.Raw(b'{"tool_use_id":"t1","name":"tool"}'),
        payload_bytes=34,
    )
    return [
        taken(intake, hook(1), RequestMetadata(event_id="h1", fired_at=FIRED + 1)),
        taken(intake, hook(2), RequestMetadata(sender=msgspec.Raw(b'{"via":"plugin"}'))),
        taken(intake, hook(2), RequestMetadata(sender=msgspec.Raw(b'{"via":"plugin"}'))),
        taken(intake, json.dumps(envelope).encode(), RequestMetadata()),
        asyncio.run(
            intake.status_line(b'{"session_id":"s","cost":{"total_cost_usd":1}}', RequestMetadata())
        ),
        NewEvent(event=span, event_id="otlp:1"),
    ]


def _project_of(new: NewEvent, held: list[NewEvent]) -> str | None:
    """Return the project that an earlier event of the session names."""
    earlier = held[: held.index(new)]
    return next(
        (
            it.event.source_app
            for it in earlier
            if it.event.session_id == new.event.session_id and it.event.source_app
        ),
        None,
    )


def test_events_held_at_a_stop_are_stored_at_the_next_start(spool: SpoolFixture) -> None:
    """Once each, in the order of arrival, just as it would have been stored."""
    held = held_events()

    async def stop_in_vain() -> None:
        spool.disk.fail(Fault(operation="write"))
        for new in held:
            with pytest.raises(Refusal):
                await spool.commits.append([new])
        spool.commits.close()

    spool.run(stop_in_vain)
    spool.disk.lift()
    files = [spool.folder / name for name in spool.left()]
    assert len(files) == len(held)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    contents = {file: file.read_bytes() for file in files}
    spool.restart()
    for _ in range(2):  # killed between COMMIT and deletion: stored once all the same
        spool.drain()
        assert spool.left() == []
        # A record that names no project gets that of its session, which is `mine` here.
        assert spool.stored() == [
            msgspec.structs.replace(
                new.event, id=number, source_app=new.event.source_app or _project_of(new, held)
            )
            for number, new in enumerate(held, 1)
        ]
        for file, content in contents.items():
            file.write_bytes(content)


def test_events_from_a_forwarders_spool_are_not_spooled_again(spool: SpoolFixture) -> None:
    """It got an error for its event, so it spooled the event itself."""
    kept = spool.keep(1)
    intake = EventFactory(Counters(), None)
    first = taken(intake, hook(1), RequestMetadata(event_id="e1", fired_at=FIRED + 1))
    other = taken(intake, hook(2), RequestMetadata(event_id="e2", fired_at=FIRED + 2))
    assert spool_events(spool.folder, [first, other]) == 2
    assert kept.exists()
    assert len(spool.left()) == 2


def test_a_spool_takes_in_so_much_and_counts_the_rest(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that ingestd fills by itself would be the next thing that cannot be written."""
    monkeypatch.setattr(ingestd.log.spool_files, "MAX_EVENTS", 4)
    spool.keep(1)
    assert spool_events(spool.folder, held_events()) == 3
    assert len([name for name in spool.left() if name != DROPPED]) == 4
    assert spool_state(spool.folder, {}).dropped == len(held_events()) - 3
    monkeypatch.setattr(ingestd.log.spool_files, "MAX_BYTES", 1)
    assert spool_events(spool.folder, held_events()) == 0


def test_an_unwritable_folder_accepts_no_events(tmp_path: Path) -> None:
    """A full disk takes neither the log nor the spool; a stop must end all the same."""
    (tmp_path / "spool").write_bytes(b"a file")
    assert spool_events(tmp_path / "spool", held_events()) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a":', b"\xff"])
def test_a_spooled_event_of_ours_that_was_tampered_with_is_set_aside(
    spool: SpoolFixture, body: bytes
) -> None:
    """What queryd reads must be JSON, whatever wrote the file."""
    spool_events(spool.folder, held_events()[:1])
    (name,) = spool.left()
    line = (spool.folder / name).read_bytes().partition(b"\n")[0]
    (spool.folder / name).write_bytes(line + b"\n" + body)
    spool.drain()
    assert spool.stored() == []
    assert spool.rejected() == [name]


def test_hooks_are_answered_while_the_spool_is_emptied(
    spool: SpoolFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred files, or megabytes, are decoded in slices."""
    monkeypatch.setattr(ingestd.log.spool, "BATCH_FILES", 10_000)
    count = 400
    for number in range(count):
        spool.keep(number, hook(number, text="x" * 400))
    draining = True

    async def drain() -> None:
        nonlocal draining
        await spool.spool.drain()
        draining = False

    async def use() -> None:
        task = asyncio.create_task(drain())
        turns = 0
        while draining:
            await asyncio.sleep(0)
            turns += 1
        await task
        assert turns > 20

    spool.run(use)
    assert len(spool.stored()) == count
