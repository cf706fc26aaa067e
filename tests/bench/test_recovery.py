"""Test that a log which is measured comes out of that as it was."""

from pathlib import Path

import pytest

from bench.recovery import damaged
from tests.running import hookwatch, wait_for
from tests.shared.damage import make_log


@pytest.mark.parametrize("page", [1, 9])
def test_a_log_that_was_damaged_for_a_measurement_is_as_it_was(tmp_path: Path, page: int) -> None:
    """It may be a year's log that took an hour to make."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    log = data / "events.db"
    make_log(log, 500)
    before = log.read_bytes()
    with damaged(log, page=page):
        assert log.read_bytes() != before
        with hookwatch(data, "ingestd") as running:

            def recoveries() -> list[object]:
                found: list[object] = running.ingestd.get("/health").json()["damage"]["recoveries"]
                return found

            wait_for(recoveries)
            running.ingestd.post({"session_id": "s", "hook_event_name": "Stop"})
            running.ingestd.stop()
        assert len(list(data.glob("events-damaged-*.db"))) == 1
    assert log.read_bytes() == before
    assert list(data.glob("events-damaged-*")) == []
