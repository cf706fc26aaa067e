"""Check the connection from end to end.

A check is a function that takes a `Snapshot` and yields findings; `checks.py` lists them all.
"""
