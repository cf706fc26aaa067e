"""The parts of turns: messages, batches of calls, permission requests, compaction.

Events are in Claude Code's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from connect.demo import messages
from connect.demo.bodies import new_agent_id, new_uuid
from connect.demo.calls import READERS, DemoCall, after, batched, before, request
from connect.demo.context import ANSWER, HOOK, THINK, TurnContext
from connect.demo.material.parts import FileEdit, FileWrite, ShellCommand
from connect.demo.timing import TimedEvent, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.material.parts import ToolAction, WorkPrompt
    from connect.demo.timing import Span

# A request that is unanswered this long sends a Notification.
ASK_REMINDER_MS = 6_000
# Tools that need permission in the default mode, beside those of MCP servers.
ASKABLE = frozenset({"Bash", "Edit", "Write", "WebFetch"})
# How often the Stop comes before the last line of the answer.
STOPS_FIRST = 0.2
COMPACTING: Span = (4_000, 9_000)


def prompt(context: TurnContext, text: str) -> TimedEvent:
    return context.event(0, "UserPromptSubmit", prompt=text)


def instructions(context: TurnContext, reason: str) -> TimedEvent:
    return context.event(
        context.wait(HOOK),
        "InstructionsLoaded",
        file_path=f"{context.frame.cwd}/CLAUDE.md",
        memory_type="Project",
        load_reason=reason,
    )


def show_message(context: TurnContext, wait_ms: int, text: str) -> list[TimedEvent]:
    """Show a message, one event per line."""
    message_id, lines = new_uuid(context.rng), text.splitlines(keepends=True)
    return [
        context.event(
            wait_ms if index == 0 else context.wait(HOOK),
            "MessageDisplay",
            turn_id=context.frame.turn_id,
            message_id=message_id,
            index=index,
            final=index == len(lines) - 1,
            delta=line,
        )
        for index, line in enumerate(lines)
    ]


def final_answer(
    context: TurnContext, text: str, running: Sequence[Body] = ()
) -> Iterator[TimedEvent]:
    """Show the answer and stop, in either order; `running` continues in the background."""
    lines = show_message(context, context.wait(THINK), text)
    stop = context.event(
        context.wait(HOOK),
        "Stop",
        stop_hook_active=False,
        last_assistant_message=text,
        background_tasks=list(running),
        session_crons=[],
    )
    if context.rng.random() < STOPS_FIRST:
        *first, last = lines
        yield from [*first, replace(stop, wait_ms=last.wait_ms), replace(last, wait_ms=0)]
    else:
        yield from [*lines, stop]


def finish_work(context: TurnContext, job: WorkPrompt) -> Iterator[TimedEvent]:
    """Do all of a job's actions, then stop."""
    first, *others = job.batches
    yield from together(opening_message(context, job), run_actions(context, first))
    for actions in others:
        yield from run_actions(context, actions)
    yield from final_answer(context, job.answer)


def opening_message(context: TurnContext, job: WorkPrompt) -> list[TimedEvent]:
    """Show the message that a job starts with, if it has one."""
    return show_message(context, context.wait(THINK), job.opening) if job.opening else []


def work_until_change(context: TurnContext, job: WorkPrompt) -> Iterator[TimedEvent]:
    """Do a job's actions up to the first that changes anything."""
    yield prompt(context, job.prompt)
    for actions in job.batches:
        if any(isinstance(action, ShellCommand | FileEdit | FileWrite) for action in actions):
            return
        yield from run_actions(context, actions)


def run_actions(context: TurnContext, actions: Sequence[ToolAction]) -> Iterator[TimedEvent]:
    """Do parallel actions."""
    yield from run_calls(context, [context.call(action) for action in actions])


def run_calls(context: TurnContext, calls: Sequence[DemoCall]) -> Iterator[TimedEvent]:
    """Run calls; those that only read run in parallel."""
    if any(call.tool_name not in READERS for call in calls):
        yield from run_one_by_one(context, calls)
        return
    think_ms = context.wait(THINK)
    yield from together(*(_one(context, call, think_ms + context.wait(HOOK)) for call in calls))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, calls))


def run_one_by_one(
    context: TurnContext, calls: Sequence[DemoCall], *, asks: bool = False
) -> Iterator[TimedEvent]:
    """Run calls one after the other; with `asks`, request permission where needed."""
    for call in calls:
        yield from _one(context, call, context.wait(THINK), asks=asks and _asks(call))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, calls))


def _asks(call: DemoCall) -> bool:
    return call.tool_name in ASKABLE or call.mcp_server is not None


def _one(
    context: TurnContext, call: DemoCall, wait_ms: int, *, asks: bool = False
) -> Iterator[TimedEvent]:
    """Run one call, with a permission request where needed."""
    yield TimedEvent(wait_ms, before(context.frame, call))
    if asks:
        yield TimedEvent(context.wait(HOOK), request(context.frame, call))
        yield from answer_request(context, call)
    else:
        yield TimedEvent(call.took_ms, after(context.frame, call))


def answer_request(context: TurnContext, call: DemoCall) -> Iterator[TimedEvent]:
    """Remind the user, who then allows the call."""
    answer_ms = context.wait(ANSWER)
    if answer_ms > ASK_REMINDER_MS:
        yield reminder(context)
        answer_ms -= ASK_REMINDER_MS
    yield TimedEvent(answer_ms + call.took_ms, after(context.frame, call))


def refused_request(context: TurnContext, call: DemoCall, answer_ms: int) -> Iterator[TimedEvent]:
    """Request a call that the user refuses: no event shows that."""
    yield TimedEvent(context.wait(HOOK), request(context.frame, call))
    if answer_ms > ASK_REMINDER_MS:
        yield reminder(context)


def reminder(context: TurnContext) -> TimedEvent:
    return context.event(
        ASK_REMINDER_MS,
        "Notification",
        message="Claude needs your permission",
        notification_type="permission_prompt",
    )


def compaction(
    context: TurnContext, trigger: str, instructions_text: str | None
) -> Iterator[TimedEvent]:
    """Compact: with a SubagentStop of no type that never started, and a SessionStart within."""
    summary = messages.summary(context.project.name)
    yield context.event(
        context.wait(HOOK), "PreCompact", trigger=trigger, custom_instructions=instructions_text
    )
    frame = replace(context.frame, agent_id=new_agent_id(context.rng), agent_type="")
    yield agent_end(replace(context, frame=frame), summary, context.wait(COMPACTING))
    yield context.event(
        context.wait(HOOK), "SessionStart", source="compact", model=context.frame.model
    )
    yield context.event(context.wait(HOOK), "PostCompact", trigger=trigger, compact_summary=summary)


def agent_end(
    agent: TurnContext, report: str, wait_ms: int, running: Sequence[Body] = ()
) -> TimedEvent:
    """Stop a subagent with its report; `running` are the background tasks, itself included."""
    frame = agent.frame
    return agent.event(
        wait_ms,
        "SubagentStop",
        stop_hook_active=False,
        agent_transcript_path=f"{frame.transcript_stem}/subagents/agent-{frame.agent_id}.jsonl",
        last_assistant_message=report,
        background_tasks=list(running),
        session_crons=[],
    )
