"""Test that all rooms classify calls by the one table, on captured sessions.

`samples/denials` holds a session of the real client for each form: the bodies of its hooks, and the
lines of its transcript that hold messages. Nothing in a body or a line was edited.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect.backfill.discovery import TranscriptFiles
from queryd.calls.figures import CallFigures, CallSelection
from queryd.search.tokens import failed_calls
from queryd.store.periods import MINUTE_MS
from shared.call_outcomes import (
    FORMS,
    form_of,
    text_of,
    verdict_of_decision,
    verdict_of_entry,
    verdict_of_event,
    verdict_of_result,
)
from tests.connect.transcripts import body_of, counts_of_import, events_of, sessions_in
from tests.queryd.folded_views import Bodies, fold_all, fold_one_by_one, reader_over
from tests.queryd.summaries.samples import split_summary, summarize
from tests.running import SAMPLES

DENIALS = SAMPLES / "denials"
OWN_WORDS = None
"""The text is the user's or hook's: only earlier events, or the transcript, show a denial."""


class Case(NamedTuple):
    """Describe what became of one call of a captured session."""

    tool: str
    outcome: str
    form: str | None


CASES: dict[str, list[Case]] = {
    "webfetch-domain-denied": [Case("WebFetch", "denied", "domain_denied")],
    "permission-not-granted": [Case("WebFetch", "denied", "not_granted")],
    "sensitive-file": [Case("Write", "denied", "not_granted")] * 2,
    "command-needs-approval": [
        *[Case("Bash", "denied", "command_unapproved")] * 5,
        Case("Read", "denied", "not_granted"),
    ],
    "command-denied-by-rule": [Case("Bash", "denied", "rule_denied")],
    "file-denied-by-rule": [
        Case("Read", "denied", "file_denied"),
        Case("Bash", "denied", "rule_denied"),
        Case("Edit", "denied", "file_denied"),
    ],
    "skill-denied-by-rule": [Case("Skill", "denied", "skill_denied")],
    "agent-denied-by-rule": [Case("Agent", "denied", "agent_denied")],
    "dont-ask-mode": [
        Case("Bash", "denied", "mode_denied"),
        Case("Write", "denied", "mode_denied"),
    ],
    "plan-mode": [
        Case("Write", "denied", "mode_denied"),
        Case("Bash", "denied", "classifier_denied"),
    ],
    "classifier-denied": [Case("Bash", "denied", "classifier_denied")],
    "hook-denied": [Case("Bash", "denied", "hook_denied")],
    "hook-exit-2": [Case("Bash", "denied", "hook_denied")],
    "request-denied-by-hook": [Case("Bash", "denied", OWN_WORDS)],
    "request-denied-by-hook-silently": [Case("Bash", "denied", "hook_denied")],
    "user-no-with-message": [Case("Bash", "denied", "user_refused")],
    "question-declined": [Case("AskUserQuestion", "denied", "user_refused")],
    "interrupted": [Case("Bash", "interrupted", None)],
}
"""Sessions whose hooks show what became of each call."""
TRANSCRIPT_ONLY: dict[str, list[Case]] = {
    # A No or an Esc at a prompt fires no hook.
    "user-no": [Case("Bash", "denied", "user_refused")],
    "user-escape": [Case("Bash", "denied", "user_refused")],
    "question-escaped": [Case("AskUserQuestion", "denied", "user_refused")],
    "plan-rejected": [Case("ExitPlanMode", "denied", "user_refused")],
    "request-denied-by-hook-with-interrupt": [Case("Bash", "denied", "user_refused")],
    # In print mode there is no person to ask what a hook wants asked: its text could be any output.
    "hook-asked-nobody-there": [Case("Bash", "denied", OWN_WORDS)],
    # Version 2.0.30: no PostToolBatch, and no denial kind in its transcripts.
    "old-client-file-denied-by-rule": [Case("Read", "denied", "rule_denied")],
    "old-client-command-needs-approval": [Case("Bash", "denied", "command_unapproved")] * 3,
}
EVERY = {**CASES, **TRANSCRIPT_ONLY}


def hooks_of(sample: str) -> Bodies:
    """Return the bodies that hooks sent."""
    lines = (DENIALS / sample / "hooks.jsonl").read_bytes().split(b"\n")
    return [(it["at_ms"], it["body"]) for it in map(json.loads, filter(None, lines))]


def config_of(sample: str, folder: Path) -> Path:
    """Lay a transcript where the client keeps it; return its configuration's folder."""
    lines = (DENIALS / sample / "transcript.jsonl").read_bytes()
    session_id = json.loads(lines.split(b"\n")[0])["sessionId"]
    path = folder / "projects" / "-home-dev-proj" / f"{session_id}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(lines)
    return folder


