"""Hold backfill to the captured transcripts: counted by hand, and against the hooks themselves.

One captured transcript (02-print-bigwrite, 1.3 MB) is larger than a file of this tree may be: it is
left out.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from connect.backfill.discovery import TranscriptFiles
from connect.backfill.importer import Importer
from connect.backfill.stored import EmptyLog
from tests.connect.transcripts import (
    LONG_AFTER,
    body_of,
    captured,
    counts_of_import,
    events_of,
    sessions_in,
)
from tests.running import SAMPLES

COUNTED = {
    # prompts, notifications, calls, failures, refused or interrupted, answers, errors, subagents;
    # messages, tokens in, out, from the cache, into it. Worked out by a reading of another kind:
    # plain JSON, a few rules, lines of a branch that its original has left out.
    "03759ab4-adfe-45cd-bc29-d94ac8126fee": (1, 0, 1, 0, 0, 1, 0, 0, 2, 18, 40, 23361, 23471),
    "0b5b7b96-b030-493c-9e0c-4cb56013e59b": (1, 0, 1, 0, 1, 1, 0, 0, 2, 13, 59, 20160, 20292),
    "0f1835cc-ab69-4fd0-a620-52ebed47dc8d": (1, 0, 1, 1, 0, 1, 0, 0, 2, 23, 44, 23350, 23438),
    "148fa9ec-e4a4-4408-89c8-c091e5a9cc49": (1, 0, 1, 0, 0, 1, 0, 0, 2, 12, 65, 20215, 20325),
    "1939f9ee-600f-4461-8dde-daa19963a7fe": (1, 0, 1, 1, 0, 1, 0, 0, 2, 19, 43, 21348, 21469),
    "1ca8be44-2bd1-4650-9c0c-698eb4ee52d7": (1, 0, 1, 1, 0, 0, 0, 0, 1, 9, 45, 0, 23251),
    "23287191-4787-4be7-b15c-b5632449ab37": (1, 0, 0, 0, 0, 1, 0, 0, 1, 4, 18, 0, 23350),
    "2966721e-00b1-4cf4-ae37-dd476f1605bf": (1, 0, 3, 1, 0, 1, 0, 0, 2, 23, 89, 23372, 23592),
    "2cc997dd-6fe9-4237-a2d3-e69f0ba02429": (1, 0, 0, 0, 0, 1, 0, 0, 1, 12, 18, 0, 24758),
    "2d0963b4-c406-422e-93bd-bb326952d92e": (5, 0, 6, 0, 0, 5, 0, 0, 11, 88, 250, 270774, 101653),
    "2d996551-ad74-485f-a477-05bcbbe49d8f": (1, 0, 0, 0, 0, 1, 0, 0, 1, 8, 59, 23361, 0),
    "31968d2d-1434-48cd-a38a-90b8fb934def": (1, 0, 5, 1, 0, 1, 0, 2, 7, 53, 264, 79254, 60744),
    "322a8a46-ef10-4d46-85ef-9073e651dd89": (1, 0, 2, 1, 0, 1, 0, 0, 3, 28, 57, 46766, 23493),
    "407af34a-ed91-42fc-b497-8234a18a89ab": (2, 0, 0, 0, 0, 2, 0, 0, 2, 18, 30, 185000, 41755),
    "40b5583a-9b73-4b88-a4d8-e354420d7d13": (1, 0, 2, 0, 1, 1, 0, 1, 4, 37, 129, 36195, 37053),
    "525606d8-1ab2-4390-bb35-0928f254923a": (1, 0, 4, 1, 0, 1, 0, 0, 5, 39, 180, 94104, 23834),
    "52a211e2-ae0a-4c76-886c-bdd19f3c7653": (1, 0, 0, 0, 0, 1, 0, 0, 1, 8, 39, 0, 23350),
    "5c70f7e2-4125-4f9f-ab22-33e9f4401613": (1, 0, 2, 0, 0, 1, 0, 0, 3, 20, 126, 42993, 21711),
    "606e3e0c-a889-4fae-beaa-f6c01957ae2d": (1, 0, 1, 1, 0, 1, 0, 0, 2, 23, 90, 2131, 2296),
    "6a9ad6c3-eb64-49de-b04d-35b3fc509001": (1, 0, 1, 0, 0, 1, 0, 0, 2, 17, 53, 23372, 23471),
    "6b8705d8-b45f-494a-9c0e-99737f6859f8": (1, 0, 3, 1, 0, 1, 0, 1, 5, 55, 179, 62427, 43587),
    "6e391f63-c681-4bb4-bd2d-04f391514557": (1, 0, 0, 0, 0, 1, 0, 0, 1, 4, 18, 0, 20171),
    "6fabff4d-fa8f-45cf-aca8-0292b6920bb5": (1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    "70511d01-b986-4903-8918-4cce07d38600": (11, 1, 8, 0, 3, 8, 0, 1, 18, 128, 538, 409625, 41882),
    "74a4d6ab-76c7-4f47-abbd-e098f9b7b0e7": (1, 1, 1, 0, 0, 2, 0, 0, 3, 29, 74, 46865, 23801),
    "78eef597-cbe1-4f30-b440-e41b63fb73d9": (1, 0, 2, 0, 0, 1, 0, 0, 3, 27, 79, 46832, 23603),
    "7b28b3e5-44e4-4fb2-aebe-e1a06632216f": (1, 1, 2, 0, 0, 2, 0, 1, 5, 43, 142, 61569, 39132),
    "8615ab2d-042e-41cf-a17c-16a0b4dc3ca2": (1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    "87bcfbbb-5a48-4627-9c01-2e294a4c59f6": (1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    "8e53b245-de77-4881-937a-f4f1adc824e9": (1, 0, 1, 1, 0, 1, 0, 0, 2, 10, 44, 20171, 20259),
    "90f8306e-daff-4e36-bb97-a3f1337519c9": (1, 0, 0, 0, 0, 0, 1, 0, 4, 25, 60, 70314, 23581),
    "a5bff833-487c-4c04-a3dd-9c6c11b6ea06": (1, 0, 0, 0, 0, 1, 0, 0, 1, 10, 18, 0, 20336),
    "aa8bc07e-53c1-4205-895d-cffd73b6a685": (1, 0, 0, 0, 0, 1, 0, 0, 1, 11, 17, 0, 20072),
    "ae3f7357-59cc-482e-8504-d63295c4e68d": (1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    "aec59b46-3c6c-409b-a586-67172a66a96e": (1, 0, 1, 0, 0, 1, 0, 0, 2, 15, 59, 20160, 20292),
    "b1eba154-41da-422a-bf1e-82aec8002a16": (1, 0, 0, 0, 0, 1, 0, 0, 1, 11, 18, 0, 25781),
    "b2141b08-55bc-491c-ac24-c7392ff2f5ed": (1, 0, 2, 0, 0, 1, 0, 0, 2, 19, 66, 23350, 23515),
    "b84025ed-8fb8-4013-b0b7-423b748beed3": (1, 0, 2, 2, 0, 1, 0, 0, 3, 22, 48, 46821, 23559),
    "bbe27282-ed5b-4f27-ae07-eb02822ece2c": (1, 0, 2, 0, 0, 1, 0, 0, 2, 10, 46, 5200, 5321),
    "bdaf5f5d-b00b-4643-b132-90a20bd57a19": (1, 0, 1, 0, 0, 0, 0, 0, 1, 9, 45, 0, 23251),
    "bf6d5b60-e55f-4aba-97bb-a99691ca7528": (1, 0, 1, 1, 0, 1, 0, 0, 2, 13, 66, 23361, 23482),
    "c395c763-938a-45c5-ab76-f0869ca20a96": (
        9,
        2,
        22,
        2,
        0,
        12,
        0,
        2,
        34,
        252,
        990,
        750432,
        112031,
    ),
    "cd069ab1-4eab-4e3b-bb6c-0b21aebe98c4": (1, 0, 1, 0, 0, 1, 0, 0, 2, 9, 65, 20215, 20325),
    "d7957d91-faef-4f7b-ae42-cfa638019dee": (5, 2, 8, 1, 1, 6, 0, 2, 16, 140, 492, 282892, 53451),
    "daefd589-adc2-4d62-8a90-3e0c41d743b6": (1, 0, 1, 0, 0, 1, 0, 0, 2, 14, 53, 23350, 23449),
    "e6908faf-87fd-4ae9-8ede-a909d4344dac": (1, 0, 0, 0, 0, 1, 0, 0, 1, 13, 18, 0, 17905),
    "e82b075c-fe34-4499-9b0c-368517c8965d": (1, 0, 1, 0, 0, 1, 0, 0, 2, 10, 65, 23361, 23460),
    "f3e3ed20-4fc1-4abf-99ad-d79455418103": (1, 0, 0, 0, 0, 1, 0, 0, 1, 3, 18, 0, 27288),
    "f73af1b4-ec66-4003-8aa3-7d93b1f6e081": (1, 0, 1, 0, 0, 0, 0, 0, 1, 12, 45, 0, 14220),
    "fbf908e3-a650-426c-9808-690beaa63189": (1, 0, 0, 0, 0, 1, 0, 0, 1, 5, 17, 0, 23361),
    "ff70e4ff-827c-44b5-96f5-123f0f91d4e0": (1, 0, 3, 1, 0, 1, 0, 1, 5, 44, 173, 62801, 43763),
}
FORK = "2d0963b4-c406-422e-93bd-bb326952d92e"
"""Its original was not captured, so its copies stand for that."""
BRANCH = "f3e3ed20-4fc1-4abf-99ad-d79455418103"
NEVER_ON_DISK = {
    "SessionStart",
    "InstructionsLoaded",
    "MessageDisplay",
    "PermissionRequest",
    "Notification",
    "Setup",
    "UserPromptExpansion",
    "TaskCreated",
    "TaskCompleted",
    "Elicitation",
    "ElicitationResult",
    "PreModelSwitch",
    "PostModelSwitch",
    "ConfigChange",
    "CwdChanged",
    "FileChanged",
    "DirectoryAdded",
    "WorktreeRemove",
}
SAID_BY_TRANSCRIPTS_ALONE = {
    ("PostToolBatch", "toolu_013481ef1ae19b42b680eb9f"): "refused by a person",
    ("PostToolBatch", "toolu_013ed3ede0c02b443ba380f8"): "refused by a person",
    ("PostToolUseFailure", "toolu_01006ad780583247d9817e0e"): "interrupted by Esc",
    ("PostToolUseFailure", "toolu_01d326142b2fc04a058bc3d1"): "interrupted by Ctrl-C",
    ("PostToolUseFailure", "toolu_01d4912e3e548547efb7dddc"): "killed with its session",
}
COMPACTION_STOPS = 2
RESUMED_AND_LEFT = {"c395c763-938a-45c5-ab76-f0869ca20a96"}
"""Taken up again with no further message: a second end that left no line."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return captured(tmp_path_factory.mktemp("claude"))


