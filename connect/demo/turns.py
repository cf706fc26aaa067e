"""Tell one turn: a prompt and everything that follows it, until the next prompt may come.

Comes in: a `Stage` between two prompts. Goes out: the beats of the turn. The orders, and the events
that never come, are Claude Code's: a refusal or an Esc sends nothing at all, a rejected input shows
only in the batch, a background task reports as a prompt of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from connect.demo import messages as notices
from connect.demo import special_calls as special
from connect.demo.calls import after, batched, before, denial, request
from connect.demo.context import ANSWER, HOOK, THINK, TYPE, Stage
from connect.demo.material.parts import Run
from connect.demo.sequences import (
    ASK_NOTICE_MS,
    batch,
    calling,
    closing,
    compaction,
    held,
    instructions,
    one_by_one,
    opening,
    prompt,
    refusal,
    say,
    through,
    up_to_a_change,
)
from connect.demo.timing import Beat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.material.parts import Todo

# A finished turn nobody looks at brings a Notification after a minute.
IDLE_NOTICE_MS = 60_000


def work(stage: Stage) -> Iterator[Beat]:
    """Do a job without being asked anything."""
    stage = stage.prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    yield from through(stage, job)


def granted(stage: Stage) -> Iterator[Beat]:
    """Do a job, asking before every change; the user says yes each time."""
    stage = stage.asking().prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    yield from opening(stage, job)
    for steps in job.batches:
        yield from one_by_one(stage, [stage.call(step) for step in steps], asks=True)
    yield from closing(stage, job.answer)


def refused(stage: Stage) -> Iterator[Beat]:
    """Ask for a change; the user says no. Nothing follows: no Post, no batch, no Stop."""
    stage = stage.asking().prompted()
    yield from up_to_a_change(stage, stage.job)
    call = stage.call(Run("git push --force origin main", "Push the result", "", 900))
    yield Beat(stage.wait(THINK), before(stage.frame, call))
    yield from refusal(stage, call, stage.wait(ANSWER))


def interrupted(stage: Stage) -> Iterator[Beat]:
    """Work up to a running tool; the user presses Esc. Nothing follows."""
    stage = stage.prompted()
    yield from up_to_a_change(stage, stage.job)
    call = stage.call(Run("sleep 90", "Wait for the server", "", 90_000))
    yield Beat(stage.wait(THINK), before(stage.frame, call))


def cut_short(stage: Stage) -> Iterator[Beat]:
    """Give a prompt and press Esc while the text streams: that sends no event at all."""
    stage = stage.prompted()
    yield prompt(stage, stage.job.prompt)


def question(stage: Stage) -> Iterator[Beat]:
    """Ask the user a question, and go on with the answer."""
    stage, asked = stage.prompted(), stage.project.question
    yield prompt(stage, asked.prompt)
    call = special.question(asked, stage.rng)
    yield Beat(stage.wait(THINK), before(stage.frame, call))
    yield Beat(stage.wait(HOOK), request(stage.frame, call))
    yield from held(stage, call)
    yield Beat(stage.wait(HOOK), batched(stage.frame, [call]))
    yield from closing(stage, asked.answer)


def plan(stage: Stage) -> Iterator[Beat]:
    """Make a task list, work through it, and look at it once more."""
    stage, planned = stage.prompted(), stage.project.plan
    todos = [todo for todo, _ in planned.todos]
    yield prompt(stage, planned.prompt)
    yield from _listing(stage, todos)
    for number, (todo, step) in enumerate(planned.todos, 1):
        yield from _updating(stage, number, todo, "pending", "in_progress")
        yield from batch(stage, [step])
        yield from _updating(stage, number, todo, "in_progress", "completed")
    yield from calling(stage, [special.task_list(todos, stage.rng)])
    yield from closing(stage, planned.answer)


def _listing(stage: Stage, todos: Sequence[Todo]) -> Iterator[Beat]:
    """Create the entries of a task list, at once."""
    calls = [special.task_create(number, todo, stage.rng) for number, todo in enumerate(todos, 1)]
    for number, (call, todo) in enumerate(zip(calls, todos, strict=True), 1):
        yield Beat(stage.wait(THINK), before(stage.frame, call))
        yield stage.beat(stage.wait(HOOK), "TaskCreated", **notices.task(number, todo))
        yield Beat(call.took_ms, after(stage.frame, call))
    yield Beat(stage.wait(HOOK), batched(stage.frame, calls))


def _updating(stage: Stage, number: int, todo: Todo, was: str, now: str) -> Iterator[Beat]:
    call = special.task_update(number, was, now, stage.rng)
    yield Beat(stage.wait(THINK), before(stage.frame, call))
    if now == "completed":
        yield stage.beat(stage.wait(HOOK), "TaskCompleted", **notices.task(number, todo))
    yield Beat(call.took_ms, after(stage.frame, call))
    yield Beat(stage.wait(HOOK), batched(stage.frame, [call]))


def elicitation(stage: Stage) -> Iterator[Beat]:
    """Let an MCP server ask the user for a value."""
    stage = stage.prompted()
    call = special.elicited(stage.rng)
    yield prompt(stage, "Open a ticket for the flaky test we saw this morning.")
    yield Beat(stage.wait(THINK), before(stage.frame, call))
    yield stage.beat(stage.wait(HOOK), "Elicitation", **notices.ELICITATION)
    yield stage.beat(
        ASK_NOTICE_MS,
        "Notification",
        message="Claude Code needs your input",
        notification_type="elicitation_dialog",
    )
    yield stage.beat(stage.wait(ANSWER), "ElicitationResult", **notices.ELICITED)
    yield stage.beat(
        stage.wait(HOOK),
        "Notification",
        message='Elicitation response for server "tracker": accept',
        notification_type="elicitation_response",
    )
    yield Beat(call.took_ms, after(stage.frame, call))
    yield Beat(stage.wait(HOOK), batched(stage.frame, [call]))
    yield from closing(stage, "The ticket is open: QA-92, priority low.")


def slash_command(stage: Stage) -> Iterator[Beat]:
    """Run a custom slash command: the prompt, its expansion, then a job."""
    stage = stage.prompted()
    job = stage.job
    yield prompt(stage, "/review the last commit")
    yield stage.beat(
        stage.wait(HOOK),
        "UserPromptExpansion",
        expansion_type="slash_command",
        command_name="review",
        command_args="the last commit",
        command_source="projectSettings",
        prompt="/review the last commit",
    )
    yield from calling(stage, [special.skill(stage.rng)])
    yield from through(stage, job)


def stumble(stage: Stage) -> Iterator[Beat]:
    """Do a job, but first ask for an edit that is rejected: only the batch shows it."""
    stage = stage.prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    call = special.rejected_edit(f"{stage.frame.cwd}/{next(iter(stage.files))}", stage.rng)
    yield Beat(stage.wait(THINK), batched(stage.frame, [call]))
    yield from through(stage, job)


def denied(stage: Stage) -> Iterator[Beat]:
    """Have a command stopped by auto mode's classifier, and do the job another way."""
    stage = replace(stage, frame=replace(stage.frame, permission_mode="auto")).prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    call = special.denied_command(stage.rng)
    yield Beat(stage.wait(THINK), before(stage.frame, call))
    yield Beat(stage.wait(HOOK), denial(stage.frame, call, "[Code from External]"))
    yield Beat(stage.wait(HOOK), batched(stage.frame, [call]))
    yield from through(stage, job)


