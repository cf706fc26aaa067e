"""Generate one session: exactly so many events, from SessionStart to its end.

Orders and gaps are Claude Code's: a refusal or an Esc sends nothing more, a rejected input shows
only in the batch, an agent in the background reports as a prompt of its own.
"""

from operator import itemgetter
from random import Random
from typing import Final

import msgspec

from bench.generator import outcomes
from bench.generator.calls import GeneratedCall, Workspace, generate_call
from bench.generator.outcomes import LogNormal
from bench.generator.records import RecordGenerator, Row, count_of
from bench.generator.texts import WorldTexts, pick

MODELS: Final = ("claude-opus-5-5", "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-4-5")
MODES: Final = ("default", "default", "acceptEdits", "auto", "auto", "plan")
AGENTS: Final = ("general-purpose", "Explore", "Plan", "reviewer")
MIN_EVENTS: Final = 4


class Project(msgspec.Struct, frozen=True):
    """Name a project, and the text it is about."""

    name: str
    key: str
    """The letters of its tickets."""
    texts: WorldTexts


class _AgentBodies(msgspec.Struct, frozen=True):
    """Hold the starts of an agent's bodies. Without an `agent_id` it is the main thread."""

    tooled: str
    """The body up to the event's name, for events with a mode and an effort."""
    plain: str
    """The same for events with neither."""
    agent_id: str | None = None
    agent_type: str = ""


