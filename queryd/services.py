"""Name what queryd is made of: each part is made once, and runs as long as the process."""

from dataclasses import dataclass

from queryd.fold.folder import Folder
from queryd.health.installed_hooks import InstalledHooks
from queryd.live.follow import Follow
from queryd.live.ingest import Ingest
from queryd.live.session_feed import SessionFeed
from queryd.live.stream import Streams
from queryd.live.tail import Tail
from queryd.store.readers import Readers
from shared.process import Meter
from shared.settings import Settings
from shared.sign_in import SignInCodes


@dataclass(frozen=True, kw_only=True)
class Services:
    """Hold the parts, for the routes and for the start and stop."""

    settings: Settings
    tail: Tail
    readers: Readers
    ingest: Ingest
    sessions: SessionFeed
    folder: Folder
    follow: Follow
    streams: Streams
    installed: InstalledHooks
    meter: Meter
    codes: SignInCodes
