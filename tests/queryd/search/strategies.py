"""Generate events that share words, and queries that are likely to meet them."""

import json
from typing import Any

from hypothesis import strategies as st

from shared.filter import Filter

WORDS = ("npm", "npx", "test", "timeout", "src/cart.ts", "Ünïcode", "店铺", "run", "a_b", "it's")
SESSIONS = ("2d4bf2ee-3534", "2d4bf2ef-0000", "mine")
TYPES = ("PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "Stop", "odd_one")
TOOLS = ("Bash", "Read", "mcp__tiny__add")
PROJECTS = ("shop", "Blog")
AGENTS = ("a1", "a2")

_texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
_odd = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), _texts, st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = (
    "prompt",
    "tool_input",
    "tool_response",
    "tool_calls",
    "error",
    "last_assistant_message",
    "message",
    "file_path",
    "agent_type",
)
_usual = st.fixed_dictionaries(
    {},
    optional={
        "prompt": _texts,
        "tool_input": st.fixed_dictionaries(
            {}, optional={"command": _texts, "file_path": _texts, "content": _texts}
        ),
        "tool_response": st.fixed_dictionaries({}, optional={"stdout": _texts, "stderr": _texts}),
        "error": _texts,
        "last_assistant_message": _texts,
        "message": _texts,
        "agent_type": st.sampled_from(["Explore", "a1"]),
    },
)
PAYLOADS = st.one_of(_usual, _usual, st.dictionaries(st.sampled_from(_KEYS), _odd, max_size=4))


def _bytes(payload: dict[str, Any]) -> bytes:
    """Write a payload as ingestd lets it into the log: a half character is none."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


EVENTS = st.fixed_dictionaries(
    {
        "session_id": st.sampled_from(SESSIONS),
        "hook_event_type": st.sampled_from(TYPES),
        "tool_name": st.sampled_from([None, *TOOLS]),
        "source_app": st.sampled_from([None, *PROJECTS]),
        "agent_id": st.sampled_from([None, *AGENTS]),
        "summary": st.one_of(st.none(), _texts),
        "timestamp": st.integers(0, 6).map(lambda part: part * 1_700_000),
        "payload": PAYLOADS.map(_bytes),
    }
)


def _lists(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2).map(tuple)


_no_times = {"since": st.none(), "until": st.none()}
_times = {
    "since": st.one_of(st.none(), st.integers(0, 12_000_000)),
    "until": st.one_of(st.none(), st.integers(0, 12_000_000)),
}
_LISTS = {
    "session_id": _lists(SESSIONS),
    "event_type": _lists(TYPES),
    "tool_name": _lists(TOOLS),
    "source_app": _lists(PROJECTS),
    "agent_id": _lists(AGENTS),
}
FILTERS = st.one_of(
    st.just(Filter()),
    st.builds(Filter, **_LISTS, **_times),
    st.builds(Filter, **_times),
    st.builds(Filter, tool_name=_lists(TOOLS), **_no_times),
)

_word = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["np*", "ti*", '"npm test"', '"npm te"*', "src/*", '"it s"', "unicode", "NPM"]),
)
_fields = st.sampled_from(
    ["prompt:", "command:", "path:", "output:", "error:", "answer:", "other:"]
)
_values = st.one_of(
    st.sampled_from(TOOLS).map("tool:{}".format),
    st.sampled_from(["tool:mcp__*", "tool:bash", "agent:Explore", "agent:a1", "session:2d4bf2ee"]),
    st.sampled_from(TYPES).map("type:{}".format),
    st.sampled_from(PROJECTS).map("project:{}".format),
)
_term = st.one_of(_word, st.tuples(_fields, _word).map("".join), _values)
_terms = st.tuples(st.sampled_from(["", "", "-"]), _term).map("".join)
GOOD_QUERIES = st.one_of(
    st.sampled_from(["", "np*", "-run", "te* -zz", "tool:Bash"]),
    st.lists(_terms, max_size=3).map(" ".join),
)
QUERIES = st.one_of(
    GOOD_QUERIES,
    st.lists(st.one_of(_term, st.sampled_from(list('-*": ')), st.text(max_size=3)), max_size=6).map(
        "".join
    ),
)
