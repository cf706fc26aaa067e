"""Cut the power while events are folded: the views go on from what is left of them."""

from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import queryd.store.store
from queryd.fold.folding import Views
from queryd.store.fact import fact_of
from shared.event import Event
from tests.queryd.folded_views import dump, events_of
from tests.running import sample_bodies
from tests.shared.events import integrity
from tests.shared.power_loss_vfs import (
    Loss,
    OperationRecorder,
    SimulatedDisk,
    Sync,
    at_random,
    everything,
    nothing,
    recorded_disk,
)

EVENTS = 48
BATCH = 4
CUTS = 60


def test_views_continue_after_a_power_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost commits are folded again; silently wrong views would never be rebuilt."""
    monkeypatch.setattr(queryd.store.store, "CHECKPOINT_PAGES", 40)
    bodies = sample_bodies()[:EVENTS]
    events = events_of([(1_000 * number, body) for number, body in enumerate(bodies)])
    folder, left = tmp_path / "run", tmp_path / "left"
    folder.mkdir()
    left.mkdir()
    with recorded_disk(folder, default=True) as disk:
        whole, done_at = fold(folder / "views.db", events, disk)
    checked = 0
    for done, safe, files in cuts_of(disk):
        for file in left.iterdir():
            file.unlink()
        for name, content in files.items():
            (left / name).write_bytes(content)
        with closing(Views(left / "views.db")) as views:
            assert integrity(left / "views.db") == "ok"
            assert views.folded_id in done_at
            assert safe_id(done_at, safe) <= views.folded_id <= safe_id(done_at, done) + BATCH
            if rest := events[views.folded_id :]:
                views.fold([fact_of(event) for event in rest])
            assert dump(views.database) == whole
        checked += 1
    assert checked >= CUTS


def fold(
    path: Path, events: Sequence[Event], disk: OperationRecorder
) -> tuple[dict[str, list[Any]], dict[int, int]]:
    """Fold batch by batch; return all that the views hold, and when each cursor was committed."""
    with closing(Views(path)) as views:
        done_at = {0: 0}
        for start, end in pairwise(range(0, len(events) + 1, BATCH)):
            views.fold([fact_of(event) for event in events[start:end]])
            done_at[views.folded_id] = len(disk.operations)
        return dump(views.database), done_at


def cuts_of(disk: OperationRecorder) -> list[tuple[int, int, dict[str, bytes]]]:
    """Cut the power here and there: after so many operations, of which so many are safe."""
    state, safe = SimulatedDisk(disk.found), 0
    cuts: list[tuple[int, int, dict[str, bytes]]] = []
    every = len(disk.operations) // CUTS
    for done, operation in enumerate(disk.operations):
        if done % every == 0:
            losses: list[Loss] = [everything, at_random(done), nothing, at_random(-done)]
            loss = losses[len(cuts) % len(losses)]
            cuts.append((done, safe, state.after_power_loss(loss)))
        state.do(operation)
        if isinstance(operation, Sync) and disk.is_of(operation, "-wal"):
            safe = done
    return cuts


def safe_id(done_at: dict[int, int], done: int) -> int:
    """Return the last cursor that was committed by so many operations."""
    return max(folded_id for folded_id, at in done_at.items() if at <= done)
