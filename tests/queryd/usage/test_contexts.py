"""Test contexts: their size, window and source, and compactions."""

from typing import Any

import pytest

from queryd.usage.rows import Compaction, ContextUse
from tests.queryd.envelopes import Envelope
from tests.queryd.usage.request_bodies import (
    MODEL,
    T0,
    figures,
    hook,
    line,
    message,
    record,
    request,
)

SONNET = "claude-sonnet-4-6"


def context(*envelopes: Envelope, agent_id: str = "", session: str = "s1") -> ContextUse:
    """Return how full a context is."""
    found = figures(*envelopes, agent_id=agent_id, session=session).context
    assert found is not None
    return found


def used(*envelopes: Envelope, **of: str) -> tuple[int, str]:
    """Return the used tokens and their source."""
    found = context(*envelopes, **of)
    return found.used_tokens, found.source


def compactions(
    *envelopes: Envelope,
) -> list[tuple[int | None, int | None, int | None, str | None]]:
    """Return before, after, the next prompt, and the trigger of each compaction."""
    return [
        (it.before_tokens, it.after_tokens, it.next_tokens, it.trigger)
        for it in figures(*envelopes).compactions
    ]


def ask(second: float, tokens: int, *, request_id: str = "r", **more: Any) -> Envelope:
    """Return a request with this many tokens in its prompt."""
    return request(second, request_id=request_id, tokens=(10, 500, tokens - 10, 0), **more)


def test_a_context_is_the_last_prompt_without_its_answer() -> None:
    """The client's own figure, so the bar agrees with what its user sees."""
    assert context(request(tokens=(10, 99_000, 30_000, 4_000))) == ContextUse(
        used_tokens=34_010,
        window_tokens=1_000_000,
        used_percent=3.4,
        source="otlp",
        at=T0,
        peak_tokens=34_010,
        compact_at_tokens=967_000,
        exceeds_window=False,
    )


def test_nothing_reported_is_no_context() -> None:
    """Unknown is drawn as unknown."""
    assert figures(hook("UserPromptSubmit", prompt="Hi")).context is None
    assert figures(line(0, 0.0, window=200_000)).context is None


def test_the_best_source_of_one_figure_is_named() -> None:
    """Three sources report one answer; the page names the one it uses."""
    answer = message(0.1, tokens=(10, 20, 30, 40))
    envelopes = (answer, request(tokens=(10, 20, 30, 40)), line(0.2, used=80))
    assert used(*envelopes[:1]) == (80, "transcript")
    assert used(*envelopes[:2]) == (80, "otlp")
    assert used(*envelopes) == (80, "status_line")
    assert used(*reversed(envelopes)) == (80, "status_line")


def test_the_newest_report_counts_whatever_its_source() -> None:
    """A session that goes on in print mode has no status line to report it."""
    assert used(line(0, used=5_000), ask(60, 9_000)) == (9_000, "otlp")
    assert used(ask(60, 9_000), line(0, used=5_000)) == (9_000, "otlp")


@pytest.mark.parametrize("source", ["compact", "generate_title", "auto_mode", "agent:builtin:X"])
def test_only_the_conversation_fills_the_context(source: str) -> None:
    """The request for a title has a prompt of its own."""
    assert used(ask(0, 9_000), ask(1, 300, request_id="r2", query_source=source)) == (9_000, "otlp")


@pytest.mark.parametrize("source", ["sdk", "repl_main_thread", "repl_main_thread:outputStyle:x"])
def test_the_main_thread_has_several_names(source: str) -> None:
    """Print mode calls it otherwise than a terminal."""
    assert used(ask(0, 9_000, query_source=source)) == (9_000, "otlp")


def test_a_subagent_fills_its_own() -> None:
    """It starts with an empty one, whatever its parent has."""
    envelopes = (ask(0, 90_000), ask(1, 5_000, request_id="r2", agent_id="a1"))
    assert used(*envelopes) == (90_000, "otlp")
    assert used(*envelopes, agent_id="a1") == (5_000, "otlp")


def test_hooks_report_where_nothing_else_does() -> None:
    """A resumed session reports its size, answer included."""
    resumed = hook("SessionStart", 5, source="resume", context_tokens=50_000)
    assert used(resumed) == (50_000, "hook")
    assert used(ask(0, 48_000), resumed) == (48_000, "otlp")
    assert used(resumed, ask(9, 51_000)) == (51_000, "otlp")
    switched = hook("PostModelSwitch", 6, to_model=SONNET, context_tokens=52_000)
    assert used(switched) == (52_000, "hook")


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ("claude-opus-5-5", 1_000_000),
        (SONNET, 200_000),
        (f"{SONNET}[1m]", 1_000_000),
        ("claude-haiku-4-5-20251001", 200_000),
        ("claude-unknown", None),
    ],
)
def test_a_window_is_that_of_the_model(model: str, window: int | None) -> None:
    """Where no source reports one; an unknown model has none to show."""
    found = context(ask(0, 9_000, model=model))
    assert found.window_tokens == window
    assert found.compact_at_tokens == (None if window is None else window - 33_000)
    assert (found.used_percent is None) == (window is None)


def test_a_reported_window_beats_the_table() -> None:
    """Another plan, another provider, another window."""
    envelopes = (line(0, used=9_000, window=200_000), ask(1, 9_500))
    assert context(*envelopes).window_tokens == 200_000
    assert context(*envelopes).compact_at_tokens == 167_000


def test_a_reported_window_is_that_models() -> None:
    """After a switch it does not apply."""
    envelopes = (line(0, used=9_000, window=1_000_000), ask(1, 9_500, model=SONNET))
    assert context(*envelopes).window_tokens == 200_000


