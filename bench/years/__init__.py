"""Make a log as long use leaves it: `python -m bench years --log PATH`.

Read it in this order: `texts` (what is said), `outcomes` (what tools answer), `calls` (one tool
call), `courses` (one session from start to end), `calendar` (when sessions begin, how long they
are), `made` (the file). The same seed and end make the same log.
"""
