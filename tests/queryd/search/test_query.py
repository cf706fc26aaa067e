"""Hold what someone types to exact expressions, and what is broken to exact refusals."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.search.matching import Matcher
from queryd.search.query import ALL, TextQuery, parse
from queryd.search.tokens import ANY, MARK, token, token_start
from shared.errors import Refusal
from shared.filter import EVERYTHING, Filter
from tests.queryd.search.strategies import FILTERS, QUERIES

BASH = f'meta : "{token("tool", "Bash")}"'

EXPRESSIONS = {
    "npm": '- meta : "npm"',
    "  npm   test ": '- meta : "npm" AND - meta : "test"',
    "npm npm": '- meta : "npm"',
    '"not found"': '- meta : "not found"',
    "src/cart.ts": '- meta : "src/cart.ts"',
    "session_id": '- meta : "session_id"',
    "car*": '- meta : "car"*',
    "src/car*": '- meta : "src/car"*',
    '"not fou"*': '- meta : "not fou"*',
    "店*": '- meta : "店"*',
    "-npm": f'(meta : "{ANY}") NOT (- meta : "npm")',
    "npm -test -run": '(- meta : "npm") NOT (- meta : "test" OR - meta : "run")',
    "--force": '- meta : "--force"',
    "error:timeout": 'error : "timeout"',
    'ERROR:"timed out"': 'error : "timed out"',
    "path:src/*": 'path : "src/"*',
    "-error:timeout": f'(meta : "{ANY}") NOT (error : "timeout")',
    "tool:Bash": BASH,
    "tool_name:bash": BASH,
    'tool:"Bash"': BASH,
    "tool:mcp__*": f'meta : "{token_start("tool", "mcp__")}"*',
    "tool:Bash error:timeout": f'{BASH} AND error : "timeout"',
    "agent:Explore": (
        f'meta : ("{token("agent", "Explore")}" OR "{token("agent_type", "Explore")}")'
    ),
    "session:2d4b": f'meta : "{token_start("session", "2d4b")}"*',
    "session:mine": f'meta : "{token("session", "mine")}"',
    "type:Stop project:shop": (
        f'meta : "{token("type", "Stop")}" AND meta : "{token("project", "shop")}"'
    ),
    "http://a.b/c": '- meta : "http://a.b/c"',
    "C:\\x": '- meta : "C:\\x"',
    "std::move": '- meta : "std::move"',
    "12:30": '- meta : "12:30"',
    'say "a""b"': '- meta : "say" AND - meta : "a" AND - meta : "b"',
    "a\0b": '- meta : "a b"',
    "AND": '- meta : "AND"',
}

REFUSALS = {
    '"npm': "missing closing quote at position 1",
    'npm "test': "missing closing quote at position 5",
    'error:"x': "missing closing quote at position 7",
    "-": "- needs a term to exclude at position 1",
    "npm - test": "- needs a term to exclude at position 5",
    "*": "* needs a prefix at position 1",
    "npm *": "* needs a prefix at position 5",
    "n*m": "* is only allowed at the end of a word at position 2",
    "np**": "* is only allowed at the end of a word at position 3",
    "n*": "n* needs 2 letters before its * at position 1",
    "tol:Bash": "unknown field tol at position 1 (did you mean tool:)",
    "npm foo:bar": "unknown field foo at position 5 (quote it to search for this text)",
    "-tol:Bash": "unknown field tol at position 2 (did you mean tool:)",
    "tool:": "tool: needs a value at position 1",
    "error: timeout": "error: needs a value at position 1",
    'tool:" "': "tool: needs a value at position 1",
    "npm ...": "nothing to search for in ... at position 5",
    '""': 'nothing to search for in "" at position 1',
    "error:--": "nothing to search for in error:-- at position 1",
    "🚀": "nothing to search for in 🚀 at position 1",
    "a" * 1_001: "longer than 1000 characters at position 1001",
    " ".join(["ab"] * 33): "more than 32 terms at position 97",
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_query_has_the_expected_expression(text: str) -> None:
    """The grammar is what people learn; a change of it must be meant."""
    assert parse(text).expression() == EXPRESSIONS[text]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_broken_query_is_refused_with_the_position(text: str) -> None:
    """An empty answer would be taken for "there is nothing"."""
    with pytest.raises(Refusal) as caught:
        parse(text)
    refusal = caught.value
    assert (refusal.status, refusal.detail.code, refusal.detail.field) == (
        400,
        "invalid_query",
        "q",
    )
    assert refusal.detail.message == f"q: {REFUSALS[text]}"


def test_a_blank_text_matches_everything() -> None:
    """An emptied search field is no search."""
    assert parse("") == parse(" \t\n") == ALL == TextQuery()
    assert ALL.expression() == f'meta : "{ANY}"'


def test_the_values_of_a_filter_become_part_of_the_expression() -> None:
    """By them the views answer what the log has no index for."""
    wanted = Filter(tool_name=("Bash", "Read"), source_app=("shop",), since=5)
    bash, read, shop = (
        token("tool", "Bash"),
        token("tool", "Read"),
        token("project", "shop"),
    )
    listed = f'meta : ("{bash}" OR "{read}") AND meta : ("{shop}")'
    assert ALL.expression(wanted) == listed
    assert parse("-npm").expression(wanted) == f'({listed}) NOT (- meta : "npm")'
    assert parse("-npm").expression(EVERYTHING) == parse("-npm").expression()


def test_a_value_of_any_length_has_one_token() -> None:
    """Two that differ only at their far end must not be taken for each other."""
    long = "x" * 500
    assert token("tool", "Bash") == token("tool", "bASH") != token("project", "Bash")
    assert token("session", f"{long}1") != token("session", f"{long}2")
    assert token("session", long).startswith(token_start("session", long[:70]))
    assert re.fullmatch(
        f"{MARK}[a-z0-9\ue000-\ue0ff{MARK}]+", token("session", "a b\0\ud83d" + long)
    )


@given(text=st.one_of(QUERIES, st.text(max_size=80)), wanted=FILTERS)
@settings(max_examples=600, deadline=None)
def test_any_text_is_parsed_or_refused_with_a_position(text: str, wanted: Filter) -> None:
    """No text may make a mistake of ours out of a mistake in typing."""
    try:
        query = parse(text)
    except Refusal as refusal:
        place = re.fullmatch(
            r"q: .* at position (\d+)(?: \(.*\))?", refusal.detail.message, re.DOTALL
        )
        assert place is not None
        assert 1 <= int(place[1]) <= len(text)
        return
    matcher = Matcher()
    try:
        assert matcher.hits(query) == set()
        assert matcher.hits(TextQuery((query.expression(wanted),))) == set()
    finally:
        matcher.close()
