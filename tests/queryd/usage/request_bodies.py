"""Write briefly what sources report of requests, and read the result.

Each function makes one envelope of session s1 at a second; `figures` folds them one by one, as they
come, and reads what the API would show.
"""

from collections.abc import Iterable
from typing import Any

from queryd.store.store import ViewReader
from queryd.usage.read_figures import figures_of
from queryd.usage.read_usage import UsageGroup, UsageSelection, UsageTotals, sums
from queryd.usage.rows import Figures
from tests.queryd.envelopes import Envelope, envelope
from tests.queryd.folded_views import Bodies, reader_over

T0 = 1_795_000_000_000
MODEL = "claude-opus-5-5"
USD = 1e9


def request(
    second: float = 0,
    *,
    request_id: str | None = "req_1",
    session: str = "s1",
    usd: float | None = 0.5,
    tokens: tuple[Any, Any, Any, Any] = (10, 20, 30, 40),
    agent_id: str | None = None,
    **more: Any,
) -> Envelope:
    """Report a request as telemetry does; tokens are input, output, cache read, cache written."""
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
    source = "repl_main_thread" if agent_id is None else "agent:builtin:Explore"
    payload = {
        "model": MODEL,
        "query_source": source,
        "request_id": request_id,
        "cost_usd": usd,
        **dict(zip(names, tokens, strict=True)),
        **more,
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    return _envelope("api_request", session, second, payload, payload.get("model"), agent_id)


def message(
    second: float = 0,
    *,
    message_id: str | None = "msg_1",
    request_id: str | None = "req_1",
    session: str = "s1",
    model: str | None = MODEL,
    tokens: tuple[int, int, int, int] = (10, 20, 30, 40),
    agent_id: str | None = None,
    **usage: Any,
) -> Envelope:
    """Report a message as a transcript does."""
    names = (
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
    )
    payload = {
        "message_id": message_id,
        "request_id": request_id,
        "model": model,
        "is_sidechain": agent_id is not None,
        "usage": {**dict(zip(names, tokens, strict=True)), **usage},
    }
    return _envelope("usage", session, second, payload, model, agent_id)


def line(
    second: float = 0,
    usd: float | None = None,
    *,
    session: str = "s1",
    used: int | None = None,
    window: int | None = None,
    model: str = MODEL,
    **more: Any,
) -> Envelope:
    """Report a status line."""
    usage = None if used is None else {"input_tokens": used, "output_tokens": 9}
    payload = {
        "model": {"id": model},
        "cost": {} if usd is None else {"total_cost_usd": usd},
        "context_window": {"context_window_size": window, "current_usage": usage},
        **more,
    }
    return _envelope("status_line", session, second, payload, model, None)


def record(kind: str, second: float = 0, *, session: str = "s1", **payload: Any) -> Envelope:
    """Make any record."""
    agent_id = payload.pop("agent_id", None)
    return _envelope(kind, session, second, payload, payload.get("model"), agent_id)


def hook(name: str, second: float = 0, *, session: str = "s1", **fields: Any) -> Envelope:
    """Fire a hook."""
    body = {"hook_event_name": name, "session_id": session, "cwd": "/home/dev/shop", **fields}
    return {"at": T0 + round(second * 1000), **body}


def bodies_of(envelopes: Iterable[Envelope]) -> Bodies:
    """Return envelopes with their times."""
    return [(it["at"] if "at" in it else it["timestamp"], _without_at(it)) for it in envelopes]


def figures(*envelopes: Envelope, session: str = "s1", agent_id: str = "") -> Figures:
    """Return the figures of a session or a subagent after all envelopes."""
    with reader_over(bodies_of(envelopes)) as views:
        return figures_of(views, [(session, agent_id)])[session, agent_id]


def all_figures(envelopes: Iterable[Envelope]) -> dict[str, Figures]:
    """Return the figures of every session that has any."""
    with reader_over(bodies_of(envelopes)) as views:
        known = views.fetch("SELECT session_id FROM spending UNION SELECT session_id FROM contexts")
        found = figures_of(views, [(session_id, "") for (session_id,) in known])
    return {session_id: it for (session_id, _), it in found.items()}


def total(views: ViewReader, **selection: Any) -> UsageTotals:
    """Return the sum of all requests."""
    fields = {"first": 0, "end": 2**52, **selection}
    return sums(views, UsageSelection(**fields), UsageGroup()).get((), UsageTotals())


def _envelope(
    kind: str,
    session: str,
    second: float,
    payload: dict[str, Any],
    model: str | None,
    agent_id: str | None,
) -> Envelope:
    more = {"model_name": model, "agent_id": agent_id}
    more = {name: value for name, value in more.items() if value is not None}
    return envelope(kind, session, T0 + round(second * 1000), payload, **more)


def _without_at(it: Envelope) -> Envelope:
    return {name: value for name, value in it.items() if name != "at"}
