"""What Claude Code reports beside hooks: requests with tokens and cost, the status line.

A request is made before the first tool call or message after a prompt, a batch of results, or an
agent's start. Its prompt is what the thread has read so far, which a compaction shortens.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from connect.demo.bodies import WORKTREES
from connect.demo.models import MODELS, DemoModel, agent_model
from connect.demo.records import CLIENT_VERSION, DemoRecord, telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.demo.account import Account
    from connect.demo.bodies import Body
    from connect.demo.story import StoryEvent
    from connect.demo.timing import Span

STARTS = frozenset({"UserPromptSubmit", "SubagentStart", "PostToolBatch"})
ANSWERS = frozenset({"PreToolUse", "MessageDisplay", "Stop", "SubagentStop"})
SHOWS_STATUS = frozenset({"SessionStart", "PostCompact", "PostModelSwitch"})
CACHE_MS = 300_000
RETRIED = 0.015
"""How often a request fails and succeeds when it is repeated."""
MISSED = 0.02
"""How often the cache is lost before its time."""
# In tokens: the system prompt with all tools, what a call adds to a small window, an answer.
SYSTEM: Span = (17_000, 26_000)
GROWTH: Span = (1_200, 11_000)
OUTPUT: Span = (60, 1_800)
COMPACTED: Span = (3_000, 9_000)
SMALL_WINDOW = 200_000
# Compaction comes by itself when this much of the window is used, of a large one earlier, as some
# users set it; the demo stays below.
COMPACTS_AT = 0.84
MAX_COMPACTED_TOKENS = 300_000
FULL = 0.8
OVERLOADED = {"error": "Overloaded", "status_code": 529}
FAILURES: dict[str, Body] = {
    "server_error": OVERLOADED,
    "rate_limit": {
        "error": "This request would exceed your account's rate limit. Please try again later.",
        "status_code": 429,
    },
}


class Thread:
    """The conversation of a session, or of a subagent."""

    def __init__(self, system_tokens: int) -> None:
        self.system_tokens = system_tokens
        self.context_tokens = 0
        self.cached_tokens = 0
        self.model = ""
        self.awaits_answer = False
        self.answered_at = 0


class TokenCounts(Struct, frozen=True):
    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int

    @property
    def prompt_tokens(self) -> int:
        return self.input_tokens + self.cache_creation_input_tokens + self.cache_read_input_tokens

    def cost_usd(self, model: DemoModel) -> float:
        return (
            self.input_tokens * model.input_usd
            + self.output_tokens * model.output_usd
            + self.cache_creation_input_tokens * model.cache_write_usd
            + self.cache_read_input_tokens * model.cache_read_usd
        ) / 1e6


class SessionUsage:
    """What a session has used so far."""

    def __init__(self, rng: Random, at_ms: int) -> None:
        self.rng = rng
        self.started_at = at_ms
        self.main = Thread(rng.randint(*SYSTEM))
        self.agents: dict[str, Thread] = {}
        self.sequence = 60
        self.cost_usd = 0.0
        self.api_ms = 0
        self.lines_added = 0
        self.lines_removed = 0
        self.last: TokenCounts | None = None
        self.requests = 0
        self.misses = 0
        self.cache_read = 0
        self.prompt_tokens = 0
        self.cache_written = 0
        self.recached = 0
        self.miss_causes: dict[str, int] = {}
        self.last_miss: tuple[int, str] | None = None

    def thread_of(self, hook: Body) -> Thread:
        agent_id = hook.get("agent_id")
        if agent_id is None:
            return self.main
        if agent_id not in self.agents:
            self.agents[agent_id] = Thread(self.rng.randint(*SYSTEM) // 2)
        return self.agents[agent_id]


class UsageMeter:
    """Derive the records that follow each event; `account` has the limits of all sessions."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._sessions: dict[str, SessionUsage] = {}

    def with_figures(self, event: StoryEvent) -> StoryEvent:
        """Return an event with the session's context where its body names it."""
        usage = self._sessions.get(event.body["session_id"])
        if usage is None or "context_tokens" not in event.body:
            return event
        tokens = usage.main.context_tokens
        write_usd = tokens * MODELS[event.model].cache_write_usd / 1e6
        figures = {"context_tokens": tokens, "estimated_cache_write_usd": round(write_usd, 4)}
        return replace(event, body=event.body | figures)

    def records(self, event: StoryEvent, at_ms: int) -> Iterator[DemoRecord]:
        """Yield what is reported with an event that happens at a time (ms since the epoch)."""
        hook, kind = event.body, event.body["hook_event_name"]
        usage = self._usage_of(hook["session_id"], at_ms)
        is_compaction = kind == "SubagentStop" and not hook["agent_type"]
        thread = usage.main if is_compaction else usage.thread_of(hook)
        answers = kind in ANSWERS or (kind == "PostToolBatch" and thread.awaits_answer)
        yield from self._failures(event, usage, at_ms)
        if kind == "PreCompact" and hook["trigger"] == "auto":
            window_tokens = MODELS[event.model].window_tokens
            fill = min(round(window_tokens * COMPACTS_AT), MAX_COMPACTED_TOKENS)
            yield from self._request(event, usage, thread, at_ms, fill_tokens=fill)
        elif is_compaction:
            yield from self._request(event, usage, thread, at_ms)
            thread.cached_tokens = thread.system_tokens
            thread.context_tokens = thread.system_tokens + usage.rng.randint(*COMPACTED)
            usage.last = None
        elif answers and thread.awaits_answer:
            yield from self._request(event, usage, thread, at_ms)
        if kind in STARTS:
            thread.awaits_answer = True
        _count_lines(usage, hook)
        if event.attended and kind in SHOWS_STATUS:
            yield self._status_line(event, usage, at_ms)

    def _usage_of(self, session_id: str, at_ms: int) -> SessionUsage:
        if session_id not in self._sessions:
            rng = Random(session_id)  # noqa: S311 - no secret
            self._sessions[session_id] = SessionUsage(rng, at_ms)
        return self._sessions[session_id]

    def _request(
        self,
        event: StoryEvent,
        usage: SessionUsage,
        thread: Thread,
        at_ms: int,
        *,
        fill_tokens: int = 0,
    ) -> Iterator[DemoRecord]:
        """Answer a prompt: report it, and in a terminal the status line after it."""
        hook, rng = event.body, usage.rng
        name = event.model if thread is usage.main else agent_model(hook["agent_type"], event.model)
        counts = self._counts(usage, thread, name, at_ms, fill_tokens)
        thread.awaits_answer, thread.answered_at = False, at_ms
        ttft_ms = rng.randint(500, 2_400)
        duration_ms = ttft_ms + counts.output_tokens * rng.randint(9, 18)
        cost_usd = round(counts.cost_usd(MODELS[name]), 6)
        usage.cost_usd += cost_usd
        usage.api_ms += duration_ms
        self._account.spend(cost_usd, at_ms)
        shared = _request_fields(event, name, thread is usage.main)
        if rng.random() < RETRIED:
            yield _error(usage, event, at_ms - duration_ms, shared, OVERLOADED, attempt=1)
        yield telemetry(
            "api_request",
            at_ms,
            _next(usage),
            hook,
            {
                "model": name,
                "input_tokens": counts.input_tokens,
                "output_tokens": counts.output_tokens,
                "cache_read_tokens": counts.cache_read_input_tokens,
                "cache_creation_tokens": counts.cache_creation_input_tokens,
                "cache_creation_5m_tokens": counts.cache_creation_input_tokens,
                "cache_creation_1h_tokens": 0,
                "cost_usd": cost_usd,
                "cost_usd_micros": round(cost_usd * 1e6),
                "duration_ms": duration_ms,
                "ttft_ms": ttft_ms,
                "request_id": _request_id(rng),
                **shared,
            },
        )
        if thread is usage.main:
            usage.last = counts
        if event.attended:
            yield self._status_line(event, usage, at_ms)

    def _counts(
        self, usage: SessionUsage, thread: Thread, name: str, at_ms: int, fill_tokens: int
    ) -> TokenCounts:
        """Return the tokens of the next request, and add them to the thread."""
        rng, model = usage.rng, MODELS[name]
        is_large = model.window_tokens > SMALL_WINDOW
        # What does not fit a smaller model's window is left out.
        known_tokens = min(thread.context_tokens, round(model.window_tokens * FULL))
        growth = round(rng.triangular(*GROWTH, GROWTH[0]) * (1.5 if is_large else 1))
        room = max(400, round(model.window_tokens * FULL) - known_tokens)
        added_tokens = min(growth, room) if known_tokens else thread.system_tokens + growth
        added_tokens = max(added_tokens, fill_tokens - known_tokens)
        cause = _miss_cause(rng, thread, name, at_ms) if known_tokens else None
        read_tokens = 0 if cause else min(known_tokens, thread.cached_tokens)
        counts = TokenCounts(
            input_tokens=rng.randint(3, 12),
            output_tokens=round(rng.triangular(*OUTPUT, OUTPUT[0])),
            cache_creation_input_tokens=known_tokens + added_tokens - read_tokens,
            cache_read_input_tokens=read_tokens,
        )
        thread.context_tokens = thread.cached_tokens = known_tokens + added_tokens
        thread.model = name
        if thread is usage.main:
            _count_cache(usage, counts, cause, at_ms)
        return counts

    def _failures(self, event: StoryEvent, usage: SessionUsage, at_ms: int) -> Iterator[DemoRecord]:
        """Report each attempt of a request that fails for good, as a StopFailure shows."""
        hook = event.body
        if hook["hook_event_name"] != "StopFailure":
            return
        failure, attempts = FAILURES[hook["error"]], usage.rng.randint(2, 4)
        shared = _request_fields(event, event.model, is_main=True)
        for attempt in range(1, attempts + 1):
            started_at = at_ms - 1_500 * (attempts - attempt)
            yield _error(usage, event, started_at, shared, failure, attempt=attempt)
        fields = {
            "model": event.model,
            **failure,
            "total_attempts": attempts,
            "total_retry_duration_ms": 1_500 * (attempts - 1),
            **shared,
        }
        yield telemetry("api_retries_exhausted", at_ms, _next(usage), hook, fields)
        usage.main.awaits_answer = False

    def _status_line(self, event: StoryEvent, usage: SessionUsage, at_ms: int) -> DemoRecord:
        hook, model = event.body, MODELS[event.model]
        body: Body = {
            "session_id": hook["session_id"],
            "transcript_path": hook["transcript_path"],
            "cwd": hook["cwd"],
            **({"prompt_id": hook["prompt_id"]} if "prompt_id" in hook else {}),
            **({"effort": {"level": "medium"}} if model.has_effort else {}),
            "model": {"id": event.model, "display_name": model.display_name},
            "workspace": _workspace(hook["cwd"]),
            "version": CLIENT_VERSION,
            "output_style": {"name": "default"},
            "cost": {
                "total_cost_usd": round(usage.cost_usd, 6),
                "total_duration_ms": at_ms - usage.started_at,
                "total_api_duration_ms": usage.api_ms,
                "total_lines_added": usage.lines_added,
                "total_lines_removed": usage.lines_removed,
            },
            "context_window": _context_window(usage.last, model),
            "exceeds_200k_tokens": usage.last is not None
            and usage.last.prompt_tokens > SMALL_WINDOW,
            **({"prompt_cache": _prompt_cache(usage)} if usage.requests else {}),
            "fast_mode": False,
            "thinking": {"enabled": True},
            **({"rate_limits": self._account.rate_limits()} if usage.requests else {}),
        }
        return DemoRecord("status_line", at_ms, hook["session_id"], body)


