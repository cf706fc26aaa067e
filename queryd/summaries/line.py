"""Write what was found to say as one line.

In: a lead, a detail, an outcome, of any length and over any lines. Out: one line of a fixed
grammar: the lead; two spaces and the detail, if there is one; then, if there is one, two spaces, an
arrow, two spaces and the outcome.

    Bash  npm test  →  exit 1, 3.2 s

No part holds two spaces in a row. So what follows the last `  →  ` is the outcome, and of what
stands before it, what follows the first two spaces is the detail.
"""

from typing import Final, NamedTuple

from queryd.summaries.read import one_line

LINE_CHARS: Final = 400
"""More than any row can show."""
LEAD_CHARS: Final = 80
OUTCOME_CHARS: Final = 160
BETWEEN: Final = "  "
ARROW: Final = "  →  "


class Line(NamedTuple):
    """Hold the parts; one that says nothing may be None or blank."""

    lead: str
    detail: str | None = None
    outcome: str | None = None


def write(line: Line) -> str:
    """Write the parts on one line; the detail gives way, for it is the one that runs on."""
    said = one_line(line.lead, LEAD_CHARS) or "Event"
    outcome = one_line(line.outcome, OUTCOME_CHARS) if line.outcome else ""
    tail = f"{ARROW}{outcome}" if outcome else ""
    if line.detail:
        room = LINE_CHARS - len(said) - len(BETWEEN) - len(tail)
        if detail := one_line(line.detail, room):
            said = f"{said}{BETWEEN}{detail}"
    return said + tail
