"""Test that the tables of transitions and the tables of effects fit together."""

from typing import get_args

import pytest

from queryd.sessions import asks, details, tasks
from queryd.sessions.transitions import ANY, MAIN_THREAD, SUBAGENT, Table
from queryd.store.fact import Status


@pytest.mark.parametrize("effects", [asks.EFFECTS, tasks.EFFECTS, details.EFFECTS])
def test_every_effect_has_a_transition(effects: dict[str, object]) -> None:
    """An event without a row changes nothing, so its effect would never run."""
    assert set(effects) - {*MAIN_THREAD, *SUBAGENT} == set()


def test_every_status_of_the_tables_is_one_of_the_api() -> None:
    """Asks and silence are derived, so their statuses are not in the tables."""
    assert {"needs_permission", "quiet"} == set(get_args(Status)) - set(ANY)


@pytest.mark.parametrize("table", [MAIN_THREAD, SUBAGENT])
def test_a_transition_leads_to_a_status_of_its_table(table: Table) -> None:
    """A status without rows could never be left."""
    computed = {"same", "resting", "before_compaction"}
    reached = {row.to for rows in table.values() for row in rows.values()} - computed
    assert reached <= {status for rows in table.values() for status in rows}