def not_allowed(stage: Stage) -> Iterator[Beat]:
    """Need a permission where nobody can give one, as in print mode: the batch says so."""
    stage = stage.asking().prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    call = special.ungranted_write(f"{stage.frame.cwd}/NOTES.md", stage.rng)
    yield Beat(stage.wait(THINK), before(stage.frame, call))
    yield Beat(stage.wait(HOOK), request(stage.frame, call))
    yield Beat(stage.wait(HOOK), batched(stage.frame, [call]))
    yield from closing(stage, "I may not write files here. " + job.answer)


def api_failure(stage: Stage) -> Iterator[Beat]:
    """Lose the API in the middle of a turn: StopFailure instead of Stop."""
    stage = stage.prompted()
    yield from up_to_a_change(stage, stage.job)
    error, text = stage.rng.choice(notices.API_ERRORS)
    yield from say(stage, stage.wait(THINK), text)
    yield stage.beat(stage.wait(HOOK), "StopFailure", error=error, last_assistant_message=text)


def idle(stage: Stage) -> Iterator[Beat]:
    """Answer, and be left alone for a minute."""
    stage = stage.prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    yield from through(stage, job)
    yield stage.beat(
        IDLE_NOTICE_MS,
        "Notification",
        message="Claude is waiting for your input",
        notification_type="idle_prompt",
    )


def compacted_by_hand(stage: Stage) -> Iterator[Beat]:
    """Compact when the user says so, then do a job on what is left."""
    yield from compaction(stage.prompted(), "manual", "keep the file names")
    stage = stage.prompted()
    job = stage.job
    yield replace(prompt(stage, job.prompt), wait_ms=stage.wait(TYPE))
    yield instructions(stage, "compact")
    yield from through(stage, job)


def compacted_by_itself(stage: Stage) -> Iterator[Beat]:
    """Compact because the context is full, between the prompt and its answer."""
    stage = stage.prompted()
    job = stage.job
    yield prompt(stage, job.prompt)
    yield from compaction(stage, "auto", None)
    yield instructions(stage, "compact")
    yield from through(stage, job)
