"""Turns with subagents or background commands."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from connect.demo import messages, special_calls
from connect.demo.bodies import new_agent_id, new_shell_id
from connect.demo.calls import DemoCall, after, batched, before
from connect.demo.context import HOOK, THINK, TurnContext
from connect.demo.material import review
from connect.demo.models import agent_model
from connect.demo.sequences import agent_end, final_answer, prompt, run_actions, run_calls
from connect.demo.timing import TimedEvent, delayed, length_ms, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.material.parts import AgentTask, DelegationPrompt

# Background tasks end with at least this between them, and the first this long after its start: a
# notification starts a turn of its own, which must end before the next.
TURN_MS = 6_000


class DemoAgent(Struct, frozen=True):
    """A subagent, what it does, and the call that starts it."""

    context: TurnContext
    task: AgentTask
    events: list[TimedEvent]
    call: DemoCall


def delegation(context: TurnContext) -> Iterator[TimedEvent]:
    """Start background subagents and stop; each report arrives later, as a prompt of its own."""
    yield from _delegated(context, context.project.delegation)


def nested_delegation(context: TurnContext) -> Iterator[TimedEvent]:
    """Start a subagent that starts another, which starts a third."""
    yield from _delegated(context, review.NESTED)


def _delegated(context: TurnContext, delegated: DelegationPrompt) -> Iterator[TimedEvent]:
    context = context.new_prompt()
    agents = [_agent(context, task, background=True) for task in delegated.tasks]
    running = [messages.running_agent(agent.context.frame, agent.task) for agent in agents]
    yield prompt(context, delegated.prompt)
    yield from _launching(context, agents)
    yield from together(
        final_answer(context, delegated.launched, running), *_reports(context, delegated, agents)
    )


def foreground(context: TurnContext) -> Iterator[TimedEvent]:
    """Start subagents and wait for them, as print mode does."""
    context, delegated = context.new_prompt(), context.project.delegation
    agents = [_agent(context, task, background=False) for task in delegated.tasks]
    yield prompt(context, delegated.prompt)
    for agent in agents:
        yield TimedEvent(context.wait(HOOK), before(context.frame, agent.call))
    yield from together(*(_waited_for(context, agent) for agent in agents))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [agent.call for agent in agents]))
    yield from final_answer(context, delegated.answers[-1])


def background(context: TurnContext) -> Iterator[TimedEvent]:
    """Start a background command and stop; its end arrives as a prompt."""
    context, started = context.new_prompt(), context.project.background
    shell_id = new_shell_id(context.rng)
    call = special_calls.background_command(started.run, shell_id, context.frame, context.rng)
    yield prompt(context, started.prompt)
    yield from run_calls(context, [call])
    yield from final_answer(
        context, started.launched, [messages.running_command(shell_id, started.run)]
    )
    text = messages.command_finished(call, shell_id, context.frame)
    yield from _notification(context, started.run.took_ms, text, started.finished, ())


def _agent(context: TurnContext, task: AgentTask, *, background: bool) -> DemoAgent:
    """Prepare an agent: its events first, because the call contains how long they take."""
    frame = replace(
        context.frame,
        agent_id=new_agent_id(context.rng),
        agent_type=task.agent_type,
        model=agent_model(task.agent_type, context.frame.model),
    )
    own_context = replace(context, frame=frame, files=dict(context.project.files))
    events = list(_working(own_context, task))
    if background:
        call = special_calls.launched(task, frame, context.rng)
    else:
        call = special_calls.waited_for(task, frame, length_ms(events), context.rng)
    return DemoAgent(own_context, task, events, call)


def _working(context: TurnContext, task: AgentTask) -> Iterator[TimedEvent]:
    """Do a subagent's own actions, and wait for those that it starts."""
    for action in task.actions:
        yield from run_actions(context, [action])
    for subtask in task.subtasks:
        agent = _agent(context, subtask, background=True)
        yield from _launching(context, [agent])
        yield from agent.events
        yield agent_end(agent.context, subtask.report, context.wait(THINK))


def _launching(context: TurnContext, agents: Sequence[DemoAgent]) -> Iterator[TimedEvent]:
    """SubagentStart and the PostToolUse of the starting call come in either order."""
    for agent in agents:
        yield TimedEvent(context.wait(HOOK), before(context.frame, agent.call))
    for agent in agents:
        bodies = [agent.context.event(0, "SubagentStart").body, after(context.frame, agent.call)]
        context.rng.shuffle(bodies)
        yield from (TimedEvent(agent.call.took_ms, bodies[0]), TimedEvent(0, bodies[1]))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [agent.call for agent in agents]))


def _reports(
    context: TurnContext, delegated: DelegationPrompt, agents: Sequence[DemoAgent]
) -> Iterator[Iterator[TimedEvent]]:
    """Let the agents work side by side and report one after the other."""
    running = [messages.running_agent(agent.context.frame, agent.task) for agent in agents]
    finished_ms = 0
    for number, agent in enumerate(agents):
        worked_ms = length_ms(agent.events)
        finished_ms = max(worked_ms + context.wait(THINK), finished_ms + TURN_MS)
        end = agent_end(agent.context, agent.task.report, finished_ms - worked_ms, running[number:])
        text = messages.agent_finished(agent.call, agent.task, agent.context.frame, finished_ms)
        answer = delegated.answers[number]
        notification = _notification(
            context, context.wait(HOOK), text, answer, running[number + 1 :]
        )
        yield chain(agent.events, [end], notification)


def _notification(
    context: TurnContext, wait_ms: int, text: str, answer: str, running: Sequence[Body]
) -> Iterator[TimedEvent]:
    """Report the end of a background task: a prompt that no user typed."""
    context = context.new_prompt()
    return delayed(wait_ms, chain([prompt(context, text)], final_answer(context, answer, running)))


def _waited_for(context: TurnContext, agent: DemoAgent) -> Iterator[TimedEvent]:
    yield agent.context.event(context.wait(HOOK), "SubagentStart")
    yield from agent.events
    yield agent_end(agent.context, agent.task.report, 0)
    yield TimedEvent(context.wait(HOOK), after(context.frame, agent.call))
