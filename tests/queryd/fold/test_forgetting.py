"""Hold the views to what retention promises: what the log has deleted is nowhere any more."""

import tempfile
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queryd.deleted_markers import Forgetting, forgetting, made_anew, marked_events
from tests.running import sample_bodies

BODIES: Final = sample_bodies()
HOUR: Final = 3_600_000
OF_SESSIONS: Final = ("asks", "calls", "files", "models", "sessions", "turns", "spans", "agents")


def some_bodies(random: Random, count: int) -> list[dict[str, Any]]:
    """Return bodies of a few sessions, in the order of each."""
    bodies: list[dict[str, Any]] = []
    while len(bodies) < count:
        start = random.randrange(len(BODIES) - 30)
        bodies += BODIES[start : start + random.randrange(5, 30)]
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
def test_no_word_of_a_deleted_event_is_left_anywhere(seed: int) -> None:
    """A prompt must not outlive its promised time, in a table, the full text or a file."""
    random = Random(seed)
    count = random.randrange(20, 120)
    events = marked_events(some_bodies(random, count), in_some_order(random, count))
    with tempfile.TemporaryDirectory() as folder, forgetting(Path(folder)) as held:
        for start in range(0, count, 30):
            held.writer.append(events[start : start + 30])
            if random.random() < 0.8:
                held.fold()
            if random.random() < 0.5:
                held.empty(random.randrange(count))
            if random.random() < 0.5:
                held.delete(random.randrange(count))
            if random.random() < 0.5:
                held.forget()
            if random.random() < 0.3:
                held.restart()
        held.delete(random.randrange(count // 2, count))
        held.empty(random.randrange(count // 2))
        held.fold()
        held.forget()
        assert held.words_left(count) == {}
        assert_sessions(held)
        assert_equals_views_made_anew(held, Path(folder))


def assert_sessions(held: Forgetting) -> None:
    """Hold the views to have the sessions that the log has, and no word of any other."""
    with_events = {event.session_id for event in held.log.after(0, limit=100_000)}
    dumped = held.dump()
    assert {row[1] for row in dumped["sessions"]} <= with_events
    everything = repr({name: rows for name, rows in dumped.items() if name != "limits"})
    deleted_sessions = {body["session_id"] for body in BODIES if "session_id" in body} - with_events
    assert [it for it in deleted_sessions if f"'{it}'" in everything] == []


def assert_equals_views_made_anew(held: Forgetting, folder: Path) -> None:
    """Compare with a rebuild: the full text, and what is held of sessions that are whole."""
    after, made = held.dump(), made_anew(held.log_path, folder)
    for name in made:
        if name.startswith("text_") and name.count("_") == 1 and name != "text_shards":
            assert after[name] == made[name], name


def test_everything_deleted_leaves_figures_and_names_alone(tmp_path: Path) -> None:
    """Whatever a body of Claude Code's holds, in the order in which it came."""
    count = len(BODIES)
    with forgetting(tmp_path) as held:
        held.writer.append(marked_events(BODIES, range(count, 0, -1)))
        held.fold()
        figures = {name: held.dump()[name] for name in ("rollup", "rollup_cell", "usage")}
        assert held.words_left(count) == {}
        held.delete(-1)
        assert held.held()[0] == {count}
        left = held.words_left(count)
        assert left.keys() == {"views.db", "tables"}
        assert len(left["views.db"]) > 0.9 * count
        held.forget()
        assert held.words_left(count) == {}
        dumped = held.dump()
        assert {name: dumped[name] for name in figures} == figures
        assert len(dumped["sessions"]) == 1
        assert_sessions(held)
        for name in ("calls", "turns", "files", "asks", "api_errors", "requests", "spans"):
            assert len(dumped[name]) <= 1, name
        assert dumped["holes"] == []


def test_payloads_that_were_emptied_leave_rows_and_figures(tmp_path: Path) -> None:
    """Who keeps a month of figures and a week of words wants to see both."""
    count = len(BODIES)
    with forgetting(tmp_path) as held:
        held.writer.append(marked_events(BODIES, range(count, 0, -1)))
        held.fold()
        before = held.dump()
        held.empty(-1)
        held.forget()
        after = held.dump()
        assert held.held()[0] == set()
        assert held.words_left(count) == {}
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
