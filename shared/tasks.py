"""Run the daemon's background tasks: the first that fails ends the daemon, in one line.

In: coroutines that run until cancelled, each with the name a person knows it by. Out: the failure,
for what stops the server. A task that died in silence would leave a page that stands still.
"""

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

Work = Coroutine[Any, Any, None]


class TaskFailedError(Exception):
    """Report that a background task failed; its text is one line, with the task and the reason."""


async def named(name: str, work: Work) -> None:
    """Await work that only ends when it is cancelled; raise TaskFailedError when it ends itself."""
    try:
        await work
    except BaseExceptionGroup as group:
        raise _first(group, name) from group
    except Exception as error:
        raise TaskFailedError(f"{name} failed: {_reason(error)}") from error
    raise TaskFailedError(f"{name} ended")


class BackgroundTasks:
    """Hold the tasks; `on_failure` is called once, when the first of them has failed."""

    def __init__(self, on_failure: Callable[[], None]) -> None:
        self._on_failure = on_failure
        self._all: asyncio.Task[None] | None = None
        self.failure: TaskFailedError | None = None

    def start(self, works: Mapping[str, Work]) -> None:
        """Start a task for each; must be called within the event loop."""
        self._all = asyncio.create_task(self._run(works))

    async def stop(self) -> None:
        """Cancel all and wait for their ends. Stopping again is harmless."""
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
    """Return the first failure of a group, which names the task if that is known."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TaskFailedError):
        return error
    return TaskFailedError(f"{name} failed: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """Return an error as one line: its type, its text, and where it was raised."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else text
