"""What a turn is played with: its session, project, files and random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from connect.demo.bodies import EventFrame, body, new_uuid
from connect.demo.calls import DemoCall, call_of
from connect.demo.timing import TimedEvent, pause

if TYPE_CHECKING:
    from random import Random

    from connect.demo.material import DemoProject
    from connect.demo.material.parts import ToolAction, WorkPrompt
    from connect.demo.timing import Span

# In ms: how long the model takes to start, a hook to run, a user to answer and to type.
THINK: Span = (250, 2200)
HOOK: Span = (15, 60)
ANSWER: Span = (1500, 11000)
TYPE: Span = (1500, 16000)


class TurnContext(Struct, frozen=True):
    frame: EventFrame
    project: DemoProject
    rng: Random
    files: dict[str, str]

    def random_job(self) -> WorkPrompt:
        return self.rng.choice(self.project.jobs)

    def wait(self, span: Span) -> int:
        """Return a random pause."""
        return pause(self.rng, span)

    def event(self, wait_ms: int, kind: str, **fields: Any) -> TimedEvent:  # noqa: ANN401 - any JSON
        return TimedEvent(wait_ms, body(self.frame, kind, **fields))

    def call(self, action: ToolAction) -> DemoCall:
        return call_of(action, self.frame, self.files, self.rng)

    def new_prompt(self) -> TurnContext:
        """Return the context of a new prompt: its events carry another prompt id."""
        ids = {"prompt_id": new_uuid(self.rng), "turn_id": new_uuid(self.rng)}
        return replace(self, frame=replace(self.frame, **ids), files=dict(self.project.files))

    def with_permission_requests(self) -> TurnContext:
        """Return the context of the default mode: the user is asked before every change."""
        return replace(self, frame=replace(self.frame, permission_mode="default"))
