"""Hold the views to what retention promises: what the log has deleted is nowhere any more."""

import tempfile
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queryd.deleted_markers import (
    LogAndViews,
    marked_events,
    open_log_and_views,
    rebuilt_views,
)
from tests.running import sample_bodies

BODIES: Final = sample_bodies()
HOUR: Final = 3_600_000
OF_SESSIONS: Final = ("asks", "calls", "files", "models", "sessions", "turns", "spans", "agents")


def some_bodies(random: Random, count: int) -> list[dict[str, Any]]:
    """Return bodies of a few sessions, in the order of each; none is a duplicate of another."""
    bodies: list[dict[str, Any]] = []
    while len(bodies) < count:
        start = random.randrange(len(BODIES) - 30)
        part = BODIES[start : start + random.randrange(5, 30)]
        bodies += [{**it, "session_id": f"{it['session_id']} {len(bodies)}"} for it in part]
    return bodies[:count]


def in_some_order(random: Random, count: int) -> list[int]:
    """Return how long ago events happened: as they come, backfilled, or at any time at all."""
    ages = [count - number for number in range(count)]
    match random.randrange(3):
        case 0:
            random.shuffle(ages)
        case 1:
            for _ in range(random.randrange(1, 6)):
                ages[random.randrange(count)] = random.randrange(count)
    return [1 + age for age in ages]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_text_of_a_deleted_event_remains_in_any_file(seed: int) -> None:
    """A prompt must not outlive its promised time, in a table, the full text or a file."""
    random = Random(seed)
    count = random.randrange(20, 120)
    events = marked_events(some_bodies(random, count), in_some_order(random, count))
    with tempfile.TemporaryDirectory() as folder, open_log_and_views(Path(folder)) as opened:
        for start in range(0, count, 30):
            opened.writer.append(events[start : start + 30])
            if random.random() < 0.8:
                opened.fold()
            if random.random() < 0.8:
                opened.add_text()
            if random.random() < 0.5:
                opened.empty(random.randrange(count))
            if random.random() < 0.5:
                opened.delete(random.randrange(count))
            if random.random() < 0.5:
                opened.forget()
            if random.random() < 0.3:
                opened.restart()
        opened.delete(random.randrange(count // 2, count))
        opened.empty(random.randrange(count // 2))
        opened.fold()
        opened.add_text()
        opened.forget()
        assert opened.leaked_markers(count) == {}
        assert_sessions(opened)
        assert_equals_rebuilt_views(opened, Path(folder))


def assert_sessions(opened: LogAndViews) -> None:
    """Hold the views to have the sessions that the log has, and no word of any other."""
    with_events = {event.session_id for event in opened.log.after(0, limit=100_000)}
    dumped = opened.dump()
    assert {row[1] for row in dumped["sessions"]} <= with_events
    everything = repr({name: rows for name, rows in dumped.items() if name != "limits"})
    deleted_sessions = {body["session_id"] for body in BODIES if "session_id" in body} - with_events
    assert [it for it in deleted_sessions if f"'{it}'" in everything] == []


def assert_equals_rebuilt_views(opened: LogAndViews, folder: Path) -> None:
    """Compare with a rebuild: the full text, and what is opened of sessions that are whole."""
    after, made = opened.dump(), rebuilt_views(opened.log_path, folder)
    for name in made:
        if name.startswith("text_") and name.count("_") == 1 and name != "text_shards":
            assert after[name] == made[name], name


def test_deleting_everything_leaves_only_figures_and_names(tmp_path: Path) -> None:
    """Whatever a body of Claude Code's holds, in the order in which it came."""
    count = len(BODIES)
    with open_log_and_views(tmp_path) as opened:
        opened.writer.append(marked_events(BODIES, range(count, 0, -1)))
        opened.fold()
        opened.add_text()
        figures = {name: opened.dump()[name] for name in ("rollup", "rollup_cell", "usage")}
        assert opened.leaked_markers(count) == {}
        opened.delete(-1)
        assert opened.ids()[0] == {count}
        left = opened.leaked_markers(count)
        assert left.keys() == {"views.db", "search.db", "tables"}
        assert len(left["search.db"]) > 0.9 * count
        assert len(left["views.db"]) > 0.4 * count
        opened.forget()
        assert opened.leaked_markers(count) == {}
        dumped = opened.dump()
        assert {name: dumped[name] for name in figures} == figures
        assert len(dumped["sessions"]) == 1
        assert_sessions(opened)
        for name in ("calls", "turns", "files", "asks", "api_errors", "requests", "spans"):
            assert len(dumped[name]) <= 1, name
        assert dumped["holes"] == []


def test_emptied_payloads_leave_rows_and_figures(tmp_path: Path) -> None:
    """Who keeps a month of figures and a week of words wants to see both."""
    count = len(BODIES)
    with open_log_and_views(tmp_path) as opened:
        opened.writer.append(marked_events(BODIES, range(count, 0, -1)))
        opened.fold()
        opened.add_text()
        before = opened.dump()
        opened.empty(-1)
        opened.forget()
        after = opened.dump()
        assert opened.ids()[0] == set()
        assert opened.leaked_markers(count) == {}
        for name in ("calls", "turns", "sessions", "agents", "requests", "api_errors", "hours"):
            assert len(after[name]) == len(before[name]), name
        for name in (
            "rollup",
            "usage",
            "filter_values",
            "spending",
            "contexts",
            "event_type_hours",
        ):
            assert after[name] == before[name], name
