"""Turns: a prompt and all that follows, until the next prompt may come.

The order, and the events that never come, are Claude Code's: a refusal or an Esc sends nothing,
input that fails validation shows only in the batch, a background task reports as a prompt of its
own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from connect.demo import messages, special_calls
from connect.demo.calls import after, batched, before, denial, failure_of, request
from connect.demo.context import ANSWER, HOOK, THINK, TYPE, TurnContext
from connect.demo.material import generic
from connect.demo.material.parts import FileEdit, ShellCommand
from connect.demo.sequences import (
    ASK_REMINDER_MS,
    answer_request,
    compaction,
    final_answer,
    finish_work,
    instructions,
    opening_message,
    prompt,
    refused_request,
    run_actions,
    run_calls,
    run_one_by_one,
    show_message,
    work_until_change,
)
from connect.demo.timing import TimedEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.calls import DemoCall
    from connect.demo.material.parts import TodoEntry, ToolAction

# A finished turn without another prompt sends a Notification after a minute.
IDLE_REMINDER_MS = 60_000


def work(context: TurnContext) -> Iterator[TimedEvent]:
    """Do a job without any permission request."""
    context = context.new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    yield from finish_work(context, job)


def allowed(context: TurnContext) -> Iterator[TimedEvent]:
    """Do a job with a request before every change; the user allows each."""
    context = context.with_permission_requests().new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    yield from opening_message(context, job)
    for actions in job.batches:
        yield from run_one_by_one(context, [context.call(action) for action in actions], asks=True)
    yield from final_answer(context, job.answer)


def refused(context: TurnContext) -> Iterator[TimedEvent]:
    """Request a change that the user refuses. No PostToolUse, no batch, no Stop follows."""
    context = context.with_permission_requests().new_prompt()
    yield from work_until_change(context, context.random_job())
    call = context.call(ShellCommand("git push --force origin main", "Push the result", "", 900))
    yield TimedEvent(context.wait(THINK), before(context.frame, call))
    yield from refused_request(context, call, context.wait(ANSWER))


def interrupted(context: TurnContext) -> Iterator[TimedEvent]:
    """Interrupt a running tool with Esc. No event follows."""
    context = context.new_prompt()
    yield from work_until_change(context, context.random_job())
    call = context.call(ShellCommand("sleep 90", "Wait for the server", "", 90_000))
    yield TimedEvent(context.wait(THINK), before(context.frame, call))


def interrupted_text(context: TurnContext) -> Iterator[TimedEvent]:
    """Interrupt streaming text with Esc. No event follows."""
    context = context.new_prompt()
    yield prompt(context, context.random_job().prompt)


def approvals(context: TurnContext) -> Iterator[TimedEvent]:
    """Need a permission for a tool of each kind; the user allows all."""
    context = context.with_permission_requests().new_prompt()
    yield prompt(context, generic.APPROVALS.prompt)
    edit = _first_edit(context)
    for action in (edit, *generic.APPROVALS.batches[0]):
        yield from run_one_by_one(context, [context.call(action)], asks=True)
    yield from final_answer(context, generic.APPROVALS.answer)


def question(context: TurnContext) -> Iterator[TimedEvent]:
    """Ask the user questions, and continue with the answers."""
    context, question_prompt = context.new_prompt(), context.project.question
    yield prompt(context, question_prompt.prompt)
    yield from _asked(context, special_calls.questions(question_prompt.questions, context.rng))
    yield from final_answer(context, question_prompt.answer)


def plan_approval(context: TurnContext) -> Iterator[TimedEvent]:
    """Plan in plan mode; the user approves, and Claude does the job."""
    planning = replace(context, frame=replace(context.frame, permission_mode="plan")).new_prompt()
    approval, job = generic.PLAN_APPROVAL, context.random_job()
    yield prompt(planning, approval.prompt)
    yield from run_actions(planning, approval.actions)
    call = special_calls.plan_approval(approval.plan, context.rng)
    yield from _asked(planning, call)
    frame = replace(planning.frame, permission_mode="acceptEdits")
    yield from finish_work(replace(planning, frame=frame), job)


def recurring_failure(context: TurnContext) -> Iterator[TimedEvent]:
    """Try something some times that fails the same way each time, and give up."""
    context, failure = context.new_prompt(), context.rng.choice(generic.RECURRING)
    yield prompt(context, failure.prompt)
    for _ in range(context.rng.randint(2, 3)):
        ms, port = context.rng.randint(5_001, 5_090), context.rng.randint(40_000, 60_000)
        yield from run_actions(context, [failure_of(failure.call, ms=ms, port=port)])
    yield from final_answer(context, failure.answer)


def _asked(context: TurnContext, call: DemoCall) -> Iterator[TimedEvent]:
    """Make a call that the user answers in any mode."""
    yield TimedEvent(context.wait(THINK), before(context.frame, call))
    yield TimedEvent(context.wait(HOOK), request(context.frame, call))
    yield from answer_request(context, call)
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [call]))


def _first_edit(context: TurnContext) -> ToolAction:
    """Return an edit that fits the project's files as they are."""
    actions = [action for batch in context.random_job().batches for action in batch]
    jobs = (actions, *([a for b in job.batches for a in b] for job in context.project.jobs))
    return next(action for actions in jobs for action in actions if isinstance(action, FileEdit))


