"""Test what a session's row says beside its status: title, prompt, model, mode, sender, counts."""

from typing import Any

import msgspec
import pytest

from ingestd.intake.decode import RequestMetadata, decode_one
from queryd.fold.folding import Views
from queryd.sessions.processes import sessions_with_process
from queryd.sessions.state import Session
from queryd.sessions.tables import session_of
from queryd.store.fact import fact_of
from shared.event import Event
from tests.queryd.hook_bodies import (
    Body,
    batch,
    entry,
    event,
    failure,
    of_agent,
    post,
    pre,
    prompt,
    row_after,
    start,
    stop,
    task_notification,
)


def event_of(body: Body, sender: Any = None, *, number: int = 1) -> Event:
    """Return a body as the log would hold it."""
    raw = None if sender is None else msgspec.Raw(msgspec.json.encode(sender))
    sent = RequestMetadata(fired_at=1_700_000_000_000 + number, sender=raw)
    decoded, _ = decode_one(msgspec.json.encode(body), sent)
    return msgspec.structs.replace(decoded.event, id=number)


def session_after(views: Views, *events: Event) -> Session:
    """Fold events one by one and return the one session they are of."""
    for one in events:
        views.fold([fact_of(one)])
    ((state,),) = views.database.fetch("SELECT state FROM sessions")
    return session_of(state)


def test_the_first_prompt_is_the_title_until_a_title_is_given() -> None:
    """Prompts of a second day must not rename a session that people know by its first."""
    assert row_after(prompt("Fix\nit")).title == "Fix"
    assert row_after(prompt("Fix it"), prompt("Now test", "p2")).title == "Fix it"
    assert row_after(start(session_title="Shop"), prompt("Fix it")).title == "Shop"
    renamed = prompt("Now test", "p2", session_title="Till")
    assert row_after(start(session_title="Shop"), prompt("Fix it"), renamed).title == "Till"
    assert row_after(prompt("Fix it", session_title="Shop"), start("resume")).title == "Shop"


@pytest.mark.parametrize("title", ["", " \n", None, 7])
def test_a_title_that_says_nothing_is_none(title: Any) -> None:
    """An empty name in the list would be a row without a label."""
    assert row_after(start(session_title=title), prompt("Fix it")).title == "Fix it"


def test_the_client_prompting_itself_is_no_ones_prompt() -> None:
    """`<task-notification>` as the title or the last prompt would show nothing the user did."""
    row = row_after(task_notification("b1", "p1"), prompt("Fix it", "p2"), task_notification("b2"))
    assert (row.title, row.last_prompt) == ("Fix it", "Fix it")


@pytest.mark.parametrize("text", ["", "\n\n", None, ["Fix"]])
def test_a_prompt_without_words_takes_nothing_away(text: Any) -> None:
    """A prompt may be an image alone."""
    assert row_after(prompt("Fix it"), prompt(text, "p2")).last_prompt == "Fix it"


def test_the_answer_is_the_main_threads() -> None:
    """A subagent's last words are in its own row; an API error is in the reason."""
    row = row_after(
        prompt(),
        stop("\nDone.\nReally."),
        of_agent(event("SubagentStop", last_assistant_message="Found.")),
        event("StopFailure", last_assistant_message="API Error"),
        stop(""),
    )
    assert row.last_answer == "Done."


def test_the_model_is_the_newest_reported_one() -> None:
    """Only a start and a switch report it; every row in between must show it too."""
    opus, haiku = start(model="opus"), event("PostModelSwitch", to_model="haiku")
    assert row_after(opus, prompt()).model_name == "opus"
    assert row_after(opus, prompt(), haiku, pre()).model_name == "haiku"
    assert row_after(prompt()).model_name is None


def test_a_model_asked_for_is_not_yet_the_model() -> None:
    """A PreModelSwitch may be refused, and then no event takes it back."""
    wish = event("PreModelSwitch", to_model="haiku")
    assert row_after(start(model="opus"), prompt(), wish).model_name == "opus"
    assert row_after(prompt(), wish, pre()).model_name is None


def test_the_model_a_subagent_uses_is_not_the_sessions() -> None:
    """A subagent may run on a small model of its own."""
    row = row_after(start(model="opus"), of_agent({**pre(), "model": "haiku"}), prompt())
    assert row.model_name == "opus"


def test_an_envelope_may_name_the_model(tmp_path: Any) -> None:
    """Existing hook scripts read it from the transcript and send it with every event."""
    envelope = {
        "source_app": "shop",
        "session_id": "s1",
        "hook_event_type": "PreToolUse",
        "timestamp": 1_700_000_000_000,
        "model_name": "opus",
        "payload": {**pre(), "session_id": "s1"},
    }
    views = Views(tmp_path / "views.db")
    events = [
        event_of(envelope),
        event_of({**envelope, "model_name": ""}, number=2),
        event_of({"session_id": "s1", **prompt()}, number=3),
    ]
    assert session_after(views, *events).model_name == "opus"
    assert views.database.fetch("SELECT model_name FROM calls") == [("opus",)]
    views.close()


