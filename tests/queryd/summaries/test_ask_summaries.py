"""Test what a row shows of a permission request or a question."""

from typing import Any

import pytest

from queryd.summaries.asks import summarise_ask, summarise_elicitation

QUESTIONS = {
    "questions": [
        {"question": "Which layout?", "options": [{"label": "Sidebar"}, {"label": "Tabs"}]},
        {"question": "Which colour?", "options": [{"label": "Blue"}]},
        {"question": "Any more?"},
    ]
}
PLAN = {"plan": "# Move the docs\n\n1. Copy the files\n2. Add redirects\n3. Delete the old ones"}


@pytest.mark.parametrize(
    ("tool", "given", "title", "detail"),
    [
        (
            "Bash",
            {"command": "git push \\\n  --force\nls", "description": "Push to the release branch"},
            "Push to the release branch",
            "git push \\\n--force",
        ),
        ("Bash", {"command": "rm -r dist"}, "Bash rm -r dist", "rm -r dist"),
        (
            "AskUserQuestion",
            QUESTIONS,
            "Which layout? (+2 questions)",
            "Sidebar · Tabs\nBlue",
        ),
        (
            "ExitPlanMode",
            PLAN,
            "Plan: Move the docs",
            "1. Copy the files\n2. Add redirects",
        ),
        (
            "Edit",
            {"file_path": "/w/shop/src/cart.ts", "old_string": "a = 1", "new_string": "a = 2"},
            "Edit src/cart.ts",
            "- a = 1\n+ a = 2",
        ),
        (
            "Write",
            {"file_path": "/w/shop/x.md", "content": "# X\n\nText"},
            "Write x.md",
            "# X\nText",
        ),
        (
            "MultiEdit",
            {"file_path": "/w/shop/a", "edits": [{"old_string": "x", "new_string": ""}]},
            "MultiEdit a",
            "- x",
        ),
        (
            "mcp__github__create_issue",
            {"body": "x" * 40, "title": "The cart rounds down", "labels": 2},
            "The cart rounds down",
            f"body={'x' * 40} title=The cart rounds down labels=2",
        ),
        ("mcp__tiny__ask", {"topic": "test"}, "tiny › ask topic=test", "topic=test"),
        (
            "WebFetch",
            {"url": "https://x.example"},
            "WebFetch https://x.example",
            "url=https://x.example",
        ),
    ],
)
def test_a_request_has_its_own_title_and_the_start_of_its_content(
    tool: str, given: dict[str, Any], title: str, detail: str
) -> None:
    """The longest field of an MCP call would hide its title; a second question counts too."""
    ask = summarise_ask(tool, given, "/w/shop")
    assert (ask.title, ask.detail) == (title, detail)


def test_a_question_of_a_server_names_the_fields_it_wants() -> None:
    payload = {
        "message": "What is your name?",
        "requested_schema": {"properties": {"name": {"title": "Name"}, "age": {}}},
    }
    ask = summarise_elicitation(payload)
    assert (ask.title, ask.detail) == ("What is your name?", "Name, age")