def _error(
    usage: SessionUsage,
    event: StoryEvent,
    at_ms: int,
    shared: Body,
    failure: Body,
    *,
    attempt: int,
) -> DemoRecord:
    fields = {
        "model": event.model,
        **failure,
        "duration_ms": usage.rng.randint(200, 1_400),
        "attempt": attempt,
        "request_id": _request_id(usage.rng),
        **shared,
    }
    return telemetry("api_error", at_ms, _next(usage), event.body, fields)


def _request_fields(event: StoryEvent, model: str, is_main: bool) -> Body:  # noqa: FBT001 - one use
    """Return the attributes that all records of a request have at their end."""
    hook = event.body
    source = "repl_main_thread" if event.attended else "sdk"
    fields: Body = {
        "speed": "normal",
        "query_source": source if is_main else f"agent:builtin:{hook['agent_type']}",
    }
    if MODELS[model].has_effort:
        fields["effort"] = "medium"
    if not is_main:
        fields |= {"agent.name": hook["agent_type"], "agent_id": hook["agent_id"]}
    return fields


def _miss_cause(rng: Random, thread: Thread, model: str, at_ms: int) -> str | None:
    """Return why the cached prompt cannot be read, if so."""
    if model != thread.model:
        return "model_changed"
    if at_ms - thread.answered_at > CACHE_MS:
        return "ttl_expired_5m"
    return "tools_changed" if rng.random() < MISSED else None


