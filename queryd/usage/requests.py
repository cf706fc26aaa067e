"""Keep one row for each request to the API, however many sources report it, however often.

In: events. Out: a row a request; what each event did to requests, from which all sums are made.
Telemetry and transcripts share a request's id. A message that a fork copied, or that was asked
again beside the conversation, has the message id of the first. Where ids are missing, a request of
another source with the same session and the same tokens is the same.

A status line reports only a total. As long as no other source reports a session's requests, what
the total grows by is kept as a row too; the first request deletes those rows, for their cost is
also its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from queryd.store.conditions import json_list
from queryd.store.request import Observation, Request, RequestTransition
from queryd.store.store import DamagedError, Database, Row
from queryd.store.view import Deleted, View, delete_by_event, delete_by_session
from queryd.usage.event import RequestChanges, UsageEvent
from queryd.usage.prices import Prices, decoded
from queryd.usage.records import API_REQUEST, USAGE, observation_of
from queryd.usage.request_merge import is_same_request, merged, request_of
from queryd.usage.status_totals import TABLES as TOTALS_TABLES
from queryd.usage.status_totals import StatusTotals, reports_total
from shared.event import STATUS_LINE

TABLES: Final = (
    """
    CREATE TABLE price_list (text TEXT NOT NULL) STRICT;  -- the prices of transcripts' requests
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY,          -- the event of its first observation
        request_id TEXT,
        message_id TEXT,                 -- only in transcripts
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
        cache_creation_5m INTEGER,       -- null: the lifetime of cache writes is unknown
        cache_creation_1h INTEGER,
        source TEXT NOT NULL,            -- the best by rank
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


def fold(database: Database, facts: Sequence[UsageEvent]) -> list[RequestChanges]:
    """Merge each observation into its request; return what each event changed."""
    observations = _observations(database, facts)
    relevant = [
        it for it in facts if it.id in observations or it.is_project_new or reports_total(it)
    ]
    if not relevant:
        return [UNCHANGED] * len(facts)
    requests = _Requests(database, relevant, observations)
    for fact in relevant:
        requests.fold(fact)
    requests.save()
    changes = requests.changes()
    return [changes.get(fact.id, UNCHANGED) for fact in facts]


def priced_by(prices: Prices) -> str:
    """Return SQL that stores the price list in the views: other prices make other views."""
    text = msgspec.json.encode(prices.table).decode().replace("'", "''")
    return f"INSERT INTO price_list VALUES ('{text}');"


def _observations(database: Database, facts: Sequence[UsageEvent]) -> dict[int, Observation]:
    records = [it for it in facts if it.event.hook_event_type in {API_REQUEST, USAGE}]
    if not records:
        return {}
    prices = _prices(database)
    observations = {it.id: observation_of(it, prices) for it in records}
    return {event_id: it for event_id, it in observations.items() if it is not None}


