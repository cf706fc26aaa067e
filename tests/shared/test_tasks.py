"""Test that a background task that dies ends the group, and says which it was and why."""

import asyncio
from typing import Any

import pytest

from shared.tasks import TaskFailedError, run_tasks


async def for_ever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("cancelled")


async def failing() -> None:
    raise ValueError("too\nbad")


async def ending() -> None:
    return


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (failing, "tidier failed: ValueError: too bad (test_tasks.py:"),
        (ending, "tidier ended"),
    ],
)
def test_the_first_task_that_ends_ends_all_with_one_line(work: Any, reason: str) -> None:
    """A daemon that goes on without one of its tasks is broken, and nobody knows."""
    ended: list[str] = []
    with pytest.raises(TaskFailedError) as caught:
        asyncio.run(run_tasks({"spool": for_ever(ended), "tidier": work()}))
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)
    assert ended == ["cancelled"]


def test_tasks_end_when_they_are_cancelled() -> None:
    """As at a stop: that is no failure."""
    ended: list[str] = []

    async def main() -> None:
        tasks = asyncio.create_task(run_tasks({"one": for_ever(ended), "other": for_ever(ended)}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks.cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks

    asyncio.run(main())
    assert ended == ["cancelled"] * 2
