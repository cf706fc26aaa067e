"""Run both daemons as a service of the user: by systemd, or by launchd on macOS.

`definition.py` says what runs, `systemd.py` and `launchd.py` write it down and talk to the manager.
"""
