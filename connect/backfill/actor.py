"""Follow one thread of a session through its lines: the main one, or a subagent.

In: records, in the order of the file. Out: drafts of events, pushed in that order. What a hook
would have told is told; `answers` does it for what is known only later.
"""

import re
from typing import Any, Final

import msgspec

from connect.backfill.answers import Answers
from connect.backfill.events import Draft, Note, Waiting
from connect.backfill.records import (
    Block,
    Record,
    blocks_of,
    fields_of,
    message_of,
    ms_of,
    raw_fields_of,
    text_of,
    words_of,
)
from connect.backfill.source import Source
from shared.call_outcomes import (
    DENIAL_KIND,
    INTERRUPTION,
    Outcome,
    Verdict,
    is_interruption,
    verdict_of_result,
)
from shared.history import ALIKE_MS, PREFIX, timed_id

MOST_CALLS: Final = 1_000
ASKING: Final = frozenset({"AskUserQuestion", "ExitPlanMode"})
"""A call of these waits for a person: where nobody answered, it is told when somebody has."""
LAUNCHING: Final = frozenset({"Agent", "Task"})
COMPACTION: Final = "acompact"
"""How the id of the helper begins that sums up a conversation: hooks call it no subagent."""


class Call(msgspec.Struct):
    """Hold a tool call whose result was not read yet."""

    draft: Draft
    name: str
    given: msgspec.Raw
    was_alone: bool
    agent_id: str | None = None
    """The subagent that an inline sidechain made of it."""


