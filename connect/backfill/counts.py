"""Count what was found and what became of it, and sum it up in words."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from connect.backfill.events import Draft

_COUNTS: Final = {
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
TOKENS: Final = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_input_tokens", "from the cache"),
    ("cache_creation_input_tokens", "into the cache"),
)


class Tokens(msgspec.Struct):
    """Sum up what one model's messages used."""

    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0


class Tally:
    """Count over one run; `kept_back` are events that the next one will send."""

    def __init__(self) -> None:
        self.files = self.sessions = self.bytes_read = 0
        self.found: Counter[str] = Counter()
        self.tokens: dict[str, Tokens] = {}
        self.events = self.already_there = self.copies = self.kept_back = self.too_old = 0
        self.new = 0
        self.skipped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def read(self, count: int) -> None:
        """Count bytes."""
        self.bytes_read += count

    def take(self, draft: Draft) -> None:
        """Count an event that is some session's own."""
        self.events += 1
        self.found.update(_COUNTS.get((draft.kind, draft.note), ()))
        if draft.kind == "usage":
            self._add_tokens(draft.payload)

    def lines(self, *, is_dry: bool) -> Iterator[str]:
        """Sum it up."""
        found = self.found
        yield f"Read {self.files:,} files of {self.sessions:,} sessions, {_size(self.bytes_read)}."
        kinds = ("prompts", "calls", "failures", "answers", "subagents")
        more = ("refused", "interrupted", "errors", "notifications")
        told = [f"{found[kind]:,} {kind}" for kind in kinds]
        told += [f"{found[kind]:,} {kind}" for kind in more if found[kind]]
        yield f"Found {', '.join(told)}."
        for model, tokens in sorted(self.tokens.items()):
            yield f"  {model}: {_tokens(tokens)}"
        verb = "Would store" if is_dry else "Stored"
        yield f"{verb} {self.new:,} events; {self.already_there:,} were there already."
        yield from self._asides()

    def _asides(self) -> Iterator[str]:
        asides = (
            (self.copies, "copies of other sessions' lines, in forks, were passed over."),
            (self.kept_back, "events of just now are left for the next run."),
            (self.too_old, "events are older than ingestd keeps (HOOKWATCH_RETENTION_DAYS)."),
        )
        yield from (f"{count:,} {words}" for count, words in asides if count)
        if self.skipped:
            yield f"Skipped: {_listed(self.skipped)}."
        if self.unknown:
            yield f"Lines of types nobody knows: {_listed(self.unknown)}."
        if self.refused:
            yield f"Refused by ingestd: {_listed(self.refused)}."

    def _add_tokens(self, payload: dict[str, Any]) -> None:
        try:
            told = _USAGE.decode(payload["usage"])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        tokens = self.tokens.setdefault(payload.get("model") or "unknown model", Tokens())
        tokens.messages += 1
        for name, _ in TOKENS:
            value = told.get(name)
            if type(value) is int:
                setattr(tokens, name, getattr(tokens, name) + value)


def _tokens(tokens: Tokens) -> str:
    counts = ", ".join(f"{getattr(tokens, name):,} {noun}" for name, noun in TOKENS)
    return f"{counts} ({tokens.messages:,} answers of the API)"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common(20))


def _size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


_USAGE: Final = msgspec.json.Decoder(dict[str, Any])
