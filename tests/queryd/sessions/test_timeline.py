"""Hold the spans of states to what the API said at each moment, and to their own laws."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from queryd.fold.folding import VERSION, Views
from queryd.sessions import spans as timeline
from queryd.sessions.lane_rows import Lane, LaneFilter, StateSpan, TimeRange
from queryd.sessions.processes import mark_process_ended
from queryd.sessions.quiet import QUIET_MS
from queryd.sessions.read_spans import MAX_SPANS
from queryd.sessions.read_timeline import lanes_page
from queryd.sessions.state import PROCESS_ENDED
from queryd.store.fact import fact_of
from queryd.store.store import ViewReader
from queryd.store.view import Deleted
from shared.event import is_record
from tests.queryd.folded_views import Bodies, empty_views, events_of, sessions_of
from tests.queryd.hook_bodies import (
    T0,
    ask,
    end,
    event_sequence,
    of_agent,
    post,
    pre,
    prompt,
    start,
    stop,
    task,
)
from tests.queryd.session_strategies import event_sequences
from tests.running import SAMPLES

STEMS = sorted(path.stem for path in (SAMPLES / "sessions").glob("*.jsonl"))
ALWAYS = TimeRange(0, 2**53)
HOUR_MS = 3_600_000
StatusesByLane = dict[str, list[tuple[int, str]]]


def lanes_at(path: Path, now: int, span: TimeRange = ALWAYS, **wanted: Any) -> dict[str, Lane]:
    """Return the lanes as of a time."""
    with closing(ViewReader(path, VERSION)) as reader:
        found, _ = lanes_page(reader, span, LaneFilter(**wanted), limit=100, after=None, now=now)
    return {lane.session_id: lane for lane in found}


def lanes_of(bodies: Bodies, now: int, *killed: str, span: TimeRange = ALWAYS) -> dict[str, Lane]:
    """Return the lanes that bodies make as of a time; processes of some sessions have ended."""
    with tempfile.TemporaryDirectory() as folder:
        path = empty_views(Path(folder))
        with closing(Views(path)) as views:
            views.fold([fact_of(event) for event in events_of(bodies)])
            mark_process_ended(views.database, killed)
        return lanes_at(path, now, span)


def brief(spans: Sequence[StateSpan]) -> list[tuple[str, float, float | None]]:
    """Return spans as status, and seconds since the first event."""
    return [
        (it.status, (it.since - T0) / 1000, None if it.until is None else (it.until - T0) / 1000)
        for it in spans
    ]


def said_of(bodies: Bodies, path: Path) -> tuple[StatusesByLane, int]:
    """Fold event by event; return what the API said of each session at moments, and the end."""
    said: StatusesByLane = {}
    last_seen: dict[str, int] = {}
    events = events_of(bodies)
    with closing(Views(path)) as views:
        for number, event in enumerate(events):
            if is_record(event.hook_event_type):
                # Its time is no moment of the session, but it may say how a call ended.
                views.fold([fact_of(event)])
                asked = said.get(event.session_id, [])
                known_from = max(event.timestamp, last_seen.get(event.session_id, 0))
                for place, (moment, _) in enumerate(asked):
                    if moment >= known_from:
                        row = sessions_of(views, now=moment)[event.session_id]
                        asked[place] = (moment, row.status)
                continue
            before = last_seen.get(event.session_id, 0)
            at = last_seen[event.session_id] = max(before, event.timestamp)
            views.fold([fact_of(event)])
            later = next(
                (
                    it
                    for it in events[number + 1 :]
                    if it.session_id == event.session_id and not is_record(it.hook_event_type)
                ),
                event,
            )
            for moment in {at, (at + later.timestamp) // 2, later.timestamp - 1}:
                if moment >= at:
                    row = sessions_of(views, now=moment)[event.session_id]
                    moments = said.setdefault(event.session_id, [])
                    said[event.session_id] = [it for it in moments if it[0] != moment]
                    said[event.session_id].append((moment, row.status))
    return said, max(event.timestamp for event in events)


def covering(spans: Sequence[StateSpan], moment: int) -> str | None:
    """Return the state at a moment."""
    found = [it for it in spans if it.since <= moment and (it.until is None or moment < it.until)]
    assert len(found) <= 1
    return found[0].status if found else None


def assert_lawful(spans: Sequence[StateSpan]) -> None:
    """Fail unless spans are in order, without gaps, none empty, no two alike side by side."""
    assert spans[-1].until is None
    for one, following in pairwise(spans):
        assert one.until == following.since
        assert one.since < one.until
        assert (one.status, one.reason) != (following.status, following.reason)


def test_a_session_of_days_is_in_a_range_long_before_its_end() -> None:
    """Those seen much later than a range are found through an index of long sessions."""
    day_s = 24 * 3_600
    bodies = event_sequence(start(), prompt(), (10, stop()), (9 * day_s, prompt()), stop())
    (first, _), (last, _) = bodies[0], bodies[-1]
    for hours in (0, 24, 5 * 24, 9 * 24):
        at = first + hours * HOUR_MS
        assert list(lanes_of(bodies, last, span=TimeRange(at, at + HOUR_MS))) == ["s1"], hours
    before = TimeRange(first - 2 * HOUR_MS, first - HOUR_MS)
    assert lanes_of(bodies, last, span=before) == {}


@settings(max_examples=120, deadline=None)
@given(event_sequences())
def test_the_spans_say_what_the_api_said_at_each_moment(bodies: Bodies) -> None:
    """The timeline must agree with the list beside it."""
    with tempfile.TemporaryDirectory() as folder:
        said, now = said_of(bodies, empty_views(Path(folder)))
        lanes = lanes_at(Path(folder) / "views.db", now)
    for session_id, lane in lanes.items():
        for spans in (lane.spans, *(it.spans for it in lane.agents)):
            assert_lawful(spans)
        for moment, status in said.get(session_id, []):
            assert covering(lane.spans, moment) == status
    assert all(lane.status == covering(lane.spans, now) for lane in lanes.values())
    for lane in lanes.values():
        assert all(it.status == covering(it.spans, now) for it in lane.agents)


@pytest.mark.parametrize("stem", STEMS)
def test_the_spans_are_the_states_worked_out_by_hand(stem: str) -> None:
    """What a person read in a captured session is what its lane must show."""
    lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_bytes().split(b"\n")
    events = [msgspec.json.decode(line) for line in lines if line]
    expected = msgspec.json.decode((SAMPLES / "expected" / f"{stem}.json").read_bytes())
    changes = {number: status for number, status, *_ in expected["steps"]}
    last_seen: dict[str, int] = {}
    right: dict[tuple[str, int], str] = {}
    status = ""
    for number, event in enumerate(events, start=1):
        session_id = event["body"]["session_id"]
        last_seen[session_id] = max(last_seen.get(session_id, 0), event["at_ms"])
        status = changes.get(number, status)
        right[session_id, last_seen[session_id]] = status
    lanes = lanes_of([(it["at_ms"], it["body"]) for it in events], max(last_seen.values()))
    for (session_id, moment), status in right.items():
        lane = lanes.get(session_id)
        assert status == (covering(lane.spans, moment) if lane else "ended"), (session_id, moment)


def test_silence_is_quiet_from_its_fifth_minute_to_the_next_event() -> None:
    """An Esc sends nothing: the lane must not show hours of work that never happened."""
    bodies = event_sequence(start(), prompt(), (3600.0, prompt("On", "p2")), stop())
    quiet = QUIET_MS / 1000
    assert brief(lanes_of(bodies, T0 + 2 * HOUR_MS)["s1"].spans) == [
        ("done", 0, 1),
        ("working", 1, 1 + quiet),
        ("quiet", 1 + quiet, 3600),
        ("working", 3600, 3601),
        ("done", 3601, None),
    ]


def test_a_wait_for_a_person_is_a_span_that_says_for_what() -> None:
    """It is what people look for on a timeline: where did it wait for me."""
    bodies = event_sequence(
        prompt(), pre(), ask(), (60.0, post()), stop(tasks=[task("b", "npm test")]), end()
    )
    spans = lanes_of(bodies, T0 + HOUR_MS)["s1"].spans
    assert brief(spans) == [
        ("working", 0, 2),
        ("needs_permission", 2, 60),
        ("working", 60, 61),
        ("background", 61, 62),
        ("ended", 62, None),
    ]
    assert [it.reason for it in spans[1::2]] == ["Bash npm test", "1 task: npm test"]


def test_a_lane_ends_at_the_last_event_of_a_killed_process() -> None:
    """A killed terminal sends no end; its lane must not go on for ever."""
    spans = lanes_of(event_sequence(start(), prompt(), pre()), T0 + HOUR_MS, "s1")["s1"].spans
    assert brief(spans) == [("done", 0, 1), ("working", 1, 2), ("ended", 2, None)]
    assert spans[-1].reason == PROCESS_ENDED


def test_a_subagent_has_a_lane_of_its_own_that_ends_with_its_session() -> None:
    """What a subagent waits for must not be read as the main thread's."""
    of_a1 = [of_agent(it, "a1") for it in (pre(call="c2"), ask(), post(call="c2"))]
    lane = lanes_of(event_sequence(prompt(), *of_a1, (9.0, end())), T0 + HOUR_MS)["s1"]
    (agent,) = lane.agents
    assert (agent.agent_id, agent.agent_type, lane.agent_count) == ("a1", "Explore", 1)
    assert brief(agent.spans) == [
        ("working", 1, 2),
        ("needs_permission", 2, 3),
        ("working", 3, 9),
        ("ended", 9, None),
    ]
    assert [it.tool_name for it in agent.calls] == ["Bash"]
    assert lane.calls == ()


