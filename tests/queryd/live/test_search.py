"""Hold the live search to the log's: what a stream is sent is what a reload would find."""

import asyncio
import random
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest

import queryd.live.selection
import queryd.live.stream
from queryd.live import search as live
from queryd.live.frame import KEEP_ALIVE, Frame, frame
from queryd.live.search import LiveSearch
from queryd.live.selection import Choice
from queryd.search import find as finding
from queryd.search import index as text
from queryd.search.matching import Matcher, matching
from queryd.search.query import ALL, parse
from queryd.search.text import Row
from shared.event import Event
from shared.filter import EVERYTHING, Filter
from tests.queryd.live.test_stream import Client, Query
from tests.queryd.search.search_tables import add_text, fold
from tests.shared.events import unstored

NPM = parse("npm -test")


def event(rowid: int | None, prompt: str, **fields: Any) -> Event:
    return unstored(rowid or 0, id=rowid, payload=b'{"prompt":"%s"}' % prompt.encode(), **fields)


def test_a_clipped_event_is_found_by_its_whole_text() -> None:
    """The end of a long output is where it failed; the stream clips it, the index does not."""
    large = event(1, "x " * 20_000 + "the end")
    made = frame(large)
    assert b"the end" not in made.data
    assert LiveSearch().select([made], parse('"the end"')) == [made]
    assert matching([large], parse('"the end"'), EVERYTHING) == [large]


def test_the_stored_summary_is_searchable() -> None:
    """Whatever the stream adds to an event is not in the log, so it is not searched either."""
    made = frame(event(1, "a", summary="npm run"))
    assert LiveSearch().select([made], NPM) == [made]


class CountingMatcher(Matcher):
    """Count what is asked."""

    loads = 0
    asked = 0

    def load(self, rows: Iterable[Row]) -> None:
        """Load."""
        CountingMatcher.loads += 1
        super().load(rows)

    def hits(self, query: Any) -> set[int]:
        """Ask."""
        CountingMatcher.asked += 1
        return super().hits(query)


def test_streams_that_ask_the_same_share_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred pages on one search must not read every event a hundred times."""
    monkeypatch.setattr(live, "Matcher", CountingMatcher)
    frames = [frame(event(rowid, word)) for rowid, word in enumerate(["npm", "b", "npm test"], 1)]
    search = LiveSearch()
    for _ in range(100):
        assert search.select(list(frames), NPM) == frames[:1]
        assert search.select(frames, ALL) == frames
    assert (CountingMatcher.loads, CountingMatcher.asked) == (1, 1)
    assert search.select(frames, parse("test")) == frames[2:]
    assert (CountingMatcher.loads, CountingMatcher.asked) == (1, 2)
    assert search.select(frames[1:], parse("test")) == frames[2:]
    assert search.select([], NPM) == []
    for place in range(20):  # more batches than are kept
        extra: Frame = frame(event(place, "npm"))
        assert search.select([extra], NPM) == [extra]
    assert search.select(frames, NPM) == frames[:1]


def run(use: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(use, 60))


@pytest.mark.parametrize("seed", range(10))
def test_replay_and_live_give_every_match_once_in_order(  # noqa: C901 - one story
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Last-Event-ID promises it, with a search as without: no gap, no repeat."""
    monkeypatch.setattr(queryd.live.selection, "LIVE_BATCH", 5)
    monkeypatch.setattr(queryd.live.stream, "KEEP_ALIVE_S", 0.005)
    monkeypatch.setattr(finding, "REPLAY_STEP", 4)
    monkeypatch.setattr(text, "SHARD_BITS", 3)
    dice = random.Random(seed)
    wanted = dice.choice([EVERYTHING, Filter(session_id=("s1",)), Filter(since=1_010)])

    def post(query: Query) -> None:
        word = dice.choice(["npm", "npm test", "other", "npm run"])
        query.append(
            payload=b'{"prompt":"%s"}' % word.encode(), session_id=dice.choice(["s1", "s2"])
        )

    async def use() -> None:
        query = Query(tmp_path / "events.db", limit_bytes=dice.choice([0, 3_000, 1_000_000]))
        running = asyncio.create_task(query.streams.run())
        try:
            for _ in range(dice.randrange(40)):
                post(query)
            query.follow()
            views = tmp_path / "views.db"
            if dice.random() < 0.8:
                fold(query.log._path, through=dice.randrange(40), step=7)  # noqa: SLF001
                add_text(query.log._path, through=dice.randrange(40), step=7)  # noqa: SLF001
            starts = [0, query.count // 2, query.count]
            clients = [
                Client(query.streams.open(after, Choice(filter=wanted, text=NPM)))
                for after in starts
            ]
            for client in clients:
                await client.chunk()
            reading = [asyncio.create_task(_read(client)) for client in clients]
            for _ in range(40):
                post(query)
                if dice.random() < 0.5:
                    query.follow(limit=dice.choice([1, 100]))
                    await asyncio.sleep(0.001)
                if views.exists() and dice.random() < 0.2:
                    dice.choice([fold, add_text])(query.log._path)  # noqa: SLF001
            query.append(payload=b'{"prompt":"npm"}', session_id="s1")
            while query.tail.last_id < query.count:
                query.follow()
            all_found = matching(query.log.after(0, limit=1_000), NPM, wanted)
            for client, start, task in zip(clients, starts, reading, strict=True):
                must = [each.id for each in all_found if (each.id or 0) > start]
                while query.count not in client.ids():  # noqa: ASYNC110 - a task reads on
                    await asyncio.sleep(0.001)
                assert client.ids() == must
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
        finally:
            running.cancel()
            query.close()

    run(use())


async def _read(client: Client) -> None:
    while True:
        await client.chunk()


def test_a_replay_without_a_match_is_kept_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years of events may hold no match: the connection must outlive the search for it."""
    monkeypatch.setattr(queryd.live.stream, "KEEP_ALIVE_S", 0.001)
    monkeypatch.setattr(finding, "REPLAY_STEP", 1)

    async def use() -> None:
        query = Query(tmp_path / "events.db", limit_bytes=0)
        running = asyncio.create_task(query.streams.run())
        query.post(300)
        client = Client(query.streams.open(0, Choice(text=parse("nowhere"))))
        await client.chunk()
        assert [await client.chunk() for _ in range(3)] == [KEEP_ALIVE] * 3
        query.post(payload=b'{"prompt":"nowhere"}')
        assert await client.until(301) == [301]
        running.cancel()
        query.close()

    run(use())


def test_unsaved_events_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk is full a search must not show what it was not asked for, nor stop short."""
    monkeypatch.setattr(queryd.live.selection, "LIVE_BATCH", 2)

    async def use() -> None:
        query = Query(tmp_path / "events.db", limit_bytes=0)
        words = ["other", "other", "other", "npm", "npm test"]
        query.ingest.unsaved = [
            frame(event(None, word, unsaved_id=place)) for place, word in enumerate(words, 1)
        ]
        client = Client(query.streams.open(None, Choice(text=NPM)))
        await client.chunk()
        query.ingest.unsaved += [frame(event(None, "npm", unsaved_id=6))]
        assert await client.chunk() == query.ingest.unsaved[3].data
        assert await client.chunk() == query.ingest.unsaved[5].data
        query.close()

    run(use())
