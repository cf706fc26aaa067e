"""Send subagents: into the background, from where they report later, or waited for.

Comes in: a `Stage`. Goes out: the beats of a whole turn, several agents side by side.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from connect.demo import messages as notices
from connect.demo import special_calls as special
from connect.demo.bodies import new_agent_id, new_shell_id
from connect.demo.calls import Call, after, batched, before
from connect.demo.context import HOOK, THINK, Stage
from connect.demo.sequences import agent_end, batch, calling, closing, prompt
from connect.demo.timing import Beat, delayed, length_ms, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.material.parts import Errand

# Two background tasks end at least this far apart, and the first this long after its launch: what a
# notice begins is a turn of its own and must be over before the next.
TURN_MS = 6_000


class Agent(Struct, frozen=True):
    """Hold one subagent: its stage, its errand, all it does, and the call that sends it."""

    stage: Stage
    errand: Errand
    beats: list[Beat]
    call: Call


def delegation(stage: Stage) -> Iterator[Beat]:
    """Send subagents into the background and stop; each reports later, as a prompt of its own."""
    stage, sent = stage.prompted(), stage.project.delegation
    agents = [_agent(stage, errand, background=True) for errand in sent.errands]
    running = [notices.running_agent(agent.stage.frame, agent.errand) for agent in agents]
    yield prompt(stage, sent.prompt)
    yield from _launching(stage, agents)
    yield from together(closing(stage, sent.launched, running), *_reports(stage, agents, running))


def foreground(stage: Stage) -> Iterator[Beat]:
    """Send subagents and wait for them, as print mode does."""
    stage, sent = stage.prompted(), stage.project.delegation
    agents = [_agent(stage, errand, background=False) for errand in sent.errands]
    yield prompt(stage, sent.prompt)
    for agent in agents:
        yield Beat(stage.wait(HOOK), before(stage.frame, agent.call))
    yield from together(*(_waited_for(stage, agent) for agent in agents))
    yield Beat(stage.wait(HOOK), batched(stage.frame, [agent.call for agent in agents]))
    yield from closing(stage, sent.notices[-1])


def background(stage: Stage) -> Iterator[Beat]:
    """Start a command in the background and stop; its end comes as a prompt."""
    stage, started = stage.prompted(), stage.project.background
    shell_id = new_shell_id(stage.rng)
    call = special.background_command(started.run, shell_id, stage.frame, stage.rng)
    yield prompt(stage, started.prompt)
    yield from calling(stage, [call])
    yield from closing(stage, started.launched, [notices.running_command(shell_id, started.run)])
    text = notices.command_over(call, shell_id, stage.frame)
    yield from _notice(stage, started.run.took_ms, text, started.finished, ())


def _agent(stage: Stage, errand: Errand, *, background: bool) -> Agent:
    """Prepare an agent and all it will do: its call tells how long that took."""
    frame = replace(stage.frame, agent_id=new_agent_id(stage.rng), agent_type=errand.agent_type)
    its_own = replace(stage, frame=frame, files=dict(stage.project.files))
    beats = list(chain.from_iterable(batch(its_own, [step]) for step in errand.steps))
    if background:
        call = special.launched(errand, frame, stage.rng)
    else:
        call = special.waited_for(errand, frame, length_ms(beats), stage.rng)
    return Agent(its_own, errand, beats, call)


def _launching(stage: Stage, agents: Sequence[Agent]) -> Iterator[Beat]:
    """Launch agents: SubagentStart and the launching call's PostToolUse come in either order."""
    for agent in agents:
        yield Beat(stage.wait(HOOK), before(stage.frame, agent.call))
    for agent in agents:
        bodies = [agent.stage.beat(0, "SubagentStart").body, after(stage.frame, agent.call)]
        stage.rng.shuffle(bodies)
        yield from (Beat(agent.call.took_ms, bodies[0]), Beat(0, bodies[1]))
    yield Beat(stage.wait(HOOK), batched(stage.frame, [agent.call for agent in agents]))


def _reports(
    stage: Stage, agents: Sequence[Agent], running: Sequence[Body]
) -> Iterator[Iterator[Beat]]:
    """Let the agents work side by side and report one after the other."""
    ended_ms = 0
    for number, agent in enumerate(agents):
        worked_ms = length_ms(agent.beats)
        ended_ms = max(worked_ms + stage.wait(THINK), ended_ms + TURN_MS)
        end = agent_end(agent.stage, agent.errand.report, ended_ms - worked_ms, running[number:])
        text = notices.agent_over(agent.call, agent.errand, agent.stage.frame, ended_ms)
        answer = stage.project.delegation.notices[number]
        noticed = _notice(stage, stage.wait(HOOK), text, answer, running[number + 1 :])
        yield chain(agent.beats, [end], noticed)


def _notice(
    stage: Stage, wait_ms: int, text: str, answer: str, running: Sequence[Body]
) -> Iterator[Beat]:
    """Tell the session that a background task is over: a prompt nobody typed."""
    stage = stage.prompted()
    return delayed(wait_ms, chain([prompt(stage, text)], closing(stage, answer, running)))


def _waited_for(stage: Stage, agent: Agent) -> Iterator[Beat]:
    yield agent.stage.beat(stage.wait(HOOK), "SubagentStart")
    yield from agent.beats
    yield agent_end(agent.stage, agent.errand.report, 0)
    yield Beat(stage.wait(HOOK), after(stage.frame, agent.call))
