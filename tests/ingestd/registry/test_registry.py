"""Record what Claude Code's registry of live processes says, from real files into a real log."""

import asyncio
import json
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

import ingestd.registry.processes
import ingestd.registry.watch
from ingestd.counters import Counters
from ingestd.intake.decode import now_ms
from ingestd.intake.event_factory import EventFactory
from ingestd.intake.redact import Redact
from ingestd.log.commits import Commits
from ingestd.log.held import HeldEvents
from ingestd.log.writer import Writer
from ingestd.registry.entry import RegistryEntry, read_entry
from ingestd.registry.processes import Evidence, is_running
from ingestd.registry.watch import Registry
from shared.errors import Refusal
from shared.event import SESSION_GONE, SESSION_STATE, Event
from shared.process import pid_domain, start_ticks
from shared.reader import Reader
from tests.ingestd.registry.files import SINCE, RegistryFile
from tests.running import DEADLINE_S, hookwatch, wait_for

OTHER_SESSION = "22222222-0000-4000-8000-000000000002"
ELSEWHERE = "linux:0123456789abcdef:pid:[1]"


class RegistryFixture:
    """Hold the parts of an ingestd that watches one configuration folder."""

    def __init__(self, tmp_path: Path) -> None:
        self.config = tmp_path / "claude"
        self.path = tmp_path / "events.db"
        self.ended: set[str | None] = set()
        """The `procStart` of processes that count as ended."""
        self._start()

    def _start(self) -> None:
        self.counters = Counters()
        self.writer = Writer(self.path)
        held = HeldEvents(limit_events=10, limit_bytes=10**6)
        self.commits = Commits(self.writer, held, self.counters, busy_ms=0)
        self.registry = Registry(
            [self.config],
            EventFactory(self.counters, Redact()),
            self.commits,
            self.counters,
            check_is_running=self._is_running,
        )

    def _is_running(self, entry: RegistryEntry, evidence: Evidence) -> bool:
        if entry.proc_start in self.ended:
            return False
        return is_running(entry, evidence)

    def restart(self) -> None:
        self.writer.close()
        self._start()

    def close(self) -> None:
        self.writer.close()

    def check(self) -> None:
        """Do what is done every two seconds."""

        async def once() -> None:
            self.registry.list_changes()
            await self.registry.record_changes()
            await self.registry.record_ended()

        asyncio.run(asyncio.wait_for(once(), DEADLINE_S))

    def run_until(self, condition: Callable[[], bool], *steps: Callable[[], None]) -> None:
        """Watch until a condition holds, taking steps meanwhile."""

        async def watched() -> None:
            task = asyncio.create_task(self.registry.run())
            try:
                for step in steps:
                    await asyncio.sleep(0)
                    step()
                while not condition():
                    assert not task.done()
                    await asyncio.sleep(0.005)
            finally:
                task.cancel()
                await asyncio.wait([task])

        asyncio.run(asyncio.wait_for(watched(), DEADLINE_S))

    def run_through(self, *steps: tuple[int, Callable[[], object]]) -> None:
        """Watch, and take each step once that many events are stored."""

        async def watched() -> None:
            task = asyncio.create_task(self.registry.run())
            try:
                for count, step in steps:
                    while len(self.stored()) < count:
                        assert not task.done()
                        await asyncio.sleep(0.005)
                    step()
            finally:
                task.cancel()
                await asyncio.wait([task])

        asyncio.run(asyncio.wait_for(watched(), DEADLINE_S))

    def stored(self) -> list[Event]:
        log = Reader(self.path)
        try:
            return log.after(0, limit=1_000)
        finally:
            log.close()

    def payloads(self, *fields: str) -> list[tuple[Any, ...]]:
        """Return the type and some fields of the payload of each event."""
        found = []
        for event in self.stored():
            payload = msgspec.json.decode(event.payload)
            found.append((event.hook_event_type, *(payload.get(field) for field in fields)))
        return found

    def states(self) -> list[tuple[Any, ...]]:
        return self.payloads("status", "waiting_for")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryFixture]:
    fixture = RegistryFixture(tmp_path)
    yield fixture
    fixture.close()


