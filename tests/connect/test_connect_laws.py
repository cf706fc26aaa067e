"""Test that disconnect removes exactly what connect added, for any settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connect.__main__ import parser
from connect.cli import options
from connect.settings.apply import apply_desired
from connect.settings.installed import InstalledEntries, find_installed, our_handlers
from connect.settings.json.edit import append, remove, replace
from connect.settings.json.scan import scan
from connect.settings.request import ConnectRequest, desired_settings, previous_request
from connect.settings.undo import remove_ours
from shared.hook_events import COMMAND_ONLY, ON_REQUEST
from shared.hook_handlers import our_handler
from shared.settings import Settings
from tests.connect.layouts import values
from tests.connect.settings_texts import TEXTS, asks, pruned
from tests.connect.test_json_text import paths, value_at

if TYPE_CHECKING:
    from connect.settings.json.scan import JsonPath
    from connect.settings.record import SettingsRecord

FILE = "/home/me/.claude/settings.json"


def connected(text: str | None, asked: ConnectRequest) -> tuple[str, SettingsRecord]:
    """Return settings with what was asked for in them."""
    return apply_desired(text, desired_settings(asked), FILE, None)


def brought(
    text: str, record: SettingsRecord | None, asked: ConnectRequest
) -> tuple[str, SettingsRecord]:
    """Return settings after a further run."""
    return apply_desired(text, desired_settings(asked), FILE, record)


def unordered(installed: InstalledEntries) -> tuple[Any, ...]:
    """Return what is installed, in whatever order it stands."""
    handlers = sorted(
        json.dumps([it.event, it.group, it.handler], sort_keys=True) for it in installed.handlers
    )
    return handlers, installed.env, installed.status_line


def named_nothing(
    text: str, record: SettingsRecord | None, first: ConnectRequest
) -> ConnectRequest:
    """Return what a plain `hookwatch connect` asks for, with the same folder and token."""
    token = "a-token-of-some-length" if first.with_token else None
    there = previous_request(find_installed(text, record), "http://127.0.0.1:4000")
    return options.build_request(
        parser().parse_args(["connect"]), there, Settings(data=first.data, token=token)
    )


@settings(max_examples=60, deadline=None)
@given(TEXTS, asks())
def test_connect_then_disconnect_is_the_identity(text: str | None, asked: ConnectRequest) -> None:
    """Byte for byte, in any layout: to try Hookwatch costs nothing."""
    assert remove_ours(*connected(text, asked)) == text


@settings(max_examples=60, deadline=None)
@given(TEXTS, asks(), asks())
def test_a_run_with_everything_named_is_a_first_run_with_it(
    text: str | None, first: ConnectRequest, second: ConnectRequest
) -> None:
    """Nothing of an old address or way is left, and what was there before us is not forgotten."""
    again, record = brought(*connected(text, first), second)
    assert unordered(find_installed(again, record)) == unordered(
        find_installed(*connected(text, second))
    )
    assert remove_ours(again, record) == text
    assert brought(again, record, second) == (again, record)


@settings(max_examples=60, deadline=None)
@given(TEXTS, asks())
def test_a_run_that_names_nothing_keeps_everything(text: str | None, first: ConnectRequest) -> None:
    """Doctor advises to run it again, when users no longer know the options."""
    after, record = connected(text, first)
    for known in (record, None):
        assert brought(after, known, named_nothing(after, known, first))[0] == after


@settings(max_examples=60, deadline=None)
@given(st.data(), TEXTS, asks())
def test_only_missing_or_outdated_parts_are_repaired(
    data: st.DataObject, text: str | None, asked: ConnectRequest
) -> None:
    """Settings have grown behind our hooks since; a diff that moves them all is not read."""
    after, record = connected(text, asked)
    grown = append(after, (), {"theirs": [1]}, key="later")
    ours = [path for path, _ in our_handlers(grown, scan(grown))]
    path = data.draw(st.sampled_from(ours))
    broken = data.draw(
        st.sampled_from(
            [
                remove(grown, path[:-2]),
                replace(grown, (*path, "timeout"), 600),
                append(grown, path, "x", key="if"),
            ]
        )
    )
    left = remove_ours(broken, record)
    mended, record = brought(broken, record, named_nothing(broken, record, asked))
    if path[1] not in ON_REQUEST:  # nothing shows that an optional part is missing
        assert unordered(find_installed(mended, record)) == unordered(find_installed(grown, record))
    assert list(json.loads(mended)) == list(json.loads(broken))
    assert remove_ours(mended, record) == left


@settings(max_examples=60, deadline=None)
@given(TEXTS, asks())
def test_the_requested_entries_are_added_once_and_nothing_else_changes(
    text: str | None, asked: ConnectRequest
) -> None:
    """A second entry would be a second process an event."""
    after, record = connected(text, asked)
    found = find_installed(after, record)
    want = desired_settings(asked)
    assert [(it.event, {**it.group, "hooks": [it.handler]}) for it in found.handlers] == (
        sorted(want.groups, key=lambda it: list(json.loads(after)["hooks"]).index(it[0]))
    )
    assert bool(found.status_line) == asked.status_line
    before = json.loads(text) if text and text.strip() else {}
    now = json.loads(after)
    assert list(now)[: len(before)] == list(before)
    for key in before.keys() - {"hooks", "env", "statusLine"}:
        assert now[key] == before[key]
    for event, groups in before.get("hooks", {}).items():
        assert now["hooks"][event][: len(groups)] == groups


@settings(max_examples=60, deadline=None)
@given(asks())
def test_worktrees_are_unchanged_and_events_without_http_hooks_use_commands(
    asked: ConnectRequest,
) -> None:
    """An answer to WorktreeCreate breaks worktrees; http for SessionStart is silence."""
    groups = desired_settings(asked).groups
    assert not {event for event, _ in groups} & {"WorktreeCreate", "PreModelSwitch"}
    for event, group in groups:
        for handler in group["hooks"]:
            found = our_handler(handler)
            assert found is not None
            assert found.url == asked.url
            is_command_only = asked.via == "http" and event in COMMAND_ONLY
            assert found.kind == ("command" if is_command_only else asked.via)


@settings(max_examples=60, deadline=None)
@given(TEXTS, asks())
def test_without_the_record_exactly_our_entries_are_removed_too(
    text: str | None, asked: ConnectRequest
) -> None:
    """Data folders are deleted; then only emptiness, which means nothing, may be another."""
    after, _ = connected(text, asked)
    left = remove_ours(after, None)
    assert left is not None
    before = json.loads(text) if text and text.strip() else {}
    assert pruned(json.loads(left)) == pruned(before)


@settings(max_examples=60, deadline=None)
@given(st.data(), TEXTS, asks())
def test_changes_made_in_between_are_kept(
    data: st.DataObject, text: str | None, asked: ConnectRequest
) -> None:
    """People go on editing their settings; disconnecting years later must not undo that."""
    after, record = connected(text, asked)
    plain = "{}\n" if text is None or not text.strip() else text
    edit = data.draw(edits(json.loads(plain)))
    left = remove_ours(edit(after), record)
    assert left is not None
    assert pruned(json.loads(left)) == pruned(json.loads(edit(plain)))


@st.composite
def edits(draw: st.DrawFn, settings: Any) -> Any:
    """Draw an edit of what is the user's, which fits the settings with ours in them as well."""
    new = draw(values(3))
    kind = draw(st.sampled_from(["add", "remove", "replace"]))
    if kind == "add":
        return lambda text: append(text, (), new, key="added")
    inner = [path for path in paths(settings) if path and not _is_shape(path, settings)]
    if not inner:
        return lambda text: append(text, (), new, key="added")
    path = draw(st.sampled_from(inner))
    if kind == "remove":
        return lambda text: remove(text, path)
    return lambda text: replace(text, path, new)


def _is_shape(path: JsonPath, settings: Any) -> bool:
    """Return whether our entries need this value."""
    return path[0] in {"hooks", "env"} and isinstance(value_at(settings, path), dict | list)
