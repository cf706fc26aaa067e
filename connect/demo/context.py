"""Set the stage of a turn: whose it is, in which project, with which luck and at which pace.

Comes in: a session's frame. Goes out: beats and calls in that frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from connect.demo.bodies import Frame, body, new_uuid
from connect.demo.calls import Call, call_of
from connect.demo.timing import Beat, pause

if TYPE_CHECKING:
    from random import Random

    from connect.demo.material import Project
    from connect.demo.material.parts import Job, Step
    from connect.demo.timing import Span

# In ms: what the model takes to begin, a hook to run, a person to answer and to type.
THINK: Span = (250, 2200)
HOOK: Span = (15, 60)
ANSWER: Span = (1500, 11000)
TYPE: Span = (1500, 16000)


class Stage(Struct, frozen=True):
    """Hold what a turn is played with: the frame of its bodies, project, files and luck."""

    frame: Frame
    project: Project
    rng: Random
    files: dict[str, str]

    @property
    def job(self) -> Job:
        """Draw one of the project's jobs."""
        return self.rng.choice(self.project.jobs)

    def wait(self, span: Span) -> int:
        """Draw a pause."""
        return pause(self.rng, span)

    def beat(self, wait_ms: int, event: str, **own: Any) -> Beat:  # noqa: ANN401 - any JSON
        """Make a beat of one event."""
        return Beat(wait_ms, body(self.frame, event, **own))

    def call(self, step: Step) -> Call:
        """Make the call of a step."""
        return call_of(step, self.frame, self.files, self.rng)

    def prompted(self) -> Stage:
        """Begin a new prompt: everything from here on carries its id."""
        ids = {"prompt_id": new_uuid(self.rng), "turn_id": new_uuid(self.rng)}
        return replace(self, frame=replace(self.frame, **ids), files=dict(self.project.files))

    def asking(self) -> Stage:
        """Let the user be asked before anything is changed."""
        return replace(self, frame=replace(self.frame, permission_mode="default"))
