"""Test that the newest row of each changed session is sent soon, and no more often than needed.

The clock stands still, so that nothing is due unless a test moves it.
"""

import asyncio
import json
import random
import threading
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.exceptions import LitestarDeprecationWarning

import queryd.live.session_feed
from queryd.app import QueryApp
from queryd.fold.folding import Views
from queryd.live.session_feed import SessionFeed
from queryd.live.tail import Wake
from queryd.sessions.quiet import QUIET_MS
from queryd.sessions.read import ACTIVE_MS
from queryd.store.fact import fact_of
from queryd.store.readers import THREADS
from queryd.store.store import discard
from shared.filter import EVERYTHING, Filter
from shared.settings import read_settings
from tests.queryd.folded_views import readers_of
from tests.shared.events import unstored
from tests.sse_parser import dispatched

TIMEOUT_S = 60
TICK_S = 0.01
NOW_MS = 1_800_000_000_000


class Clock:
    """A clock that stands still; it replaces `time` and `now_ms` in the feed."""

    def __init__(self) -> None:
        self.now_s = NOW_MS / 1_000
        self.reads = 0

    def monotonic(self) -> float:
        return self.now_s

    def now_ms(self) -> int:
        """Return the time of day, and count the reads."""
        self.reads += 1
        return round(self.now_s * 1_000)


class Feed:
    """A feed over real views; `fold` replaces the folder."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.streams_open = True
        self.rounds = 0
        self.count = 0
        self.wake = Wake()
        self.readers = readers_of(path.parent)
        self.feed = SessionFeed(self.readers, self.wake, has_streams=self._has_streams)
        self.views = Views(path)

    def fold(self, session_id: str = "s1", kind: str = "UserPromptSubmit", **fields: Any) -> None:
        """Fold one event."""
        self.count += 1
        known = {"timestamp": round(self.clock.now_s * 1_000), **fields}
        event = unstored(self.count, session_id=session_id, hook_event_type=kind, **known)
        self.views.fold([fact_of(msgspec.structs.replace(event, id=self.count))])
        self.feed.wake()

    def rebuild_views(self) -> None:
        """Discard the views and start again with empty ones."""
        self.views.close()
        discard(self.path)
        self.count = 0
        self.views = Views(self.path)

    def rows(self, after: int = 0, wanted: Filter = EVERYTHING) -> list[dict[str, Any]]:
        """Return the rows that a client at a place gets."""
        messages = dispatched(b"".join(self.feed.after(after, wanted)))
        assert {(message.name, message.last_id) for message in messages} <= {("session", "")}
        return [json.loads(message.data) for message in messages]

    def sent(self, after: int = 0, wanted: Filter = EVERYTHING) -> list[tuple[str, int]]:
        """Return session and number of events of each such row."""
        return [(row["session_id"], row["event_count"]) for row in self.rows(after, wanted)]

    async def wait_for_frames(self, number: int) -> None:
        """Wait until that many frames were made."""
        await until(lambda: self.feed.number >= number)
        assert self.feed.number == number

    async def wait_for_read(self) -> None:
        """Wait until the feed has done a whole read of the views."""
        seen = self.clock.reads
        await until(lambda: self.clock.reads >= seen + 2)

    async def wait_for_round(self) -> None:
        """Wait until the feed has gone through a whole round, with or without a read."""
        seen = self.rounds
        await until(lambda: self.rounds >= seen + 2)

    async def wait_until_sent(self, after: int, expected: dict[str, int]) -> None:
        """Wait until a client at a place gets at least these rows."""
        await until(lambda: expected.items() <= dict(self.sent(after)).items())

    def close(self) -> None:
        """Close everything."""
        self.readers.close()
        self.views.close()

    def _has_streams(self) -> bool:
        self.rounds += 1
        return self.streams_open


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; the test's timeout ends a futile wait."""
    while not condition():  # noqa: ASYNC110 - the feed signals nothing
        await asyncio.sleep(0.001)


