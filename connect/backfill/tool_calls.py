"""Tool calls: from the block that makes a call to the line with its result."""

from typing import Any, Final

import msgspec

from connect.backfill.emitter import EventEmitter
from connect.backfill.events import DAY_MS, Note, TranscriptEvent
from connect.backfill.records import (
    ContentBlock,
    TranscriptRecord,
    blocks_of,
    fields_of,
    join_text,
    raw_fields_of,
    text_of,
)
from shared.call_outcomes import DENIAL_KIND, INTERRUPTION, Outcome, Verdict, verdict_of_result
from shared.history import PREFIX

MAX_OPEN_CALLS: Final = 1_000
QUESTIONS: Final = frozenset({"AskUserQuestion", "ExitPlanMode"})
"""Calls that wait for the user: without an answer, a later run emits them."""
AGENT_TOOLS: Final = frozenset({"Agent", "Task"})


class UnfinishedCall(msgspec.Struct):
    """A call whose result was not read yet."""

    event: TranscriptEvent
    tool_name: str
    tool_input: msgspec.Raw
    ran_alone: bool
    """No other call of the conversation was open meanwhile."""
    agent_id: str | None = None
    """The subagent that it started, when that is in the same file."""

    @property
    def tool_use_id(self) -> str | None:
        return self.event.tool_use_id


class ToolCalls:
    def __init__(self, emitter: EventEmitter) -> None:
        self._emitter = emitter
        self._open: dict[str, UnfinishedCall] = {}
        self._refusal: TranscriptEvent | None = None
        """The batch of a refused call, until the next line shows whether it was an interrupt."""

    def started(self, block: ContentBlock, at: int) -> None:
        tool_use_id, name = text_of(block.id), text_of(block.name)
        if tool_use_id is None or name is None or tool_use_id in self._open:
            return
        payload = {
            **self._emitter.body("permission_mode", "effort"),
            "hook_event_name": "PreToolUse",
            "tool_name": name,
            "tool_input": block.input,
            "tool_use_id": tool_use_id,
        }
        event = self._emit("PreToolUse", at, payload, tool_use_id, is_pending=True)
        for call in self._open.values():
            call.ran_alone = False
        self._open[tool_use_id] = UnfinishedCall(event, name, block.input, ran_alone=not self._open)
        if len(self._open) > MAX_OPEN_CALLS:
            oldest = next(iter(self._open))
            self._open.pop(oldest).event.is_pending = False

    def result(
        self, record: TranscriptRecord, block: ContentBlock, at: int, *, is_only: bool
    ) -> None:
        """Read a call's result; `is_only` when the line holds no other."""
        call = self._open.pop(text_of(block.tool_use_id) or "", None)
        if call is None:
            return
        call.event.is_pending = False
        text = join_text(blocks_of(block.content))
        if block.is_error is not True:
            self._emit_success(record, block, call, at, is_only=is_only)
        else:
            verdict = verdict_of_result(text, text_of(record.tool_denial_kind))
            self._emit_failure(verdict, record, block, call, at)

    def settle_refusal(self, *, is_interrupt: bool = False) -> None:
        """Finish the last refusal: the line after it shows whether it was an interrupt."""
        refusal, self._refusal = self._refusal, None
        if refusal is None:
            return
        refusal.is_pending = False
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

    def agent_call(self, prompt: str) -> UnfinishedCall | None:
        """Return the open call that started a subagent with this prompt."""
        for call in self._open.values():
            is_free = call.tool_name in AGENT_TOOLS and call.agent_id is None
            if is_free and fields_of(call.tool_input).get("prompt") == prompt:
                return call
        return None

    def finish(self) -> None:
        for call in self._open.values():
            call.event.is_pending = False
            call.event.is_dropped = call.event.is_dropped or call.tool_name in QUESTIONS

    def _emit_success(
        self,
        record: TranscriptRecord,
        block: ContentBlock,
        call: UnfinishedCall,
        at: int,
        *,
        is_only: bool,
    ) -> None:
        response = record.tool_use_result if is_only else block.content
        if bytes(response) == b"null":
            response = block.content
        payload = {
            **self._call_body(call, "PostToolUse"),
            "tool_response": _with_agent_id(response, call.agent_id),
            "tool_use_id": call.tool_use_id,
            **_duration(record, call, at),
        }
        self._emit("PostToolUse", at, payload, call.tool_use_id)

    def _emit_failure(
        self,
        verdict: Verdict,
        record: TranscriptRecord,
        block: ContentBlock,
        call: UnfinishedCall,
        at: int,
    ) -> None:
        """Emit the event by which hooks show how a call failed."""
        match verdict.stage:
            case "validation":
                call.event.is_dropped = True
                is_denied = verdict.outcome == "denied"
                note: Note = "refused unread" if is_denied else "rejected"
                self._emit_batch(record, block, call, at, note=note)
            case "permission":
                self._refusal = self._emit_batch(record, block, call, at, note="refused")
                self._refusal.is_pending = True
            case "execution":
                text = join_text(blocks_of(block.content))
                self._emit_error(record, call, at, text, verdict)

    def _emit_error(
        self, record: TranscriptRecord, call: UnfinishedCall, at: int, text: str, verdict: Verdict
    ) -> None:
        is_interrupt = verdict.outcome == "interrupted"
        payload = {
            **self._call_body(call, "PostToolUseFailure"),
            "error": text,
            "is_interrupt": is_interrupt,
            "tool_use_id": call.tool_use_id,
            **({} if is_interrupt else _duration(record, call, at)),
        }
        note = _NOTES.get(verdict.outcome, "")
        self._emit("PostToolUseFailure", at, payload, call.tool_use_id, note=note)

    def _emit_batch(
        self,
        record: TranscriptRecord,
        block: ContentBlock,
        call: UnfinishedCall,
        at: int,
        *,
        note: Note,
    ) -> TranscriptEvent:
        denial_kind = text_of(record.tool_denial_kind)
        entry = {
            "tool_name": call.tool_name,
            "tool_input": call.tool_input,
            "tool_use_id": call.tool_use_id,
            "tool_response": block.content,
            **({} if denial_kind is None else {DENIAL_KIND: denial_kind}),
        }
        payload = {
            **self._emitter.body("permission_mode", "effort"),
            "hook_event_name": "PostToolBatch",
            "tool_calls": [entry],
        }
        return self._emitter.emit("PostToolBatch", at, call.tool_use_id or "", payload, note=note)

    def _call_body(self, call: UnfinishedCall, kind: str) -> dict[str, Any]:
        return {
            **self._emitter.body("permission_mode", "effort"),
            "hook_event_name": kind,
            "tool_name": call.tool_name,
            "tool_input": call.tool_input,
        }

    def _emit(
        self,
        kind: str,
        at: int,
        payload: dict[str, Any],
        tool_use_id: str | None,
        *,
        is_pending: bool = False,
        note: Note = "",
    ) -> TranscriptEvent:
        large = (payload.get(name) for name in ("tool_input", "tool_response", "error"))
        return self._emitter.emit(
            kind,
            at,
            "",
            payload,
            note=note,
            is_pending=is_pending,
            payload_bytes=sum(len(memoryview(it)) for it in large if isinstance(it, msgspec.Raw)),
            event_id=f"{PREFIX}{kind}:{tool_use_id}",
            tool_use_id=tool_use_id,
        )


