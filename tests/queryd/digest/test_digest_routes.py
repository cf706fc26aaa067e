"""Ask for a digest as the dashboard and the command do."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from queryd.digest.read import ANSWER_CHARS, first_paragraph
from tests.running import Hookwatch, wait_for

HOUR_MS = 3_600_000
NOW = time.time_ns() // 1_000_000
T0 = NOW - 2 * HOUR_MS
Body = dict[str, Any]


def sent(session: str, at: int, kind: str, app: str = "shop", **payload: Any) -> Body:
    return {
        "session_id": session,
        "source_app": app,
        "hook_event_type": kind,
        "timestamp": at,
        "payload": payload,
    }


def edited(session: str, at: int, number: int, path: str) -> Body:
    return sent(
        session,
        at,
        "PostToolUse",
        tool_name="Edit",
        tool_use_id=f"{session}{number}",
        tool_input={"file_path": path, "old_string": "a", "new_string": "b"},
        tool_response={"structuredPatch": [{"lines": ["-a", "+b", "+c"]}]},
    )


ANSWER = "Fixed the *rounding*.\nAll tests pass.\n\nDetails follow."
BODIES = [
    sent("old", T0 - HOUR_MS, "UserPromptSubmit", prompt="Before"),
    sent("old", T0 - HOUR_MS + 1_000, "Stop", last_assistant_message="Long ago."),
    sent("a", T0, "UserPromptSubmit", prompt="Fix [it]", session_title="Fix [rounding]"),
    edited("a", T0 + 1_000, 1, "/w/a.py"),
    edited("a", T0 + 2_000, 2, "/w/a.py"),
    edited("a", T0 + 3_000, 3, "/w/b.py"),
    sent(
        "a",
        T0 + 4_000,
        "PostToolUseFailure",
        tool_name="Bash",
        tool_use_id="a4",
        tool_input={"command": "npm test"},
        error="Exit code 1",
    ),
    sent("a", T0 + 5_000, "api_request", request_id="r1", model="m", cost_usd=1.25),
    sent("a", T0 + 6_000, "Stop", last_assistant_message=ANSWER),
    sent("b", T0 + HOUR_MS, "UserPromptSubmit", "blog", prompt="Write"),
    sent("b", T0 + HOUR_MS + 1_000, "StopFailure", "blog", error="rate_limit"),
    sent("c", NOW - 60_000, "UserPromptSubmit", "blog", prompt="Deploy"),
    sent(
        "c",
        NOW - 50_000,
        "PermissionRequest",
        "blog",
        tool_name="Bash",
        tool_input={"command": "git push"},
    ),
]


@pytest.fixture(scope="module", autouse=True)
def posted(served: Hookwatch) -> None:
    assert served.ingestd.post(BODIES).json()["rejected"] == []
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == len(BODIES))


def asked(served: Hookwatch, **parameters: Any) -> Any:
    answer = served.queryd.get(f"/api/digest?{urlencode(parameters, doseq=True)}")
    assert answer.status == 200, answer.body
    return answer.json()


def test_a_digest_has_totals_and_each_session_with_its_last_answer(served: Hookwatch) -> None:
    """Answers the question after two hours away."""
    digest = asked(served, since=T0, until=NOW)
    assert digest["total"] == {
        "prompts": 3,
        "finished": 1,
        "failed": 1,
        "interrupted": 0,
        "failed_calls": 1,
        "files_changed": 2,
        "lines_added": 6,
        "lines_removed": 3,
        "cost_usd": 1.25,
        "cost_source": "otlp",
    }
    assert digest["waiting"] == 1
    assert (digest["since"], digest["until"], digest["has_more"]) == (T0, NOW, False)
    waiting, failed, finished = digest["sessions"]
    assert [it["session_id"] for it in (waiting, failed, finished)] == ["c", "b", "a"]
    assert [(it["tool_name"], it["text"]) for it in waiting["asks"]] == [("Bash", "Bash git push")]
    assert (failed["project"], failed["status"], failed["failed"]) == ("blog", "failed", 1)
    assert finished["title"] == "Fix [rounding]"
    assert finished["last_answer"] == "Fixed the *rounding*.\nAll tests pass."
    assert (finished["files_changed"], finished["lines_added"]) == (2, 6)
    assert (finished["cost_usd"], finished["failed_calls"]) == (1.25, 1)


def test_projects_are_selected_and_excluded(served: Hookwatch) -> None:
    digest = asked(served, since=T0, source_app="shop")
    assert [it["session_id"] for it in digest["sessions"]] == ["a"]
    assert (digest["total"]["prompts"], digest["total"]["failed"], digest["waiting"]) == (1, 0, 0)
    assert digest["total"]["cost_usd"] == 1.25
    assert asked(served, since=T0, without_source_app="blog")["total"] == digest["total"]
    rest = asked(served, since=T0, without_source_app="shop")
    assert [it["session_id"] for it in rest["sessions"]] == ["c", "b"]
    assert (rest["total"]["prompts"], rest["total"]["failed"], rest["waiting"]) == (2, 1, 1)
    both = asked(served, since=T0, source_app=["shop", "blog"])
    assert both["total"] == asked(served, since=T0)["total"]


def test_an_older_range_has_what_happened_then(served: Hookwatch) -> None:
    """A session that asks since then does not wait in a range from before."""
    digest = asked(served, since=T0 - 2 * HOUR_MS, until=T0 - 1)
    assert [(it["session_id"], it["last_answer"]) for it in digest["sessions"]] == [
        ("old", "Long ago.")
    ]
    assert digest["waiting"] == 0


def test_a_range_without_events_has_an_empty_digest(served: Hookwatch) -> None:
    digest = asked(served, since=0, until=1)
    assert digest["sessions"] == []
    assert digest["total"]["cost_usd"] is None
    assert not any(value for name, value in digest["total"].items() if name != "cost_usd")


def test_more_sessions_than_the_limit_are_announced(served: Hookwatch) -> None:
    digest = asked(served, since=T0, limit=2)
    assert [it["session_id"] for it in digest["sessions"]] == ["c", "b"]
    assert digest["has_more"]
    assert digest["total"]["prompts"] == 3


def test_a_range_without_a_start_is_the_day_before_its_end(served: Hookwatch) -> None:
    digest = asked(served, until=NOW)
    assert digest["since"] == NOW - 24 * HOUR_MS
    assert digest["total"]["prompts"] == 4


@pytest.mark.parametrize(
    ("query", "headers"),
    [("&as=markdown", {}), ("", {"Accept": "text/markdown"})],
    ids=["parameter", "header"],
)
def test_a_digest_is_markdown_to_paste(
    served: Hookwatch, query: str, headers: dict[str, str]
) -> None:
    """Titles are escaped, and an answer is the Markdown that it was."""
    since = T0 - 2 * HOUR_MS
    path = f"/api/digest?since={since}&until={NOW}&utc_offset_minutes=330{query}"
    answer = served.queryd.get(path, **headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/markdown; charset=utf-8")
    text = answer.body.decode()
    local = datetime.fromtimestamp(since / 1000, UTC) + timedelta(minutes=330)
    assert text.startswith(f"# Digest: {local:%Y-%m-%d %H:%M} to ")
    assert (
        "2 finished, 1 failed, 1 waits for you, $1.25, 2 files changed (+6 −3),"
        " 4 prompts, 1 failed call." in text
    )
    assert r"## Fix \[rounding\] (shop)" in text
    assert "> Fixed the *rounding*.\n> All tests pass.\n" in text
    assert "- Waits for you: Bash git push" in text


def test_json_is_the_answer_to_every_other_accept_header(served: Hookwatch) -> None:
    for accept in ("*/*", "application/json", "text/html,*/*;q=0.8"):
        answer = served.queryd.get("/api/digest", Accept=accept)
        assert answer.headers["content-type"] == "application/json", accept
    answer = served.queryd.get("/api/digest?as=json", Accept="text/markdown")
    assert answer.headers["content-type"] == "application/json"


def test_a_long_paragraph_is_shortened() -> None:
    assert first_paragraph("  One.\nTwo.\n\nThree.") == "One.\nTwo."
    shortened = first_paragraph("x" * 700)
    assert len(shortened) == ANSWER_CHARS
    assert shortened.endswith("…")