Use = Callable[[Feed], Coroutine[Any, Any, None]]
Run = Callable[[Use], None]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a coroutine beside a feed that someone follows."""
    clock = Clock()
    monkeypatch.setattr(queryd.live.session_feed, "TICK_S", TICK_S)
    monkeypatch.setattr(queryd.live.session_feed, "time", clock)
    monkeypatch.setattr(queryd.live.session_feed, "now_ms", clock.now_ms)

    async def main(use: Use) -> None:
        feeding = Feed(tmp_path / "views.db", clock)
        task = asyncio.create_task(feeding.feed.run())
        try:
            await asyncio.wait_for(use(feeding), TIMEOUT_S)
            assert not task.done()
        finally:
            task.cancel()
            feeding.close()

    return lambda use: asyncio.run(main(use))


def test_a_changed_session_is_sent_once(run: Run) -> None:
    """A page draws whatever it is sent; repeats would double its work."""

    async def use(feeding: Feed) -> None:
        feeding.fold("before")
        await feeding.feed.start()
        woken = feeding.wake.upcoming()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        assert woken.is_set()
        feeding.fold("s2")
        await feeding.wait_for_frames(2)
        feeding.clock.now_s += 60
        await feeding.wait_for_read()
        await feeding.wait_for_frames(2)
        assert feeding.sent() == [("s1", 1), ("s2", 1)]
        assert feeding.sent(after=1) == [("s2", 1)]
        assert feeding.sent(after=2) == []

    run(use)


def test_a_slow_client_gets_only_the_newest_row(run: Run) -> None:
    """It is no queue: a browser that slept over lunch wants to know how things are."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        sent = ["s1", "s2", "s1", "s3", "s1"]
        for number, session in enumerate(sent, start=1):
            feeding.fold(session, ["Stop", "UserPromptSubmit"][number % 2])
            await feeding.wait_for_frames(number)
            feeding.clock.now_s += 60
        assert feeding.sent() == [("s2", 1), ("s3", 1), ("s1", 3)]
        assert feeding.sent(after=1) == [("s2", 1), ("s3", 1), ("s1", 3)]
        assert feeding.sent(after=4) == [("s1", 3)]

    run(use)


def test_a_row_whose_counts_alone_changed_waits(run: Run) -> None:
    """A tool that floods would have each page draw its row hundreds of times a second."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        for _ in range(3):
            feeding.fold("s1", "MessageDisplay")
        feeding.fold("s2")
        await feeding.wait_for_frames(2)
        await feeding.wait_for_read()
        assert feeding.sent(after=1) == [("s2", 1)]
        feeding.clock.now_s += 2 * TICK_S
        await feeding.wait_for_frames(3)
        assert feeding.sent(after=2) == [("s1", 4)]

    run(use)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("Stop", b"{}"),
        ("PreToolUse", b'{"tool_name":"Bash","tool_input":{},"tool_use_id":"t"}'),
        ("PermissionRequest", b'{"tool_name":"Bash","tool_input":{}}'),
        ("UserPromptSubmit", b'{"prompt":"another"}'),
        ("SessionEnd", b'{"reason":"other"}'),
    ],
)
def test_a_change_of_state_is_sent_at_once(run: Run, kind: str, payload: bytes) -> None:
    """That a session needs its person is what all of this is for: no second may be lost."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        feeding.fold("s1", "MessageDisplay")
        await feeding.wait_for_read()
        feeding.fold("s1", kind, payload=payload, tool_name=json.loads(payload).get("tool_name"))
        await feeding.wait_for_frames(2)
        assert feeding.sent(after=1) == [("s1", 3)]
        feeding.clock.now_s += 2 * TICK_S
        await feeding.wait_for_read()
        await feeding.wait_for_frames(2)  # the row that waited went with it

    run(use)


