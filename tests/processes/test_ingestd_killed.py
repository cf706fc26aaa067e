"""Kill ingestd ten times while hooks post, and count what is left."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.processes.load import event_load
from tests.processes.log import event_ids, ids, integrity, rows
from tests.processes.viewer import viewer
from tests.running import hookwatch

KILLS = 10
BETWEEN = 60
"""Events acknowledged between two kills."""


class RunResult(msgspec.Struct, frozen=True):
    """Hold what is known once the killing is over."""

    log: Path
    acknowledged: list[str]
    refusals: list[tuple[int, bytes]]
    seen: list[int]
    hellos: int


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunResult]:
    """Kill and restart ingestd under load; every sender goes on until it is acknowledged."""
    with (
        hookwatch(tmp_path_factory.mktemp("killed") / "data") as both,
        viewer(both.queryd.port) as watching,
        event_load(both.ingestd.port, senders=6) as posting,
    ):
        for _ in range(KILLS):
            posting.more(BETWEEN)
            both.ingestd.kill()
            both.ingestd.start()
        posting.more(BETWEEN)
        posting.finish()
        seen = watching.reaches(ids(both.log_path)[-1])
        yield RunResult(
            both.log_path,
            posting.acknowledged,
            posting.refusals,
            seen,
            len(watching.hellos),
        )


def test_every_acknowledged_event_is_stored_exactly_once(run: RunResult) -> None:
    """A hook discards its event after a 200: it could not be recovered."""
    assert len(run.acknowledged) > KILLS * BETWEEN
    assert event_ids(run.log) == sorted(run.acknowledged)


def test_each_key_has_the_body_that_was_sent_with_it(run: RunResult) -> None:
    """A row that survived with another one's payload would be worse than a lost one."""
    found = rows(run.log, "SELECT event_id, payload ->> 'prompt' FROM events")
    assert [pair for pair in found if pair[0] != pair[1]] == []


def test_the_log_is_sound(run: RunResult) -> None:
    """Years of events stand in one file: a broken page would spread silently."""
    assert integrity(run.log) == "ok"


def test_a_dead_ingestd_never_answers_nonsense(run: RunResult) -> None:
    """A sender that reaches it gets a 200; a 500 here would be a lost event."""
    assert run.refusals == []


def test_a_live_stream_shows_every_event_once_and_in_order(run: RunResult) -> None:
    """The viewer sits on one stream of queryd the whole time and must not notice the kills."""
    assert run.seen == ids(run.log)
    assert run.hellos == 1