def test_each_change_of_a_state_is_recorded_once(registry: RegistryFixture) -> None:
    """Esc at a prompt sends no hook: only this file shows that the session is idle."""
    file = RegistryFile(registry.config)
    for status, waiting_for, since in [
        (None, None, None),
        ("busy", None, SINCE),
        ("busy", None, SINCE + 5),
        ("waiting", "permission prompt", SINCE + 10),
        ("idle", None, SINCE + 20),
    ]:
        file.write(status, waitingFor=waiting_for, statusUpdatedAt=since)
        registry.check()
        registry.check()
    assert registry.states() == [
        (SESSION_STATE, "busy", None),
        (SESSION_STATE, "waiting", "permission prompt"),
        (SESSION_STATE, "idle", None),
    ]
    assert [event.timestamp for event in registry.stored()] == [SINCE, SINCE + 10, SINCE + 20]


def test_a_second_prompt_is_recorded_though_the_work_between_was_not_seen(
    registry: RegistryFixture,
) -> None:
    file = RegistryFile(registry.config)
    for since in (SINCE, SINCE + 40):
        file.write("waiting", waitingFor="permission prompt", statusUpdatedAt=since)
        registry.check()
    assert [event.timestamp for event in registry.stored()] == [SINCE, SINCE + 40]


def test_a_record_names_its_session_process_and_project(registry: RegistryFixture) -> None:
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    (event,) = registry.stored()
    assert (event.session_id, event.source_app) == (
        "11111111-0000-4000-8000-000000000001",
        "shop-api",
    )
    payload = json.loads(bytes(event.payload))
    assert payload.pop("host")
    assert payload == {
        "session_id": "11111111-0000-4000-8000-000000000001",
        "status": "busy",
        "pid": os.getpid(),
        "proc_start": str(start_ticks(os.getpid())),
        "pid_domain": pid_domain(),
        "started_at": SINCE - 60_000,
        "cwd": "/home/dev/shop-api",
        "kind": "interactive",
        "entrypoint": "cli",
        "client_version": "2.1.330",
    }


def test_neither_names_nor_keys_are_stored(registry: RegistryFixture) -> None:
    """A session's name may hold the words of a prompt, and a `.key` file is a secret."""
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)
    secret = file.path.with_name(f"{file.pid}.{'ab' * 32}.key")
    secret.write_text('{"pid": 1, "sessionId": "from a key", "status": "busy"}')
    registry.check()
    registry.run_until(lambda: len(registry.stored()) == 2, lambda: file.write("shell"))
    text = b"".join(bytes(event.payload) for event in registry.stored())
    assert b"words of a prompt" not in text
    assert b"from a key" not in text


def test_secrets_in_a_folders_name_are_redacted(registry: RegistryFixture) -> None:
    file = RegistryFile(registry.config, cwd="/home/dev/AKIAIOSFODNN7EXAMPLQ/x")
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    (event,) = registry.stored()
    assert b"AKIA" not in bytes(event.payload)


def test_a_torn_read_is_decoded_up_to_its_end(registry: RegistryFixture) -> None:
    file = RegistryFile(registry.config)
    file.write("idle", statusUpdatedAt=SINCE)
    file.tear()
    registry.check()
    assert registry.states() == [(SESSION_STATE, "idle", None)]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"pid": 1}', b"\xff\xfe", b"[" * 60_000, b"{}" * 40_000],
)
def test_a_file_that_is_no_entry_is_passed_over(registry: RegistryFixture, content: bytes) -> None:
    file = RegistryFile(registry.config)
    file.path.write_bytes(content)
    registry.check()
    assert registry.stored() == []
    file.write("busy", statusUpdatedAt=SINCE)
    os.truncate(file.path, file.path.stat().st_size)
    registry.check()
    assert registry.states() == [(SESSION_STATE, "busy", None)]


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    target = RegistryFile(tmp_path / "elsewhere")
    target.write("busy", statusUpdatedAt=SINCE)
    link = tmp_path / f"{target.pid}.json"
    link.symlink_to(target.path)
    pipe = tmp_path / "77.json"
    os.mkfifo(pipe)
    folder = tmp_path / "78.json"
    folder.mkdir()
    assert [read_entry(path) for path in (link, pipe, folder)] == [None, None, None]
    assert read_entry(target.path) is not None


