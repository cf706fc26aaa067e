"""Make the records of telemetry, status lines and transcripts, at any time, as envelopes."""

import itertools
from typing import Any

from tests.browser.made_calls import Envelope, post_calls
from tests.running import Hookwatch

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
OPUS = "claude-opus-5-5"
SONNET = "claude-sonnet-5-5"
HAIKU = "claude-haiku-4-5"
UNPRICED = "acme-large-1"
_NUMBERS = itertools.count(1)


def envelope(kind: str, at: int, payload: dict[str, Any], **more: Any) -> Envelope:
    """Return an event of a source beside hooks."""
    about = {"source_app": "shop-api", "session_id": "s1", **more}
    return {"hook_event_type": kind, "timestamp": at, "payload": payload, **about}


def request(
    at: int,
    *,
    model: str = OPUS,
    cost: float | None = 0.25,
    tokens: tuple[int, int, int, int] = (12, 900, 80_000, 4_000),
    agent: str | None = None,
    took_ms: tuple[int, int] = (4_000, 800),
    session: str = "s1",
    project: str = "shop-api",
) -> Envelope:
    """Return telemetry's record of a request; tokens are in, out, read, written."""
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
    payload: dict[str, Any] = {
        **dict(zip(names, tokens, strict=True)),
        "model": model,
        "duration_ms": took_ms[0],
        "ttft_ms": took_ms[1],
        "request_id": f"req_{next(_NUMBERS)}",
        "query_source": "repl_main_thread" if agent is None else f"agent:builtin:{agent}",
        "session.id": session,
    }
    if cost is not None:
        payload["cost_usd"] = cost
    more = {} if agent is None else {"agent_id": f"{session}-{agent}"}
    return envelope(
        "api_request",
        at,
        payload | more,
        session_id=session,
        source_app=project,
        model_name=model,
        **more,
    )


def message(
    at: int,
    *,
    model: str = SONNET,
    tokens: tuple[int, int, int, int] = (10, 1_000, 50_000, 2_000),
    session: str = "s1",
    project: str = "shop-api",
) -> Envelope:
    """Return a transcript's record of a request that telemetry lacks."""
    names = (
        *("input_tokens", "output_tokens"),
        *("cache_read_input_tokens", "cache_creation_input_tokens"),
    )
    number = next(_NUMBERS)
    payload = {
        "message_id": f"msg_{number}",
        "request_id": f"req_{number}",
        "model": model,
        "usage": dict(zip(names, tokens, strict=True)),
        "is_sidechain": False,
    }
    return envelope("usage", at, payload, session_id=session, source_app=project, model_name=model)