def test_mode_and_folder_are_the_main_threads_newest() -> None:
    """A subagent in a worktree has a folder and a mode of its own."""
    row = row_after(
        prompt(permission_mode="default"),
        {**prompt("Next", "p2"), "permission_mode": "plan", "cwd": "/home/dev/till"},
        of_agent({**pre(), "permission_mode": "auto", "cwd": "/tmp/worktree"}),
        {**event("MessageDisplay"), "cwd": None},
    )
    assert (row.permission_mode, row.cwd) == ("plan", "/home/dev/till")


def test_the_sender_reports_process_machine_and_version(tmp_path: Any) -> None:
    """The process distinguishes a crash from a long think, the version explains what is missing."""
    views = Views(tmp_path / "views.db")
    sender = {"pid": 7, "host": "box", "client_version": "2.1.330"}
    body = {"session_id": "s1", **prompt()}
    session = session_after(views, event_of(body, sender))
    assert (session.pid, session.host, session.client_version) == (7, "box", "2.1.330")
    newer = session_after(views, event_of(body, {"pid": 8}, number=2), event_of(body, number=3))
    assert (newer.pid, newer.host, newer.client_version) == (8, "box", "2.1.330")
    views.close()


@pytest.mark.parametrize("pid", [0, -1, 2**31, 10**30, "7", 7.5, None, True])
def test_a_pid_that_can_be_none_is_not_looked_for(tmp_path: Any, pid: Any) -> None:
    """Looking for a process that is not Claude's would end a living session."""
    views = Views(tmp_path / "views.db")
    sender = {"pid": pid, "host": 7, "client_version": ["2"]}
    session = session_after(views, event_of({"session_id": "s1", **prompt()}, sender))
    assert (session.pid, session.host, session.client_version) == (None, None, None)
    views.close()


@pytest.mark.parametrize(
    ("senders", "domain"),
    [
        ([{"pid": 7, "host": "box", "pid_domain": "a"}], "a"),
        ([{"pid": 7, "host": "box"}], None),
        ([{"pid": 7, "host": "box", "pid_domain": 1}], None),
        ([{"pid": 7, "host": "box", "pid_domain": "a"}, {"pid": 7, "host": "box"}], "a"),
        ([{"pid": 7, "host": "box", "pid_domain": "a"}, {"pid": 8, "host": "box"}], None),
        ([{"pid": 7, "host": "box", "pid_domain": "a"}, {"pid": 7, "host": "till"}], None),
        ([{"pid": 7, "host": "box", "pid_domain": "a"}, {"host": "box"}], "a"),
        ([{"pid": 7, "pid_domain": "a"}, {"pid": 7, "pid_domain": "b"}], "b"),
    ],
)
def test_a_pid_is_kept_with_the_domain_it_holds_in(
    tmp_path: Any, senders: list[Any], domain: str | None
) -> None:
    """The same number elsewhere is another process, and its end would end a living session."""
    views = Views(tmp_path / "views.db")
    body = {"session_id": "s1", **prompt()}
    events = [event_of(body, it, number=number) for number, it in enumerate(senders, 1)]
    assert session_after(views, *events).pid_domain == domain
    views.close()


def test_only_pids_of_the_own_domain_are_looked_for(tmp_path: Any) -> None:
    """One of an unknown domain may be a container's, but where there are no domains at all."""
    views = Views(tmp_path / "views.db")
    for number, domain in enumerate(["ours", "theirs", None], 1):
        sender = {"pid": 7, "host": "box", "pid_domain": domain}
        body = {"session_id": str(domain), **prompt()}
        views.fold([fact_of(event_of(body, sender, number=number))])

    def looked_for(domain: str | None) -> list[str]:
        return [
            session_id for session_id, _, _ in sessions_with_process(views.database, "box", domain)
        ]

    assert looked_for("ours") == ["ours"]
    assert looked_for(None) == ["None"]
    views.close()


def test_a_failure_counts_once_and_is_taken_back_when_it_was_none() -> None:
    """A batch may report first, a later event may correct it; the badge must show the truth."""
    failed = [prompt(), pre(), batch(entry("Exit code 1\nno"))]
    assert row_after(*failed).failure_count == 1
    assert row_after(*failed, failure()).failure_count == 1
    assert row_after(*failed, post()).failure_count == 0
    assert row_after(*failed, post()).tool_count == 1


def test_the_newest_call_that_runs_is_the_current_one() -> None:
    """Calls run in parallel; when the newest ends, an older one is still at work."""
    calls = [pre(call="c1"), pre("Read", "c2", {"file_path": "/etc/hosts"})]
    newest = row_after(prompt(), *calls).current_tool
    assert newest is not None
    assert (newest.tool_name, newest.target) == ("Read", "/etc/hosts")
    left = row_after(prompt(), *calls, post("Read", "c2")).current_tool
    assert left is not None
    assert (left.tool_name, left.target) == ("Bash", "npm test")
    assert row_after(prompt(), *calls, post("Read", "c2"), post()).current_tool is None
