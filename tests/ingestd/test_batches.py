"""Post batches beside hooks: hooks come in between, and every entry gets its answer."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import ingestd.app
from tests.ingestd.served import ServedApp, served
from tests.shared.asgi import Response, ask

COUNT = 3_000
HOOKS = 10
NDJSON = ("Content-Type", "application/x-ndjson")
ARRAY = ("Content-Type", "application/json")


def entry(number: int) -> dict[str, Any]:
    return {"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": str(number)}


def encoded(entries: list[Any], form: tuple[str, str]) -> bytes:
    texts = [json.dumps(one).encode() for one in entries]
    return b"\n".join(texts) if form == NDJSON else b"[" + b",".join(texts) + b"]"


async def post(running: ServedApp, body: bytes, *headers: tuple[str, str]) -> Response:
    return await ask(running.app, "POST", "/events", headers=[*headers], body=body)


@pytest.mark.parametrize("form", [ARRAY, NDJSON], ids=["array", "ndjson"])
def test_a_hook_is_answered_before_the_batch_that_came_first(
    tmp_path: Path, form: tuple[str, str]
) -> None:
    """Thirty-two MiB of small events held hooks for seconds."""

    async def use(running: ServedApp) -> None:
        body = encoded([entry(number) for number in range(COUNT)], form)
        batch = asyncio.create_task(post(running, body, form))
        for number in range(HOOKS):
            hook = json.dumps({**entry(number), "hook_event_name": "Stop"}).encode()
            assert (await post(running, hook)).status == 200
            assert not batch.done()
        answer = await batch
        assert json.loads(answer.body) == {"accepted": COUNT, "duplicates": 0, "rejected": []}

    with served(tmp_path / "events.db", body_bytes=10**7) as running:
        asyncio.run(use(running))
        kinds = [event.hook_event_type for event in running.log()]
        assert kinds.count("Stop") == HOOKS
        assert kinds[-1] == "UserPromptSubmit"
        prompts = [json.loads(bytes(event.payload))["prompt"] for event in running.log()]
        of_batch = [p for p, kind in zip(prompts, kinds, strict=True) if kind != "Stop"]
        assert of_batch == [str(number) for number in range(COUNT)]


@pytest.mark.parametrize("form", [ARRAY, NDJSON], ids=["array", "ndjson"])
def test_a_large_batch_is_answered_as_a_small_one(tmp_path: Path, form: tuple[str, str]) -> None:
    """Each entry by its index and with its own id; a retry is nothing but duplicates."""
    entries: list[Any] = [entry(number) for number in range(200)]
    entries[70] = {"session_id": "s"}
    entries[150] = {"session_id": "s", "hook_event_type": "X", "timestamp": 1_700_000_000}
    body = encoded(entries, form)
    with served(tmp_path / "events.db") as running:
        first = running.post("/events", body, content_type=form[1], x_event_id="b")
        answer = json.loads(first.body)
        assert (answer["accepted"], answer["duplicates"]) == (198, 0)
        assert [(one["index"], one["error"]["field"]) for one in answer["rejected"]] == [
            (70, "hook_event_name"),
            (150, "timestamp"),
        ]
        assert "expected milliseconds" in answer["rejected"][1]["error"]["message"]
        again = running.post("/events", body, content_type=form[1], x_event_id="b")
        assert json.loads(again.body) == {**answer, "accepted": 0, "duplicates": 198}
        assert len(running.log()) == 198


def test_a_batch_that_is_broken_at_its_end_is_refused_whole(tmp_path: Path) -> None:
    """Nothing of it is stored before all of it is read."""
    body = encoded([entry(number) for number in range(COUNT)], ARRAY)[:-1]
    with served(tmp_path / "events.db") as running:
        answer = running.post("/events", body)
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "invalid_json")
        assert running.log() == []


def test_large_batches_are_processed_one_at_a_time_and_small_ones_concurrently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoded, a body takes several times its size; ten events wait for no import."""
    small = encoded([entry(-1)], ARRAY)
    large = encoded([entry(number) for number in range(COUNT)], ARRAY)
    monkeypatch.setattr(ingestd.app, "LARGE_BYTES", len(large) - 1)
    order: list[str] = []

    async def use(running: ServedApp) -> None:
        async def batch(name: str, body: bytes) -> None:
            assert (await post(running, body)).status == 200
            order.append(name)

        await asyncio.gather(batch("first", large), batch("second", large), batch("small", small))

    with served(tmp_path / "events.db", body_bytes=10**7) as running:
        asyncio.run(use(running))
        prompts = [json.loads(bytes(event.payload))["prompt"] for event in running.log()]
    assert order == ["small", "first", "second"]
    assert len(prompts) == 2 * COUNT + 1
    assert prompts[-COUNT:] == [str(number) for number in range(COUNT)]


def test_an_implausible_time_header_loses_no_event(tmp_path: Path) -> None:
    """It is stamped on arrival, and the operator sees that a sender's clock is wrong."""
    body = json.dumps(entry(1)).encode()
    with served(tmp_path / "events.db") as running:
        for given in ("1700000000", "0", str(1_700_000_000_000_000_000)):
            assert running.post("/events", body, x_fired_at=given).status == 200
        assert running.post("/status-line", b'{"session_id":"s"}', x_fired_at="5").status == 200
        assert all(event.timestamp == event.received_at for event in running.log())
        assert len(running.log()) == 4
        assert running.counters.stray_times == {"header": 4}
        assert running.counters.ignored_headers == 0


def test_an_implausible_record_time_loses_no_event(tmp_path: Path) -> None:
    """Telemetry in another unit than OTLP's is stored all the same, and counted."""
    records = [{"timeUnixNano": str(at), "body": {"stringValue": "x"}} for at in (0, 5, 2**63)]
    export = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    with served(tmp_path / "events.db") as running:
        answer = running.post(
            "/v1/logs", json.dumps(export).encode(), content_type="application/json"
        )
        assert answer.status == 200
        assert all(event.timestamp == event.received_at for event in running.log())
        assert len(running.log()) == 3
        assert running.counters.stray_times == {"otlp": 2}