class Actor:
    """Hold what is known of one thread so far; `agent_id` is None for the main one."""

    def __init__(self, source: Source, waiting: Waiting, agent_id: str | None = None) -> None:
        self.source = source
        self.agent_id = agent_id
        self.agent_type: str | None = None
        self.calls: dict[str, Call] = {}
        self.last_at = 0
        self._waiting = waiting
        self._facts: dict[str, Any] = {}
        self._answers = Answers(self)
        self._command: tuple[Record, int, str] | None = None
        self._refusal: Draft | None = None
        self._start: Draft | None = None
        self._compaction: Draft | None = None
        self._ended: tuple[int, int] | None = None
        """When the last line before the end was written, and when the end was."""
        self._has_worked = False

    # Lines

    def take(self, record: Record) -> None:
        """Take one line."""
        kind = record.type if isinstance(record.type, str) else ""
        take = _TAKES.get(kind)
        at = record.at
        if take is None or (at is None and kind not in _TIMELESS):
            return
        if at is not None:
            self.last_at = max(self.last_at, at)
        if kind in _FACTUAL:
            self._note_facts(record)
        take(self, record, self.last_at if at is None else at)

    def settle(self, *, now: int) -> None:
        """Say what is to be said at the end of the file."""
        self._settle_command(is_prompt=False)
        self._settle_refusal()
        self._answers.settle_last(now=now)
        for call in self.calls.values():
            call.draft.is_open = False
            call.draft.is_dropped = call.draft.is_dropped or call.name in ASKING
        if self._start is not None:
            self._start.is_open = False
        if self._compaction is not None:
            self._compaction.is_open = False
        if self._ended is not None:
            self._push_end(*self._ended, until=now)

    # Telling

    @property
    def prompt_id(self) -> str | None:
        """Return the prompt that this thread works on."""
        return text_of(self._facts.get("prompt_id"))

    def body(self, *names: str) -> dict[str, Any]:
        """Return what stands in every body, and of the facts those that are named."""
        facts = {
            "session_id": self.source.session_id,
            "transcript_path": self.source.transcript_path,
            **self._facts,
            "agent_id": self.agent_id,
            "agent_type": self.agent_type,
        }
        wanted = ("session_id", "transcript_path", "cwd", "prompt_id", "agent_id", "agent_type")
        found = {name: facts.get(name) for name in (*wanted, *names)}
        return {name: value for name, value in found.items() if value is not None}

    def push(
        self,
        kind: str,
        at: int,
        key: str,
        payload: dict[str, Any],
        *,
        note: Note = "",
        is_open: bool = False,
        weight: int = 0,
        event_id: str | None = None,
        tool_use_id: str | None = None,
    ) -> Draft:
        """Push an event of this thread."""
        draft = Draft(
            kind=kind,
            at=at,
            event_id=event_id or timed_id(kind, at, key),
            payload=payload,
            agent_id=self.agent_id,
            tool_use_id=tool_use_id,
            model=None if kind == "UserPromptSubmit" else self._answers.model,
            note=note,
            is_open=is_open,
            weight=weight + 500,
        )
        return self._waiting.push(draft)

    def titled(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Add the session's title where it is another than was told last."""
        title = self.source.new_title() if self.agent_id is None else None
        return payload if title is None else {**payload, "session_title": title}

    # Subagents

    def begin(self, record: Record, agent_type: str | None) -> None:
        """Tell that a subagent began; its type may be known only with its first answer."""
        self.agent_type = agent_type
        if self._is_helper():
            return
        key = text_of(record.uuid) or self.agent_id or ""
        self._start = self.push(
            "SubagentStart", record.at or self.last_at, key, self.body(), is_open=not agent_type
        )

    def stop(self, at: int, key: str, words: str) -> None:
        """Tell that an answer is given: the turn of the main thread, or a subagent's, is over."""
        if self.agent_id is None:
            payload = {
                **self.titled(self.body("permission_mode", "effort")),
                "hook_event_name": "Stop",
                "last_assistant_message": words,
            }
            self.push("Stop", at, key, payload, weight=len(words))
        elif not self._is_helper():
            payload = {
                **self.body("permission_mode", "effort"),
                "agent_type": self._type_told(),
                "hook_event_name": "SubagentStop",
                "last_assistant_message": words,
            }
            self.push("SubagentStop", at, key, payload, weight=len(words))

    def launched(self, words: str) -> Call | None:
        """Return the open call that gave a subagent these words to work on."""
        for call in self.calls.values():
            if call.name in LAUNCHING and call.agent_id is None:
                given = fields_of(call.given)
                if given.get("prompt") == words:
                    return call
        return None

    def _is_helper(self) -> bool:
        return self.agent_id is not None and self.agent_id.startswith(COMPACTION)

    def _type_told(self) -> str:
        # Without a type it would be taken for a compaction's, which is of no subagent.
        return self.agent_type or "subagent"

    # Lines, by type

    def _note_facts(self, record: Record) -> None:
        told = (
            ("cwd", record.cwd),
            ("prompt_id", record.prompt_id),
            ("permission_mode", record.permission_mode),
        )
        for name, value in told:
            if value is not None and text_of(value):
                self._facts[name] = value
        if effort := text_of(record.effort):
            self._facts["effort"] = {"level": effort}

    def _take_assistant(self, record: Record, at: int) -> None:
        self._goes_on(at, record)
        self._settle_command(is_prompt=True)
        self._settle_refusal()
        if self._start is not None and self._start.is_open:
            self.agent_type = text_of(record.attribution_agent) or "subagent"
            self._start.payload["agent_type"] = self.agent_type
            self._start.is_open = False
        message = message_of(record)
        blocks = blocks_of(message.content)
        if record.is_api_error_message is True:
            self._answers.drop()
            self._push_failure(record, at, words_of(blocks))
            return
        self._answers.take(record, message, blocks, at)
        for block in blocks:
            if block.type == "tool_use":
                self._push_call(block, at)

    def _take_user(self, record: Record, at: int) -> None:
        message = message_of(record)
        blocks = blocks_of(message.content)
        results = [block for block in blocks if block.type == "tool_result"]
        if results:
            self._settle_refusal()
            for block in results:
                self._take_result(record, block, at, is_only=len(results) == 1)
        elif blocks:
            self._take_words(record, words_of(blocks), at)

    def _take_words(self, record: Record, words: str, at: int) -> None:
        is_interrupt = is_interruption(words)
        self._settle_refusal(is_interrupt=is_interrupt and bool(record.interrupted_message_id))
        if is_interrupt:
            self._answers.drop()
            return
        if record.is_compact_summary is True:
            self._sum_up(words)
            return
        if record.is_meta is True:
            self._settle_command(is_prompt=not words.startswith(_LOCAL))
            self._answers.go_on()
            return
        self._settle_command(is_prompt=False)
        if self.agent_id is not None:
            self._answers.rest()
        elif not words.startswith(_LOCAL):
            self._take_prompt(record, words, at)

    def _take_prompt(self, record: Record, words: str, at: int) -> None:
        command = _command_of(words)
        if command is None:
            self._push_prompt(record, at, words)
        elif text_of(record.turn_origin):
            self._push_prompt(record, at, command)
        else:
            self._command = (record, at, command)

    def _take_system(self, record: Record, at: int) -> None:
        subtype = text_of(record.subtype)
        if subtype in _TURN_OVER:
            self._answers.rest()
        elif subtype == "compact_boundary":
            self._push_compaction(record, at)

    def _take_attachment(self, record: Record, at: int) -> None:
        """Take what was typed while Claude worked, and was handed to it later."""
        told = fields_of(record.attachment)
        if told.get("type") != "queued_command" or self.agent_id is not None:
            return
        words = told.get("prompt")
        if not isinstance(words, str):
            return
        if told.get("commandMode") == "task-notification" and not words.startswith(_NOTIFICATION):
            return
        draft = self._push_prompt(record, max(at, self.last_at), words)
        draft.since = at - ALIKE_MS

    def _take_cost(self, record: Record, at: int) -> None:
        """Take what the client writes when it ends; it says when it began and how long it ran."""
        if self.agent_id is not None or not self._has_worked or self._ended is not None:
            return
        began, ran = record.start_time, record.total_duration
        ends_at = ms_of(began + ran) if type(began) is int and type(ran) is int else None
        is_near = ends_at is not None and ends_at - at < _DAY_MS
        self._ended = at, max(ends_at or at, at) if is_near else at

    def _take_mode(self, _record: Record, _at: int) -> None:
        """Take a mode of its own line: it is noted already."""

    # Prompts

    def _push_prompt(self, record: Record, at: int, words: str) -> Draft:
        self._answers.rest()
        self._goes_on(at, record)
        payload = {
            **self.titled(self.body("permission_mode")),
            "hook_event_name": "UserPromptSubmit",
            "prompt": words,
        }
        note: Note = "notification" if words.startswith(_NOTIFICATION) else ""
        key = text_of(record.uuid) or self.prompt_id or ""
        return self.push("UserPromptSubmit", at, key, payload, note=note, weight=len(words))

    def _settle_command(self, *, is_prompt: bool) -> None:
        """Tell of a command once it is known whether Claude was given it."""
        waiting, self._command = self._command, None
        if waiting is not None and is_prompt:
            record, at, words = waiting
            self._push_prompt(record, at, words)

    def _goes_on(self, at: int, record: Record) -> None:
        """Tell that a session which had ended was taken up again."""
        if self.agent_id is not None:
            return
        ended, self._ended, self._has_worked = self._ended, None, True
        if ended is None or at - ended[1] < _MOMENT_MS:
            return
        self._push_end(*ended, until=at)
        payload = {**self.body(), "hook_event_name": "SessionStart", "source": "resume"}
        start = self.push("SessionStart", at, text_of(record.uuid) or "", payload)
        start.since = ended[0]

    def _push_end(self, worked_at: int, at: int, *, until: int) -> None:
        payload = {**self.titled(self.body()), "hook_event_name": "SessionEnd"}
        if (self.source.entrypoint or "").startswith("sdk"):
            payload["reason"] = "other"  # so do all print-mode runs end
        end = self.push("SessionEnd", at, self.source.session_id, payload)
        end.since, end.until = worked_at, max(until, at + ALIKE_MS)

    def _push_failure(self, record: Record, at: int, words: str) -> None:
        payload = {
            **self.titled(self.body("effort")),
            "hook_event_name": "StopFailure",
            "error": text_of(record.error) or "unknown",
            "last_assistant_message": words,
        }
        if isinstance(record.error_details, str):
            payload["error_details"] = record.error_details
        self.push("StopFailure", at, text_of(record.uuid) or "", payload, weight=len(words))

    # Compaction

    def _push_compaction(self, record: Record, at: int) -> None:
        self._answers.rest()
        told = fields_of(record.compact_metadata)
        key = text_of(record.uuid) or ""
        took = told.get("durationMs")
        began = at - (took if type(took) is int and 0 <= took < _DAY_MS else 0)
        trigger = text_of(told.get("trigger")) or "auto"
        payload = {**self.body(), "hook_event_name": "PreCompact", "trigger": trigger}
        self.push("PreCompact", began, key, payload)
        payload = {**self.body(), "hook_event_name": "PostCompact", "trigger": trigger}
        self._compaction = self.push("PostCompact", at, key, payload, is_open=True)

    def _sum_up(self, words: str) -> None:
        if self._compaction is not None and self._compaction.is_open:
            self._compaction.payload["compact_summary"] = words
            self._compaction.is_open = False

    # Calls

    def _push_call(self, block: Block, at: int) -> None:
        tool_use_id, name = text_of(block.id), text_of(block.name)
        if tool_use_id is None or name is None or tool_use_id in self.calls:
            return
        payload = {
            **self.body("permission_mode", "effort"),
            "hook_event_name": "PreToolUse",
            "tool_name": name,
            "tool_input": block.input,
            "tool_use_id": tool_use_id,
        }
        draft = self._push_tool("PreToolUse", at, payload, tool_use_id, is_open=True)
        for call in self.calls.values():
            call.was_alone = False
        self.calls[tool_use_id] = Call(draft, name, block.input, was_alone=not self.calls)
        if len(self.calls) > MOST_CALLS:
            first = next(iter(self.calls))
            self.calls.pop(first).draft.is_open = False

    def _take_result(self, record: Record, block: Block, at: int, *, is_only: bool) -> None:
        call = self.calls.pop(text_of(block.tool_use_id) or "", None)
        if call is None:
            return
        call.draft.is_open = False
        words = words_of(blocks_of(block.content))
        if block.is_error is not True:
            self._push_success(record, block, call, at, is_only=is_only)
        else:
            kind = text_of(record.tool_denial_kind)
            self._push_verdict(verdict_of_result(words, kind), record, block, call, at)

    def _push_verdict(
        self, verdict: Verdict, record: Record, block: Block, call: Call, at: int
    ) -> None:
        """Push the event by which hooks would have shown how a call came to nothing."""
        is_denied = verdict.outcome == "denied"
        match verdict.stage:
            case "validation":
                call.draft.is_dropped = True
                note: Note = "refused unread" if is_denied else "rejected"
                self._push_batch(record, block, call, at, note=note)
            case "permission":
                self._refusal = self._push_batch(record, block, call, at, note="refused")
                self._refusal.is_open = True
            case "execution":
                words = words_of(blocks_of(block.content))
                self._push_error(record, call, at, words, verdict)

    def _push_success(
        self, record: Record, block: Block, call: Call, at: int, *, is_only: bool
    ) -> None:
        response = record.tool_use_result if is_only else block.content
        if bytes(response) == b"null":
            response = block.content
        payload = {
            **self._call_body(call, "PostToolUse"),
            "tool_response": _linked(response, call.agent_id),
            "tool_use_id": call.draft.tool_use_id,
            **self._duration(record, call, at),
        }
        self._push_tool("PostToolUse", at, payload, call.draft.tool_use_id)

    def _push_error(
        self, record: Record, call: Call, at: int, words: str, verdict: Verdict
    ) -> None:
        is_interrupt = verdict.outcome == "interrupted"
        payload = {
            **self._call_body(call, "PostToolUseFailure"),
            "error": words,
            "is_interrupt": is_interrupt,
            "tool_use_id": call.draft.tool_use_id,
            **({} if is_interrupt else self._duration(record, call, at)),
        }
        note = _NOTES.get(verdict.outcome, "")
        self._push_tool("PostToolUseFailure", at, payload, call.draft.tool_use_id, note=note)

    def _push_batch(
        self, record: Record, block: Block, call: Call, at: int, *, note: Note
    ) -> Draft:
        kind = text_of(record.tool_denial_kind)
        entry = {
            "tool_name": call.name,
            "tool_input": call.given,
            "tool_use_id": call.draft.tool_use_id,
            "tool_response": block.content,
            **({} if kind is None else {DENIAL_KIND: kind}),
        }
        payload = {
            **self.body("permission_mode", "effort"),
            "hook_event_name": "PostToolBatch",
            "tool_calls": [entry],
        }
        return self.push("PostToolBatch", at, call.draft.tool_use_id or "", payload, note=note)

    def _settle_refusal(self, *, is_interrupt: bool = False) -> None:
        """Tell whether a call was refused, or broken off: the next line says so."""
        refusal, self._refusal = self._refusal, None
        if refusal is None:
            return
        refusal.is_open = False
        if is_interrupt:
            (entry,) = refusal.payload.pop("tool_calls")
            tool_use_id = entry["tool_use_id"]
            refusal.kind, refusal.note = "PostToolUseFailure", "interrupted"
            refusal.event_id = f"{PREFIX}{refusal.kind}:{tool_use_id}"
            refusal.tool_use_id = tool_use_id
            refusal.payload |= {
                "hook_event_name": refusal.kind,
                **{name: entry[name] for name in ("tool_name", "tool_input", "tool_use_id")},
                "error": f"{INTERRUPTION} for tool use]",
                "is_interrupt": True,
            }

    def _call_body(self, call: Call, kind: str) -> dict[str, Any]:
        return {
            **self.body("permission_mode", "effort"),
            "hook_event_name": kind,
            "tool_name": call.name,
            "tool_input": call.given,
        }

    def _push_tool(
        self,
        kind: str,
        at: int,
        payload: dict[str, Any],
        tool_use_id: str | None,
        *,
        is_open: bool = False,
        note: Note = "",
    ) -> Draft:
        heavy = (payload.get(name) for name in ("tool_input", "tool_response", "error"))
        return self.push(
            kind,
            at,
            "",
            payload,
            note=note,
            is_open=is_open,
            weight=sum(len(memoryview(it)) for it in heavy if isinstance(it, msgspec.Raw)),
            event_id=f"{PREFIX}{kind}:{tool_use_id}",
            tool_use_id=tool_use_id,
        )

    def _duration(self, record: Record, call: Call, at: int) -> dict[str, Any]:
        told = raw_fields_of(record.tool_use_result)
        for name, factor in _DURATIONS:
            if name in told and (ms := _number(told[name])) is not None:
                return {"duration_ms": round(ms * factor)}
        decision = fields_of(record.permission_decision)
        source = decision.get("source")
        nobody_asked = decision.get("decision") == "accept" and isinstance(source, str)
        if not nobody_asked or str(source).startswith("user") or not call.was_alone:
            return {}
        if fields_of(record.tool_use_result).get("isAsync") is True:
            return {}
        return {"duration_ms": max(0, at - call.draft.at), "duration_source": "transcript"}


def _linked(response: msgspec.Raw, agent_id: str | None) -> Any:  # noqa: ANN401 - any JSON
    """Return a result that names the subagent, as hooks do: old clients wrote no id."""
    if agent_id is None:
        return response
    told = raw_fields_of(response)
    whole: dict[str, Any] = dict(told) if told else {"content": response}
    return {**whole, "agentId": agent_id} if "agentId" not in told else whole


def _command_of(words: str) -> str | None:
    """Return `/name arguments` of the tags in which a typed command is written."""
    if not words.startswith(("<command-name>", "<command-message>")):
        return None
    name, given = _NAME.search(words), _ARGUMENTS.search(words)
    if name is None:
        return words
    return f"{name[1].strip()} {given[1].strip() if given else ''}".strip()


def _number(raw: msgspec.Raw) -> float | None:
    try:
        value = _NUMBER.decode(raw)
    except msgspec.DecodeError:
        return None
    return value if 0 <= value < _DAY_MS else None


_TAKES: Final = {
    "assistant": Actor._take_assistant,  # noqa: SLF001 - of this very class
    "user": Actor._take_user,  # noqa: SLF001
    "system": Actor._take_system,  # noqa: SLF001
    "attachment": Actor._take_attachment,  # noqa: SLF001
    "cost-state": Actor._take_cost,  # noqa: SLF001
    "permission-mode": Actor._take_mode,  # noqa: SLF001
}
_FACTUAL: Final = frozenset({"user", "assistant", "permission-mode"})
_TURN_OVER: Final = frozenset({"turn_duration", "stop_hook_summary"})
_TIMELESS: Final = frozenset({"cost-state", "permission-mode"})
_DAY_MS: Final = 86_400_000
_MOMENT_MS: Final = 1_000
"""A client that wrote so soon again had not ended."""
_DURATIONS: Final = (("totalDurationMs", 1), ("durationMs", 1), ("durationSeconds", 1_000))
_NOTIFICATION: Final = "<task-notification>"
_NOTES: Final[dict[Outcome, Note]] = {"interrupted": "interrupted", "denied": "refused"}
_LOCAL: Final = (
    "<local-command-",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "Caveat: The messages below were generated by the user",
)
"""What the client did by itself: Claude was asked nothing."""
_NAME: Final = re.compile(r"<command-name>([^<]*)</command-name>")
_ARGUMENTS: Final = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_NUMBER: Final = msgspec.json.Decoder(float)
