"""Play realistic Claude Code sessions, so that anyone sees the dashboard move within a minute.

Read it in this order: `material/` (what the sessions are about), `bodies` (one hook body), `calls`
and `special` (one tool call), `notices` (what Claude Code itself says), `beats` (events and the
pauses between them), `stage` and `scenes` (parts of a turn), `turns` and `agents` (one prompt and
what follows), `session` (from start to end), `story` (many at once). All that is pure: the same
seed tells the same story, without a clock and without I/O. Then `pace` (story time to play time),
`post` (one event to ingestd), `lane` (many, in order), `player` (all of it, on time), `show` (how
far it is), `command` (the options).
"""
