"""Test what time alone and a dead process make of a session, and what its row shows then."""

from pathlib import Path

import pytest

from queryd.fold.folding import Views
from queryd.sessions.processes import mark_process_ended
from queryd.sessions.read import STATUSES, SessionFilter, one_session, sessions_page
from queryd.sessions.rows import SessionRow, session_row
from queryd.sessions.tables import agent_of, session_of
from queryd.store.fact import fact_of
from tests.queryd.folded_views import events_of, reader_over
from tests.queryd.hook_bodies import (
    MULTIPLE_CHOICE,
    Body,
    Timed,
    ask,
    end,
    event,
    event_sequence,
    notification,
    of_agent,
    post,
    pre,
    prompt,
    stop,
    task,
)

MINUTE_S = 60.0
DAY_S = 24 * 60 * MINUTE_S
WORKING = (prompt(), pre(), post())
RUNNING = (prompt(), pre())
ASKING = (prompt(), pre(), ask())
QUESTION = (prompt(), pre("AskUserQuestion", given=MULTIPLE_CHOICE))
BACKGROUND = (prompt(), stop(tasks=[task("b1", "Build")]))


def row_later(later_s: float, *events: Timed, process_ended: bool = False) -> SessionRow:
    """Return the session's row so many seconds after its last event."""
    bodies = event_sequence(*events)
    with reader_over(bodies) as views:
        ((state,),) = views.fetch("SELECT state FROM sessions")
        agents = [agent_of(it) for (it,) in views.fetch("SELECT state FROM agents ORDER BY id")]
    now = bodies[-1][0] + round(later_s * 1000)
    return session_row(session_of(state), agents, now=now, process_ended=process_ended)


@pytest.mark.parametrize(
    ("events", "quiet_after_s"),
    [
        (WORKING, 5 * MINUTE_S),
        (RUNNING, 15 * MINUTE_S),
        ((prompt(), event("PreCompact")), 5 * MINUTE_S),
        (ASKING, DAY_S),
        (QUESTION, DAY_S),
        ((prompt(), notification("idle_prompt")), DAY_S),
    ],
    ids=["working", "a call runs", "compacting", "asking", "a question", "idle"],
)
def test_silence_makes_a_session_quiet(events: tuple[Body, ...], quiet_after_s: float) -> None:
    """An Esc and a crash send nothing: only the clock shows that nothing happens any more."""
    before = row_later(quiet_after_s - 0.001, *events)
    assert before.status != "quiet"
    row = row_later(quiet_after_s, *events)
    assert (row.status, row.status_reason) == ("quiet", f"no activity since {before.status}")
    assert row.status_since == row.last_event_at  # beside it, "idle for 50 min" and "55 min ago"
    assert row_later(365 * DAY_S, *events).status_since == row.status_since


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((prompt(), stop()), "done"),
        ((prompt(), event("StopFailure", error="unknown")), "failed"),
        (BACKGROUND, "background"),
        ((prompt(), end()), "ended"),
        ((event("SessionStart"),), "done"),
    ],
)
def test_a_resting_session_never_becomes_quiet(events: tuple[Body, ...], status: str) -> None:
    """A session that is done is silent by nature, a failed one until the user returns."""
    assert row_later(365 * DAY_S, *events).status == status


def test_a_subagent_that_works_keeps_its_session_from_being_quiet() -> None:
    """The main thread waits in silence while its subagent sends events."""
    agents: list[Timed] = [of_agent(event("SubagentStart")), (16 * MINUTE_S, of_agent(pre()))]
    assert row_later(0, *RUNNING, *agents).status == "working"


def test_a_subagent_is_quiet_by_its_own_silence() -> None:
    """Of five subagents one may hang, while the session goes on."""
    started = of_agent(event("SubagentStart"))
    row = row_later(0, prompt(), started, (6 * MINUTE_S, pre()))
    assert (row.status, [agent.status for agent in row.agents]) == ("working", ["quiet"])


