"""Hold the two readings of a filter against each other: in SQL and on an event in hand."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.log.writer import Writer
from shared.event import NewEvent
from shared.filter import EVERYTHING, Filter
from shared.reader import Reader
from tests.shared.events import new

VALUES = st.sampled_from(["", "a", "A", "b", "a ", "%", "'", "ü", "\u0000x", "1", "None"])
TIMES = st.sampled_from([0, 1, 2, 5, 2**53, 2**63 - 1])
WANTED = st.lists(VALUES, max_size=3).map(tuple)
FILTERS = st.builds(
    Filter,
    session_id=WANTED,
    event_type=WANTED,
    tool_name=WANTED,
    source_app=WANTED,
    agent_id=WANTED,
    since=st.none() | TIMES,
    until=st.none() | TIMES,
)
EVENTS = st.builds(
    new,
    session_id=VALUES,
    hook_event_type=VALUES,
    tool_name=st.none() | VALUES,
    source_app=st.none() | VALUES,
    agent_id=st.none() | VALUES,
    timestamp=TIMES,
)


@given(events=st.lists(EVENTS, max_size=8), wanted=st.lists(FILTERS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_filter_selects_the_same_in_sql_and_in_hand(
    events: list[NewEvent], wanted: list[Filter]
) -> None:
    """A stream replays by the one and goes on by the other: a difference is a gap."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        writer = Writer(path, synchronous="NORMAL")
        writer.append(events)
        log = Reader(path)
        held = log.after(0)  # as stored: records have the projects of their sessions
        assert [event.id for event in held] == list(range(1, len(events) + 1))
        for each in [EVERYTHING, *wanted]:
            assert log.after(0, wanted=each) == [event for event in held if each.matches(event)]
        log.close()
        writer.close()


def test_any_value_of_a_field_will_do_but_every_field_must() -> None:
    """It is how people read a row of menus."""
    event = new(session_id="s1", tool_name="Bash", timestamp=5).event
    assert Filter().matches(event)
    assert Filter(session_id=("s0", "s1"), tool_name=("Bash",)).matches(event)
    assert not Filter(session_id=("s1",), tool_name=("Read",)).matches(event)
    assert not Filter(agent_id=("a",)).matches(event)
    assert Filter(since=5, until=5).matches(event)
    assert not Filter(since=6).matches(event)
    assert not Filter(until=4).matches(event)


def test_the_sql_binds_every_value() -> None:
    """A value in the text of the SQL would be an SQL injection."""
    wanted = Filter(session_id=("x' OR 1", "y"), event_type=("z",), since=1, until=2)
    sql, values = wanted.where()
    assert sql == (
        "TRUE AND +session_id IN (?, ?) AND +hook_event_type IN (?)"
        " AND +timestamp >= ? AND +timestamp <= ?"
    )
    assert values == ["x' OR 1", "y", "z", 1, 2]
