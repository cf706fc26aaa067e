"""Tell whether all of the connection works, and what to do where it does not.

A check is a function that takes the scene and yields what it found; `checks.py` lists them all.
"""
