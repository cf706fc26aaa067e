"""Read Claude Code's transcripts into the events its hooks would have sent, and post them.

In: `<config>/projects/`: a session's main file, the files of its subagents, the old kind that holds
subagents inline. Out: events with times of their own, once each, in ingestd. Files in the order in
which a line passes them: `places` (which files), `lines` (bytes to lines), `records` (a line's
fields), `actor` and `answers` (what a line means), `transcript` (a file), `session` (its files, in
the order of time), `known` (what is stored already), `run` and `send` (batches to ingestd).

**What is sent.** UserPromptSubmit; PreToolUse, PostToolUse, PostToolUseFailure; PostToolBatch for a
call that was rejected unread or refused, for nothing else tells of that; SubagentStart and
SubagentStop; Stop with its answer; StopFailure; PreCompact and PostCompact; SessionEnd where the
client wrote that it ended, and SessionStart (`resume`) where the session then went on. Bodies have
the fields of the hooks' bodies, as far as a transcript tells them: one that is not known is left
out. What no hook tells, a transcript does: a call that a person refused gets a PostToolBatch with
the refusal, one that was interrupted a PostToolUseFailure with `is_interrupt`. The call of such a
batch has the transcript's `toolDenialKind` beside it, as `tool_denial_kind`. Not sent is
SessionStart at the beginning: a transcript begins with the first prompt and does not say when the
session did.

**How long a call took** is `duration_ms` where the tool said it. Where it did not, nobody was asked
and no other call of the same thread ran meanwhile, it is the time between the lines of the call and
of its result, and `"duration_source": "transcript"` says so. Else it is not known.

**`usage`**: one for each answer of the API (`message.id`), counted once over all files::

    {"session_id", "transcript_path", "cwd", "prompt_id"?, "agent_id"?, "agent_type"?,
     "model": "claude-opus-5-5", "message_id": "msg_…", "request_id"?: "req_…",
     "is_sidechain": false, "stop_reason"?, "requested_model"?, "effort"?: {"level"},
     "usage": {…}}

`usage` is the API's own object, byte for byte (`input_tokens`, `output_tokens`,
`cache_read_input_tokens`, `cache_creation_input_tokens`, `cache_creation` with
`ephemeral_5m_input_tokens` and `ephemeral_1h_input_tokens`, `server_tool_use`, `service_tier`,
`speed`, …), that of the message's line with the most `output_tokens`, for in old files it grows
from line to line. The event's time is that of the message's last line. A subagent's carries its
`agent_id` and the `session_id` of its parent. Made-up messages (`<synthetic>`) have none.

**Once.** An event's id is made of its line's uuid, tool use or message (`shared/history.py`); only
a session's end, which no fork copies, is named after its session. A fork copies lines under a new
session id with all of these: they belong to the session that told them first, which is the oldest
file (a marked fork after its like), or whoever is in the log by then. So a fork begins with its own
first line, and no token counts twice; where the original is gone, its copy in the fork stands for
it. What hooks told is not sent again: a tool's event by its tool use, the rest by type, session,
agent, prompt and time. An event that is older than the newest hook event of its session says
`"late": true` in its sender, so that it changes counts and never how the session stands now.

**Left for the next run**: the last ten seconds, whose hooks may be on their way; an answer that is
still being written; a question that nobody answered yet.
"""