@pytest.fixture(scope="module")
def sessions(config: Path) -> dict[str, TranscriptFiles]:
    return {session.session_id: session for session in sessions_in(config)}


def counts_of(counts: Any) -> tuple[int, ...]:
    found = counts.by_kind
    tokens = list(counts.tokens.values())
    return (
        found["prompts"],
        found["notifications"],
        found["calls"],
        found["failures"],
        found["refused"] + found["interrupted"],
        found["answers"],
        found["errors"],
        found["subagents"],
        sum(it.requests for it in tokens),
        sum(it.input_tokens for it in tokens),
        sum(it.output_tokens for it in tokens),
        sum(it.cache_read_input_tokens for it in tokens),
        sum(it.cache_creation_input_tokens for it in tokens),
    )


@pytest.mark.parametrize("session_id", sorted(set(COUNTED) - {BRANCH}))
def test_a_transcript_contains_what_was_counted_by_hand(
    sessions: dict[str, TranscriptFiles], session_id: str
) -> None:
    """Counts must be checked by hand to be trusted."""
    importer = Importer(EmptyLog(), None, now=LONG_AFTER)
    importer.run([sessions[session_id]])
    assert counts_of(importer.counts) == COUNTED[session_id]
    assert not importer.counts.skipped
    assert not importer.counts.unknown


