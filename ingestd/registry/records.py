"""Build the events `session_state` and `session_gone` from entries of the registry."""

import socket
from hashlib import blake2b
from typing import Final, Literal

import msgspec

from ingestd.intake.decode import now_ms
from ingestd.intake.project import project_in
from ingestd.registry.entry import RegistryEntry
from ingestd.registry.processes import Evidence
from shared.event import SESSION_GONE, SESSION_STATE, Event, NewEvent
from shared.times import is_plausible

EndReason = Literal["process_ended", "session_left"]
"""`session_left`: the process runs on with another session, after /clear or /resume."""


class _State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    session_id: str
    status: str
    waiting_for: str | None = None
    pid: int
    proc_start: str | None = None
    pid_domain: str | None = None
    host: str
    started_at: int | None = None
    cwd: str | None = None
    kind: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None


class _End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    session_id: str
    reason: EndReason
    evidence: Evidence | None = None
    pid: int
    proc_start: str | None = None
    pid_domain: str | None = None
    host: str
    cwd: str | None = None


def state_event(entry: RegistryEntry, status: str) -> NewEvent:
    """Return the record of a status, at the time since which it holds."""
    payload = _State(
        session_id=entry.session_id,
        status=status,
        waiting_for=entry.waiting_for,
        pid=entry.pid,
        proc_start=entry.proc_start,
        pid_domain=entry.pid_domain,
        host=_HOST,
        started_at=entry.started_at,
        cwd=entry.cwd,
        kind=entry.kind,
        entrypoint=entry.entrypoint,
        client_version=entry.version,
    )
    identity = (*_process(entry), status, entry.waiting_for, entry.status_updated_at)
    return _event(SESSION_STATE, entry, payload, identity, entry.status_updated_at)


def end_event(entry: RegistryEntry, reason: EndReason, evidence: Evidence | None) -> NewEvent:
    """Return the record that a session left a process, at the time this was noticed."""
    payload = _End(
        session_id=entry.session_id,
        reason=reason,
        evidence=evidence,
        pid=entry.pid,
        proc_start=entry.proc_start,
        pid_domain=entry.pid_domain,
        host=_HOST,
        cwd=entry.cwd,
    )
    return _event(SESSION_GONE, entry, payload, (*_process(entry), entry.status_updated_at), None)


def _process(entry: RegistryEntry) -> tuple[object, ...]:
    return entry.pid_domain, entry.pid, entry.proc_start, entry.session_id


def _event(
    kind: str,
    entry: RegistryEntry,
    payload: _State | _End,
    identity: tuple[object, ...],
    at: int | None,
) -> NewEvent:
    now = now_ms()
    text = _ENCODER.encode(payload)
    event = Event(
        session_id=entry.session_id,
        hook_event_type=kind,
        timestamp=at if at is not None and is_plausible(at, now) else now,
        received_at=now,
        source_app=project_in(None, None, entry.cwd),
        payload=msgspec.Raw(text),
        payload_bytes=len(text),
    )
    # The same in every reading of the same state, so that a restart stores nothing twice.
    digest = blake2b(repr(identity).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return NewEvent(event=event, event_id=f"{kind}:{digest}")


_HOST: Final = socket.gethostname()
_ENCODER: Final = msgspec.json.Encoder()