def backfilled(sample: str, folder: Path) -> Bodies:
    """Return the bodies that backfill makes of a transcript."""
    (session,) = sessions_in(config_of(sample, folder))
    return bodies_of(session)


def bodies_of(session: TranscriptFiles) -> Bodies:
    """Return the hook bodies that a transcript stands for."""
    events = [it for it in events_of(session) if it.kind != "usage"]
    return [(it.at, body_of(it)) for it in sorted(events, key=lambda it: it.at)]


def entries_in(bodies: Bodies) -> list[dict[str, Any]]:
    """Return the calls of all batches."""
    return [call for _, body in bodies for call in body.get("tool_calls", ())]


def outcomes_of(bodies: Bodies) -> list[tuple[str, str]]:
    """Return tool and outcome of each call, as the fold has them."""
    return [(call.tool_name, call.outcome) for call in fold_all(bodies).calls]


def summary_outcomes(body: dict[str, Any]) -> Counter[str]:
    """Return the counts of denied and failed calls in a summary."""
    _, _, summary = split_summary(summarize(body["hook_event_name"], body))
    total = len(body["tool_calls"])
    if not summary:
        return Counter()
    if total == 1:
        outcome = summary.partition(",")[0]
        return Counter([outcome if outcome in {"denied", "interrupted"} else "failed"])
    counts = summary.partition(": ")[0].split(", ")
    return Counter({it.split()[-1]: int(it.split()[0]) for it in counts})


CAPTURED_ENTRIES = [
    call
    for sample in CASES
    for call in entries_in(hooks_of(sample))
    if sample != "request-denied-by-hook"
] + [
    call
    for file in sorted((SAMPLES / "sessions").glob("*.jsonl"))
    for line in file.read_bytes().split(b"\n")
    if b'"PostToolBatch"' in line
    for call in json.loads(line)["body"]["tool_calls"]
]


def test_every_captured_denial_is_worked_out_and_every_form_is_captured() -> None:
    """A form that was never captured is a guess; a capture that no test reads shows nothing."""
    assert sorted(path.name for path in DENIALS.iterdir()) == sorted(EVERY)
    seen = {case.form for cases in EVERY.values() for case in cases}
    seen |= {form.name for it in CAPTURED_ENTRIES if (form := form_of(it["tool_response"]))}
    # The client writes an interruption as a line of its own, and older ones as the result.
    seen |= {form.name for form in [form_of("[Request interrupted by user for tool use]")] if form}
    assert seen - {None} == {form.name for form in FORMS}


@pytest.mark.parametrize("sample", EVERY)
def test_each_kind_of_denial_has_its_text_in_transcripts(sample: str) -> None:
    """The first form that matches decides, so the order of the table matters too."""
    lines = (DENIALS / sample / "transcript.jsonl").read_bytes().split(b"\n")
    records = [json.loads(line) for line in lines if line]
    blocks = [it for r in records for it in r["message"]["content"] if isinstance(it, dict)]
    results = [it["content"] for it in blocks if it["type"] == "tool_result"]
    forms = [form_of(text) for text in results]
    if sample == "interrupted":
        assert [form and form.name for form in forms] == ["user_refused"]  # until the next line
    else:
        expected = [case.form for case in EVERY[sample]]
        assert [form and form.name for form in forms] == expected


@pytest.mark.parametrize("sample", CASES)
def test_the_fold_of_its_hooks_has_the_outcome(sample: str) -> None:
    """Lists, tool statistics and failure counts are read from these."""
    bodies = hooks_of(sample)
    expected = [(case.tool, case.outcome) for case in CASES[sample]]
    assert outcomes_of(bodies) == expected
    assert [(c.tool_name, c.outcome) for c in fold_one_by_one(bodies).calls] == expected
    (session,) = fold_all(bodies).sessions.values()
    assert session.failure_count == 0
    for call in fold_all(bodies).calls:
        assert call.duration_ms is None
        assert bool(call.error) == (call.outcome == "denied")


