"""Compare answers and tables with recorded ones while the code changes: `python -m bench snapshot`.

Read it in this order: `log` (makes a log: generated events, then every captured body), `requests`
(what is asked), `answers` (asks it), `tables` (dumps views.db and the log), `canonical` (makes text
of it that is the same on each run), `renames` (what was renamed on purpose), `command` (records and
compares). `clock` runs a daemon under a set clock; `processes` starts it.

`full.txt` and `small.txt` hold a SHA-256 of each answer. They change only in a commit that changes
an answer on purpose; a commit that renames something adds it to `renames.toml` instead.
"""