def plan(context: TurnContext) -> Iterator[TimedEvent]:
    """Create a task list, complete each task, and list them."""
    context, planned = context.new_prompt(), context.project.plan
    todos = [todo for todo, _ in planned.todos]
    yield prompt(context, planned.prompt)
    yield from _listing(context, todos)
    for number, (todo, action) in enumerate(planned.todos, 1):
        yield from _updating(context, number, todo, "pending", "in_progress")
        yield from run_actions(context, [action])
        yield from _updating(context, number, todo, "in_progress", "completed")
    yield from run_calls(context, [special_calls.task_list(todos, context.rng)])
    yield from final_answer(context, planned.answer)


def _listing(context: TurnContext, todos: Sequence[TodoEntry]) -> Iterator[TimedEvent]:
    """Create all entries of a task list at once."""
    calls = [
        special_calls.task_create(number, todo, context.rng) for number, todo in enumerate(todos, 1)
    ]
    for number, (call, todo) in enumerate(zip(calls, todos, strict=True), 1):
        yield TimedEvent(context.wait(THINK), before(context.frame, call))
        yield context.event(context.wait(HOOK), "TaskCreated", **messages.task_entry(number, todo))
        yield TimedEvent(call.took_ms, after(context.frame, call))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, calls))


def _updating(
    context: TurnContext, number: int, todo: TodoEntry, was: str, now: str
) -> Iterator[TimedEvent]:
    call = special_calls.task_update(number, was, now, context.rng)
    yield TimedEvent(context.wait(THINK), before(context.frame, call))
    if now == "completed":
        yield context.event(
            context.wait(HOOK), "TaskCompleted", **messages.task_entry(number, todo)
        )
    yield TimedEvent(call.took_ms, after(context.frame, call))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [call]))


def elicitation(context: TurnContext) -> Iterator[TimedEvent]:
    """Let an MCP server ask the user for a value."""
    context = context.new_prompt()
    call = special_calls.elicited(context.rng)
    yield prompt(context, "Open a ticket for the flaky test we saw this morning.")
    yield TimedEvent(context.wait(THINK), before(context.frame, call))
    yield context.event(context.wait(HOOK), "Elicitation", **messages.ELICITATION)
    yield context.event(
        ASK_REMINDER_MS,
        "Notification",
        message="Claude Code needs your input",
        notification_type="elicitation_dialog",
    )
    yield context.event(context.wait(ANSWER), "ElicitationResult", **messages.ELICITED)
    yield context.event(
        context.wait(HOOK),
        "Notification",
        message='Elicitation response for server "tracker": accept',
        notification_type="elicitation_response",
    )
    yield TimedEvent(call.took_ms, after(context.frame, call))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [call]))
    yield from final_answer(context, "The ticket is open: QA-92, priority low.")


