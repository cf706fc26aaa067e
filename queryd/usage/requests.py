"""Keep one row for each request to the API, whichever sources report it, however often.

In: events. Out: a row a request; what each event did to requests, from which all sums are made.
Telemetry and transcripts name the same request by its id; a message that a fork copied, or that was
asked again beside the conversation, has the id of the first. Where ids are missing, a request of
the same session with the same tokens, of the other source, is the same.

A status line reports only a total. As long as nothing else reports a session's requests, what the
total grows by is kept as a row too; with the first request those rows go, for it is counted once.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from queryd.store.request import Observation, Request, RequestTransition
from queryd.store.store import DamagedError, Database
from queryd.store.view import Deleted, View, delete_by_event, delete_by_session
from queryd.usage.event import RequestChanges, UsageEvent
from queryd.usage.prices import Prices, decoded
from queryd.usage.records import API_REQUEST, SUBAGENT, USAGE, observation_of
from queryd.usage.status_totals import TABLES as TOTALS_TABLES
from queryd.usage.status_totals import Totals, reports_total
from shared.event import STATUS_LINE

TABLES: Final = (
    """
    CREATE TABLE price_list (text TEXT NOT NULL) STRICT;  -- by which transcripts were priced
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY,          -- the first event that reported it
        request_id TEXT,
        message_id TEXT,                 -- only transcripts name it
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,          -- '' for the main thread
        agent_type TEXT NOT NULL,
        source_app TEXT,
        model_name TEXT,
        at INTEGER NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        cache_read INTEGER NOT NULL,
        cache_creation INTEGER NOT NULL,
        cache_creation_5m INTEGER,       -- null: the lifetime of writes is not reported
        cache_creation_1h INTEGER,
        source TEXT NOT NULL,
        cost_nanos INTEGER,              -- null: unpriced
        otlp_nanos INTEGER,
        transcript_nanos INTEGER,
        in_otlp INTEGER NOT NULL,
        in_transcript INTEGER NOT NULL,
        duration_ms INTEGER,
        ttft_ms INTEGER,
        query_source TEXT,
        speed TEXT,
        last_event_id INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX requests_by_request ON requests (request_id) WHERE request_id IS NOT NULL;
    CREATE INDEX requests_by_message ON requests (message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX requests_of_session ON requests (session_id, at);
    CREATE INDEX requests_at ON requests (at);
    CREATE INDEX requests_last ON requests (last_event_id);
    CREATE INDEX requests_nameless ON requests (session_id) WHERE request_id IS NULL;
"""
    + TOTALS_TABLES
)

FIELDS: Final = Request.__struct_fields__
COLUMNS: Final = ", ".join(FIELDS)
UNCHANGED: Final = RequestChanges()
_FLAGS: Final = ("in_otlp", "in_transcript")


def fold(database: Database, facts: Sequence[UsageEvent]) -> list[RequestChanges]:
    """Take each record into its request; return what that changed."""
    relevant = [it for it in facts if it.event.hook_event_type in _RECORDS or it.is_project_new]
    if not relevant:
        return [UNCHANGED] * len(facts)
    prices = _prices(database)
    observations = {fact.id: observation_of(fact, prices) for fact in relevant}
    changing = [
        it for it in relevant if observations[it.id] or it.is_project_new or reports_total(it)
    ]
    if not changing:
        return [UNCHANGED] * len(facts)
    requests = _Requests(database, changing, [it for it in observations.values() if it is not None])
    for fact in changing:
        if fact.is_project_new:
            requests.move(fact)
        if (seen := observations[fact.id]) is not None:
            requests.observe(fact, seen)
        else:
            requests.add_growth(fact)
    requests.save()
    return [
        RequestChanges(observations.get(fact.id), requests.transitions.get(fact.id, ()))
        if fact.id in observations
        else UNCHANGED
        for fact in facts
    ]


def priced_by(prices: Prices) -> str:
    """Return the SQL that keeps a price list in the views: another list makes other views."""
    text = msgspec.json.encode(prices.table).decode().replace("'", "''")
    return f"INSERT INTO price_list VALUES ('{text}');"


def request_of(row: tuple[Any, ...]) -> Request:
    """Return the request of one row of `COLUMNS`."""
    given = dict(zip(FIELDS, row, strict=True))
    return Request(**{**given, **{flag: bool(given[flag]) for flag in _FLAGS}})


class _Requests:
    """Hold the requests that the facts at hand can touch."""

    def __init__(
        self, database: Database, facts: Sequence[UsageEvent], observations: Sequence[Observation]
    ) -> None:
        self._database = database
        self.transitions: dict[int, list[RequestTransition]] = {}
        """What events did to requests."""
        self._rows: dict[int, Request] = {}
        self._by_request: dict[str, Request] = {}
        self._by_message: dict[str, Request] = {}
        self._by_session: dict[str, dict[int, Request]] = {}
        self._changed: dict[int, Request] = {}
        self._discarded: set[int] = set()
        sessions = {fact.event.session_id for fact in facts}
        whole = {it.session_id for it in observations if it.request_id is None}
        whole |= {fact.event.session_id for fact in facts if fact.is_project_new}
        self._totals = Totals(database, sessions)
        self._load("request_id IN", {it.request_id for it in observations if it.request_id})
        self._load("message_id IN", {it.message_id for it in observations if it.message_id})
        # Of most sessions none: a request without an id is compared with all, all with it.
        self._load("request_id IS NULL AND session_id IN", sessions - whole)
        self._load("session_id IN", whole)

    def observe(self, fact: UsageEvent, seen: Observation) -> None:
        """Merge one source's observation into its request."""
        known = self._known(seen)
        app = fact.source_app
        now = _request(fact, seen, app) if known is None else _with(known, fact, seen, app)
        if now is None:
            return
        if known is None or known.session_id != now.session_id:
            self._drop_growth(fact)
        self._change(fact, known, now)

    def add_growth(self, fact: UsageEvent) -> None:
        """Apply a status line's total: its growth is a row while no better source reports any."""
        total = self._totals.of(fact.event.session_id)
        grown = total.take(fact)
        if grown and not total.has_requests:
            self._change(fact, None, _growth(fact, grown))

    def move(self, fact: UsageEvent) -> None:
        """Give a session's requests the project that was not known before."""
        for known in list(self._by_session.get(fact.event.session_id, {}).values()):
            if known.source_app is None:
                now = msgspec.structs.replace(known, source_app=fact.source_app)
                self._change(fact, known, now)

    def save(self) -> None:
        """Write what changed."""
        self._totals.save()
        discarded = sorted(self._discarded - self._changed.keys())
        self._database.run_many("DELETE FROM requests WHERE id = ?", [(it,) for it in discarded])
        self._database.run_many(_SAVE, map(msgspec.structs.astuple, self._changed.values()))

    def _drop_growth(self, fact: UsageEvent) -> None:
        """From now on take the session's cost from its requests."""
        session_id = fact.event.session_id
        total = self._totals.of(session_id)
        if not total.has_requests:
            total.has_requests = True
            for known in list(self._by_session.get(session_id, {}).values()):
                if known.source == "status_line":
                    self._change(fact, known, None)

    def _known(self, seen: Observation) -> Request | None:
        found = self._by_request.get(seen.request_id or "")
        if found is None:
            found = self._by_message.get(seen.message_id or "")
        return self._match_by_tokens(seen) if found is None else found

    def _match_by_tokens(self, seen: Observation) -> Request | None:
        """Return the request of the other source that has no id in common with this one."""
        matches = [
            known
            for known in self._by_session.get(seen.session_id, {}).values()
            if (known.request_id is None or seen.request_id is None)
            and _has_same_tokens(known, seen)
        ]
        return min(matches, key=lambda known: known.id, default=None)

    def _change(self, fact: UsageEvent, was: Request | None, now: Request | None) -> None:
        self.transitions.setdefault(fact.id, []).append(RequestTransition(was, now))
        if was is not None:
            self._discard(was)
        if now is not None:
            self._hold(now)
            self._changed[now.id] = now

    def _hold(self, request: Request) -> None:
        self._rows[request.id] = request
        self._by_session.setdefault(request.session_id, {})[request.id] = request
        if request.request_id is not None:
            self._by_request[request.request_id] = request
        if request.message_id is not None:
            held = self._by_message.get(request.message_id)
            if held is None or held.id >= request.id:
                self._by_message[request.message_id] = request

    def _discard(self, request: Request) -> None:
        del self._rows[request.id]
        del self._by_session[request.session_id][request.id]
        self._changed.pop(request.id, None)
        self._discarded.add(request.id)

    def _load(self, where: str, keys: Iterable[str]) -> None:
        wanted = sorted(keys)
        if not wanted:
            return
        rows = self._database.fetch(
            f"SELECT {COLUMNS} FROM requests WHERE {where} (SELECT value FROM json_each(?))",
            (msgspec.json.encode(wanted).decode(),),
        )
        for row in rows:
            if row[0] not in self._rows:
                self._hold(request_of(row))


def _request(fact: UsageEvent, seen: Observation, app: str | None) -> Request:
    """Return a new request."""
    usage, by_otlp = seen.usage, seen.source == "otlp"
    return Request(
        id=fact.id,
        request_id=seen.request_id,
        message_id=seen.message_id,
        session_id=seen.session_id,
        agent_id=seen.agent_id,
        agent_type=(seen.agent_type or SUBAGENT) if seen.agent_id else seen.agent_type or "",
        source_app=app,
        model_name=seen.model_name,
        at=seen.at,
        input=usage.input,
        output=usage.output,
        cache_read=usage.cache_read,
        cache_creation=usage.cache_creation,
        cache_creation_5m=usage.cache_creation_5m,
        cache_creation_1h=usage.cache_creation_1h,
        source=seen.source,
        cost_nanos=seen.cost_nanos,
        otlp_nanos=seen.cost_nanos if by_otlp else None,
        transcript_nanos=None if by_otlp else seen.cost_nanos,
        in_otlp=by_otlp,
        in_transcript=not by_otlp,
        duration_ms=seen.duration_ms,
        ttft_ms=seen.ttft_ms,
        query_source=seen.query_source,
        speed=seen.speed,
        last_event_id=fact.id,
    )


def _with(known: Request, fact: UsageEvent, seen: Observation, app: str | None) -> Request | None:
    """Return a request with another observation of it; None if it adds nothing."""
    if seen.source == "otlp":
        return None if known.in_otlp else _by_telemetry(known, fact, seen, app)
    if not known.in_transcript:
        return _also_in_transcript(known, fact, seen)
    # A growing message is reported repeatedly; its last usage counts, from its first time.
    grew = seen.usage.output > known.output if not known.in_otlp else False
    return _grown_message(known, fact, seen) if grew else None


def _by_telemetry(known: Request, fact: UsageEvent, seen: Observation, app: str | None) -> Request:
    """Let telemetry's word stand, with what only the transcript knows."""
    made = _request(fact, seen, app)
    return msgspec.structs.replace(
        made,
        id=known.id,
        request_id=seen.request_id or known.request_id,
        message_id=known.message_id,
        agent_type=seen.agent_type or known.agent_type or made.agent_type,
        source_app=app or known.source_app,
        cache_creation_5m=_either(made.cache_creation_5m, known.cache_creation_5m),
        cache_creation_1h=_either(made.cache_creation_1h, known.cache_creation_1h),
        cost_nanos=_either(seen.cost_nanos, known.transcript_nanos),
        transcript_nanos=known.transcript_nanos,
        in_transcript=known.in_transcript,
    )


def _also_in_transcript(known: Request, fact: UsageEvent, seen: Observation) -> Request:
    return msgspec.structs.replace(
        known,
        request_id=known.request_id or seen.request_id,
        message_id=known.message_id or seen.message_id,
        cache_creation_5m=_either(known.cache_creation_5m, seen.usage.cache_creation_5m),
        cache_creation_1h=_either(known.cache_creation_1h, seen.usage.cache_creation_1h),
        cost_nanos=_either(known.cost_nanos, seen.cost_nanos),
        transcript_nanos=seen.cost_nanos,
        in_transcript=True,
        last_event_id=fact.id,
    )


def _grown_message(known: Request, fact: UsageEvent, seen: Observation) -> Request:
    usage = seen.usage
    return msgspec.structs.replace(
        known,
        input=usage.input,
        output=usage.output,
        cache_read=usage.cache_read,
        cache_creation=usage.cache_creation,
        cache_creation_5m=usage.cache_creation_5m,
        cache_creation_1h=usage.cache_creation_1h,
        cost_nanos=seen.cost_nanos,
        transcript_nanos=seen.cost_nanos,
        last_event_id=fact.id,
    )


def _growth(fact: UsageEvent, nanos: int) -> Request:
    """Return, as a row, what a status line's total grew by."""
    seen = Observation(
        source="status_line",
        session_id=fact.event.session_id,
        at=fact.event.timestamp,
        model_name=fact.model_name,
        cost_nanos=nanos,
    )
    made = _request(fact, seen, fact.source_app)
    return msgspec.structs.replace(made, transcript_nanos=None, in_transcript=False)


def _has_same_tokens(known: Request, seen: Observation) -> bool:
    """Match observations of different sources by their token counts: they share no id."""
    if known.source == "status_line":
        return False
    if known.in_otlp if seen.source == "otlp" else known.in_transcript:
        return False
    usage = seen.usage
    return (known.input, known.output, known.cache_read, known.cache_creation) == (
        usage.input,
        usage.output,
        usage.cache_read,
        usage.cache_creation,
    )


def _either(first: int | None, second: int | None) -> int | None:
    return second if first is None else first


def _prices(database: Database) -> Prices:
    """Return the price list the views were made with."""
    found = _PRICES.get(database)
    if found is None:
        try:
            ((text,),) = database.fetch("SELECT text FROM price_list")
            found = _PRICES[database] = decoded(text.encode())
        except (ValueError, msgspec.DecodeError) as error:
            raise DamagedError(f"the price list cannot be read: {error}") from error
    return found


def _forget(database: Database, deleted: Deleted) -> None:
    """Delete requests with the first or the last event that named them; sums outlive them."""
    if not deleted.payload_only:
        delete_by_event(database, "requests", "id", deleted)
        delete_by_event(database, "requests", "last_event_id", deleted)
    delete_by_session(database, "status_totals", deleted)


_RECORDS: Final = frozenset({API_REQUEST, USAGE, STATUS_LINE, "SessionStart"})
_PRICES: Final = WeakKeyDictionary[Database, Prices]()
_SAVE: Final = f"""
    INSERT OR REPLACE INTO requests ({COLUMNS}) VALUES ({", ".join("?" * len(FIELDS))})
"""
VIEW: Final = View(tables=TABLES, forget=_forget)
