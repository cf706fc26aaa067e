"""Read what became of a call out of the text its model was given: PostToolBatch holds nothing else.

In: the text. Out: an outcome, or the text as people read it. The texts are Claude Code's own: a
call rejected unread is wrapped in tags, a refusal is a sentence of known beginning. A command's
output may speak of refusals too, so no word counts that stands anywhere in a text.
"""

import re
from typing import Final

from queryd.views.batch import Outcome

_LOOKED_AT: Final = 2_000


def outcome_of_text(text: object) -> Outcome:
    """Return `failed`, `denied`, or `succeeded` for everything that is neither."""
    said = _start_of(text)
    if said.startswith("<tool_use_error>") or _EXIT.match(said):
        return "failed"
    return "denied" if _REFUSED.match(said) else "succeeded"


def without_tags(text: object) -> str:
    """Return the text without the tags around an error."""
    return _TAGS.sub("", _start_of(text)).strip()


def _start_of(text: object) -> str:
    """Return the beginning of a text, or of the first text in a list of content blocks."""
    if isinstance(text, list):
        text = next((one.get("text") for one in text if isinstance(one, dict)), "")
    return text[:_LOOKED_AT].lstrip() if isinstance(text, str) else ""


_TAGS: Final = re.compile(r"</?tool_use_error>")
_EXIT: Final = re.compile(r"Exit code [1-9]\d*\b")
_REFUSED: Final = re.compile(
    r"Claude requested permissions? to .*(haven't granted|sensitive file)"
    r"|Permission to use (?:[A-Z]\w*|mcp__[\w-]+)\b.*\bhas (been (auto-)?denied|not been granted)"
    r"|The user doesn't want to (proceed with this tool use|take this action)"
    r"|(The )?[Uu]ser (rejected|declined|denied)\b"
    r"|(Permission for )?([Tt]he|[Tt]his) (tool (use|call)|action|operation|command)\b[^\n]{0,200}?"
    r"\b(was|has been) (denied|rejected|blocked)"
    r"|The agent proposed a plan that was rejected by the user"
    r"|This (Bash )?command (requires approval|contains multiple operations\b.*requires? approval)"
    r"|(PreToolUse:\S+ hook error|Hook PreToolUse:\S+ denied|\S+ operation blocked by hook)\b"
    r"|\S+ (in|to) '[^'\n]*' was blocked\. For security"
    r"|Agent type '[^'\n]*' has been denied",
    re.DOTALL,
)