def _count_cache(usage: SessionUsage, counts: TokenCounts, cause: str | None, at_ms: int) -> None:
    usage.requests += 1
    usage.cache_read += counts.cache_read_input_tokens
    usage.prompt_tokens += counts.prompt_tokens
    usage.cache_written += counts.cache_creation_input_tokens
    if cause is not None:
        usage.misses += 1
        usage.recached += counts.cache_creation_input_tokens
        usage.miss_causes[cause] = usage.miss_causes.get(cause, 0) + 1
        usage.last_miss = at_ms, cause


def _count_lines(usage: SessionUsage, hook: Body) -> None:
    response = hook.get("tool_response")
    if hook["hook_event_name"] != "PostToolUse" or not isinstance(response, dict):
        return
    for hunk in response.get("structuredPatch", ()):
        usage.lines_added += sum(line.startswith("+") for line in hunk["lines"])
        usage.lines_removed += sum(line.startswith("-") for line in hunk["lines"])
    if response.get("type") == "create":
        usage.lines_added += len(response["content"].splitlines())


def _context_window(last: TokenCounts | None, model: DemoModel) -> Body:
    if last is None:
        return {
            "total_input_tokens": 0,
            "total_output_tokens": 0,
            "context_window_size": model.window_tokens,
            "current_usage": None,
            "used_percentage": None,
            "remaining_percentage": None,
        }
    used_percent = min(100, round(100 * last.prompt_tokens / model.window_tokens))
    return {
        "total_input_tokens": last.prompt_tokens,
        "total_output_tokens": last.output_tokens,
        "context_window_size": model.window_tokens,
        "current_usage": {
            "input_tokens": last.input_tokens,
            "output_tokens": last.output_tokens,
            "cache_creation_input_tokens": last.cache_creation_input_tokens,
            "cache_read_input_tokens": last.cache_read_input_tokens,
        },
        "used_percentage": used_percent,
        "remaining_percentage": 100 - used_percent,
    }


def _prompt_cache(usage: SessionUsage) -> Body:
    last_at, cause = usage.last_miss or (None, None)
    return {
        "warm": True,
        "caching_observed": True,
        "ttl": "5m",
        "expires_at": (usage.main.answered_at + CACHE_MS) // 1000,
        "requests": usage.requests,
        "misses": usage.misses,
        "expected_rebuilds": 0,
        "hit_ratio": usage.cache_read / usage.prompt_tokens,
        "cache_write_tokens": usage.cache_written,
        "miss_recache_tokens": usage.recached,
        "last_miss_at": None if last_at is None else last_at // 1000,
        "last_miss_cause": None if cause is None else {"causes": [cause]},
        "miss_causes": dict(usage.miss_causes),
        "recache_tokens_if_cold": usage.main.context_tokens,
    }


def _workspace(cwd: str) -> Body:
    worktree = cwd.partition(WORKTREES)[2]
    return {
        "current_dir": cwd,
        "project_dir": cwd,
        "added_dirs": [],
        **({"git_worktree": worktree} if worktree else {}),
    }


def _next(usage: SessionUsage) -> int:
    usage.sequence += 1
    return usage.sequence


def _request_id(rng: Random) -> str:
    return f"req_01{rng.getrandbits(88):022x}"
