"""Play the parts turns are made of: words, batches of calls, asks, compaction.

Comes in: a `Stage`. Goes out: beats, in Claude Code's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from connect.demo import messages as notices
from connect.demo.bodies import new_agent_id, new_uuid
from connect.demo.calls import READERS, Call, after, batched, before, request
from connect.demo.context import ANSWER, HOOK, THINK, Stage
from connect.demo.material.parts import Edit, Run, Write
from connect.demo.timing import Beat, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.material.parts import Job, Step
    from connect.demo.timing import Span

# A prompt unanswered this long brings a Notification.
ASK_NOTICE_MS = 6_000
# Tools that ask in the default mode, beside those of MCP servers.
ASKABLE = frozenset({"Bash", "Edit", "Write", "WebFetch"})
# How often the Stop overtakes the last words.
STOPS_FIRST = 0.2
COMPACTING: Span = (4_000, 9_000)


def prompt(stage: Stage, text: str) -> Beat:
    """Give a prompt."""
    return stage.beat(0, "UserPromptSubmit", prompt=text)


def instructions(stage: Stage, reason: str) -> Beat:
    """Load the project's instructions, for the reason given."""
    return stage.beat(
        stage.wait(HOOK),
        "InstructionsLoaded",
        file_path=f"{stage.frame.cwd}/CLAUDE.md",
        memory_type="Project",
        load_reason=reason,
    )


def say(stage: Stage, wait_ms: int, text: str) -> list[Beat]:
    """Show a message, one event a line."""
    message_id, lines = new_uuid(stage.rng), text.splitlines(keepends=True)
    return [
        stage.beat(
            wait_ms if index == 0 else stage.wait(HOOK),
            "MessageDisplay",
            turn_id=stage.frame.turn_id,
            message_id=message_id,
            index=index,
            final=index == len(lines) - 1,
            delta=line,
        )
        for index, line in enumerate(lines)
    ]


def closing(stage: Stage, text: str, running: Sequence[Body] = ()) -> Iterator[Beat]:
    """Say the last words and stop, in either order; `running` goes on in the background."""
    words = say(stage, stage.wait(THINK), text)
    stop = stage.beat(
        stage.wait(HOOK),
        "Stop",
        stop_hook_active=False,
        last_assistant_message=text,
        background_tasks=list(running),
        session_crons=[],
    )
    if stage.rng.random() < STOPS_FIRST:
        *first, last = words
        yield from [*first, replace(stop, wait_ms=last.wait_ms), replace(last, wait_ms=0)]
    else:
        yield from [*words, stop]


def through(stage: Stage, job: Job) -> Iterator[Beat]:
    """Take all steps of a job, then stop."""
    first, *others = job.batches
    yield from together(opening(stage, job), batch(stage, first))
    for steps in others:
        yield from batch(stage, steps)
    yield from closing(stage, job.answer)


def opening(stage: Stage, job: Job) -> list[Beat]:
    """Say what a job begins with, if anything."""
    return say(stage, stage.wait(THINK), job.opening) if job.opening else []


def up_to_a_change(stage: Stage, job: Job) -> Iterator[Beat]:
    """Take the steps of a job as long as they only look."""
    yield prompt(stage, job.prompt)
    for steps in job.batches:
        if any(isinstance(step, Run | Edit | Write) for step in steps):
            return
        yield from batch(stage, steps)


def batch(stage: Stage, steps: Sequence[Step]) -> Iterator[Beat]:
    """Take steps asked for at once: those that only read run side by side."""
    yield from calling(stage, [stage.call(step) for step in steps])


def calling(stage: Stage, calls: Sequence[Call]) -> Iterator[Beat]:
    """Say what the job begins with, if anything."""
    if any(call.tool_name not in READERS for call in calls):
        yield from one_by_one(stage, calls)
        return
    thought = stage.wait(THINK)
    yield from together(*(_one(stage, call, thought + stage.wait(HOOK)) for call in calls))
    yield Beat(stage.wait(HOOK), batched(stage.frame, calls))


def one_by_one(stage: Stage, calls: Sequence[Call], *, asks: bool = False) -> Iterator[Beat]:
    """Load the project's instructions, for the reason given."""
    for call in calls:
        yield from _one(stage, call, stage.wait(THINK), asks=asks and _asks(call))
    yield Beat(stage.wait(HOOK), batched(stage.frame, calls))


def _asks(call: Call) -> bool:
    return call.tool_name in ASKABLE or call.mcp_server is not None


def _one(stage: Stage, call: Call, wait_ms: int, *, asks: bool = False) -> Iterator[Beat]:
    """Make one call, asking for it where it must."""
    yield Beat(wait_ms, before(stage.frame, call))
    if asks:
        yield Beat(stage.wait(HOOK), request(stage.frame, call))
        yield from held(stage, call)
    else:
        yield Beat(call.took_ms, after(stage.frame, call))


def held(stage: Stage, call: Call) -> Iterator[Beat]:
    """Wait for the user, who is reminded, and then says yes."""
    answer_ms = stage.wait(ANSWER)
    if answer_ms > ASK_NOTICE_MS:
        yield reminder(stage)
        answer_ms -= ASK_NOTICE_MS
    yield Beat(answer_ms + call.took_ms, after(stage.frame, call))


def refusal(stage: Stage, call: Call, answer_ms: int) -> Iterator[Beat]:
    """Ask for a call and be refused: what is missing here is the point."""
    yield Beat(stage.wait(HOOK), request(stage.frame, call))
    if answer_ms > ASK_NOTICE_MS:
        yield reminder(stage)


def reminder(stage: Stage) -> Beat:
    """Give a prompt."""
    return stage.beat(
        ASK_NOTICE_MS,
        "Notification",
        message="Claude needs your permission",
        notification_type="permission_prompt",
    )


def compaction(stage: Stage, trigger: str, wish: str | None) -> Iterator[Beat]:
    """Compact: a SubagentStop of no type that never started, a SessionStart in the middle."""
    summary = notices.summary(stage.project.name)
    yield stage.beat(stage.wait(HOOK), "PreCompact", trigger=trigger, custom_instructions=wish)
    frame = replace(stage.frame, agent_id=new_agent_id(stage.rng), agent_type="")
    yield agent_end(replace(stage, frame=frame), summary, stage.wait(COMPACTING))
    yield stage.beat(stage.wait(HOOK), "SessionStart", source="compact", model=stage.frame.model)
    yield stage.beat(stage.wait(HOOK), "PostCompact", trigger=trigger, compact_summary=summary)


def agent_end(agent: Stage, report: str, wait_ms: int, running: Sequence[Body] = ()) -> Beat:
    """Stop a subagent with its report; `running` are the background tasks, itself among them."""
    frame = agent.frame
    return agent.beat(
        wait_ms,
        "SubagentStop",
        stop_hook_active=False,
        agent_transcript_path=f"{frame.transcript_stem}/subagents/agent-{frame.agent_id}.jsonl",
        last_assistant_message=report,
        background_tasks=list(running),
        session_crons=[],
    )
