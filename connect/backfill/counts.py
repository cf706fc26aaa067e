"""Count what an import found and did, and print the summary."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from connect.backfill.events import TranscriptEvent

MAX_REASONS: Final = 20
TOKEN_FIELDS: Final = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_input_tokens", "cache read"),
    ("cache_creation_input_tokens", "cache write"),
)


class ModelTokens(msgspec.Struct):
    """The tokens of one model's requests."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class ImportCounts:
    def __init__(self) -> None:
        self.files = self.sessions = self.bytes_read = 0
        self.events = self.imported = 0
        self.duplicates = 0
        """Already in the log."""
        self.fork_duplicates = 0
        self.too_recent = 0
        """Left for the next run."""
        self.too_old = 0
        self.by_kind: Counter[str] = Counter()
        self.tokens: dict[str, ModelTokens] = {}
        self.skipped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    def add(self, event: TranscriptEvent) -> None:
        self.events += 1
        self.by_kind.update(_KINDS.get((event.kind, event.note), ()))
        if event.kind == "usage":
            self._add_tokens(event.payload)

    def summary(self, *, is_dry_run: bool) -> Iterator[str]:
        yield (
            f"Read {self.files:,} files of {self.sessions:,} sessions "
            f"({self.bytes_read / 1_000_000:,.1f} MB)."
        )
        yield f"{', '.join(self._kind_counts())}."
        for model, tokens in sorted(self.tokens.items()):
            yield f"  {model}: {_token_counts(tokens)}"
        verb = "Would import" if is_dry_run else "Imported"
        yield f"{verb} {self.imported:,} events ({self.duplicates:,} duplicates)."
        yield from self._notes()

    def _kind_counts(self) -> Iterator[str]:
        counts = self.by_kind
        failures = (
            (counts["failures"], "failed"),
            (counts["refused"], "denied"),
            (counts["interrupted"], "interrupted"),
        )
        failed = ", ".join(f"{count:,} {outcome}" for count, outcome in failures if count)
        yield f"{counts['prompts']:,} prompts"
        yield f"{counts['calls']:,} calls{f' ({failed})' if failed else ''}"
        yield f"{counts['answers']:,} answers"
        yield f"{counts['subagents']:,} subagents"
        for kind in ("errors", "notifications"):
            if counts[kind]:
                yield f"{counts[kind]:,} {kind}"

    def _notes(self) -> Iterator[str]:
        notes = (
            (self.fork_duplicates, "events skipped: forked sessions copied them."),
            (self.too_recent, "events are too recent. The next run imports them."),
            (self.too_old, "events are older than HOOKWATCH_RETENTION_DAYS."),
        )
        yield from (f"{count:,} {text}" for count, text in notes if count)
        if self.skipped:
            yield f"Skipped: {_listed(self.skipped)}."
        if self.unknown:
            yield f"Unknown line types: {_listed(self.unknown)}."
        if self.rejected:
            yield f"Rejected by ingestd: {_listed(self.rejected)}."

    def _add_tokens(self, payload: dict[str, Any]) -> None:
        try:
            usage = _USAGE.decode(payload["usage"])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        tokens = self.tokens.setdefault(payload.get("model") or "unknown model", ModelTokens())
        tokens.requests += 1
        for name, _ in TOKEN_FIELDS:
            value = usage.get(name)
            if type(value) is int:
                setattr(tokens, name, getattr(tokens, name) + value)


def _token_counts(tokens: ModelTokens) -> str:
    counts = (f"{getattr(tokens, name):,} {noun}" for name, noun in TOKEN_FIELDS)
    return " · ".join((f"{tokens.requests:,} requests", *counts))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common(MAX_REASONS))


_KINDS: Final = {
    ("UserPromptSubmit", ""): ("prompts",),
    ("UserPromptSubmit", "notification"): ("notifications",),
    ("PreToolUse", ""): ("calls",),
    ("PostToolUseFailure", ""): ("failures",),
    ("PostToolUseFailure", "interrupted"): ("interrupted",),
    ("PostToolBatch", "rejected"): ("calls", "failures"),
    ("PostToolUseFailure", "refused"): ("refused",),
    ("PostToolBatch", "refused"): ("refused",),
    ("PostToolBatch", "refused unread"): ("calls", "refused"),
    ("SubagentStart", ""): ("subagents",),
    ("Stop", ""): ("answers",),
    ("StopFailure", ""): ("errors",),
}
_USAGE: Final = msgspec.json.Decoder(dict[str, Any])