def test_a_name_with_a_million_counts_though_requests_leave_it_out() -> None:
    """The API's name of a model has no window in it."""
    envelopes = (hook("SessionStart", model=f"{SONNET}[1m]"), ask(1, 9_000, model=SONNET))
    assert context(*envelopes).window_tokens == 1_000_000


def test_a_switch_changes_the_window_before_the_next_answer() -> None:
    """Anyone who switches to a smaller model wants to know now whether it will fit."""
    envelopes = (
        ask(0, 190_000),
        hook("PostModelSwitch", 1, to_model=SONNET, context_tokens=191_000),
    )
    found = context(*envelopes)
    assert (found.used_tokens, found.window_tokens, found.used_percent) == (190_000, 200_000, 95.0)


@pytest.mark.parametrize("model", [SONNET, "claude-unknown"])
def test_more_than_fits_shows_the_larger_window(model: str) -> None:
    """Past 200,000 tokens it must be the window of a million."""
    found = context(ask(0, 210_000, model=model))
    assert (found.window_tokens, found.exceeds_window) == (1_000_000, False)


def test_more_than_the_reported_window_exceeds_it() -> None:
    """The client's own figure is used, and the contradiction is shown."""
    assert context(line(0, used=210_000, window=200_000, model=SONNET)).exceeds_window


def test_the_peak_stays() -> None:
    """It shows how close it came to full, even after compaction."""
    assert context(ask(0, 150_000), ask(1, 20_000, request_id="r2")).peak_tokens == 150_000


def test_an_empty_status_line_reports_nothing() -> None:
    """Before the first answer, and after a compaction, it is null or all zeros."""
    nothing = line(5, 0.5, window=1_000_000, used=0)
    assert used(ask(0, 9_000), nothing) == (9_000, "otlp")
    assert figures(nothing).context is None


def reported_compaction(*more: Envelope) -> tuple[Envelope, ...]:
    """Return a context that is compacted, as hooks report it."""
    return (
        ask(0, 160_000),
        hook("PreCompact", 10, trigger="auto"),
        hook("SessionStart", 12, source="compact"),
        hook("PostCompact", 13, trigger="auto"),
        *more,
    )


def test_hooks_report_a_compaction_and_requests_its_size() -> None:
    """No hook has a number; the prompts before and after do."""
    assert figures(*reported_compaction()).context is None
    assert compactions(*reported_compaction()) == [(160_000, None, None, "auto")]
    envelopes = reported_compaction(ask(20, 27_000, request_id="r2"))
    assert used(*envelopes) == (27_000, "otlp")
    assert compactions(*envelopes) == [(160_000, 27_000, 27_000, "auto")]


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_telemetry_and_hooks_report_one_compaction(place: int) -> None:
    """Telemetry comes up to five seconds late, before or after anything."""
    envelopes = [*reported_compaction(ask(20, 27_000, request_id="r2"))]
    own = record("compaction", 12.5, trigger="auto", pre_tokens="160500", post_tokens="2660")
    envelopes.insert(place, {**own, "payload": {**own["payload"], "success": "true"}})
    assert compactions(*envelopes) == [(160_500, 2_660, 27_000, "auto")]


def test_until_the_next_answer_the_clients_figure_is_shown() -> None:
    """The bar falls at once."""
    envelopes = (ask(0, 160_000), record("compaction", 9, pre_tokens="160000", post_tokens="2660"))
    found = context(*envelopes)
    assert (found.used_tokens, found.source, found.peak_tokens) == (2_660, "compaction", 160_000)


def test_telemetry_counts_only_messages_for_a_manual_compaction() -> None:
    """Observed: 5,839 where the transcript had 30,349, as the prompt before it had."""
    own = record("compaction", 9, trigger="manual", pre_tokens="5839", post_tokens="3442")
    assert compactions(ask(0, 30_083), own) == [(30_083, 3_442, None, "manual")]


def test_a_failed_compaction_changes_nothing() -> None:
    """The context is still as full."""
    own = record("compaction", 9, success="false", pre_tokens="160000")
    assert compactions(ask(0, 160_000), own) == []
    assert used(ask(0, 160_000), own) == (160_000, "otlp")


def test_two_compactions_are_two() -> None:
    """A long session has many."""
    envelopes = reported_compaction(
        ask(20, 27_000, request_id="r2"),
        ask(900, 150_000, request_id="r3"),
        hook("PreCompact", 1_000, trigger="manual"),
        hook("PostCompact", 1_010, trigger="manual"),
    )
    assert compactions(*envelopes) == [
        (160_000, 27_000, 27_000, "auto"),
        (150_000, None, None, "manual"),
    ]


def test_a_transcript_may_report_the_sizes() -> None:
    """Filled in from disk, a compaction has them."""
    envelopes = (
        ask(0, 29_000),
        hook("PostCompact", 9, trigger="manual", pre_tokens=30_349, post_tokens=3_442),
    )
    assert figures(*envelopes).compactions == [
        Compaction(
            at=T0 + 9_000,
            before_tokens=30_349,
            after_tokens=3_442,
            next_tokens=None,
            trigger="manual",
        )
    ]


def test_a_subagents_window_is_what_the_client_reports_of_that_model() -> None:
    """Only the main thread has a status line."""
    envelopes = (line(0, used=9_000, window=200_000), ask(1, 5_000, agent_id="a1"))
    assert context(*envelopes, agent_id="a1").window_tokens == 200_000
    assert MODEL == "claude-opus-5-5"
