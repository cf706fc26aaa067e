"""Generate the log of a year's use: `python -m bench generate --log PATH`.

Read it in this order: `texts` (prose, code and output), `outcomes` (results of tools), `calls` (one
tool call), `sessions` (one session from start to end), `records` (its telemetry), `calendar` (start
and length of sessions), `log` (the file). The same seed and end give the same log.
"""