def test_all_of_them_together_count_no_duplicates(config: Path) -> None:
    """A branch's copies, read after their original, must not double its prompts and tokens."""
    assert counts_of(counts_of_import(config)) == tuple(
        map(sum, zip(*COUNTED.values(), strict=True))
    )


def test_every_session_is_counted(sessions: dict[str, TranscriptFiles]) -> None:
    """A transcript left out of the table would not be checked."""
    assert set(sessions) == set(COUNTED)


def hook_bodies() -> dict[str, list[tuple[int, dict[str, Any]]]]:
    found = defaultdict(list)
    for file in sorted((SAMPLES / "sessions").glob("*.jsonl")):
        for line in file.read_text("utf-8").split("\n"):
            if line:
                entry = json.loads(line)
                found[entry["body"]["session_id"]].append((entry["at_ms"], entry["body"]))
    return found


HOOKS = hook_bodies()


def keys_of(body: dict[str, Any], kind: str) -> list[tuple[Any, ...]]:
    """Return an event's content, once for each of its calls."""
    match kind:
        case "PostToolBatch":
            return [(kind, call["tool_use_id"]) for call in body["tool_calls"]]
        case "PreToolUse" | "PostToolUse" | "PostToolUseFailure":
            return [(kind, body["tool_use_id"])]
        case "UserPromptSubmit":
            return [(kind, body["prompt"])]
        case "Stop" | "SubagentStop" | "StopFailure":
            return [(kind, body.get("agent_id"), body["last_assistant_message"])]
        case _:
            return [(kind, body.get("agent_id"))]


