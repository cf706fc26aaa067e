"""Generate the records of a session's requests: telemetry, its status line, its transcript.

Of three sessions one sends telemetry and a status line, one telemetry alone, one was backfilled
from its transcript. Each request's prompt is a little larger than the last, mostly cached, until
compaction.
"""

from random import Random
from typing import Final

import msgspec

from bench.generator.outcomes import LogNormal

Row = tuple[int, int, str, str, str | None, str | None, str | None, str | None, str | None, str]
"""timestamp, received_at, session_id, hook_event_type, source_app, model_name, tool_name,
tool_use_id, agent_id, payload"""

SHARE: Final = 4
"""One event of so many is a record."""
LEAST: Final = 8
"""A session of less than this sends none."""
AFTER: Final = frozenset({"PostToolBatch", "Stop", "SubagentStop", "StopFailure"})
"""A request has been answered by then."""
STYLES: Final = (
    ("api_request", "status_line"),
    ("api_request", "api_request"),
    ("usage", "usage"),
)
COMPACT_AT: Final = 160_000
ERRORS: Final = 0.01
OUTPUT: Final = LogNormal(250, 1.0, least=5, most=20_000)
GROWTH: Final = LogNormal(900, 1.0, least=40, most=30_000)
TOOK_MS: Final = LogNormal(3_500, 0.7, least=300, most=180_000)


class ThreadContext(msgspec.Struct):
    """Hold how large the prompt of a thread is."""

    cached: int = 18_000


class RecordGenerator:
    def __init__(self, rng: Random, model: str) -> None:
        self._rng = rng
        self._model = model
        self._style = STYLES[int(rng.random() * len(STYLES))]
        self._threads: dict[str | None, ThreadContext] = {}
        self._usd = 0.0
        self._number = 0
        self._week = rng.random() * 60

    def interleaved(self, rows: list[Row], count: int) -> list[Row]:
        """Return the rows with so many records among them."""
        places = [number for number, row in enumerate(rows) if row[3] in AFTER] or [len(rows) - 1]
        per_place = [count // len(places) + (at < count % len(places)) for at in range(len(places))]
        counts = dict(zip(places, per_place, strict=True))
        interleaved: list[Row] = []
        for number, row in enumerate(rows):
            interleaved.append(row)
            interleaved += [self._record(row) for _ in range(counts.get(number, 0))]
        return interleaved

    def _record(self, row: Row) -> Row:
        self._number += 1
        kind = self._style[self._number % 2]
        if kind == "api_request" and self._rng.random() < ERRORS:
            return self._row(row, "api_error", self._error())
        thread = self._threads.setdefault(row[8], ThreadContext())
        if thread.cached > COMPACT_AT:
            thread.cached = 20_000
        match kind:
            case "api_request":
                return self._row(row, kind, self._request(row, thread))
            case "status_line":
                return self._row(row, kind, self._status(row, thread), is_main=True)
            case _:
                return self._row(row, kind, self._usage(row, thread))

    def _row(self, row: Row, kind: str, payload: object, *, is_main: bool = False) -> Row:
        text = msgspec.json.encode(payload).decode()
        agent_id = None if is_main else row[8]
        app = row[4] if kind in {"status_line", "usage"} else None  # telemetry names none
        return (row[0], row[1], row[2], kind, app, self._model, None, None, agent_id, text)

    def _tokens(self, thread: ThreadContext) -> tuple[int, int, int, int]:
        grown, output = GROWTH.draw(self._rng), OUTPUT.draw(self._rng)
        read, thread.cached = thread.cached, thread.cached + grown
        self._usd += (read * 0.2 + grown * 5 + output * 20) / 1e6
        return 4 + grown % 12, output, read, grown

    def _request(self, row: Row, thread: ThreadContext) -> dict[str, object]:
        given, output, read, written = self._tokens(thread)
        cost = (given * 4 + read * 0.2 + written * 5 + output * 20) / 1e6
        took_ms = TOOK_MS.draw(self._rng)
        source = "repl_main_thread" if row[8] is None else "agent:builtin:Explore"
        return {
            "session.id": row[2],
            "event.name": "api_request",
            "model": self._model,
            "input_tokens": given,
            "output_tokens": output,
            "cache_read_tokens": read,
            "cache_creation_tokens": written,
            "cost_usd": cost,
            "duration_ms": took_ms,
            "ttft_ms": took_ms // 4,
            "request_id": f"req_{self._rng.getrandbits(96):024x}",
            "speed": "normal",
            "query_source": source,
            **({} if row[8] is None else {"agent_id": row[8]}),
            "resource": {"service.name": "claude-code", "service.version": "2.1.330"},
        }

    def _usage(self, row: Row, thread: ThreadContext) -> dict[str, object]:
        given, output, read, written = self._tokens(thread)
        return {
            "session_id": row[2],
            "message_id": f"msg_{self._rng.getrandbits(96):024x}",
            "request_id": f"req_{self._rng.getrandbits(96):024x}",
            "model": self._model,
            "is_sidechain": row[8] is not None,
            "usage": {
                "input_tokens": given,
                "output_tokens": output,
                "cache_read_input_tokens": read,
                "cache_creation_input_tokens": written,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": written,
                    "ephemeral_1h_input_tokens": 0,
                },
                "speed": "standard",
            },
        }

    def _status(self, row: Row, thread: ThreadContext) -> dict[str, object]:
        seconds = row[0] // 1000
        used = seconds % 18_000 / 250
        return {
            "session_id": row[2],
            "model": {"id": self._model, "display_name": self._model},
            "cost": {"total_cost_usd": round(self._usd, 6), "total_duration_ms": 1_000},
            "context_window": {
                "context_window_size": 1_000_000,
                "current_usage": {
                    "input_tokens": 4,
                    "output_tokens": 90,
                    "cache_creation_input_tokens": 300,
                    "cache_read_input_tokens": thread.cached,
                },
            },
            "rate_limits": {
                "five_hour": {
                    "used_percentage": round(used, 1),
                    "resets_at": seconds // 18_000 * 18_000 + 18_000,
                },
                "seven_day": {
                    "used_percentage": round(self._week, 1),
                    "resets_at": seconds // 604_800 * 604_800 + 604_800,
                },
            },
        }

    def _error(self) -> dict[str, object]:
        status, message = (
            (529, "Overloaded") if self._rng.random() < 0.7 else (429, "This exceeds your limit")
        )
        return {
            "event.name": "api_error",
            "model": self._model,
            "error": message,
            "status_code": status,
            "attempt": 11,
            "query_source": "repl_main_thread",
        }


def count_of(events: int) -> int:
    """Return how many of a session's events are records."""
    return events // SHARE if events >= LEAST else 0
