"""Follow how full the context of each session and of each subagent is.

In: facts and their requests. Out: a row a thread: the size of its last prompt with its source, the
largest size, the windows that the client reported, and the compactions.

The size is the prompt of the last answer: input and cache, without output. The newest report
counts, by its own time; the same size from a lower-ranked source changes nothing. After a
compaction the size is unknown until the next answer, unless the client reports what was left.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from queryd.store.conditions import json_list
from queryd.store.request import Observation
from queryd.store.store import DamagedError, Database
from queryd.store.view import Deleted, View, delete_by_session
from queryd.usage.event import RequestChanges, UsageEvent
from queryd.usage.prices import base_model
from queryd.usage.records import API_REQUEST, COMPACTION, USAGE, amount, fields, text
from queryd.usage.windows import SUFFIX
from shared.event import STATUS_LINE

ContextSource = Literal["status_line", "otlp", "transcript", "compaction", "hook"]

TABLES: Final = """
    CREATE TABLE contexts (
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,          -- '' for the main thread
        last_event_id INTEGER NOT NULL,
        state BLOB NOT NULL,             -- MessagePack of `Context`
        PRIMARY KEY (session_id, agent_id)
    ) STRICT, WITHOUT ROWID;
"""
CONTEXT_RANKS: Final[dict[str, int]] = {
    "status_line": 0,
    "otlp": 1,
    "transcript": 2,
    "compaction": 3,
    "hook": 4,
}
SAME_REPORT_MS: Final = 60_000
"""Reports within this time are about the same prompt or compaction."""
MAX_COMPACTIONS: Final = 50
HOOKS: Final = frozenset({"SessionStart", "PostModelSwitch", "PreCompact", "PostCompact"})


class CompactionState(msgspec.Struct, kw_only=True):
    """Hold one compaction as far as it was reported; `at` in ms since the epoch."""

    at: int
    before_tokens: int | None = None
    """The larger of the last prompt before it and the client's figure, which for a manual
    compaction counts only the messages."""
    after_tokens: int | None = None
    """What was left of the messages, as the client reports it; else the next prompt."""
    next_tokens: int | None = None
    """The first prompt after it: what was left, the system prompt and the user's message."""
    trigger: str | None = None


class Context(msgspec.Struct, kw_only=True):
    """Hold the state of a thread's context."""

    used_tokens: int | None = None
    source: ContextSource | None = None
    at: int = 0
    model_name: str | None = None
    peak_tokens: int = 0
    windows: dict[str, int] = msgspec.field(default_factory=dict)
    """As the client reported them, by model."""
    with_million: list[str] = msgspec.field(default_factory=list)
    """Models whose names ended in `[1m]`."""
    compactions: list[CompactionState] = msgspec.field(default_factory=list)
    started: CompactionState | None = None
    """One whose end is not reported yet."""


class _PromptSize(msgspec.Struct, frozen=True):
    """Hold the size of a prompt as one source reports it."""

    tokens: int
    source: ContextSource
    at: int
    model_name: str | None


def fold(
    database: Database, facts: Sequence[UsageEvent], request_changes: Sequence[RequestChanges]
) -> None:
    """Apply each event to the context of its session or subagent."""
    relevant = [
        (fact, changes.observation, (fact.event.session_id, _agent_of(fact, changes.observation)))
        for fact, changes in zip(facts, request_changes, strict=True)
        if fact.event.hook_event_type in _RELEVANT and _is_relevant(fact, changes.observation)
    ]
    if not relevant:
        return
    contexts = _load(database, {key for _, _, key in relevant})
    changed: dict[tuple[str, str], int] = {}
    for fact, observation, key in relevant:
        _apply(contexts.setdefault(key, Context()), fact, observation)
        changed[key] = fact.id
    database.run_many(
        "INSERT OR REPLACE INTO contexts VALUES (?, ?, ?, ?)",
        [(*key, last, _ENCODER.encode(contexts[key])) for key, last in changed.items()],
    )


def context_of(state: bytes) -> Context:
    """Return a context as it was stored."""
    try:
        return _DECODER.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedError(f"a state cannot be read: {error}") from error


def _is_relevant(fact: UsageEvent, observation: Observation | None) -> bool:
    kind = fact.event.hook_event_type
    if observation is not None:
        return observation.fills_context
    return kind in {STATUS_LINE, COMPACTION} or (kind in HOOKS and _is_relevant_hook(fact))


def _is_relevant_hook(fact: UsageEvent) -> bool:
    """Return whether a hook matters: most only say that a session starts the usual way."""
    if fact.event.hook_event_type != "SessionStart":
        return True
    payload = fact.payload
    return (
        payload.get("source") == "compact"
        or payload.get("context_tokens") is not None
        or (fact.event.model_name or "").endswith(SUFFIX)
    )


def _agent_of(fact: UsageEvent, observation: Observation | None) -> str:
    return fact.agent_id if observation is None else observation.agent_id


def _apply(context: Context, fact: UsageEvent, observation: Observation | None) -> None:
    _add_million_model(context, fact.event.model_name)
    if observation is not None:
        _apply_size(context, _size_of(observation))
    else:
        _apply_event(context, fact)


def _size_of(observation: Observation) -> _PromptSize:
    source: ContextSource = "otlp" if observation.source == "otlp" else "transcript"
    tokens = observation.usage.prompt
    return _PromptSize(tokens, source, observation.at, observation.model_name)


