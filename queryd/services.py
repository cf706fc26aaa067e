"""The services of queryd, created once for the lifetime of the process."""

from dataclasses import dataclass

from queryd.fold.folder import Folder
from queryd.health.installed_hooks import InstalledHooks
from queryd.live.follower import Follower
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.session_feed import SessionFeed
from queryd.live.stream import Streams
from queryd.live.tail import Tail
from queryd.store.readers import Readers
from shared.process import Meter
from shared.settings import Settings
from shared.sign_in import SignInCodes
from shared.supervised import Restarter


@dataclass(frozen=True, kw_only=True)
class Services:
    settings: Settings
    tail: Tail
    readers: Readers
    ingest: IngestMonitor
    sessions: SessionFeed
    folder: Folder
    follower: Follower
    streams: Streams
    installed: InstalledHooks
    meter: Meter
    codes: SignInCodes
    restarted_by: Restarter | None
