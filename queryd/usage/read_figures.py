"""Read contexts, costs and tokens of sessions and their subagents, many at a time.

In: a ViewReader and ids. Out: the figures of each that has any.
"""

from collections.abc import Collection, Sequence
from typing import Final

from queryd.store.conditions import json_list
from queryd.store.fact import MAIN
from queryd.store.store import ViewReader
from queryd.usage.contexts import Context, context_of
from queryd.usage.rows import (
    Cost,
    Figures,
    agent_cost,
    compactions_of,
    context_use,
    cost_of,
    tokens_of,
)
from queryd.usage.spending import Spending
from queryd.usage.status_totals import StatusTotal

ThreadKey = tuple[str, str]
"""A session and its subagent; `MAIN` for the session itself."""


def figures_of(views: ViewReader, keys: Collection[ThreadKey]) -> dict[ThreadKey, Figures]:
    """Return the figures of sessions, subagents included, and of subagents."""
    sessions = sorted({session_id for session_id, _ in keys})
    agents = sorted(key for key in keys if key[1] != MAIN)
    contexts = _contexts(views, sorted({*keys, *((it, MAIN) for it in sessions)}))
    totals = _totals(views, sessions)
    spendings = _spendings(views, sessions)
    of_agents = _spendings_of_agents(views, agents) if agents else {}
    figures: dict[ThreadKey, Figures] = {}
    for key in keys:
        session_id, agent_id = key
        main = contexts.get((session_id, MAIN))
        if agent_id == MAIN:
            spending = spendings.get(session_id)
            cost = cost_of(spending, totals.get(session_id))
        else:
            spending = of_agents.get(key)
            cost = agent_cost(spending)
        figures[key] = _figures(contexts.get(key), main, spending, cost)
    return figures


def _figures(
    context: Context | None, main: Context | None, spending: Spending | None, cost: Cost | None
) -> Figures:
    model = None if spending is None else spending.model_name
    return Figures(
        context=context_use(context, main),
        cost=cost,
        tokens=tokens_of(spending),
        model_name=model or (None if context is None else context.model_name),
        compactions=compactions_of(context),
    )


def _contexts(views: ViewReader, keys: Sequence[ThreadKey]) -> dict[ThreadKey, Context]:
    rows = views.fetch(
        """
        SELECT session_id, agent_id, state FROM contexts WHERE (session_id, agent_id) IN (
            SELECT value ->> 0, value ->> 1 FROM json_each(?)
        )
        """,
        (json_list(keys),),
    )
    return {(session_id, agent_id): context_of(state) for session_id, agent_id, state in rows}


def _totals(views: ViewReader, session_ids: Sequence[str]) -> dict[str, StatusTotal]:
    rows = views.fetch(
        f"SELECT {', '.join(_TOTAL_COLUMNS)} FROM status_totals"
        " WHERE session_id IN (SELECT value FROM json_each(?))",
        (json_list(session_ids),),
    )
    return {row[0]: StatusTotal(*row) for row in rows}


def _spendings(views: ViewReader, session_ids: Sequence[str]) -> dict[str, Spending]:
    rows = views.fetch(
        f"SELECT session_id, {_SPENDING_COLUMNS} FROM spending"
        " WHERE session_id IN (SELECT value FROM json_each(?))",
        (json_list(session_ids),),
    )
    return {row[0]: Spending(*row[1:]) for row in rows}


def _spendings_of_agents(views: ViewReader, keys: Sequence[ThreadKey]) -> dict[ThreadKey, Spending]:
    rows = views.fetch(
        f"SELECT session_id, agent_id, {_SPENDING_COLUMNS} FROM spending_of_agents"
        " WHERE (session_id, agent_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        (json_list(keys),),
    )
    return {(row[0], row[1]): Spending(*row[2:]) for row in rows}


_TOTAL_COLUMNS: Final = StatusTotal.__struct_fields__
_SPENDING_COLUMNS: Final = ", ".join(Spending.__struct_fields__)
