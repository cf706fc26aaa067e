"""Test which values there are to filter by, and which rowids belong to which hour."""

from contextlib import closing
from pathlib import Path

from queryd.fold.folding import Views
from queryd.search.read_values import (
    EventTypeActivity,
    SessionCount,
    ValueCount,
    filter_values,
    received_types,
    recent_projects,
)
from queryd.store.fact import fact_of
from queryd.store.periods import HOUR_MS
from tests.queryd.folded_views import events_of, reader_over
from tests.queryd.hook_bodies import (
    T0,
    Timed,
    event_sequence,
    of_agent,
    post,
    pre,
    prompt,
    start,
)

WHOLE_HOUR = -(T0 % HOUR_MS) / 1000
"""The second of a sequence at which an hour starts."""


def hours_after(*events: Timed) -> list[tuple[int, int, int]]:
    """Return hour (counted from that of the first event), first and last rowid."""
    with reader_over(event_sequence(*events)) as views:
        rows = views.fetch("SELECT hour, first_id, last_id FROM hours ORDER BY hour")
    return [(hour - T0 // HOUR_MS, first_id, last_id) for hour, first_id, last_id in rows]


def test_each_kind_of_value_is_listed_by_count() -> None:
    """The filter's menus say how much each choice would leave."""
    second = {**prompt(), "session_id": "s2", "cwd": "/home/dev/till"}
    events: list[Timed] = [
        prompt(),
        pre(),
        post(),
        of_agent(pre("Read", "c2")),
        (99, second),
        prompt(),
    ]
    with reader_over(event_sequence(*events)) as views:
        values = filter_values(views)
    assert values.counted == 6
    assert values.event_types == [
        ValueCount("UserPromptSubmit", 3),
        ValueCount("PreToolUse", 2),
        ValueCount("PostToolUse", 1),
    ]
    assert values.source_apps == [ValueCount("shop", 5), ValueCount("till", 1)]
    assert values.tool_names == [ValueCount("Bash", 2), ValueCount("Read", 1)]
    assert values.agent_ids == [ValueCount("a1", 1)]
    assert values.sessions == [
        SessionCount("s1", 5, "shop", T0 + 100_000),
        SessionCount("s2", 1, "till", T0 + 99_000),
    ]


def test_equally_frequent_values_are_in_alphabetical_order() -> None:
    """A menu that changes its order under the mouse is no menu."""
    with reader_over(event_sequence(prompt(), pre("A", "c1"), pre("B", "c2"))) as views:
        assert filter_values(views).tool_names == [ValueCount("A", 1), ValueCount("B", 1)]


def test_empty_views_have_no_filter_values() -> None:
    """Users open the page before the first event."""
    with reader_over([]) as views:
        values = filter_values(views)
    assert (values.counted, values.event_types, values.sessions) == (0, [], [])


def test_a_project_was_last_seen_at_its_newest_event() -> None:
    """A late spool must not make a project appear less recent."""
    till = {**prompt(), "cwd": "/home/dev/till"}
    with reader_over(event_sequence((50, prompt()), (90, till), (20, prompt()))) as views:
        assert [(it.source_app, it.last_event_at) for it in recent_projects(views)] == [
            ("till", T0 + 90_000),
            ("shop", T0 + 50_000),
        ]


def test_an_hour_has_the_range_of_rowids_of_its_events() -> None:
    """Time ranges are looked up by these, so no event may be missing at either end."""
    assert hours_after(
        (WHOLE_HOUR, prompt()),
        (WHOLE_HOUR + 3599.999, pre()),
        (WHOLE_HOUR + 3600, post()),
    ) == [(0, 1, 2), (1, 3, 3)]


def test_late_events_extend_the_range_of_their_hour() -> None:
    """Rowids ascend with arrival, not with time; the hour spans all that is its own."""
    assert hours_after(
        (WHOLE_HOUR, prompt()), (WHOLE_HOUR + 3600, pre()), (WHOLE_HOUR + 60, post())
    ) == [(0, 1, 3), (1, 2, 2)]


def test_events_without_a_value_are_not_counted_for_it() -> None:
    """An empty choice in a menu would match nothing."""
    with reader_over(event_sequence(start())) as views:
        values = filter_values(views)
    assert (values.tool_names, values.agent_ids) == ([], [])


def test_an_event_type_is_counted_in_the_hour_of_its_events() -> None:
    """A hook that went silent yesterday is one that someone removed yesterday."""
    early, late = WHOLE_HOUR + 60, WHOLE_HOUR + 60 + 23 * 3600
    events: list[Timed] = [
        (early, prompt()),
        (early + 1, pre()),
        (late, prompt()),
        (late, prompt()),
    ]
    with reader_over(event_sequence(*events)) as views:
        now = T0 + int(late * 1000)
        day = received_types(views, now)
        after = received_types(views, now + HOUR_MS)
        ahead = received_types(views, now - HOUR_MS)
    assert day == [
        EventTypeActivity("UserPromptSubmit", now, 3, 3),
        EventTypeActivity("PreToolUse", T0 + int((early + 1) * 1000), 1, 1),
    ]
    assert [it.count_24h for it in after] == [2, 0]
    assert [it.count_24h for it in ahead] == [1, 1], "what a fast clock sent ahead is not of today"


def test_event_types_of_one_batch_are_all_counted(tmp_path: Path) -> None:
    """When views are rebuilt, a thousand events are folded at once."""
    events = event_sequence(prompt(), prompt(), pre())
    with closing(Views(tmp_path / "views.db")) as views:
        views.fold([fact_of(event) for event in events_of(events)])
        rows = views.database.fetch(
            "SELECT event_type, sum(count) FROM event_type_hours GROUP BY 1"
        )
    assert dict(rows) == {"UserPromptSubmit": 2, "PreToolUse": 1}