class SessionGenerator:
    """Generate one session's rows when constructed."""

    def __init__(
        self, project: Project, rng: Random, *, start_ms: int, events: int, ends: bool
    ) -> None:
        self.rows: list[Row] = []
        self._project = project
        self._rng = rng
        self._at = start_ms
        records = count_of(events)
        self._left = events - records
        self._session_id = _uuid(rng)
        cwd = f"/home/dev/code/{project.name}"
        self._workspace = Workspace(cwd, project.texts, rng)
        self._stem = f"/home/dev/.claude/projects/{cwd.replace('/', '-')}/{self._session_id}"
        self._base = (
            f'{{"session_id":"{self._session_id}","transcript_path":"{self._stem}.jsonl",'
            f'"cwd":"{cwd}"'
        )
        self._mode = pick(rng, MODES)
        self._model = pick(rng, MODELS)
        self._prompt_base = self._base
        self._main = self._agent(None, "")
        self._start()
        self._turns(1 if ends else 0)
        if ends:
            self._start_prompt()
            reason = pick(rng, ("prompt_input_exit", "prompt_input_exit", "other", "clear"))
            self._main_event(PAUSE_MS.draw(rng), "SessionEnd", f',"reason":"{reason}"')
        self.rows.sort(key=itemgetter(0))  # agents worked side by side
        self.rows = RecordGenerator(rng, self._model).interleaved(self.rows, records)

    def _start(self) -> None:
        rng = self._rng
        model = self._model if rng.random() < 0.85 else None
        named = "" if model is None else f',"model":"{model}"'
        source, more = "startup", ""
        if rng.random() < 0.1:
            source, tokens = "resume", 20_000 + rng.getrandbits(17)
            more = (
                f',"seconds_since_last_response":{rng.getrandbits(13)},"context_tokens":{tokens},'
                '"prompt_cache_likely_expired":true,'
                f'"estimated_cache_write_usd":{tokens * 5e-6:.4f}'
            )
        self._main_event(0, "SessionStart", f',"source":"{source}"{named}{more}', model=model)

    def _turns(self, reserved: int) -> None:
        while self._left > reserved:
            room = self._left - reserved
            if room == 1:
                self._idle()
            elif room >= 28 and self._rng.random() < 0.16:
                self._delegation()
            elif room >= 30 and self._prompt_base != self._base and self._rng.random() < 0.06:
                self._compaction()
            else:
                self._turn(room)

    def _turn(self, room: int) -> None:
        """Give a prompt and let Claude work on it; mostly it ends with Stop."""
        rng = self._rng
        room = min(room, TURN_EVENTS.draw(rng))
        self._prompt(self._prompt_text())
        ends = 1 if room > 1 and rng.random() < 0.94 else 0
        self._work(self._main, max(room - 1 - ends, 0))
        if ends:
            self._end_turn()

    def _end_turn(self) -> None:
        rng = self._rng
        if rng.random() < 0.02:
            error, text = pick(rng, API_ERRORS)
            own = f',"error":"{error}","last_assistant_message":"{text}"'
            start = f'{self._prompt_base},"effort":{{"level":"medium"}},"hook_event_name":"'
            self._add(THINK_MS.draw(rng), start, "StopFailure", own)
        else:
            self._stop("[]")

    def _stop(self, background_tasks: str) -> None:
        rng = self._rng
        answer = self._workspace.texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng))
        own = (
            f',"stop_hook_active":false,"last_assistant_message":"{answer}",'
            f'"background_tasks":{background_tasks},"session_crons":[]'
        )
        self._main_event(THINK_MS.draw(rng), "Stop", own, tooled=True)

    def _work(self, agent: _AgentBodies, events: int) -> None:
        """Spend exactly so many events on tool calls, and on text where none fits."""
        rng = self._rng
        while events:
            remainder = events % 3
            if remainder == 2 and events >= 5 and rng.random() < 0.4:
                events -= self._batch(
                    agent, [generate_call(self._workspace), generate_call(self._workspace)]
                )
            elif remainder == 1 and events >= 4 and rng.random() < 0.2:
                events -= self._permitted_call(agent)
            elif events >= 3:
                events -= self._batch(agent, [generate_call(self._workspace)])
            else:
                events -= self._partial_call(agent, events)

    def _batch(self, agent: _AgentBodies, calls: list[GeneratedCall]) -> int:
        ids = [self._before(agent, made) for made in calls]
        for tool_use_id, made in zip(ids, calls, strict=True):
            self._after(agent, made, tool_use_id)
        self._batched(agent, calls, ids)
        return 2 * len(calls) + 1

    def _permitted_call(self, agent: _AgentBodies) -> int:
        """Ask before a call; the user takes a while, and says yes."""
        made = generate_call(self._workspace)
        tool_use_id = self._before(agent, made)
        self._ask(agent, made)
        self._at += PAUSE_MS.draw(self._rng) // 4
        self._after(agent, made, tool_use_id)
        self._batched(agent, [made], [tool_use_id])
        return 4

    def _partial_call(self, agent: _AgentBodies, events: int) -> int:
        """Add one event or two: a message, or a call that is interrupted, denied or rejected."""
        rng = self._rng
        chance = rng.random()
        if agent.agent_id is None and chance < 0.8:
            self._display()
            return 1
        made = generate_call(self._workspace)
        if chance < 0.93:
            self._before(agent, made)
            if events == 1:
                return 1
            self._ask(agent, made)
            return 2
        rejected = msgspec.structs.replace(made, model_result=REJECTED)
        self._batched(agent, [rejected], [_tool_use_id(rng)])
        return 1

    def _before(self, agent: _AgentBodies, made: GeneratedCall) -> str:
        tool_use_id = _tool_use_id(self._rng)
        own = f'{_tool_fields(made)},"tool_use_id":"{tool_use_id}"{made.server}'
        wait_ms = THINK_MS.draw(self._rng)
        self._tool(wait_ms, agent, "PreToolUse", own, made.tool_name, tool_use_id)
        return tool_use_id

    def _ask(self, agent: _AgentBodies, made: GeneratedCall) -> None:
        own = f'{_tool_fields(made)},"permission_suggestions":{made.suggestion}{made.server}'
        self._tool(HOOK_MS, agent, "PermissionRequest", own, made.tool_name, None)

    def _after(self, agent: _AgentBodies, made: GeneratedCall, tool_use_id: str) -> None:
        end = f'"duration_ms":{made.took_ms}{made.server}'
        if made.error:
            name = "PostToolUseFailure"
            own = f',"tool_use_id":"{tool_use_id}","error":{made.error},"is_interrupt":false,{end}'
        else:
            name = "PostToolUse"
            own = f',"tool_response":{made.response},"tool_use_id":"{tool_use_id}",{end}'
        own = _tool_fields(made) + own
        self._tool(made.took_ms + 9, agent, name, own, made.tool_name, tool_use_id)

    def _batched(self, agent: _AgentBodies, calls: list[GeneratedCall], ids: list[str]) -> None:
        listed = ",".join(
            f'{{"tool_name":"{made.tool_name}","tool_input":{made.tool_input},'
            f'"tool_use_id":"{tool_use_id}","tool_response":{made.model_result}}}'
            for made, tool_use_id in zip(calls, ids, strict=True)
        )
        self._tool(HOOK_MS, agent, "PostToolBatch", f',"tool_calls":[{listed}]', None, None)

    def _delegation(self) -> None:
        """Send agents into the background and stop; each reports later, as a prompt of its own."""
        rng = self._rng
        self._prompt(self._prompt_text())
        agents = [self._launched() for _ in range(1 + (rng.random() < 0.4))]
        running = ",".join(
            f'{{"id":"{agent.agent_id}","type":"subagent","status":"running",'
            f'"description":"{task}","agent_type":"{agent.agent_type}"}}'
            for agent, task, _ in agents
        )
        self._stop(f"[{running}]")
        started, ended = self._at, self._at
        for agent, _, _ in agents:
            self._at = started
            self._work(agent, pick(rng, (3, 3, 6)))
            self._report(agent)
            ended = max(ended, self._at)
        self._at = ended
        for agent, task, tool_use_id in agents:
            self._prompt(self._notification(agent, task, tool_use_id))
            self._stop("[]")

    def _launched(self) -> tuple[_AgentBodies, str, str]:
        """Launch an agent: Pre, SubagentStart, Post and the batch."""
        rng, texts = self._rng, self._workspace.texts
        agent = self._agent(f"a{rng.getrandbits(64):016x}", pick(rng, AGENTS))
        task = f"Look at {pick(rng, texts.names)} {pick(rng, texts.names)}"
        prompt = texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng))
        asked = (
            f'{{"description":"{task}","prompt":"{prompt}",'
            f'"subagent_type":"{agent.agent_type}","run_in_background":true}}'
        )
        response = (
            f'{{"isAsync":true,"status":"async_launched","agentId":"{agent.agent_id}",'
            f'"description":"{task}","resolvedModel":"{self._model}","prompt":"{prompt}",'
            f'"outputFile":"{self._stem}/tasks/{agent.agent_id}.output",'
            '"canReadOutputFile":true,"canContinueAgent":true}'
        )
        model_result = (
            r'[{"type":"text","text":"Async agent launched successfully.\nagentId: '
            f'{agent.agent_id} (internal ID - do not mention to user.)"}}]'
        )
        made = GeneratedCall("Agent", asked, 12 + rng.getrandbits(5), model_result, response)
        tool_use_id = self._before(self._main, made)
        self._add(HOOK_MS, agent.plain, "SubagentStart", "", agent_id=agent.agent_id)
        self._after(self._main, made, tool_use_id)
        self._batched(self._main, [made], [tool_use_id])
        return agent, task, tool_use_id

    def _report(self, agent: _AgentBodies) -> None:
        rng = self._rng
        report = self._workspace.texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng))
        own = (
            ',"stop_hook_active":false,"agent_transcript_path":'
            f'"{self._stem}/subagents/agent-{agent.agent_id}.jsonl",'
            f'"last_assistant_message":"{report}","background_tasks":[],"session_crons":[]'
        )
        wait_ms = THINK_MS.draw(rng)
        self._add(wait_ms, agent.tooled, "SubagentStop", own, agent_id=agent.agent_id)

    def _notification(self, agent: _AgentBodies, task: str, tool_use_id: str) -> str:
        result = self._workspace.texts.prose.cut(self._rng, 300)
        return (
            rf"<task-notification>\n<task-id>{agent.agent_id}</task-id>\n"
            rf"<tool-use-id>{tool_use_id}</tool-use-id>\n<status>completed</status>\n"
            rf"<summary>Agent \"{task}\" finished</summary>\n<result>{result}</result>\n"
            "</task-notification>"
        )

    def _compaction(self) -> None:
        """Compact: a SubagentStop of no agent, and a SessionStart in the middle."""
        rng = self._rng
        agent_id = f"a{rng.getrandbits(64):016x}"
        own = ',"trigger":"auto","custom_instructions":null'
        self._main_event(THINK_MS.draw(rng), "PreCompact", own)
        self._report(self._agent(agent_id, ""))
        own = f',"source":"compact","model":"{self._model}"'
        self._main_event(HOOK_MS, "SessionStart", own, model=self._model)
        summary = self._workspace.texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng) * 4)
        own = f',"trigger":"auto","compact_summary":"{summary}"'
        self._main_event(HOOK_MS, "PostCompact", own)

    def _idle(self) -> None:
        own = ',"message":"Claude is waiting for your input","notification_type":"idle_prompt"'
        self._main_event(60_000, "Notification", own)

    def _display(self) -> None:
        rng = self._rng
        text = self._workspace.texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng) // 2)
        own = (
            f',"turn_id":"{_uuid(rng)}","message_id":"{_uuid(rng)}","index":0,"final":true,'
            f'"delta":"{text}"'
        )
        self._main_event(THINK_MS.draw(rng), "MessageDisplay", own)

    def _prompt_text(self) -> str:
        """Word a prompt; every third names a ticket, which hardly any other event does."""
        rng = self._rng
        text = self._workspace.texts.prose.cut(rng, outcomes.PROMPT_SIZE.draw(rng))
        if rng.random() < 0.3:
            return f"{self._project.key}-{1 + int(rng.random() * 400_000)}: {text}"
        return text

    def _prompt(self, text: str) -> None:
        self._start_prompt()
        start = f'{self._prompt_base},"permission_mode":"{self._mode}","hook_event_name":"'
        self._add(PAUSE_MS.draw(self._rng), start, "UserPromptSubmit", f',"prompt":"{text}"')

    def _start_prompt(self) -> None:
        """Start another prompt: from here on bodies carry its id."""
        self._prompt_base = f'{self._base},"prompt_id":"{_uuid(self._rng)}"'
        self._main = self._agent(None, "")

    def _agent(self, agent_id: str | None, agent_type: str) -> _AgentBodies:
        named = ""
        if agent_id is not None:
            named = f',"agent_id":"{agent_id}","agent_type":"{agent_type}"'
        return _AgentBodies(
            f'{self._prompt_base},"permission_mode":"{self._mode}"{named},'
            '"effort":{"level":"medium"},"hook_event_name":"',
            f'{self._prompt_base}{named},"hook_event_name":"',
            agent_id,
            agent_type,
        )

    def _main_event(
        self, wait_ms: int, name: str, own: str, *, model: str | None = None, tooled: bool = False
    ) -> None:
        """Add an event of the main thread that is no tool's."""
        start = self._main.tooled if tooled else self._main.plain
        self._add(wait_ms, start, name, own, model=model)

    def _tool(
        self,
        wait_ms: int,
        agent: _AgentBodies,
        name: str,
        own: str,
        tool_name: str | None,
        tool_use_id: str | None,
    ) -> None:
        self._at += wait_ms
        self.rows.append(
            (
                self._at,
                self._at,
                self._session_id,
                name,
                self._project.name,
                None,
                tool_name,
                tool_use_id,
                agent.agent_id,
                f'{agent.tooled}{name}"{own}}}',
            )
        )
        self._left -= 1

    def _add(
        self,
        wait_ms: int,
        start: str,
        name: str,
        own: str,
        *,
        model: str | None = None,
        agent_id: str | None = None,
    ) -> None:
        self._at += wait_ms
        payload = f'{start}{name}"{own}}}'
        self.rows.append(
            (
                self._at,
                self._at,
                self._session_id,
                name,
                self._project.name,
                model,
                None,
                None,
                agent_id,
                payload,
            )
        )
        self._left -= 1


def _tool_fields(made: GeneratedCall) -> str:
    return f',"tool_name":"{made.tool_name}","tool_input":{made.tool_input}'


def _uuid(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _tool_use_id(rng: Random) -> str:
    return f"toolu_01{rng.getrandbits(88):022x}"


HOOK_MS: Final = 24
THINK_MS: Final = LogNormal(2_600, 0.8, least=300, most=120_000)
PAUSE_MS: Final = LogNormal(45_000, 1.2, least=1_500, most=2_400_000)
TURN_EVENTS: Final = LogNormal(13, 0.8, least=2, most=150)
REJECTED: Final = (
    r'"<tool_use_error>InputValidationError: the required parameter is missing</tool_use_error>"'
)
API_ERRORS: Final = (
    ("server_error", "API Error: 529 Overloaded. This is a server-side issue, usually temporary"),
    ("rate_limit", "API Error: Request rejected (429): this would exceed your rate limit"),
    ("invalid_request", "Prompt is too long: the request is over 1000000 tokens"),
)