def test_a_quiet_session_still_shows_what_it_was_at() -> None:
    """The call it fell silent in is the first thing to look at."""
    row = row_later(16 * MINUTE_S, *RUNNING)
    assert row.current_tool is not None
    assert row.current_tool.target == "npm test"


@pytest.mark.parametrize(
    "events",
    [WORKING, RUNNING, ASKING, BACKGROUND, (prompt(), stop())],
    ids=["working", "a call runs", "asking", "background", "done"],
)
def test_a_session_ends_with_its_process(events: tuple[Body, ...]) -> None:
    """A killed client says nothing; its session must not ask, run or wait for anything."""
    row = row_later(1, *events, process_ended=True)
    assert (row.status, row.status_reason) == ("ended", "its process has ended")
    assert row.status_since == row.last_event_at
    assert (row.current_tool, row.background_tasks) == (None, [])
    assert row_later(DAY_S, *events, process_ended=True).status == "ended"


def test_a_session_that_ended_before_its_process_keeps_its_reason() -> None:
    """Every process ends some day; the reason stays the one of SessionEnd."""
    row = row_later(1, prompt(), end("prompt_input_exit"), process_ended=True)
    assert (row.status, row.status_reason) == ("ended", "prompt_input_exit")


def test_subagents_end_with_the_process_unless_they_were_done() -> None:
    """What an agent found stands, whatever became of its process."""
    row = row_later(
        1,
        prompt(),
        of_agent(pre(), "a1"),
        of_agent(event("SubagentStop"), "a2"),
        of_agent(event("StopFailure", error="unknown"), "a3"),
        process_ended=True,
    )
    assert [(it.agent_id, it.status, it.current_tool) for it in row.agents] == [
        ("a1", "ended", None),
        ("a2", "done", None),
        ("a3", "failed", None),
    ]


def test_an_event_of_an_ended_process_shows_that_its_session_lives(tmp_path: Path) -> None:
    """A pid is looked up, not known: in a container it is another process's."""
    views = Views(tmp_path / "views.db")
    first, second = events_of(event_sequence(prompt(), pre()))
    views.fold([fact_of(first)])
    mark_process_ended(views.database, ["s1"])
    assert views.database.fetch("SELECT process_ended FROM sessions") == [(1,)]
    views.fold([fact_of(second)])
    assert views.database.fetch("SELECT process_ended FROM sessions") == [(0,)]
    views.close()


@pytest.mark.parametrize(
    ("events", "later_s"),
    [
        *((events, 0) for events in (WORKING, ASKING, QUESTION, BACKGROUND)),
        *((events, 2 * DAY_S) for events in (WORKING, RUNNING, ASKING, QUESTION, BACKGROUND)),
        *(((prompt(), it), 0) for it in (stop(), event("StopFailure"), end())),
    ],
)
def test_a_session_is_found_by_the_status_it_shows(
    events: tuple[Body, ...], later_s: float
) -> None:
    """Time changes what a row shows without a write; the filter must know it by itself."""
    bodies = event_sequence(*events)
    now = bodies[-1][0] + round(later_s * 1000)
    with reader_over(bodies) as views:
        row = one_session(views, "s1", now=now)
        found = [
            status
            for status in STATUSES
            if sessions_page(views, SessionFilter(status=(status,)), limit=9, after=None, now=now)[
                0
            ]
        ]
    assert row is not None
    assert found == [row.status]


@pytest.mark.parametrize(
    ("cwd", "project"),
    [
        ("/home/dev/shop", "shop"),
        ("/home/dev/shop/", "shop"),
        ("C:\\dev\\shop", "shop"),
        ("/", None),
        ("", None),
    ],
)
def test_a_session_without_a_project_is_called_by_its_folder(cwd: str, project: str | None) -> None:
    """An envelope may come without one, from any system."""
    with reader_over(event_sequence(prompt())) as views:
        ((state,),) = views.fetch("SELECT state FROM sessions")
    session = session_of(state)
    session.source_app, session.cwd = None, cwd
    assert session_row(session, [], now=0, process_ended=False).project == project
