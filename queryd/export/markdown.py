"""Write an export as Markdown that no payload can break out of.

Output stands in fences longer than any run of backticks in it. Prompts and answers are Markdown
themselves: they stand in block quotes, which end whatever is open in them, without raw HTML.
"""

import re
from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt

from queryd.export.content import (
    REDACTION,
    Block,
    CallContent,
    TurnContent,
    agent_title,
    session_facts,
    session_title,
)
from queryd.export.plan import ExportPlan
from queryd.sessions.state import Agent
from queryd.summaries.read import one_line

MAX_HEADING: Final = 6
TITLE_CHARS: Final = 200

_PUNCTUATION: Final = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
_BACKTICKS: Final = re.compile(r"`+")
_WITHOUT_HTML: Final = MarkdownIt("commonmark", {"html": False})


class MarkdownFile:
    """Writes the parts of an export as Markdown."""

    def head(self, plan: ExportPlan) -> Iterator[str]:
        yield f"# {inline(session_title(plan.session))}\n\n"
        for name, value in session_facts(plan.session):
            yield f"- **{name}:** {inline(value)}\n"
        yield f"\n{REDACTION}\n"

    def before(self) -> Iterator[str]:
        yield "\n## Before the first prompt\n"

    def turn(self, turn: TurnContent, number: int) -> Iterator[str]:
        yield f"\n## Turn {number}\n\n{turn.at}, {turn.state}\n"
        if turn.prompt is not None:
            yield f"\n**{turn.title}**\n\n"
            is_report = turn.kind == "notification"
            yield fenced(turn.prompt) if is_report else quoted(turn.prompt)

    def call(self, call: CallContent, depth: int) -> Iterator[str]:
        target = "" if call.target is None else f": {inline(call.target)}"
        agent = "" if call.agent is None else f", by subagent {inline(call.agent)}"
        yield f"\n{_heading(3 + depth)} {inline(call.title)}{target}\n\n"
        yield f"{call.at}, {call.state}{agent}\n"
        for block in call.blocks:
            yield from _block(block)

    def agent(self, agent: Agent, depth: int) -> Iterator[str]:
        yield f"\n{_heading(2 + depth)} Subagent {inline(agent_title(agent))}\n"

    def answer(self, turn: TurnContent) -> Iterator[str]:
        if turn.answer is not None:
            yield f"\n**Answer**\n\n{quoted(turn.answer)}"

    def foot(self) -> Iterator[str]:
        yield from ()


def inline(text: str) -> str:
    """Return a text as one line of Markdown that shows it as it is."""
    return _PUNCTUATION.sub(r"\\\1", one_line(text, TITLE_CHARS))


def fenced(text: str, language: str = "") -> str:
    """Return a code block whose fence is longer than any run of backticks in the text."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.removesuffix(chr(10))}\n{fence}\n"


def quoted(text: str) -> str:
    """Return Markdown as a block quote, its raw HTML as text."""
    lines = _without_html(text).split("\n")
    return "".join(f"> {line}".rstrip() + "\n" for line in lines)


def _without_html(text: str) -> str:
    lines = text.split("\n")
    code = set[int]()
    for token in _WITHOUT_HTML.parse(text):
        if token.map is None:
            continue
        if token.type in {"fence", "code_block"}:
            code.update(range(*token.map))
        elif token.type == "inline":
            start, end = token.map
            lines[start:end] = _escaped("\n".join(lines[start:end])).split("\n")
            code.update(range(start, end))
    # The rest is markup of blocks: definitions of links, empty lines.
    return "\n".join(
        line if number in code else line.replace("<", "\\<") for number, line in enumerate(lines)
    )


def _escaped(paragraph: str) -> str:
    r"""Escape each `<` that is not in a span of code, or escaped already."""
    parts: list[str] = []
    at = 0
    while at < len(paragraph):
        sign = paragraph[at]
        end = at + 1
        if sign == "\\":
            end = at + 2
        elif sign == "`":
            end = _span_end(paragraph, at)
        part = paragraph[at:end]
        parts.append("\\<" if part == "<" else part)
        at = end
    return "".join(parts)


def _span_end(paragraph: str, at: int) -> int:
    """Return where a span of code ends, or the run of backticks that starts none."""
    runs = _BACKTICKS.finditer(paragraph, at)
    opening = next(runs)
    length = opening.end() - at
    closing = (run.end() for run in runs if run.end() - run.start() == length)
    return next(closing, opening.end())


def _block(block: Block) -> Iterator[str]:
    if block.label:
        yield f"\n{inline(block.label)}\n"
    yield "\n"
    if block.kind == "prose":
        yield quoted(block.text)
    else:
        yield fenced(block.text, block.language)


def _heading(level: int) -> str:
    return "#" * min(level, MAX_HEADING)
