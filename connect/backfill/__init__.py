"""Import Claude Code's transcripts: the events that its hooks would have sent.

Reads `<config>/projects/`: a session's main file, its subagents' files, and the old kind that holds
subagents inline. A line's way: `discovery` (which files), `lines` (bytes to lines), `records` (a
line's fields), `conversation` with `prompts`, `answers`, `tool_calls`, `compaction` and `lifecycle`
(what a line means), `transcript` (a file), `session` (its files, in order of time), `stored` (what
the log already holds), `importer` and `send` (batches to ingestd).

**Events.** UserPromptSubmit; PreToolUse, PostToolUse, PostToolUseFailure; PostToolBatch only for a
call that failed validation or was refused, because no other event shows that; SubagentStart and
SubagentStop; Stop with its answer; StopFailure; PreCompact and PostCompact; SessionEnd when the
client wrote its end, and SessionStart (`resume`) when the session went on after it. Bodies have the
fields of the hooks' bodies, as far as the transcript contains them. Hooks do not report a call that
the user refused or interrupted; a transcript does: it becomes a PostToolBatch with the refusal and
the transcript's `toolDenialKind` as `tool_denial_kind`, or a PostToolUseFailure with
`is_interrupt`. There is no SessionStart at the beginning: a transcript starts with the first prompt
and does not show when the session started.

**Duration.** `duration_ms` is what the tool reports. Otherwise, when no permission was asked and no
other call of the conversation ran meanwhile, it is the time between the lines of the call and of
its result, marked by `"duration_source": "transcript"`. Otherwise it is unknown.

**`usage`**: one for each API message (`message.id`), counted once over all files::

    {"session_id", "transcript_path", "cwd", "prompt_id"?, "agent_id"?, "agent_type"?,
     "model": "claude-opus-5-5", "message_id": "msg_…", "request_id"?: "req_…",
     "is_sidechain": false, "stop_reason"?, "requested_model"?, "effort"?: {"level"},
     "usage": {…}}

`usage` is the API's own object, byte for byte (`input_tokens`, `output_tokens`,
`cache_read_input_tokens`, `cache_creation_input_tokens`, `cache_creation` with
`ephemeral_5m_input_tokens` and `ephemeral_1h_input_tokens`, `server_tool_use`, `service_tier`,
`speed`, …), from the message's line with the most `output_tokens`, because in old files it grows
from line to line. The event's time is that of the message's last line. A subagent's event has its
`agent_id` and its parent's `session_id`. Synthetic messages (`<synthetic>`) have no usage.

**No duplicates.** An event's id is made from its line's uuid, tool use or message
(`shared/history.py`); only a session's end, which no fork copies, is named after its session. A
fork copies lines under a new session id with all of these. They belong to the session that wrote
them first: the oldest file (a marked fork after its original), or the session in the log. So a fork
starts with its own first line, and no token is counted again; of a deleted original the fork's copy
counts. Events from hooks are not sent again: tool events match by tool use, others by
type, session, agent, prompt and time. An event that is older than its session's newest hook event
has `"late": true` in its sender: it changes counts, and never how the session stands now.

**Left for the next run**: the last ten seconds, whose hooks may be on their way; an answer that is
still being written; an unanswered question.
"""
