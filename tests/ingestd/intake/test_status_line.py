"""Test what becomes of a status line: how it is stored, once, and what is refused."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingestd.intake.decode import RequestMetadata
from ingestd.intake.status_line import decode_status_line
from shared.errors import Refusal
from shared.event import Event
from shared.reader import Reader
from tests.running import SAMPLES, Answer, Hookwatch, hookwatch

LINES = (SAMPLES / "statusline.jsonl").read_bytes().split(b"\n")[:-1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run one ingestd for all of these."""
    with hookwatch(tmp_path_factory.mktemp("data"), "ingestd") as it:
        yield it


def post(running: Hookwatch, body: bytes, **headers: str) -> Answer:
    """Post a status line."""
    return running.ingestd.ask("POST", "/status-line", body, headers)


def events(running: Hookwatch, session_id: str) -> list[Event]:
    """Return what the log holds of a session."""
    with closing(Reader(running.log_path)) as log:
        return [it for it in log.after(0, limit=1_000) if it.session_id == session_id]


def of_session(name: str, line: bytes = LINES[5]) -> bytes:
    """Give a captured body to a session of its own."""
    return line.replace(json.loads(line)["session_id"].encode(), name.encode())


def test_every_captured_status_line_is_stored_as_it_came(running: Hookwatch) -> None:
    """The log is the truth that context and cost are made of."""
    for line in LINES:
        answer = post(running, line + b"\n")
        assert (answer.status, answer.body) == (200, b"")
    with closing(Reader(running.log_path)) as log:
        stored = [it for it in log.after(0, limit=1_000) if bytes(it.payload) in LINES]
    assert [bytes(it.payload) for it in stored] == list(dict.fromkeys(LINES))
    for event in stored:
        decoded = json.loads(bytes(event.payload))
        assert event.hook_event_type == "status_line"
        assert (event.source_app, event.model_name) == ("proj", decoded["model"]["id"])
        assert event.tool_name is event.tool_use_id is event.agent_id is event.summary is None


def test_identical_figures_are_stored_once(running: Hookwatch) -> None:
    """A double wrap or a retry is no second status."""
    for body in (of_session("twice"), of_session("twice") + b"\n", of_session("twice", LINES[6])):
        assert post(running, body).status == 200
    assert len(events(running, "twice")) == 2


def test_an_event_id_of_the_sender_identifies_a_retry(running: Hookwatch) -> None:
    """The same rule as on every other route."""
    for key in ("k1", "k1", "k2"):
        post(running, of_session("keyed"), **{"X-Event-Id": key, "X-Fired-At": "1700000000000"})
    stored = events(running, "keyed")
    assert [it.timestamp for it in stored] == [1_700_000_000_000] * 2


def test_secrets_in_a_status_line_are_redacted(running: Hookwatch) -> None:
    """A session's name may contain what a user pasted."""
    key = b"sk-ant-api03-" + b"a" * 93 + b"AA"
    body = of_session("secret")[:-1] + b',"session_name":"' + key + b'"}'
    assert post(running, body).status == 200
    (event,) = events(running, "secret")
    assert key not in bytes(event.payload)
    assert b"[redacted: " in bytes(event.payload)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", {"code": "invalid_json", "message": "the body is empty", "field": None}),
        (b"[]", {"code": "not_an_object", "message": "Expected `object`, got `array`",
                 "field": None}),
        (b"{}", {"code": "missing_field", "message": "session_id is required",
                 "field": "session_id"}),
        (b'{"session_id":7}', {"code": "invalid_field", "message": None, "field": "session_id"}),
        (b'{"session_id":""}', {"code": "invalid_field", "message": None, "field": "session_id"}),
    ],
)  # fmt: skip
def test_an_invalid_status_line_is_refused_in_the_common_shape(
    running: Hookwatch, body: bytes, error: dict[str, str | None]
) -> None:
    """A sender must be able to read what is wrong with it."""
    answer = post(running, body)
    assert answer.status == 400
    decoded = answer.json()["error"]
    assert (decoded["code"], decoded["field"]) == (error["code"], error["field"])
    assert set(answer.json()) == {"error"}
    assert set(decoded) == {"code", "message", "field"}
    assert (
        b"hookwatch_events_rejected" in running.ingestd.get("/metrics").body or decoded["message"]
    )


def test_only_posts_are_accepted(running: Hookwatch) -> None:
    """As on every route."""
    assert running.ingestd.get("/status-line").status == 405


@pytest.mark.parametrize(
    ("body", "project", "model"),
    [
        (b'{"session_id":"s","workspace":{"project_dir":"/a/shop"},"cwd":"/a/shop/src"}',
         "shop", None),
        (b'{"session_id":"s","cwd":"/a/till","model":{"id":"m"}}', "till", "m"),
        ((b'{"session_id":"s","transcript_path":"/h/.claude/projects/-a-till/s.jsonl",'
          b'"cwd":"/a/till/src"}'), "till", None),
        (b'{"session_id":"s","workspace":[],"model":"m","cwd":7}', None, None),
        (b'{"session_id":"s","workspace":{"project_dir":3},"model":{"id":[]}}', None, None),
    ],
)  # fmt: skip
def test_a_field_of_an_unknown_shape_loses_only_itself(
    body: bytes, project: str | None, model: str | None
) -> None:
    """The client changes its bodies every month."""
    event = decode_status_line(body, RequestMetadata()).event
    assert (event.source_app, event.model_name) == (project, model)


def test_half_an_emoji_is_replaced_and_bad_utf8_refused() -> None:
    """As in hook bodies: nothing behind us could read it."""
    mended = decode_status_line(b'{"session_id":"s","n":"\\ud83d"}', RequestMetadata()).event
    assert bytes(mended.payload) == b'{"session_id":"s","n":"\\ufffd"}'
    with pytest.raises(Refusal):
        decode_status_line(b'{"session_id":"\xff"}', RequestMetadata())


def test_a_log_keeps_the_ids_of_status_lines_across_a_restart(tmp_path: Path) -> None:
    """The daemon is upgraded while sessions go on drawing."""
    for _ in range(2):
        with hookwatch(tmp_path, "ingestd") as running:
            post(running, of_session("again"))
            assert len(events(running, "again")) == 1