def test_a_restart_stores_no_duplicate(registry: RegistryFixture) -> None:
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    registry.restart()
    registry.check()
    registry.ended.add(str(start_ticks(os.getpid())))
    registry.check()
    registry.restart()
    registry.check()
    assert [event.hook_event_type for event in registry.stored()] == [SESSION_STATE, SESSION_GONE]


def test_a_crash_is_recorded_though_its_file_stays(registry: RegistryFixture) -> None:
    """After kill -9 the file says `busy` for ever."""
    with subprocess.Popen(["sleep", "600"]) as client:
        file = RegistryFile(registry.config, client.pid)
        file.write("busy", statusUpdatedAt=SINCE)
        registry.check()
        client.kill()
    registry.check()
    registry.check()
    assert registry.payloads("status", "reason", "evidence", "pid") == [
        (SESSION_STATE, "busy", None, None, client.pid),
        (SESSION_GONE, None, "process_ended", "pid_and_start", client.pid),
    ]
    assert registry.registry.state.sessions == 0


def test_a_killed_process_that_its_parent_never_waits_for_has_ended(
    registry: RegistryFixture,
) -> None:
    """It stays in /proc as a zombie."""
    with subprocess.Popen(["sleep", "600"]) as client:
        RegistryFile(registry.config, client.pid).write("busy", statusUpdatedAt=SINCE)
        registry.check()
        client.kill()
        stat = Path(f"/proc/{client.pid}/stat")
        wait_for(lambda: stat.read_text("utf-8").rpartition(")")[2].split()[0] == "Z")
        registry.check()
    assert registry.payloads("reason")[1:] == [(SESSION_GONE, "process_ended")]


