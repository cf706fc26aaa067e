"""Play demo sessions: a story of Claude Code sessions, posted to ingestd in real time.

Read in this order: `material/` (the content), `bodies` (one hook body), `calls` and `special_calls`
(one tool call), `messages` (Claude Code's own texts), `timing` (events and the pauses between
them), `context` and `sequences` (parts of a turn), `turns` and `agents` (one prompt and what
follows), `session` (from start to end), `story` (many at once). Beside events, `usage` derives what
telemetry and status lines report (`models`, `account`, `records`), and `history` spreads the story
over days of work. All that is pure: the same seed gives the same story, without a clock and without
I/O. Then `pace` (story time to play time), `send_queue` (posts, in order), `player` (posts each
event when it is due), `history_sender` (batches), `progress`, `daemons` (those of the demo alone).
"""
