"""Generate users' settings in any layout, and options of connect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from connect.settings.request import ConnectRequest
from shared.hook_events import WORTH_HAVING
from tests.connect.layouts import KEYS, layouts, values

EVENTS = st.sampled_from([*WORTH_HAVING[:6], "WorktreeCreate", "Odd"]) | KEYS
THEIRS = st.fixed_dictionaries(
    {"type": st.sampled_from(["command", "http", "prompt"])},
    optional={"command": st.text(max_size=9), "timeout": st.integers(1, 99), "x": values(3)},
)
GROUPS = st.fixed_dictionaries(
    {"hooks": st.lists(THEIRS, max_size=2)}, optional={"matcher": st.text(max_size=5)}
)
LINES = st.fixed_dictionaries(
    {"type": st.just("command"), "command": st.text(st.characters(exclude_characters="\0"))},
    optional={"padding": st.integers(0, 3)},
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "model": values(3),
        "hooks": st.dictionaries(EVENTS, st.lists(GROUPS, max_size=2), max_size=4),
        "env": st.dictionaries(KEYS, st.text(max_size=5), max_size=3),
        "statusLine": LINES,
        "permissions": values(6),
    },
).flatmap(lambda it: st.permutations(list(it.items())).map(dict))
TEXTS = st.none() | st.sampled_from(["", "\n", " \r\n"]) | SETTINGS.flatmap(layouts)


@st.composite
def asks(draw: st.DrawFn) -> ConnectRequest:
    """Generate options of connect."""
    folder = draw(st.sampled_from(["/home/me/data", "/it's a $HOME `x`", '/quo"te\nline', "/é"]))
    return ConnectRequest(
        data=Path(folder),
        url=draw(st.sampled_from(["http://127.0.0.1:4000", "https://log.example/hw"])),
        via=draw(st.sampled_from(["command", "http", "spool"])),
        optional_events=draw(
            st.sampled_from([(), [("MessageDisplay", None), ("FileChanged", "a|b")]])
        ),
        status_line=draw(st.booleans()),
        telemetry=draw(st.booleans()),
        prompts=draw(st.booleans()),
        with_token=draw(st.booleans()),
    )


def pruned(settings: Any) -> Any:
    """Return settings without containers that hold nothing, which mean nothing."""
    hooks = {event: groups for event, groups in settings.get("hooks", {}).items() if groups != []}
    kept = {**settings, "hooks": hooks}
    return {key: it for key, it in kept.items() if key not in {"hooks", "env"} or it != {}}
