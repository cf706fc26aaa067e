"""Reduce errors to fingerprints, equal for one failure with other numbers, names and places.

In: the text of an error. Out: a short, readable key.
"""

import re
from itertools import islice
from typing import Final

KEY_CHARS: Final = 200
READ_CHARS: Final = 4_000
"""Read from each end of an error: a long output has the failure near one of them."""
LINE_CHARS: Final = 500
LINES: Final = 60


def error_key(error: str) -> str:
    """Return the error's most specific line, without what differs from case to case.

    An exit code stays, and so does the code of an HTTP answer: they distinguish failures.
    """
    lines = _lines(error)
    head, rest = (lines[0], lines[1:]) if lines and _EXIT.fullmatch(lines[0]) else ("", lines)
    specific = _VARYING.sub(_placeholder, _most_specific(rest))
    return ": ".join(part for part in (head, specific) if part)[:KEY_CHARS]


def _lines(error: str) -> list[str]:
    """Return the lines that are not blank; of a long error, those near its ends."""
    if len(error) > 2 * READ_CHARS:
        error = f"{error[:READ_CHARS]}\n{error[-READ_CHARS:]}"
    stripped = (" ".join(line.split()) for line in _MARKUP.sub("", error).splitlines())
    return [line[:LINE_CHARS] for line in stripped if line]


def _most_specific(lines: list[str]) -> str:
    """Return the line with the failure: in a traceback the last one, otherwise the first."""
    if not lines:
        return ""
    if _TRACEBACK in lines:
        return next((line for line in reversed(lines) if _RAISED.match(line)), lines[-1])
    return next((line for line in islice(lines, LINES) if _COMPLAINT.search(line)), lines[0])


def _placeholder(match: re.Match[str]) -> str:
    kind = match.lastgroup
    return match[0] if kind == "code" else f"<{kind}>"


_MARKUP: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|</?tool_use_error>")
_EXIT: Final = re.compile(r"Exit code -?\d{1,5}")
_TRACEBACK: Final = "Traceback (most recent call last):"
_RAISED: Final = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)\b")
_COMPLAINT: Final = re.compile(
    r"error|exception|fail|fatal|panic|cannot|can't|could not|unable|not found|no such|denied"
    r"|refused|invalid|missing|timed out|unexpected|undefined|unknown|conflict|rejected",
    re.IGNORECASE,
)
# Longer and more certain patterns come first. No text can match one in two ways, so none is slow.
_VARYING: Final = re.compile(
    r"(?P<code>\b(?:exit(?: code)?|status(?: code)?|http(?:/\d(?:\.\d)?)?|errno|error)[ :=]{1,2}"
    r"-?\d{1,5}\b(?!\.?\w|:\d))"
    r"|(?P<url>\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"`<>)\]]+)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\b\d\d?:\d\d:\d\d(?:[.,]\d+)?)"
    r"|(?P<text>\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'(?!\w)|“[^”]*”)"
    r"|(?P<path>(?<![\w<])(?:[A-Za-z]:\\|~/|\.{1,2}/|/)[^\s:;,'\"`()<>\[\]|]+"
    r"|(?<![\w<])[\w.@+-]+/[\w.@+-]+(?:/[\w.@+-]+)+"
    r"|(?<![\w<])(?:[\w.@+-]+/)?[\w@+-][\w.@+-]*\.(?:py|pyi|[cm]?[jt]sx?|json[lc]?|md|txt|ya?ml"
    r"|toml|css|html?|rs|go|java|kt|rb|php|[ch](?:pp|h|c)?|cs|swift|sh|sql|lock|cfg|ini|csv|log"
    r"|xml|vue|svelte|ipynb|png|jpe?g|svg|pdf)\b)"
    r"|(?P<id>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b|\b[a-z]+_(?=[a-z]*\d)[0-9a-z]{8,}\b"
    r"|\b(?=[a-z]+\d+[a-z])[0-9a-z]{9,}\b|\b(?=\d+[a-z]+\d)[0-9a-z]{9,}\b)"
    r"|(?P<n>(?<![\w.<])[-+]?\d+(?:[.,:]\d+)*)",
    re.IGNORECASE,
)
