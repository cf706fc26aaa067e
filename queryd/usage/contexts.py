"""Follow how full the context of each session and of each subagent is.

In: facts and their requests. Out: a row a thread: the last prompt's size and who reported
it, the most there ever was, windows as the client reported them, and the compactions.

What counts is the prompt of the last answer: input and cache, output excluded. The newest word
stands, by its own time; the same figure again, from a worse source, changes nothing. A thread that
was compacted has no known size until its next answer, but for what the client says it was left.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

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
RANKS: Final[dict[str, int]] = {
    "status_line": 0,
    "otlp": 1,
    "transcript": 2,
    "compaction": 3,
    "hook": 4,
}
ONE_MS: Final = 60_000
"""Reports of a compaction within this time are of the same one."""
MOST_COMPACTIONS: Final = 50
HOOKS: Final = frozenset({"SessionStart", "PostModelSwitch", "PreCompact", "PostCompact"})


class CompactionState(msgspec.Struct, kw_only=True):
    """Hold one compaction as far as it was reported; `at` in ms since the epoch."""

    at: int
    before_tokens: int | None = None
    """The larger of the last prompt before it and what the client says: of one that was asked for,
    its telemetry counts the messages alone."""
    after_tokens: int | None = None
    """What the client says was left of the messages; else the next prompt."""
    next_tokens: int | None = None
    """The first prompt after it: what was left, the system's own part, and what was asked."""
    trigger: str | None = None


class Context(msgspec.Struct, kw_only=True):
    """Hold what is known of a thread's context."""

    used_tokens: int | None = None
    source: ContextSource | None = None
    at: int = 0
    model_name: str | None = None
    peak_tokens: int = 0
    windows: dict[str, int] = msgspec.field(default_factory=dict)
    """As the client reported them, by model."""
    with_million: list[str] = msgspec.field(default_factory=list)
    """Models that were named with `[1m]`."""
    compactions: list[CompactionState] = msgspec.field(default_factory=list)
    started: CompactionState | None = None
    """One that started and whose end was not reported."""


class _Seen(msgspec.Struct, frozen=True):
    """Hold one word of how large a prompt was."""

    tokens: int
    source: ContextSource
    at: int
    model_name: str | None


def fold(
    database: Database, facts: Sequence[UsageEvent], request_changes: Sequence[RequestChanges]
) -> None:
    """Take each event into the context of its session or subagent."""
    relevant = [
        (fact, changes.observation, (fact.event.session_id, _agent_of(fact, changes.observation)))
        for fact, changes in zip(facts, request_changes, strict=True)
        if fact.event.hook_event_type in _RELEVANT and _is_relevant(fact, changes.observation)
    ]
    if not relevant:
        return
    contexts = _load(database, {key for _, _, key in relevant})
    changed: dict[tuple[str, str], int] = {}
    for fact, seen, key in relevant:
        _take(contexts.setdefault(key, Context()), fact, seen)
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


def _is_relevant(fact: UsageEvent, seen: Observation | None) -> bool:
    kind = fact.event.hook_event_type
    if seen is not None:
        return seen.fills_context
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


def _agent_of(fact: UsageEvent, seen: Observation | None) -> str:
    return fact.agent_id if seen is None else seen.agent_id


def _take(context: Context, fact: UsageEvent, seen: Observation | None) -> None:
    _name_model(context, fact.event.model_name)
    if seen is not None:
        source: ContextSource = "otlp" if seen.source == "otlp" else "transcript"
        _see(context, _Seen(seen.usage.prompt, source, seen.at, seen.model_name))
        return
    given, at = fact.payload, fact.event.timestamp
    match fact.event.hook_event_type:
        case "status_line":
            _take_status_line(context, given, at)
        case "compaction":
            if given.get("success") not in {"false", False}:
                _compacted(context, at, given)
        case "PreCompact":
            context.started = CompactionState(
                at=at, before_tokens=context.used_tokens, trigger=text(given.get("trigger"))
            )
        case "PostCompact":
            _compacted(context, at, given)
        case "SessionStart" if given.get("source") == "compact":
            _compacted(context, at, {})
        case _:
            _take_hook(context, fact)


def _take_hook(context: Context, fact: UsageEvent) -> None:
    """Take a hook's figure, which counts the answer in: where nothing better was reported."""
    tokens, at = amount(fact.payload.get("context_tokens")), fact.event.timestamp
    if tokens and context.source in {None, "hook"}:
        _see(context, _Seen(tokens, "hook", at, fact.event.model_name or fact.model_name))
    elif fact.event.model_name and at >= context.at:
        context.model_name = fact.event.model_name