def test_a_subagents_state_appears_in_its_session(run: Run) -> None:
    """The row shows its agents: one that is done must not seem to work for another second."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("s1")
        payload = b'{"agent_type":"Explore"}'
        feeding.fold("s1", "SubagentStart", agent_id="a", payload=payload)
        await until(lambda: bool(feeding.rows()) and bool(feeding.rows()[0]["agents"]))
        number = feeding.feed.number
        feeding.fold("s1", "SubagentStop", agent_id="a", payload=payload)
        await feeding.wait_for_frames(number + 1)
        assert feeding.rows()[-1]["agents"][0]["status"] == "done"

    run(use)


def test_a_filter_selects_sessions_by_id_and_project(run: Run) -> None:
    """A page that shows one session must not be sent the rows of fifty."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        for number, (session, app) in enumerate([("s1", "shop"), ("s2", "blog"), ("s3", None)]):
            feeding.fold(session, source_app=app)
            await feeding.wait_for_frames(number + 1)

        def sent(**wanted: Any) -> list[str]:
            return [session for session, _ in feeding.sent(wanted=Filter(**wanted))]

        assert sent(session_id=("s1", "s3")) == ["s1", "s3"]
        assert sent(source_app=("shop", "blog")) == ["s1", "s2"]
        assert sent(session_id=("s1", "s2"), source_app=("blog",)) == ["s2"]
        assert sent(session_id=("nobody",)) == []
        assert sent(event_type=("Stop",), tool_name=("Bash",)) == ["s1", "s2", "s3"]

    run(use)


def test_a_session_becomes_quiet_without_an_event(run: Run) -> None:
    """An Esc or a crash sends no event: what shows it is that nothing comes."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        feeding.clock.now_s += QUIET_MS / 1_000 - 1
        await feeding.wait_for_read()
        await feeding.wait_for_frames(1)
        feeding.clock.now_s += 2
        await feeding.wait_for_frames(2)
        (row,) = feeding.rows(after=1)
        assert (row["session_id"], row["status"]) == ("s1", "quiet")
        assert row["status_since"] == NOW_MS, "since its last event"
        feeding.clock.now_s += 2
        await feeding.wait_for_read()
        await feeding.wait_for_frames(2)

    run(use)


def test_folding_a_session_of_last_week_sends_nothing(run: Run) -> None:
    """A backfill brings years of sessions, and no page shows them as alive."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("old", timestamp=NOW_MS - ACTIVE_MS - 1)
        feeding.fold("young", timestamp=NOW_MS - ACTIVE_MS + 1)
        await feeding.wait_for_frames(1)
        assert feeding.sent() == [("young", 1)]

    run(use)


