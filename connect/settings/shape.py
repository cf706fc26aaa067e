"""Find what in settings has not the shape that Claude Code gives it.

In: settings, scanned. Out: the first value that has another shape, and what it should be; None when
all is as it should be. Only what we add to is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.settings.json.scan import Value, find

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

Odd = tuple[Value, str]


def misshapen(root: Value, touched: Container[str]) -> Odd | None:
    """Return the first value of another shape under the keys we touch, and a sentence about it."""
    found = (odd for name, look in _LOOKS.items() if name in touched for odd in look(root))
    return next(found, None)


def _odd_hooks(root: Value) -> Iterator[Odd]:
    hooks = find(root, ("hooks",))
    if hooks is not None:
        yield from _other(hooks, "object", '"hooks" has to be an object')
        for event in hooks.members:
            yield from _odd_event(event.key, event.value)


def _odd_env(root: Value) -> Iterator[Odd]:
    env = find(root, ("env",))
    if env is not None:
        yield from _other(env, "object", '"env" has to be an object')


def _odd_event(name: str, groups: Value) -> Iterator[Odd]:
    yield from _other(groups, "array", f'"{name}" has to be a list of groups')
    for group in groups.items:
        yield from _other(group, "object", f'a group of "{name}" has to be an object')
        handlers = find(group, ("hooks",))
        if handlers is None:
            yield group, f'a group of "{name}" has no "hooks"'
            return
        yield from _other(handlers, "array", f'"hooks" of a group of "{name}" has to be a list')
        for handler in handlers.items:
            yield from _other(handler, "object", f'a hook of "{name}" has to be an object')


def _odd_line(root: Value) -> Iterator[Odd]:
    line = find(root, ("statusLine",))
    if line is None:
        return
    yield from _other(line, "object", '"statusLine" has to be an object')
    command = find(line, ("command",))
    if command is None:
        yield line, '"statusLine" has no "command"'
    else:
        yield from _other(command, "string", '"command" of "statusLine" has to be text')


def _other(value: Value, kind: str, sentence: str) -> Iterator[Odd]:
    if value.kind != kind:
        yield value, sentence


_LOOKS = {"hooks": _odd_hooks, "env": _odd_env, "statusLine": _odd_line}