@pytest.mark.parametrize("sample", EVERY)
def test_the_fold_of_its_transcript_has_the_same_outcome(sample: str, tmp_path: Path) -> None:
    """A session must not change its story because it was read from disk."""
    expected = [(case.tool, case.outcome) for case in EVERY[sample]]
    assert outcomes_of(backfilled(sample, tmp_path)) == expected


@pytest.mark.parametrize("sample", EVERY)
def test_backfill_counts_it_as_the_fold_does(sample: str, tmp_path: Path) -> None:
    """The command's own summary is the first thing that its user sees."""
    found = counts_of_import(config_of(sample, tmp_path)).by_kind
    outcomes = Counter(case.outcome for case in EVERY[sample])
    assert found["calls"] == len(EVERY[sample])
    assert (found["refused"], found["interrupted"], found["failures"]) == (
        outcomes["denied"],
        outcomes["interrupted"],
        0,
    )


@pytest.mark.parametrize("sample", EVERY)
def test_its_summary_agrees(sample: str, tmp_path: Path) -> None:
    """A row of the events list beside a call of another colour makes both doubtful."""
    live = hooks_of(sample) if sample in CASES else []
    for bodies in (live, backfilled(sample, tmp_path)):
        outcomes = (
            {call.tool_use_id: call.outcome for call in fold_all(bodies).calls} if bodies else {}
        )
        for _, body in bodies:
            kind = body["hook_event_name"]
            if kind in {"PermissionDenied", "PostToolUseFailure"}:
                outcome = split_summary(summarize(kind, body))[2] or ""
                assert outcome.partition(",")[0] == outcomes[body["tool_use_id"]]
            elif kind == "PostToolBatch" and not is_in_own_words(body):
                expected = Counter(
                    outcomes[it["tool_use_id"]]
                    for it in body["tool_calls"]
                    if verdict_of_entry(it).stage != "execution"
                )
                assert summary_outcomes(body) == expected


def is_in_own_words(body: dict[str, Any]) -> bool:
    """Return whether the batch alone hides that a call was denied."""
    return any(
        form_of(it["tool_response"]) is None and "tool_denial_kind" not in it
        for it in body["tool_calls"]
    )


@settings(max_examples=25, deadline=None)
@given(entries=st.lists(st.sampled_from(CAPTURED_ENTRIES), min_size=1, max_size=6))
def test_no_batch_is_read_differently_by_fold_summary_and_search(
    entries: list[dict[str, Any]],
) -> None:
    """Whatever comes back together, and wherever it is read: one call has one outcome."""
    calls = [{**it, "tool_use_id": f"c{number}"} for number, it in enumerate(entries)]
    body = {"hook_event_name": "PostToolBatch", "session_id": "s1", "tool_calls": calls}
    outcomes = {it.tool_use_id: it.outcome for it in fold_all([(1, body)]).calls}
    searched = failed_calls(body)
    assert summary_outcomes(body) == Counter(outcomes[it["tool_use_id"]] for it in searched)
    for call in calls:
        verdict = verdict_of_entry(call)
        assert outcomes[call["tool_use_id"]] == verdict.outcome
        assert (call in searched) == (verdict.stage != "execution")


def test_a_fetch_of_a_denied_domain_is_counted_as_denied() -> None:
    """It never left the machine, yet the tool's statistics called it a success."""
    bodies = hooks_of("webfetch-domain-denied")
    minute = bodies[0][0] // MINUTE_MS
    with reader_over(bodies) as reader:
        selection = CallSelection(first=minute, end=minute + 5)
        found = CallFigures(reader, selection, now=bodies[-1][0]).by_tool()["WebFetch"]
    assert (found.calls, found.denied, found.succeeded) == (1, 1, 0)


