"""Hold what a request to the API used: as one source observed it, and merged from all sources.

Views pass these on to each other. Costs are whole nano-dollars.
"""

from typing import Final, Literal

import msgspec


class TokenUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what an answer used, as the API counted it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    cache_creation_5m: int | None = None
    cache_creation_1h: int | None = None
    is_fast: bool = False
    in_us: bool = False
    """Inference was asked to stay in the US, which costs a tenth more."""
    web_searches: int = 0

    @property
    def prompt(self) -> int:
        """Return the tokens of the prompt, which is what fills a context."""
        return self.input + self.cache_read + self.cache_creation


Source = Literal["otlp", "transcript", "status_line"]

MAIN_THREAD: Final = ("repl_main_thread", "sdk")


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one request as one source observed it."""

    source: Source
    session_id: str
    at: int
    agent_id: str = ""
    agent_type: str | None = None
    request_id: str | None = None
    message_id: str | None = None
    model_name: str | None = None
    usage: TokenUsage = TokenUsage()
    cost_nanos: int | None = None
    duration_ms: int | None = None
    ttft_ms: int | None = None
    query_source: str | None = None
    speed: str | None = None

    @property
    def fills_context(self) -> bool:
        """Return whether its prompt is the conversation of the main thread or a subagent."""
        return bool(self.agent_id) or is_main(self.query_source)


class Request(msgspec.Struct, kw_only=True):
    """Hold what is known of one API request; times are ms since the epoch, costs nano-dollars.

    One that is known from a status line's total alone has no tokens, and does not count.
    """

    id: int
    """The first event that reported it."""
    request_id: str | None
    message_id: str | None
    session_id: str
    agent_id: str
    agent_type: str
    """Empty for the main thread."""
    source_app: str | None
    model_name: str | None
    at: int
    input: int
    output: int
    cache_read: int
    cache_creation: int
    cache_creation_5m: int | None
    cache_creation_1h: int | None
    source: Source
    """The best source that observed it."""
    cost_nanos: int | None
    """By that source or, if it names none, by another."""
    otlp_nanos: int | None
    transcript_nanos: int | None
    in_otlp: bool
    in_transcript: bool
    duration_ms: int | None
    ttft_ms: int | None
    query_source: str | None
    speed: str | None
    last_event_id: int


class RequestTransition(msgspec.Struct, frozen=True):
    """Report what an event did to a request."""

    before: Request | None
    after: Request | None


class ApiError(msgspec.Struct, kw_only=True):
    """Hold one error of the API."""

    id: int
    """The event that reported it."""
    at: int
    session_id: str
    prompt_id: str | None
    agent_type: str
    source_app: str | None
    model_name: str | None
    kind: str
    """Empty for exhausted retries: the error itself is reported separately."""
    message: str | None
    by_hook: bool


def is_main(query_source: str | None) -> bool:
    """Return whether a request is the main thread's own; old clients do not say."""
    return query_source is None or query_source.startswith(MAIN_THREAD)