def test_only_lanes_of_the_range_are_returned() -> None:
    """A day's timeline must not list every session since the first."""
    ended = event_sequence(prompt(), end())
    waiting = [(at, {**body, "session_id": "s2"}) for at, body in event_sequence(prompt(), ask())]
    later = TimeRange(T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    lanes = lanes_of([*ended, *waiting], T0 + 2 * HOUR_MS, span=later)
    assert list(lanes) == ["s2"], "a session that needs input is returned however long it waits"
    assert lanes_of(ended, T0, span=TimeRange(0, T0 - 1)) == {}


def test_many_short_spans_are_thinned_but_waits_stay() -> None:
    """An answer must stay small, and no wait may vanish for it."""
    turns = [it for _ in range(2 * MAX_SPANS) for it in (prompt(), stop())]
    bodies = event_sequence(*turns, prompt(), ask(), (5000.0, post()), *turns)
    spans = lanes_of(bodies, T0 + 2 * HOUR_MS, span=TimeRange(T0, T0 + 2 * HOUR_MS))["s1"].spans
    assert len(spans) <= MAX_SPANS
    assert_lawful(spans)
    assert sum(it.status == "needs_permission" for it in spans) == 1


def test_spans_go_when_the_log_forgets_their_events(tmp_path: Path) -> None:
    """What retention deleted must not stay in the views for ever."""
    events = events_of(event_sequence(prompt(), stop(), prompt("More", "p2"), stop()))
    with closing(Views(tmp_path / "views.db")) as views:
        views.fold([fact_of(event) for event in events])
        count = "SELECT count(*) FROM spans"
        assert views.database.fetch(count) == [(3,)]
        assert timeline.VIEW.forget is not None
        timeline.VIEW.forget(views.database, Deleted(first_id=1, last_id=3))
        assert views.database.fetch(count) == [(1,)]
        timeline.VIEW.forget(views.database, Deleted(first_id=4, last_id=4))
        assert views.database.fetch(count) == [(0,)]
