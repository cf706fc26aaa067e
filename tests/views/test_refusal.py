"""Test how the outcome of a call is read out of the text its model was given."""

from typing import Any

import pytest

from queryd.views.refusal import outcome_of_text, without_tags


@pytest.mark.parametrize(
    "text",
    [
        "Claude requested permissions to write to /w/a.txt, but you haven't granted it yet.",
        "Claude requested permissions to use Bash, but you haven't granted it yet.",
        "Claude requested permissions to edit /w/.env which is a sensitive file.",
        "Permission to use Bash with command rm -rf /\nls has been denied.",
        "Permission to use Write has been denied because Claude Code is running in don't ask mode.",
        "Permission to use mcp__db__drop-all has been auto-denied in dontAsk mode.",
        "Permission for this action has been denied. Reason: deletes the branch.",
        "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if",
        "The user doesn't want to take this action right now. STOP what you are doing.",
        "User rejected update to /w/a.py",
        "User declined to answer questions",
        "The agent proposed a plan that was rejected by the user. The user chose to stay.",
        "This command requires approval",
        "This Bash command contains multiple operations. The following part requires approval: rm",
        "PreToolUse:Bash hook error: [check.sh]: not on Fridays",
        "Hook PreToolUse:Bash denied this tool",
        "Bash operation blocked by hook:\n- not on Fridays",
        "cd in '/etc' was blocked. For security, Claude Code may only change directories to",
        "Agent type 'Explore' has been denied by permission rule 'Agent(Explore)'.",
    ],
)
def test_a_refusal_is_told_by_its_sentence(text: str) -> None:
    """A call nobody let run must not count as one that ran well."""
    assert outcome_of_text(text) == "denied"
    assert outcome_of_text([{"type": "text", "text": text}]) == "denied"


@pytest.mark.parametrize(
    "text",
    [
        "bash: ./deploy: Permission denied",
        "git@host: Permission denied (publickey).",
        "Permission to use, copy, modify this software is granted.\nAll else is denied.",
        "Permission to acme/shop.git denied to bob.",
        "The user table has 3 rows, 1 of them rejected",
        "The command line tool\n\nlists what was denied.",
        "Access was denied by the proxy\n",
        "1\tThe user doesn't want to proceed with this tool use.",
        "users.py:7: The user rejected it",
        "0 requests blocked",
        "Exit code 0",
        "",
    ],
)
def test_an_output_that_speaks_of_refusals_is_none(text: str) -> None:
    """Logs, licences and sources speak of what was denied; the commands that show them ran."""
    assert outcome_of_text(text) == "succeeded"


@pytest.mark.parametrize(
    "text", ["<tool_use_error>No such tool</tool_use_error>", "Exit code 2\nboom", "\n Exit code 1"]
)
def test_an_error_is_told_by_its_beginning(text: str) -> None:
    """Where the Post* of a failed call was lost, this is all there is of the failure."""
    assert outcome_of_text(text) == "failed"


@pytest.mark.parametrize("odd", [None, 7, {}, [], [None], [{}], [{"text": 7}]])
def test_what_is_no_text_is_no_refusal(odd: Any) -> None:
    """MCP servers answer with anything; it must not stop the folding."""
    assert outcome_of_text(odd) == "succeeded"
    assert without_tags(odd) == ""


def test_the_tags_around_an_error_are_not_shown() -> None:
    """They are for the model; people read the sentence between them."""
    assert without_tags("<tool_use_error>No such tool</tool_use_error>") == "No such tool"
