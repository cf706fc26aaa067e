"""Open the data of Hookwatch 0.1, as an upgrade does: its log and its views, both frozen."""

import shutil
from pathlib import Path

from tests.processes.log import event_ids, integrity
from tests.running import SAMPLES, hookwatch, wait_for
from tests.sse import event_stream

DATA_0_1 = SAMPLES / "data-0.1"
EVENTS = ["a1", "a2", "a3", "a4", "a5"]


def test_the_data_of_0_1_is_shown_and_written_on(tmp_path: Path) -> None:
    """People upgrade, and their history comes along."""
    data = tmp_path / "data"
    shutil.copytree(DATA_0_1, data)
    with hookwatch(data) as running, event_stream(running.queryd.port, "/stream?after=0") as stream:
        types = [event["hook_event_type"] for event in stream.events(len(EVENTS))]
        assert types == ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop"]

        again = b'{"session_id":"s1","hook_event_name":"Stop"}'
        for key in ("a5", "a6"):
            assert running.ingestd.post(again, **{"X-Event-Id": key}).status == 200
        (event,) = stream.events(1)
        assert event["id"] > len(EVENTS)
        assert event_ids(running.log_path) == [*EVENTS, "a6"]

        wait_for(lambda: session(running.queryd.get("/api/sessions").json())["event_count"] == 6)
        shown = session(running.queryd.get("/api/sessions").json())
        assert (shown["session_id"], shown["project"], shown["title"], shown["tool_count"]) == (
            "s1",
            "shop-api",
            "Fix the checkout",
            1,
        )
        running.ingestd.stop()
        assert integrity(running.log_path) == "ok"


def session(answer: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    return (answer["sessions"] or [{"event_count": 0}])[0]