class _Requests:
    """Hold the requests that a batch of facts can change."""

    def __init__(
        self,
        database: Database,
        facts: Sequence[UsageEvent],
        observations: Mapping[int, Observation],
    ) -> None:
        self._database = database
        self._observations = observations
        self._transitions: dict[int, list[RequestTransition]] = {}
        """By event."""
        self._stored: dict[int, Request] = {}
        self._by_request: dict[str, Request] = {}
        self._by_message: dict[str, Request] = {}
        self._by_session: dict[str, dict[int, Request]] = {}
        self._changed: dict[int, Request] = {}
        self._deleted: set[int] = set()
        self._totals = StatusTotals(database, {fact.event.session_id for fact in facts})
        self._load_all(facts)

    def fold(self, fact: UsageEvent) -> None:
        """Apply one event."""
        if fact.is_project_new:
            self._set_project(fact)
        if (observation := self._observations.get(fact.id)) is not None:
            self._observe(fact, observation)
        elif reports_total(fact):
            self._add_growth(fact)

    def save(self) -> None:
        """Write what changed."""
        self._totals.save()
        deleted = sorted(self._deleted - self._changed.keys())
        self._database.run_many("DELETE FROM requests WHERE id = ?", [(it,) for it in deleted])
        self._database.run_many(_SAVE, map(msgspec.structs.astuple, self._changed.values()))

    def changes(self) -> dict[int, RequestChanges]:
        """Return what each event observed and changed, if anything."""
        return {
            it: RequestChanges(self._observations.get(it), self._transitions.get(it, ()))
            for it in self._observations.keys() | self._transitions.keys()
        }

    def _observe(self, fact: UsageEvent, observation: Observation) -> None:
        observed = request_of(fact, observation)
        stored = self._find(observed)
        now = observed if stored is None else merged(stored, observed)
        if now is None:
            return
        if stored is None or stored.session_id != now.session_id:
            self._delete_growth(fact)
        self._change(fact, stored, now)

    def _add_growth(self, fact: UsageEvent) -> None:
        """Add what a status line's total grew by, unless the session has requests."""
        total = self._totals.of(fact.event.session_id)
        nanos = total.update(fact)
        if nanos and not total.has_requests:
            growth = Observation(
                source=STATUS_LINE,
                session_id=fact.event.session_id,
                at=fact.event.timestamp,
                model_name=fact.model_name,
                cost_nanos=nanos,
            )
            self._change(fact, None, request_of(fact, growth))

    def _delete_growth(self, fact: UsageEvent) -> None:
        """Delete the rows of a status line before the session's first request."""
        session_id = fact.event.session_id
        total = self._totals.of(session_id)
        if total.has_requests:
            return
        total.has_requests = True
        for stored in list(self._by_session.get(session_id, {}).values()):
            if stored.source == STATUS_LINE:
                self._change(fact, stored, None)

    def _set_project(self, fact: UsageEvent) -> None:
        for stored in list(self._by_session.get(fact.event.session_id, {}).values()):
            if stored.source_app is None:
                now = msgspec.structs.replace(stored, source_app=fact.source_app)
                self._change(fact, stored, now)

    def _find(self, observed: Request) -> Request | None:
        stored = self._by_request.get(observed.request_id or "")
        if stored is None:
            stored = self._by_message.get(observed.message_id or "")
        return self._match_by_tokens(observed) if stored is None else stored

    def _match_by_tokens(self, observed: Request) -> Request | None:
        of_session = self._by_session.get(observed.session_id, {}).values()
        matches = (it for it in of_session if is_same_request(it, observed))
        return min(matches, key=lambda it: it.id, default=None)

    def _change(self, fact: UsageEvent, before: Request | None, after: Request | None) -> None:
        self._transitions.setdefault(fact.id, []).append(RequestTransition(before, after))
        if before is not None:
            self._remove(before)
        if after is not None:
            self._add(after)
            self._changed[after.id] = after

    def _add(self, request: Request) -> None:
        self._stored[request.id] = request
        self._by_session.setdefault(request.session_id, {})[request.id] = request
        if request.request_id is not None:
            self._by_request[request.request_id] = request
        if request.message_id is not None:
            first = self._by_message.get(request.message_id)
            if first is None or first.id >= request.id:
                self._by_message[request.message_id] = request

    def _remove(self, request: Request) -> None:
        del self._stored[request.id]
        del self._by_session[request.session_id][request.id]
        self._changed.pop(request.id, None)
        self._deleted.add(request.id)

    def _load_all(self, facts: Sequence[UsageEvent]) -> None:
        """Load what the observations can match: a request without an id matches any by tokens."""
        observations = self._observations.values()
        sessions = {fact.event.session_id for fact in facts}
        complete = {it.session_id for it in observations if it.request_id is None}
        complete |= {fact.event.session_id for fact in facts if fact.is_project_new}
        self._load("request_id IN", {it.request_id for it in observations if it.request_id})
        self._load("message_id IN", {it.message_id for it in observations if it.message_id})
        self._load("request_id IS NULL AND session_id IN", sessions - complete)
        self._load("session_id IN", complete)

    def _load(self, condition: str, keys: Iterable[str]) -> None:
        ordered = sorted(keys)
        if not ordered:
            return
        rows = self._database.fetch(
            f"SELECT {COLUMNS} FROM requests WHERE {condition} (SELECT value FROM json_each(?))",
            (json_list(ordered),),
        )
        for row in rows:
            if row[0] not in self._stored:
                self._add(_from_row(row))


def _from_row(row: Row) -> Request:
    values = dict(zip(FIELDS, row, strict=True))
    return Request(**{**values, **{flag: bool(values[flag]) for flag in _FLAGS}})


def _prices(database: Database) -> Prices:
    """Return the price list that the views were folded with."""
    prices = _PRICES.get(database)
    if prices is None:
        try:
            ((text,),) = database.fetch("SELECT text FROM price_list")
            prices = _PRICES[database] = decoded(text.encode())
        except (ValueError, msgspec.DecodeError) as error:
            raise DamagedError(f"the price list cannot be read: {error}") from error
    return prices


def _forget(database: Database, deleted: Deleted) -> None:
    """Delete requests with their first or last event; sums remain."""
    if not deleted.payload_only:
        delete_by_event(database, "requests", "id", deleted)
        delete_by_event(database, "requests", "last_event_id", deleted)
    delete_by_session(database, "status_totals", deleted)


_FLAGS: Final = ("in_otlp", "in_transcript")
_PRICES: Final = WeakKeyDictionary[Database, Prices]()
_SAVE: Final = f"""
    INSERT OR REPLACE INTO requests ({COLUMNS}) VALUES ({", ".join("?" * len(FIELDS))})
"""
VIEW: Final = View(tables=TABLES, forget=_forget)