def _duration(record: TranscriptRecord, call: UnfinishedCall, at: int) -> dict[str, Any]:
    """Return the duration that the tool reports, else the time between lines if that is it."""
    result = raw_fields_of(record.tool_use_result)
    for name, factor in _DURATIONS:
        if name in result and (duration := _number(result[name])) is not None:
            return {"duration_ms": round(duration * factor)}
    decision = fields_of(record.permission_decision)
    source = decision.get("source")
    is_automatic = (
        decision.get("decision") == "accept"
        and isinstance(source, str)
        and not source.startswith("user")
    )
    if not is_automatic or not call.ran_alone:
        return {}
    if fields_of(record.tool_use_result).get("isAsync") is True:
        return {}
    return {"duration_ms": max(0, at - call.event.at), "duration_source": "transcript"}


def _with_agent_id(response: msgspec.Raw, agent_id: str | None) -> Any:  # noqa: ANN401 - any JSON
    """Add the subagent's id to a result, as hooks do: old clients did not write it."""
    if agent_id is None:
        return response
    fields = raw_fields_of(response)
    result: dict[str, Any] = dict(fields) if fields else {"content": response}
    return {**result, "agentId": agent_id} if "agentId" not in fields else result


def _number(raw: msgspec.Raw) -> float | None:
    try:
        value = _NUMBER.decode(raw)
    except msgspec.DecodeError:
        return None
    return value if 0 <= value < DAY_MS else None


_DURATIONS: Final = (("totalDurationMs", 1), ("durationMs", 1), ("durationSeconds", 1_000))
_NOTES: Final[dict[Outcome, Note]] = {"interrupted": "interrupted", "denied": "refused"}
_NUMBER: Final = msgspec.json.Decoder(float)
