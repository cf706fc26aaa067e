"""Describe a request to the API, as one source reports it and as all its sources together do.

Costs are whole nano-dollars, times are ms since the epoch.
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
    """Inference was restricted to the US, which costs a tenth more."""
    web_searches: int = 0

    @property
    def prompt(self) -> int:
        """Return the tokens of the prompt, which is what fills a context."""
        return self.input + self.cache_read + self.cache_creation


Source = Literal["otlp", "transcript", "status_line"]

RANKS: Final[dict[Source, int]] = {"otlp": 0, "transcript": 1, "status_line": 2}
"""A request has the figures of its source with the lowest rank."""
MAIN_THREAD: Final = ("repl_main_thread", "sdk")


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one request as one source reports it."""

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
        """Return whether its prompt is a conversation, of the main thread or of a subagent."""
        return bool(self.agent_id) or is_main(self.query_source)


class Request(msgspec.Struct, kw_only=True):
    """Hold one API request, merged from the observations of its sources.

    A status line reports only a total: what it grew by has no tokens and does not count as a
    request.
    """

    id: int
    """The event of the first observation."""
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
    """The best source by rank."""
    cost_nanos: int | None
    """From the best source that reports a cost."""
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
    """Hold one request before and after an event."""

    before: Request | None
    after: Request | None


class ApiError(msgspec.Struct, kw_only=True):
    """Hold one error of the API."""

    id: int
    """The event that reports it."""
    at: int
    session_id: str
    prompt_id: str | None
    agent_type: str
    source_app: str | None
    model_name: str | None
    kind: str
    """Empty for exhausted retries: the error itself is another event."""
    message: str | None
    by_hook: bool


def is_main(query_source: str | None) -> bool:
    """Return whether a request is the main thread's own; old clients do not name its source."""
    return query_source is None or query_source.startswith(MAIN_THREAD)
