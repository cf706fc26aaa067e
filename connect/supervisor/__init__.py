"""Run both daemons and start them again when they end: `hookwatch up`, `hookwatch down`.

The listening sockets are opened here and passed down, so that connections wait during a restart.
"""
