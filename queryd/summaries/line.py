"""Format a summary: lead, detail and outcome on one line.

    Bash  npm test  →  exit 1, 3.2 s

The detail follows the lead after two spaces, the outcome after `  →  `; both are optional. No part
contains two spaces in a row, so a reader can split the line: the outcome follows the last `  →  `,
the detail follows the first two spaces before it.
"""

from typing import Final, NamedTuple

from queryd.summaries.read import one_line

LINE_CHARS: Final = 400
"""More than any row can show."""
LEAD_CHARS: Final = 80
OUTCOME_CHARS: Final = 160
BETWEEN: Final = "  "
ARROW: Final = "  →  "


class SummaryLine(NamedTuple):
    lead: str
    detail: str | None = None
    outcome: str | None = None


def format_line(line: SummaryLine) -> str:
    """Return at most `LINE_CHARS` characters; a long detail is cut first."""
    summary = one_line(line.lead, LEAD_CHARS) or "Event"
    outcome = one_line(line.outcome, OUTCOME_CHARS) if line.outcome else ""
    tail = f"{ARROW}{outcome}" if outcome else ""
    if line.detail:
        room = LINE_CHARS - len(summary) - len(BETWEEN) - len(tail)
        if detail := one_line(line.detail, room):
            summary = f"{summary}{BETWEEN}{detail}"
    return summary + tail
