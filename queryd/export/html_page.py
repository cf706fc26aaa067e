"""Write an export as one HTML page that needs nothing else, runs nothing and asks no one.

All text is escaped. A policy in the page forbids scripts, and anything from elsewhere: were a text
to become markup, it would still do nothing.
"""

import base64
import hashlib
from collections.abc import Iterator, MutableMapping, Sequence
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

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

PROSE_CHARS: Final = 30_000
"""A longer text is shown as it is: to lay it out as Markdown takes a second."""
TITLE_CHARS: Final = 300
STYLE: Final = """\
:root { color-scheme: light dark; --edge: #8884; --muted: light-dark(#59636e, #9198a1);
  --panel: light-dark(#f6f8fa, #161b22); --ok: light-dark(#1a7f37, #3fb950);
  --bad: light-dark(#cf222e, #f85149); }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem;
  font: 14px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .75rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--edge); }
h2 small, summary small, .note { color: var(--muted); font-size: .85rem; font-weight: 400; }
h3 { font-size: .9rem; margin: .75rem 0 .25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; }
dt { color: var(--muted); }
dd { margin: 0; }
.turn { content-visibility: auto; contain-intrinsic-size: auto 20rem; }
.message { border-left: 3px solid var(--edge); padding: .1rem 0 .1rem .9rem; margin: .5rem 0 1rem;
  unicode-bidi: isolate; }
.message.prompt { border-left-color: #4493f8; }
.message > :first-child { margin-top: 0; }
.message > :last-child { margin-bottom: 0; }
.message :is(h1, h2, h3, h4) { font-size: 1rem; margin: 1rem 0 .25rem; padding: 0; border: 0; }
.plain, pre { white-space: pre-wrap; }
details { border: 1px solid var(--edge); border-radius: 6px; margin: .4rem 0; }
summary { cursor: pointer; padding: .3rem .6rem; }
summary bdi { font-family: ui-monospace, monospace; font-size: .85rem; }
.inside { padding: 0 .6rem .5rem; }
.label { color: var(--muted); font-size: .85rem; margin: .5rem 0 .2rem; }
pre { background: var(--panel); border-radius: 6px; padding: .6rem; margin: .2rem 0; tab-size: 4;
  font: 12px/1.45 ui-monospace, monospace; unicode-bidi: isolate; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
pre code { font-size: 1em; }
ins, del { text-decoration: none; display: block; }
ins { background: #2ea04326; }
del { background: #f8514926; }
.at { display: block; color: var(--muted); }
.succeeded, .done { color: var(--ok); }
.failed, .denied { color: var(--bad); }
.d1 { margin-left: 1.25rem; }
.d2 { margin-left: 2.5rem; }
.d3 { margin-left: 3.75rem; }
table { border-collapse: collapse; }
td, th { border: 1px solid var(--edge); padding: .2rem .5rem; }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
)
_SIGNS: Final = {"+": "ins", "-": "del"}


class HtmlFile:
    """Writes the parts of an export as HTML."""

    def __init__(self) -> None:
        self._in_turn = False

    def head(self, plan: ExportPlan) -> Iterator[str]:
        title = _text(one_line(session_title(plan.session), TITLE_CHARS))
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_text(POLICY)}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f"<h1><bdi>{title}</bdi></h1>\n<dl>\n"
        )
        for name, value in session_facts(plan.session):
            yield f"<dt>{name}</dt><dd><bdi>{_text(value)}</bdi></dd>\n"
        yield f'</dl>\n<p class="note">{REDACTION}</p>\n'

    def before(self) -> Iterator[str]:
        yield '<section class="turn">\n<h2>Before the first prompt</h2>\n'
        self._in_turn = True

    def turn(self, turn: TurnContent, number: int) -> Iterator[str]:
        yield from self._turn_end()
        yield f'<section class="turn" id="turn-{number}">\n'
        self._in_turn = True
        yield f"<h2>Turn {number} <small>{turn.at}, {_text(turn.state)}</small></h2>\n"
        if turn.prompt is not None:
            yield f'<h3>{turn.title}</h3>\n<div class="message prompt">'
            yield _plain(turn.prompt) if turn.kind == "notification" else _prose(turn.prompt)
            yield "</div>\n"

    def call(self, call: CallContent, depth: int) -> Iterator[str]:
        is_open = " open" if any(it.kind == "diff" for it in call.blocks) else ""
        target = "" if call.target is None else f" <bdi>{_text(call.target)}</bdi>"
        agent = "" if call.agent is None else f", by subagent <bdi>{_text(call.agent)}</bdi>"
        yield (
            f'<details class="d{min(depth, 3)}"{is_open}><summary><b>{_text(call.title)}</b>'
            f'{target} <small class="{call.outcome}">{_text(call.state)}</small></summary>\n'
            f'<div class="inside"><p class="note">{call.at}{agent}</p>\n'
        )
        for block in call.blocks:
            yield from _block(block)
        yield "</div></details>\n"

    def agent(self, agent: Agent, depth: int) -> Iterator[str]:
        yield f'<h3 class="d{min(depth, 3)}">Subagent <bdi>{_text(agent_title(agent))}</bdi></h3>\n'

    def answer(self, turn: TurnContent) -> Iterator[str]:
        if turn.answer is not None:
            yield f'<h3>Answer</h3>\n<div class="message">{_prose(turn.answer)}</div>\n'

    def foot(self) -> Iterator[str]:
        yield from self._turn_end()
        yield "</body>\n</html>\n"

    def _turn_end(self) -> Iterator[str]:
        if self._in_turn:
            yield "</section>\n"
        self._in_turn = False


def _text(text: str) -> str:
    return escape(text, quote=True)


def _plain(text: str) -> str:
    return f'<div class="plain">{_text(text)}</div>'


def _prose(text: str) -> str:
    return _plain(text) if len(text) > PROSE_CHARS else str(_MARKDOWN.render(text))


def _block(block: Block) -> Iterator[str]:
    if block.label:
        yield f'<p class="label"><bdi>{_text(block.label)}</bdi></p>'
    if block.kind == "prose":
        yield f'<div class="message">{_prose(block.text)}</div>\n'
    elif block.kind == "diff":
        yield f"<pre>{''.join(map(_diff_line, block.text.split(chr(10))))}</pre>\n"
    else:
        yield f"<pre>{_text(block.text)}</pre>\n"


def _diff_line(line: str) -> str:
    if line.startswith("@@"):
        return f'<span class="at">{_text(line)}</span>'
    tag = _SIGNS.get(line[:1])
    return f"{_text(line)}\n" if tag is None else f"<{tag}>{_text(line)}</{tag}>"


def _link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,  # noqa: ANN401 - the library's signature
    env: MutableMapping[str, Any],
) -> str:
    del env
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, {})


def _cell(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,  # noqa: ANN401 - the library's signature
    env: MutableMapping[str, Any],
) -> str:
    del env
    tokens[index].attrs.clear()  # its alignment would be an inline style
    return renderer.renderToken(tokens, index, options, {})


# Raw HTML is text, and an image is a link: showing it would ask its server.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})
_MARKDOWN.enable(["table", "strikethrough"]).disable("image")
_MARKDOWN.add_render_rule("link_open", _link)
_MARKDOWN.add_render_rule("th_open", _cell)
_MARKDOWN.add_render_rule("td_open", _cell)
