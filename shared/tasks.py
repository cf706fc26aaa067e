"""Run the daemon's background tasks: the first failure ends the daemon, with one line.

In: coroutines that run until cancelled, each with a readable name. Out: the failure, and a call
that stops the server. A task that failed unnoticed would leave a page without updates.
"""

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

Work = Coroutine[Any, Any, None]


class TaskFailedError(Exception):
    """Report a failed background task in one line, with its name and the reason."""


async def named(name: str, work: Work) -> None:
    """Await work that ends only when cancelled; raise TaskFailedError if it ends by itself."""
    try:
        await work
    except BaseExceptionGroup as group:
        raise _first(group, name) from group
    except Exception as error:
        raise TaskFailedError(f"{name} failed: {_reason(error)}") from error
    raise TaskFailedError(f"{name} ended")


class BackgroundTasks:
    """Hold the tasks; `on_failure` is called once, after the first failure."""

    def __init__(self, on_failure: Callable[[], None]) -> None:
        self._on_failure = on_failure
        self._all: asyncio.Task[None] | None = None
        self.failure: TaskFailedError | None = None

    def start(self, works: Mapping[str, Work]) -> None:
        """Start a task for each; called on the event loop."""
        self._all = asyncio.create_task(self._run(works))

    async def stop(self) -> None:
        """Cancel all and wait for them. Stopping again is harmless."""
        everything, self._all = self._all, None
        if everything is not None:
            everything.cancel()
            await asyncio.wait([everything])

    async def _run(self, works: Mapping[str, Work]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name, work in works.items():
                    group.create_task(named(name, work))
        except BaseExceptionGroup as failures:
            self.failure = _first(failures, "a task")
            self._on_failure()


def _first(group: BaseExceptionGroup, name: str) -> TaskFailedError:
    """Return the first failure of a group, with its task if known."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TaskFailedError):
        return error
    return TaskFailedError(f"{name} failed: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """Return an error as one line: its type, text and source line."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else text
