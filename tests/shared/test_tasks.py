"""Test that a background task never dies in silence."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.tasks import BackgroundTasks, named

TIMEOUT_S = 30
Work = Coroutine[Any, Any, None]


async def fail() -> None:
    """Fail in two lines."""
    await asyncio.sleep(0)
    raise ValueError("no\nsuch thing")


async def in_a_group(name: str, work: Work) -> None:
    """Run work as a task of one's own."""
    async with asyncio.TaskGroup() as group:
        group.create_task(named(name, work))
        await asyncio.Event().wait()


async def run(*works: Work) -> tuple[str, int]:
    """Run works as tasks `0`, `1`, … until one has failed; return the line and how often."""
    failed = asyncio.Event()
    count = 0

    def on_failure() -> None:
        nonlocal count
        count += 1
        failed.set()

    tasks = BackgroundTasks(on_failure)
    tasks.start({str(number): work for number, work in enumerate(works)})
    async with asyncio.timeout(TIMEOUT_S):
        await failed.wait()
    await tasks.stop()
    return str(tasks.failure), count


def test_a_failure_is_one_line_with_the_task_the_reason_and_the_place() -> None:
    """It is what a user finds in the terminal after the dashboard was down for a second."""
    line, count = asyncio.run(run(fail(), fail()))
    assert line.startswith("0 failed: ValueError: no such thing (test_tasks.py:")
    assert count == 1


def test_a_failure_ends_the_other_tasks() -> None:
    """They hold files and connections."""
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    asyncio.run(run(wait(), fail(), wait()))
    assert ended == [True, True]


def test_a_task_of_a_task_is_named() -> None:
    """The watch on the log is the follower's own."""
    line, _ = asyncio.run(run(in_a_group("the watch", fail())))
    assert line.startswith("the watch failed: ValueError: ")


def test_a_task_that_ends_has_failed_too() -> None:
    """All of them run until they are stopped."""
    assert asyncio.run(run(asyncio.sleep(0))) == ("0 ended", 1)


def test_a_stop_is_no_failure() -> None:
    """A supervisor would start again what a person has stopped."""

    async def main() -> None:
        tasks = BackgroundTasks(lambda: None)
        tasks.start({"waiting": asyncio.Event().wait()})  # type: ignore[dict-item]  # ends never
        await asyncio.sleep(0)
        await tasks.stop()
        await tasks.stop()
        assert tasks.failure is None

    asyncio.run(main())