def slash_command(context: TurnContext) -> Iterator[TimedEvent]:
    """Run a custom slash command: the prompt, its expansion, then a job."""
    context = context.new_prompt()
    job = context.random_job()
    yield prompt(context, "/review the last commit")
    yield context.event(
        context.wait(HOOK),
        "UserPromptExpansion",
        expansion_type="slash_command",
        command_name="review",
        command_args="the last commit",
        command_source="projectSettings",
        prompt="/review the last commit",
    )
    yield from run_calls(context, [special_calls.skill(context.rng)])
    yield from finish_work(context, job)


def rejected_edit(context: TurnContext) -> Iterator[TimedEvent]:
    """Do a job after an edit that fails validation: only the batch shows it."""
    context = context.new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    call = special_calls.rejected_edit(
        f"{context.frame.cwd}/{next(iter(context.files))}", context.rng
    )
    yield TimedEvent(context.wait(THINK), batched(context.frame, [call]))
    yield from finish_work(context, job)


def denied(context: TurnContext) -> Iterator[TimedEvent]:
    """Auto mode's classifier stops a command; do the job in another way."""
    context = replace(context, frame=replace(context.frame, permission_mode="auto")).new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    call = special_calls.denied_command(context.rng)
    yield TimedEvent(context.wait(THINK), before(context.frame, call))
    yield TimedEvent(context.wait(HOOK), denial(context.frame, call, "[Code from External]"))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [call]))
    yield from finish_work(context, job)


def not_allowed(context: TurnContext) -> Iterator[TimedEvent]:
    """Need a permission that no user can give, as in print mode: only the batch shows it."""
    context = context.with_permission_requests().new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    call = special_calls.ungranted_write(f"{context.frame.cwd}/NOTES.md", context.rng)
    yield TimedEvent(context.wait(THINK), before(context.frame, call))
    yield TimedEvent(context.wait(HOOK), request(context.frame, call))
    yield TimedEvent(context.wait(HOOK), batched(context.frame, [call]))
    yield from final_answer(context, "I may not write files here. " + job.answer)


def api_failure(context: TurnContext) -> Iterator[TimedEvent]:
    """Fail in the middle of a turn: StopFailure instead of Stop."""
    context = context.new_prompt()
    yield from work_until_change(context, context.random_job())
    error, text = context.rng.choice(messages.API_ERRORS)
    yield from show_message(context, context.wait(THINK), text)
    yield context.event(context.wait(HOOK), "StopFailure", error=error, last_assistant_message=text)


def idle(context: TurnContext) -> Iterator[TimedEvent]:
    """Answer, and get no prompt for a minute."""
    context = context.new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    yield from finish_work(context, job)
    yield context.event(
        IDLE_REMINDER_MS,
        "Notification",
        message="Claude is waiting for your input",
        notification_type="idle_prompt",
    )


def manual_compaction(context: TurnContext) -> Iterator[TimedEvent]:
    """Compact on request, then do a job."""
    yield from compaction(context.new_prompt(), "manual", "keep the file names")
    context = context.new_prompt()
    job = context.random_job()
    yield replace(prompt(context, job.prompt), wait_ms=context.wait(TYPE))
    yield instructions(context, "compact")
    yield from finish_work(context, job)


def automatic_compaction(context: TurnContext) -> Iterator[TimedEvent]:
    """Compact because the context is full, between the prompt and its answer."""
    context = context.new_prompt()
    job = context.random_job()
    yield prompt(context, job.prompt)
    yield from compaction(context, "auto", None)
    yield instructions(context, "compact")
    yield from finish_work(context, job)