def status_line(
    at: int,
    *,
    used: int | None = 100_000,
    window: int = 200_000,
    cost: float = 0.0,
    model: str = OPUS,
    limits: dict[str, tuple[float, int]] | None = None,
    session: str = "s1",
    project: str = "shop-api",
) -> Envelope:
    """Return what a status line was given; limits are per cent used and when they reset, in ms."""
    usage = {
        "input_tokens": 10,
        "output_tokens": 500,
        "cache_creation_input_tokens": 990,
        "cache_read_input_tokens": (used or 0) - 1_000,
    }
    payload: dict[str, Any] = {
        "session_id": session,
        "model": {"id": model, "display_name": model},
        "cost": {"total_cost_usd": cost},
        "context_window": {
            "context_window_size": window,
            "current_usage": None if used is None else usage,
            "used_percentage": None if used is None else round(100 * used / window),
        },
    }
    if limits is not None:
        payload["rate_limits"] = {
            name: {"used_percentage": percent, "resets_at": resets_at // 1000}
            for name, (percent, resets_at) in limits.items()
        }
    return envelope(
        "status_line", at, payload, session_id=session, source_app=project, model_name=model
    )


def api_error(at: int, *, status: int = 529, error: str = "Overloaded", **more: Any) -> Envelope:
    """Return telemetry's record of a request that failed for good."""
    payload = {"model": OPUS, "error": error, "status_code": str(status), "attempt": 11}
    return envelope("api_error", at, payload, model_name=OPUS, **more)


def compaction(at: int, before: int, after: int, **more: Any) -> Envelope:
    """Return telemetry's record of a compaction: its numbers are texts."""
    payload = {
        "trigger": "auto",
        "success": "true",
        "pre_tokens": str(before),
        "post_tokens": str(after),
    }
    return envelope("compaction", at, payload, **more)


def hook(name: str, at: int, session: str, project: str, **fields: Any) -> Envelope:
    """Return a hook's body as of a time."""
    body = {"hook_event_name": name, "session_id": session, "cwd": f"/home/dev/{project}", **fields}
    return envelope(name, at, body, session_id=session, source_app=project)


STORY = (
    ("checkout", "shop-api", OPUS, "Make the checkout idempotent", 0.0, 7),
    ("dates", "shop-api", OPUS, "Fix the date bug in the cart and add tests", 1.2, 5),
    ("terraform", "infra", SONNET, "Move state to the new bucket", 0.1, 4),
    ("docs", "docs", HAIKU, "Write the upgrade guide", 2.3, 3),
    ("blog", "blog", SONNET, "Draft a post on leap years", 4.1, 2),
    ("local", "infra", UNPRICED, "Try the local model on the linter", 3.2, 1),
)
"""Sessions: id, project, model, prompt, how many days ago they ended, how large they are."""


RATES = {OPUS: 1.0, SONNET: 0.5, HAIKU: 0.2}
"""What requests of a model cost, roughly, against those of another."""


def week(now: int) -> list[Envelope]:
    """Return a week of six sessions: requests, subagents, errors, compactions, limits."""
    return [event for entry in STORY for event in _session(now, *entry)]


def _session(
    now: int, session: str, project: str, model: str, prompt: str, days_ago: float, size: int
) -> list[Envelope]:
    """Return a session of so many hours times four, which may still be at work."""
    of: dict[str, Any] = {"session": session, "project": project}
    end = now - round(days_ago * DAY) - MINUTE
    start = end - size * 4 * HOUR
    events = [hook("UserPromptSubmit", start, session, project, prompt=prompt)]
    used, spent = 22_000, 0.0
    for number in range(size * 12):
        at = start + number * 20 * MINUTE
        used += 6_500 + 700 * (number % 5)
        if used > 165_000:
            used = 27_000
            events.append(compaction(at - MINUTE, 168_000, used, session_id=session))
        rate = RATES.get(model)
        cost = None if rate is None else round(rate * (0.04 + used / 1_200_000), 6)
        spent += cost or 0
        tokens = (9 + number, 600 + 90 * (number % 7), used - 6_000, 6_000)
        took = (3_000 + 900 * (number % 9), 600 + 40 * (number % 11))
        if model == HAIKU:  # the transcript alone reports this one
            events.append(message(at, model=model, tokens=tokens, **of))
        else:
            events.append(request(at, model=model, cost=cost, tokens=tokens, took_ms=took, **of))
        if size >= 5 and number % 6 == 1:
            spent += 0.011
            events += _agent(at + MINUTE, "Explore" if number % 4 == 1 else "reviewer", number, of)
        if number % 17 == 16:
            events.append(api_error(at, session_id=session, source_app=project))
    if days_ago > 0.5:
        return [*events, hook("SessionEnd", end, session, project, reason="prompt_input_exit")]
    # One of them is reported otherwise by its status line: requests were made elsewhere.
    entry = spent * (1.08 if session == "checkout" else 1.0)
    return [*events, *_at_work(session, project, model, used, entry, now)]


def _agent(at: int, kind: str, number: int, of: dict[str, Any]) -> list[Envelope]:
    """Return a request of a subagent, which starts and ends."""
    about = {"agent_id": f"{of['session']}-{kind}", "agent_type": kind}
    few = (4, 300, 9_000 + 800 * number, 2_000)
    return [
        hook("SubagentStart", at - 1_000, of["session"], of["project"], **about),
        request(at, model=HAIKU, cost=0.011, tokens=few, agent=kind, **of),
        hook("SubagentStop", at + 30_000, of["session"], of["project"], **about),
    ]


def _at_work(
    session: str, project: str, model: str, used: int, cost: float, now: int
) -> list[Envelope]:
    """Return the last hour of a session that is at work, with its status line."""
    of: dict[str, Any] = {"session": session, "project": project, "model": model}
    ends = {"five_hour": now + 2 * HOUR, "seven_day": now + 3 * DAY}
    lines = [
        status_line(
            now - (60 - minute) * MINUTE,
            used=used + 1_500 * minute // 2,
            cost=cost,
            limits={
                "five_hour": (30 + minute * 0.55, ends["five_hour"]),
                "seven_day": (40 + minute * 0.02, ends["seven_day"]),
            },
            **of,
        )
        for minute in range(0, 60, 4)
    ]
    call = {"tool_name": "Bash", "tool_input": {"command": "npm test"}, "tool_use_id": session}
    return [*lines, hook("PreToolUse", now - 20_000, session, project, **call)]


def post_week(both: Hookwatch, now: int) -> None:
    """Post that week, and wait until it is in the views."""
    post_calls(both, week(now))