def hook_keys(session_id: str) -> Counter[tuple[Any, ...]]:
    bodies = [body for _, body in HOOKS[session_id]]
    return Counter(key for body in bodies for key in keys_of(body, body["hook_event_name"]))


def backfill_keys(session: TranscriptFiles) -> Counter[tuple[Any, ...]]:
    events = [event for event in events_of(session) if event.kind != "usage"]
    return Counter(key for event in events for key in keys_of(body_of(event), event.kind))


LAWFUL = sorted(set(COUNTED) - {FORK, BRANCH})


@pytest.mark.parametrize("session_id", LAWFUL)
def test_backfill_imports_nothing_that_hooks_would_not_report(
    sessions: dict[str, TranscriptFiles], session_id: str
) -> None:
    """Invented events would stay in the log for ever. No hook reported the ends of five calls."""
    more = backfill_keys(sessions[session_id]) - hook_keys(session_id)
    assert set(more) <= set(SAID_BY_TRANSCRIPTS_ALONE)


def is_never_on_disk(key: tuple[Any, ...], known_calls: set[str], session_id: str) -> bool:
    match key:
        case ("PostToolBatch", str(call)):
            return call in known_calls
        case ("SubagentStop", _, str(words)):
            return words.startswith("<analysis>")
        case ("UserPromptSubmit", str(words)):
            # Handed to Claude while it worked; its text was taken out of the captured transcript.
            return words.startswith("<task-notification>\n<task-id>a3df992c83cb8d535")
        case ("SessionEnd", _):
            return session_id in RESUMED_AND_LEFT or len(_ends(session_id)) > 1
        case _:
            return key[0] in NEVER_ON_DISK


def _ends(session_id: str) -> list[int]:
    bodies = HOOKS[session_id]
    return [at for at, body in bodies if body["hook_event_name"] == "SessionEnd"]


@pytest.mark.parametrize("session_id", LAWFUL)
def test_hooks_report_more_only_where_transcripts_have_nothing(
    sessions: dict[str, TranscriptFiles], session_id: str
) -> None:
    """Together with the law above: on what transcripts hold at all, the two are equal."""
    ours = backfill_keys(sessions[session_id])
    calls = {key[1] for key in ours if key[0] in {"PostToolUse", "PostToolUseFailure"}}
    missing = hook_keys(session_id) - ours
    assert [key for key in missing if not is_never_on_disk(key, calls, session_id)] == []


@pytest.mark.parametrize("session_id", LAWFUL)
def test_events_from_both_sources_have_the_same_time(
    sessions: dict[str, TranscriptFiles], session_id: str
) -> None:
    """Two seconds separate a copy from another event of its kind."""
    times = defaultdict(list)
    for at, body in HOOKS[session_id]:
        for key in keys_of(body, body["hook_event_name"]):
            times[key].append(at)
    for event in events_of(sessions[session_id]):
        for key in keys_of(body_of(event), event.kind) if event.kind != "usage" else ():
            if times[key]:
                assert min(abs(at - event.at) for at in times[key]) < 2_000, key


def test_bodies_have_the_fields_of_the_hooks_bodies(sessions: dict[str, TranscriptFiles]) -> None:
    """Readers of payloads must not have to know two shapes."""
    fields: dict[str, set[str]] = defaultdict(set)
    for bodies in HOOKS.values():
        for _, body in bodies:
            fields[body["hook_event_name"]] |= set(body)
    for session_id in LAWFUL:
        for event in events_of(sessions[session_id]):
            if event.kind != "usage":
                more = set(body_of(event)) - fields[event.kind]
                assert more <= {"duration_source"}, (event.kind, more)


def test_a_fork_without_its_original_stands_for_it(sessions: dict[str, TranscriptFiles]) -> None:
    """The hooks of the fork reported one prompt; only its file holds the four before it."""
    hooks, ours = hook_keys(FORK), backfill_keys(sessions[FORK])
    assert sum(count for key, count in hooks.items() if key[0] == "UserPromptSubmit") == 1
    assert sum(count for key, count in ours.items() if key[0] == "UserPromptSubmit") == 5


def test_a_branch_starts_with_its_own_first_prompt(config: Path) -> None:
    """It has eleven copied lines; its original had them."""
    selected = [it for it in sessions_in(config) if it.session_id in {BRANCH, *RESUMED_AND_LEFT}]
    assert [session.session_id for session in selected][-1] == BRANCH
    importer = Importer(EmptyLog(), None, now=LONG_AFTER)
    importer.run(selected[:-1])
    before = counts_of(importer.counts)
    importer.run(selected[-1:])
    grown = tuple(
        after - then for after, then in zip(counts_of(importer.counts), before, strict=True)
    )
    assert grown == COUNTED[BRANCH]
    assert importer.counts.fork_duplicates == 7