def test_more_sessions_than_a_page_are_all_sent(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a rebuild all of a day change at once."""
    monkeypatch.setattr(queryd.live.session_feed, "PAGE", 3)

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        for number in range(10):
            feeding.fold(f"s{number}")
        await feeding.wait_for_frames(10)
        assert feeding.sent() == [(f"s{number}", 1) for number in range(10)]

    run(use)


@pytest.mark.parametrize("events", [1, 3, 9])
def test_sessions_of_rebuilt_views_are_sent_again(run: Run, events: int) -> None:
    """Revisions of two views do not compare, whether the new ones have more of them or fewer."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        for number in range(1, 4):
            feeding.fold(f"s{number}")
            await feeding.wait_for_frames(number)
        feeding.clock.now_s += 60
        feeding.rebuild_views()
        for number in range(events):
            feeding.fold(f"new{number}")
        await until(lambda: len(feeding.sent(after=3)) == events)
        assert feeding.sent(after=3) == [(f"new{number}", 1) for number in range(events)]

    run(use)


def test_sessions_are_sent_once_missing_views_are_back(run: Run) -> None:
    """Users may delete them while a page is open; the page recovers by itself."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        feeding.clock.now_s += 60
        discard(feeding.path)
        await feeding.wait_for_read()
        feeding.rebuild_views()
        feeding.fold("s1")
        feeding.fold("s2")
        await until(lambda: feeding.sent(after=1) == [("s1", 1), ("s2", 1)])

    run(use)


def test_a_client_that_connects_before_the_views_exist_gets_all_sessions(run: Run) -> None:
    """The page asked for the list, was asked to wait, and must not wait for ever."""

    async def use(feeding: Feed) -> None:
        feeding.views.close()
        discard(feeding.path)
        await feeding.feed.start()
        feeding.rebuild_views()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        assert feeding.sent() == [("s1", 1)]

    run(use)


def test_without_an_open_stream_nothing_is_read_or_kept(run: Run) -> None:
    """An idle machine runs on battery; and what changed meanwhile the next page asks for itself."""

    async def use(feeding: Feed) -> None:
        await feeding.feed.start()
        feeding.fold("s1")
        await feeding.wait_for_frames(1)
        feeding.streams_open = False
        await until(lambda: feeding.sent() == [])
        reads = feeding.clock.reads
        feeding.fold("s1", "Stop")
        await feeding.wait_for_round()
        assert feeding.clock.reads == reads
        feeding.streams_open = True
        await feeding.feed.start()
        feeding.fold("s2")
        await feeding.wait_for_frames(2)
        assert feeding.sent() == [("s2", 1)]

    run(use)


@pytest.mark.parametrize("seed", range(8))
def test_a_new_client_misses_no_later_change(run: Run, seed: int) -> None:
    """The page asks for the list after its hello: what fell between the two would be lost."""
    dice = random.Random(seed)

    async def use(feeding: Feed) -> None:
        changed_at: dict[str, int] = {}
        counts: dict[str, int] = {}
        joined: list[tuple[int, int]] = []

        async def join() -> None:
            await feeding.feed.start()
            joined.append((feeding.feed.number, feeding.count))

        joining: list[Awaitable[None]] = []
        for _ in range(60):
            session = dice.choice(["s1", "s2", "s3", "s4"])
            feeding.fold(session, dice.choice(["UserPromptSubmit", "Stop", "MessageDisplay"]))
            changed_at[session] = feeding.count
            counts[session] = counts.get(session, 0) + 1
            if dice.random() < 0.2:
                joining.append(asyncio.ensure_future(join()))
            if dice.random() < 0.2:
                # Everybody leaves for a moment, and the feed lets go of its place.
                feeding.streams_open = False
                if dice.random() < 0.5:
                    await feeding.wait_for_round()
                feeding.streams_open = True
                await asyncio.gather(*joining)
                joined.clear()
                joining.append(asyncio.ensure_future(join()))
            feeding.clock.now_s += dice.choice([0, TICK_S])
            if dice.random() < 0.3:
                await feeding.wait_for_read()
            await asyncio.sleep(0)
        await asyncio.gather(*joining)
        await join()
        feeding.fold("last")
        await until(lambda: ("last", 1) in feeding.sent())
        feeding.clock.now_s += 1
        for number, count in joined:
            expected = {it: counts[it] for it, at in changed_at.items() if at > count}
            await feeding.wait_until_sent(number, expected)

    run(use)


def test_a_status_waits_for_no_answer(tmp_path: Path) -> None:
    """With sixteen clients it stood in the queue behind the answers of a year of tools."""

    async def main() -> None:
        with warnings.catch_warnings():
            # Litestar takes the page's path, which one of its routes lacks, for a parameter.
            warnings.simplefilter("ignore", LitestarDeprecationWarning)
            app = QueryApp(read_settings({"HOOKWATCH_DATA": str(tmp_path)}))
        readers, released = app.services.readers, threading.Event()
        answers = [
            asyncio.create_task(readers(lambda _log: released.wait(TIMEOUT_S)))
            for _ in range(2 * THREADS)
        ]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(TIMEOUT_S / 2):
                await app.services.sessions.start()
            assert not any(answer.done() for answer in answers)
        finally:
            released.set()
            await asyncio.gather(*answers)
            readers.close()

    asyncio.run(main())