def test_a_crash_is_reported_by_the_system_and_its_descriptor_closed(
    registry: RegistryFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the report it takes until the next look, which never comes here."""
    monkeypatch.setattr(ingestd.registry.watch, "CHECK_S", 3_600.0)

    def watched_processes() -> int:
        found = 0
        for path in list(Path("/proc/self/fd").iterdir()):
            with suppress(FileNotFoundError):  # the descriptor that lists them
                found += str(path.readlink()) == "anon_inode:[pidfd]"
        return found

    left: list[int] = []
    RegistryFile(registry.config).write("busy", statusUpdatedAt=SINCE)
    with subprocess.Popen(["sleep", "600"]) as client:
        RegistryFile(registry.config, client.pid).write("busy", statusUpdatedAt=SINCE)
        registry.run_through((2, client.kill), (3, lambda: left.append(watched_processes())))
    assert registry.payloads("reason", "pid")[2:] == [(SESSION_GONE, "process_ended", client.pid)]
    assert (*left, watched_processes()) == (1, 0)


def test_a_crash_before_ingestd_started_gives_no_state(registry: RegistryFixture) -> None:
    """What a file says of a process that has ended is no news."""
    file = RegistryFile(registry.config, procStart="1")
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    assert registry.payloads("reason") == [(SESSION_GONE, "process_ended")]


def test_a_deleted_file_is_an_end_only_once_its_process_has_ended(
    registry: RegistryFixture,
) -> None:
    """A terminal that is closed deletes the file up to 6 s before the process ends."""
    file = RegistryFile(registry.config)
    file.write("idle", statusUpdatedAt=SINCE)
    registry.check()
    file.delete()
    registry.check()
    assert len(registry.stored()) == 1
    registry.ended.add(str(start_ticks(os.getpid())))
    registry.check()
    registry.check()
    assert registry.payloads("reason")[1:] == [(SESSION_GONE, "process_ended")]


def test_a_reused_pid_ends_the_session_before(registry: RegistryFixture) -> None:
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    registry.ended.add(str(start_ticks(os.getpid())))
    file.write("idle", sessionId=OTHER_SESSION, procStart="12", statusUpdatedAt=SINCE + 9)
    registry.check()
    kinds = [(event.hook_event_type, event.session_id[:1]) for event in registry.stored()]
    # The second process does not run either: nothing has this pid and that start.
    assert kinds == [(SESSION_STATE, "1"), (SESSION_GONE, "1"), (SESSION_GONE, "2")]


def test_a_process_that_goes_on_with_another_session_leaves_the_first(
    registry: RegistryFixture,
) -> None:
    """After /clear or /resume the same file has another session id."""
    file = RegistryFile(registry.config)
    for session in ("first", "second", "first"):
        file.write("idle", sessionId=session, statusUpdatedAt=SINCE + len(registry.stored()))
        registry.check()
    assert registry.payloads("session_id", "reason") == [
        (SESSION_STATE, "first", None),
        (SESSION_GONE, "first", "session_left"),
        (SESSION_STATE, "second", None),
        (SESSION_GONE, "second", "session_left"),
        (SESSION_STATE, "first", None),
    ]


def test_a_process_of_another_machine_or_container_is_never_looked_for(
    registry: RegistryFixture,
) -> None:
    """Its pid is another process here; a shared folder may hold its file."""
    file = RegistryFile(registry.config, pidDomain=ELSEWHERE, procStart="1")
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    assert registry.states() == [(SESSION_STATE, "busy", None)]
    assert registry.registry.state.sessions == 0


def test_without_proc_the_pid_alone_is_checked_and_labelled(
    registry: RegistryFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS."""
    monkeypatch.setattr(ingestd.registry.processes, "_HAS_PROC", False)
    monkeypatch.setattr("sys.platform", "darwin")
    with subprocess.Popen(["sleep", "600"]) as client:
        file = RegistryFile(registry.config, client.pid, pidDomain=None, procStart="Mon Nov 23")
        file.write("busy", statusUpdatedAt=SINCE)
        registry.check()
        client.kill()
    registry.check()
    assert registry.payloads("reason", "evidence") == [
        (SESSION_STATE, None, None),
        (SESSION_GONE, "process_ended", "pid"),
    ]


def test_the_flicker_of_background_agents_is_waited_out(
    registry: RegistryFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between an agent's end and the turn that reports it the file says idle for up to 80 ms."""
    now = SINCE
    monkeypatch.setattr(ingestd.registry.watch, "now_ms", lambda: now)
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE - 900)
    registry.check()
    file.write("idle", statusUpdatedAt=SINCE - 10)
    registry.check()
    file.write("busy", statusUpdatedAt=SINCE + 40)
    now = SINCE + 1_000
    registry.check()
    assert registry.states() == [(SESSION_STATE, "busy", None)]
    file.write("idle", statusUpdatedAt=SINCE + 990)
    registry.check()
    assert len(registry.stored()) == 1
    now = SINCE + 2_000
    registry.check()
    assert registry.states()[1:] == [(SESSION_STATE, "idle", None)]


def test_changes_are_seen_by_the_watch_and_an_unsettled_state_by_itself(
    registry: RegistryFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without either it takes until the next look, which never comes here."""
    monkeypatch.setattr(ingestd.registry.watch, "CHECK_S", 3_600.0)
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)

    registry.run_through(
        (1, lambda: file.write("idle", statusUpdatedAt=now_ms())),
        (2, lambda: None),
    )
    assert registry.states() == [(SESSION_STATE, "busy", None), (SESSION_STATE, "idle", None)]


def test_a_folder_that_is_made_later_is_watched(
    registry: RegistryFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestd.registry.watch, "CHECK_S", 0.02)

    def make() -> None:
        RegistryFile(registry.config).write("busy", statusUpdatedAt=SINCE)

    registry.run_until(lambda: len(registry.stored()) == 1, make)


def test_nothing_is_read_or_written_while_nothing_changes(
    registry: RegistryFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred sessions may be open all day."""
    for number in range(100):
        RegistryFile(registry.config, 900_000 + number, pidDomain=ELSEWHERE).write(
            "idle", statusUpdatedAt=SINCE
        )
    registry.check()
    assert len(registry.stored()) == 100
    read: list[Path] = []

    def counted(path: Path) -> RegistryEntry | None:
        read.append(path)
        return read_entry(path)

    monkeypatch.setattr(ingestd.registry.watch, "read_entry", counted)
    commits = registry.counters.commits
    for _ in range(5):
        registry.check()
    assert (read, registry.counters.commits) == ([], commits)


def refuse_once(registry: RegistryFixture) -> None:
    """Let the log have no room for the next event."""
    append: Callable[..., Awaitable[Sequence[Any]]] = registry.commits.append

    async def refuse(_events: Sequence[Any]) -> Sequence[Any]:
        registry.commits.append = append  # type: ignore[method-assign, assignment]
        raise Refusal(503, "queue_full", "no room")

    registry.commits.append = refuse  # type: ignore[method-assign, assignment]


def test_a_state_is_tried_again_where_the_log_had_no_room(registry: RegistryFixture) -> None:
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)
    refuse_once(registry)
    registry.check()
    assert registry.stored() == []
    registry.check()
    assert registry.states() == [(SESSION_STATE, "busy", None)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"procStart": "2"}, "process_ended"),
        ({"sessionId": OTHER_SESSION}, "session_left"),
    ],
)
def test_an_end_is_tried_again_where_the_log_had_no_room(
    registry: RegistryFixture, fields: dict[str, str], reason: str
) -> None:
    """Lost, its session would seem to run for ever: no later state of it comes."""
    file = RegistryFile(registry.config)
    file.write("busy", statusUpdatedAt=SINCE)
    registry.check()
    file.write("busy", statusUpdatedAt=SINCE + 1, **fields)
    refuse_once(registry)
    registry.check()
    registry.check()
    started = str(start_ticks(file.pid))
    ends = [it[1:] for it in registry.payloads("reason", "session_id", "proc_start") if it[1]]
    assert (reason, "11111111-0000-4000-8000-000000000001", started) in ends
    stored = len(registry.stored())
    registry.check()
    assert len(registry.stored()) == stored


def test_a_daemon_watches_the_folders_of_its_settings(tmp_path: Path) -> None:
    further = tmp_path / "other"
    RegistryFile(tmp_path / "claude").write("busy", statusUpdatedAt=SINCE)
    RegistryFile(further, sessionId=OTHER_SESSION).write("busy", statusUpdatedAt=SINCE)
    data = tmp_path / "data"
    with hookwatch(data, "ingestd", HOOKWATCH_CLAUDE_FOLDERS=str(further)) as running:
        wait_for(lambda: running.ingestd.get("/health").json()["last_id"] == 2)
        state = running.ingestd.get("/health").json()["registry"]
        assert state == {
            "folders": [str(tmp_path / "claude" / "sessions"), str(further / "sessions")],
            "sessions": 2,
        }
        assert b"hookwatch_registry_records_total 2" in running.ingestd.get("/metrics").body


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    RegistryFile(tmp_path / "claude").write("busy", statusUpdatedAt=SINCE)
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_REGISTRY="false") as running:
        assert running.ingestd.get("/health").json()["registry"] is None
        running.ingestd.post({"hook_event_name": "Stop", "session_id": "s"})
        assert running.ingestd.get("/health").json()["last_id"] == 1