def test_a_requested_call_without_an_end_was_denied() -> None:
    """A hook denies in its own words; what ran has a PostToolUse before its batch."""
    bodies = hooks_of("request-denied-by-hook")
    assert outcomes_of(bodies) == [("Bash", "denied")]
    (call,) = fold_all(bodies).calls
    assert call.error == "Ask the release manager first."
    # Its PostToolUse, overtaken by the batch, has the last word.
    (at, pre), *_ = [it for it in bodies if it[1]["hook_event_name"] == "PreToolUse"]
    late = {**pre, "hook_event_name": "PostToolUse", "tool_response": {"stdout": "ok"}}
    assert outcomes_of([*bodies, (at + 60_000, late)]) == [("Bash", "succeeded")]


@pytest.mark.parametrize("tool", ["Bash", "WebFetch", "mcp__db__query"])
def test_an_interrupted_tool_is_recognized_by_its_text(tool: str) -> None:
    """The summary knew it of the shell alone."""
    body = {
        "hook_event_name": "PostToolUse",
        "session_id": "s1",
        "tool_name": tool,
        "tool_use_id": "c1",
        "tool_input": {},
        "tool_response": {"interrupted": True, "stdout": "half"},
    }
    assert outcomes_of([(1, body)]) == [(tool, "interrupted")]
    assert split_summary(summarize("PostToolUse", body))[2] == "interrupted"


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        ({"decision": "reject", "source": "user_reject"}, "denied"),
        ({"decision": "reject", "source": "hook"}, None),  # may be false: answered too late
        ({"decision": "reject", "source": "config"}, None),  # a batch follows, with the reason
        ({"decision": "accept", "source": "user_temporary"}, None),
        ({}, None),
    ],
)
def test_of_decisions_only_the_users_no_settles_a_call(
    decision: dict[str, str], outcome: str | None
) -> None:
    """The others are reported by hooks, which know more and are never false."""
    verdict = verdict_of_decision(decision)
    assert (verdict and verdict.outcome) == outcome


@pytest.mark.parametrize(
    "text",
    [
        "bash: ./deploy: Permission denied",
        "git@host: Permission denied (publickey).",
        "Permission denied by hook scripts/pre-commit, see above",
        "Permission to use, copy, modify this software is granted.\nAll else is denied.",
        "Permission to acme/shop.git denied to bob.",
        "The user table has 3 rows, 1 of them rejected",
        "This operation was rejected by the server",
        "The command line tool\n\nlists what was denied.",
        "Access was denied by the proxy\n",
        "proxy denied access to domain:example.com",
        "1\tThe user doesn't want to proceed with this tool use.",
        "This command requires approval\nof the manager, says the manual",
        "0 requests blocked",
        "Exit code 0",
        "",
    ],
)
def test_an_output_about_denials_is_no_denial(text: str) -> None:
    """Logs, licences and sources speak of what was denied; the commands that show them ran."""
    assert verdict_of_entry({"tool_response": text}).outcome == "succeeded"


def test_an_error_of_a_tool_that_ran_is_a_failure_with_any_text() -> None:
    """Only a subagent's type is denied that late; a tool may quote any refusal."""
    quoted = {"error": "The user doesn't want to proceed with this tool use"}
    assert verdict_of_event("PostToolUseFailure", quoted).outcome == "failed"


def test_a_result_of_unknown_text_is_classified_by_its_denial_kind() -> None:
    """Claude Code adds sentences every month; the kind beside them outlives these."""
    assert verdict_of_result("Not today.", "some-new-kind").outcome == "denied"
    assert verdict_of_result("Not today.", None).outcome == "failed"
    entry = {"tool_response": "Not today.", "tool_denial_kind": "permission-rule"}
    assert verdict_of_entry(entry).decided_by == "rule"


@pytest.mark.parametrize("odd", [None, 7, {}, [], [None], [{}], [{"text": 7}]])
def test_a_result_without_text_is_no_denial(odd: Any) -> None:
    """MCP servers answer with anything; it must not stop the folding."""
    assert verdict_of_entry({"tool_response": odd}, was_asked=True).outcome == "succeeded"
    assert verdict_of_event("PostToolUseFailure", {"error": odd}).outcome == "failed"
    assert text_of(odd) == ""


def test_the_tags_around_an_error_are_not_shown() -> None:
    """They are for the model; people read the sentence between them."""
    assert text_of("<tool_use_error>No such tool</tool_use_error>") == "No such tool"