def _apply_event(context: Context, fact: UsageEvent) -> None:
    payload, at = fact.payload, fact.event.timestamp
    match fact.event.hook_event_type:
        case "status_line":
            _apply_status_line(context, payload, at)
        case "compaction":
            if payload.get("success") not in {"false", False}:
                _end_compaction(context, at, payload)
        case "PreCompact":
            context.started = CompactionState(
                at=at, before_tokens=context.used_tokens, trigger=text(payload.get("trigger"))
            )
        case "PostCompact":
            _end_compaction(context, at, payload)
        case "SessionStart" if payload.get("source") == "compact":
            _end_compaction(context, at, {})
        case _:
            _apply_hook(context, fact)


def _apply_hook(context: Context, fact: UsageEvent) -> None:
    """Apply a hook's size, which includes the answer, if no other source reported one."""
    tokens, at = amount(fact.payload.get("context_tokens")), fact.event.timestamp
    if tokens and context.source in {None, "hook"}:
        model = fact.event.model_name or fact.model_name
        _apply_size(context, _PromptSize(tokens, "hook", at, model))
    elif fact.event.model_name and at >= context.at:
        context.model_name = fact.event.model_name


def _add_million_model(context: Context, model: str | None) -> None:
    """Remember a model that is named with a million tokens."""
    if model is not None and model.endswith(SUFFIX):
        base = base_model(model)
        if base not in context.with_million:
            context.with_million = [*context.with_million, base]


def _apply_status_line(context: Context, payload: dict[str, Any], at: int) -> None:
    window = fields(payload.get("context_window"))
    model = text(fields(payload.get("model")).get("id"))
    size = amount(window.get("context_window_size"))
    if model is not None and size:
        base = base_model(model)
        if context.windows.get(base) != size:
            context.windows = {**context.windows, base: size}
    usage = fields(window.get("current_usage"))
    tokens = sum(amount(usage.get(name)) or 0 for name in _PROMPT_FIELDS)
    if tokens:  # before the first answer, and after a compaction, it is null or all zeros
        _apply_size(context, _PromptSize(tokens, "status_line", at, model))
    elif model is not None and at >= context.at:
        context.model_name = model


def _apply_size(context: Context, size: _PromptSize) -> None:
    """Take over the newest size, by its own time."""
    _set_next_tokens(context, size)
    if size.source != "hook":
        context.peak_tokens = max(context.peak_tokens, size.tokens)
    rank = CONTEXT_RANKS[size.source]
    current = CONTEXT_RANKS[context.source] if context.source is not None else len(CONTEXT_RANKS)
    if size.tokens == context.used_tokens and rank >= current:
        if size.at > context.at and rank == current:
            context.at, context.model_name = size.at, size.model_name
        return
    is_same = size.tokens == context.used_tokens and abs(size.at - context.at) <= SAME_REPORT_MS
    if size.at < context.at and not is_same:
        return
    context.used_tokens, context.source = size.tokens, size.source
    context.at = max(size.at, context.at)
    context.model_name = size.model_name or context.model_name


def _set_next_tokens(context: Context, size: _PromptSize) -> None:
    """Set the first prompt after a compaction."""
    if size.source == "hook" or not context.compactions:
        return
    for compaction in reversed(context.compactions):
        if compaction.at < size.at:
            if compaction.next_tokens is None:
                compaction.next_tokens = size.tokens
                if compaction.after_tokens is None:
                    compaction.after_tokens = size.tokens
            return


def _end_compaction(context: Context, at: int, payload: dict[str, Any]) -> None:
    """Apply the end of a compaction; hooks, telemetry and transcripts report the same one."""
    compaction = _compaction_at(context, at)
    compaction.trigger = compaction.trigger or text(payload.get("trigger"))
    before = amount(payload.get("pre_tokens"))
    compaction.before_tokens = _larger(compaction.before_tokens, before)
    after = amount(payload.get("post_tokens"))
    if after is not None:
        compaction.after_tokens = after
    if compaction.before_tokens is not None:
        context.peak_tokens = max(context.peak_tokens, compaction.before_tokens)
    if at >= context.at:
        _reset_size(context, compaction, at)


def _compaction_at(context: Context, at: int) -> CompactionState:
    """Return the compaction of this time; add it if it is new."""
    started, context.started = context.started, None
    same = [it for it in context.compactions if abs(it.at - at) <= SAME_REPORT_MS]
    if same:
        return min(same, key=lambda it: abs(it.at - at))
    before = context.used_tokens if at >= context.at else None
    compaction = CompactionState(at=at, before_tokens=before)
    context.compactions = [*context.compactions, compaction][-MAX_COMPACTIONS:]
    context.compactions.sort(key=lambda it: it.at)
    if started is not None:
        compaction.before_tokens = _larger(compaction.before_tokens, started.before_tokens)
        compaction.trigger = started.trigger
    return compaction


def _reset_size(context: Context, compaction: CompactionState, at: int) -> None:
    """Forget how full it was: until the next answer only the client's own report counts."""
    context.used_tokens = compaction.after_tokens
    context.source = None if compaction.after_tokens is None else "compaction"
    context.at = at


def _larger(one: int | None, other: int | None) -> int | None:
    return max((it for it in (one, other) if it is not None), default=None)


def _load(database: Database, keys: set[tuple[str, str]]) -> dict[tuple[str, str], Context]:
    rows = database.fetch(
        """
        SELECT session_id, agent_id, state FROM contexts WHERE (session_id, agent_id) IN (
            SELECT value ->> 0, value ->> 1 FROM json_each(?)
        )
        """,
        (json_list(sorted(keys)),),
    )
    return {(session_id, agent_id): context_of(state) for session_id, agent_id, state in rows}


def _forget(database: Database, deleted: Deleted) -> None:
    delete_by_session(database, "contexts", deleted)


_RELEVANT: Final = HOOKS | {STATUS_LINE, COMPACTION, API_REQUEST, USAGE}
_PROMPT_FIELDS: Final = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Context)
VIEW: Final = View(tables=TABLES, forget=_forget)
