"""Run a daemon's background tasks in one group: one that dies ends the daemon, with its reason.

In: coroutines that run for ever, by name. Out: nothing while they do; when one ends, the others are
cancelled, and a TaskFailedError says in one line which and why.
"""

import asyncio
import traceback
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any


class TaskFailedError(Exception):
    """Report which background task ended, and why."""


async def run_tasks(tasks: Mapping[str, Coroutine[Any, Any, None]]) -> None:
    """Run tasks until cancelled; raise TaskFailedError when the first of them ends."""
    try:
        async with asyncio.TaskGroup() as group:
            for name, work in tasks.items():
                group.create_task(_run(name, work), name=name)
    except* TaskFailedError as errors:
        failure = errors.exceptions[0]
        raise failure from failure.__cause__


async def _run(name: str, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        raise TaskFailedError(f"{name} failed: {_described(error)}") from error
    raise TaskFailedError(f"{name} ended")


def _described(error: Exception) -> str:
    """Return an error in one line, with the place where it was raised."""
    text = " ".join(str(error).split())
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {text} ({Path(place.filename).name}:{place.lineno})"
