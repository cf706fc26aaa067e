"""Record the state of live sessions from Claude Code's own registry of processes.

Hooks report neither Esc nor a crash. Claude Code writes `<config>/sessions/<pid>.json` for every
process, with `busy`, `waiting` or `idle`, and this package appends each change to the log.
"""
