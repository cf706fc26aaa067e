"""Read contexts, costs and tokens of sessions and their subagents, many at a time.

In: a ViewReader and ids. Out: the figures of each that has any.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

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
from queryd.usage.status_totals import Total

Key = tuple[str, str]
"""A session and a subagent of it; `MAIN` for the session itself."""


def figures_of(views: ViewReader, keys: Collection[Key]) -> dict[Key, Figures]:
    """Return the figures of sessions and subagents; of a session they count its subagents in."""
    sessions = sorted({session_id for session_id, _ in keys})
    agents = sorted(key for key in keys if key[1] != MAIN)
    contexts = _contexts(views, sorted({*keys, *((it, MAIN) for it in sessions)}))
    totals = _totals(views, sessions)
    spendings = _spendings(views, sessions)
    of_agents = _spendings_of_agents(views, agents) if agents else {}
    found: dict[Key, Figures] = {}
    for key in keys:
        session_id, agent_id = key
        main = contexts.get((session_id, MAIN))
        if agent_id == MAIN:
            spending = spendings.get(session_id)
            cost = cost_of(spending, totals.get(session_id))
        else:
            spending = of_agents.get(key)
            cost = agent_cost(spending)
        found[key] = _figures(contexts.get(key), main, spending, cost)
    return found


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


def _contexts(views: ViewReader, keys: Sequence[Key]) -> dict[Key, Context]:
    rows = views.fetch(
        """
        SELECT session_id, agent_id, state FROM contexts WHERE (session_id, agent_id) IN (
            SELECT value ->> 0, value ->> 1 FROM json_each(?)
        )
        """,
        (_json(keys),),
    )
    return {(session_id, agent_id): context_of(state) for session_id, agent_id, state in rows}


def _totals(views: ViewReader, session_ids: Sequence[str]) -> dict[str, Total]:
    rows = views.fetch(
        f"SELECT {', '.join(_TOTAL)} FROM status_totals"
        " WHERE session_id IN (SELECT value FROM json_each(?))",
        (_json(session_ids),),
    )
    return {row[0]: Total(*row) for row in rows}


def _spendings(views: ViewReader, session_ids: Sequence[str]) -> dict[str, Spending]:
    rows = views.fetch(
        f"SELECT session_id, {_SPENDING} FROM spending"
        " WHERE session_id IN (SELECT value FROM json_each(?))",
        (_json(session_ids),),
    )
    return {row[0]: Spending(*row[1:]) for row in rows}


def _spendings_of_agents(views: ViewReader, keys: Sequence[Key]) -> dict[Key, Spending]:
    rows = views.fetch(
        f"SELECT session_id, agent_id, {_SPENDING} FROM spending_of_agents"
        " WHERE (session_id, agent_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        (_json(keys),),
    )
    return {(row[0], row[1]): Spending(*row[2:]) for row in rows}


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()


_TOTAL: Final = Total.__struct_fields__
_SPENDING: Final = ", ".join(Spending.__struct_fields__)