def _name_model(context: Context, model: str | None) -> None:
    """Note a model that is said to have a million tokens."""
    if model is not None and model.endswith(SUFFIX):
        base = base_model(model)
        if base not in context.with_million:
            context.with_million = [*context.with_million, base]


def _take_status_line(context: Context, given: dict[str, Any], at: int) -> None:
    window = fields(given.get("context_window"))
    model = text(fields(given.get("model")).get("id"))
    size = amount(window.get("context_window_size"))
    if model is not None and size:
        base = base_model(model)
        if context.windows.get(base) != size:
            context.windows = {**context.windows, base: size}
    usage = fields(window.get("current_usage"))
    tokens = sum(amount(usage.get(name)) or 0 for name in _PROMPT)
    if tokens:  # before the first answer, and after a compaction, it is null or all zeros
        _see(context, _Seen(tokens, "status_line", at, model))
    elif model is not None and at >= context.at:
        context.model_name = model


def _see(context: Context, seen: _Seen) -> None:
    """Let the newest word stand, by its own time."""
    _after_compaction(context, seen)
    if seen.source != "hook":
        context.peak_tokens = max(context.peak_tokens, seen.tokens)
    rank = RANKS[seen.source]
    known = RANKS[context.source] if context.source is not None else len(RANKS)
    if seen.tokens == context.used_tokens and rank >= known:
        if seen.at > context.at and rank == known:
            context.at, context.model_name = seen.at, seen.model_name
        return
    is_same = seen.tokens == context.used_tokens and abs(seen.at - context.at) <= ONE_MS
    if seen.at < context.at and not is_same:
        return
    context.used_tokens, context.source = seen.tokens, seen.source
    context.at = max(seen.at, context.at)
    context.model_name = seen.model_name or context.model_name


def _after_compaction(context: Context, seen: _Seen) -> None:
    """Record the first prompt after a compaction."""
    if seen.source == "hook" or not context.compactions:
        return
    for compaction in reversed(context.compactions):
        if compaction.at < seen.at:
            if compaction.next_tokens is None:
                compaction.next_tokens = seen.tokens
                if compaction.after_tokens is None:
                    compaction.after_tokens = seen.tokens
            return


def _compacted(context: Context, at: int, given: dict[str, Any]) -> None:
    """Apply the end of a compaction; hooks, telemetry and transcripts report the same one."""
    found = min(
        (it for it in context.compactions if abs(it.at - at) <= ONE_MS),
        key=lambda it: abs(it.at - at),
        default=None,
    )
    started, context.started = context.started, None
    if found is None:
        before = context.used_tokens if at >= context.at else None
        found = CompactionState(at=at, before_tokens=before)
        context.compactions = [*context.compactions, found][-MOST_COMPACTIONS:]
        context.compactions.sort(key=lambda it: it.at)
        if started is not None:
            found.before_tokens = _most(found.before_tokens, started.before_tokens)
            found.trigger = started.trigger
    found.trigger = found.trigger or text(given.get("trigger"))
    found.before_tokens = _most(found.before_tokens, amount(given.get("pre_tokens")))
    after = amount(given.get("post_tokens"))
    if after is not None:
        found.after_tokens = after
    if found.before_tokens is not None:
        context.peak_tokens = max(context.peak_tokens, found.before_tokens)
    if at >= context.at:
        _shrink(context, found, at)


def _shrink(context: Context, compaction: CompactionState, at: int) -> None:
    """Forget how full it was: until the next answer only the client's own report counts."""
    context.used_tokens = compaction.after_tokens
    context.source = None if compaction.after_tokens is None else "compaction"
    context.at = at


def _most(one: int | None, other: int | None) -> int | None:
    return max((it for it in (one, other) if it is not None), default=None)


def _load(database: Database, keys: set[tuple[str, str]]) -> dict[tuple[str, str], Context]:
    rows = database.fetch(
        """
        SELECT session_id, agent_id, state FROM contexts WHERE (session_id, agent_id) IN (
            SELECT value ->> 0, value ->> 1 FROM json_each(?)
        )
        """,
        (msgspec.json.encode(sorted(keys)).decode(),),
    )
    return {(session_id, agent_id): context_of(state) for session_id, agent_id, state in rows}


def _forget(database: Database, deleted: Deleted) -> None:
    delete_by_session(database, "contexts", deleted)


_RELEVANT: Final = HOOKS | {STATUS_LINE, COMPACTION, API_REQUEST, USAGE}
_PROMPT: Final = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Context)
VIEW: Final = View(tables=TABLES, forget=_forget)
