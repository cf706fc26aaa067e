"""Edit Claude Code's settings: add our entries, remove exactly them, leave the rest unchanged.

`locations` (which files), `files` (read, write), `installed` (what of ours is in one), `request`
and `plan` (what to change), `apply` and `undo` (the new text), `change` (write it, with a backup),
`record` (what undoing needs to know).
"""
