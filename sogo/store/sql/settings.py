"""What the store is told about a site: filled from sogo.conf by the wiring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sogo.store.interface import Clock
from sogo.store.sql.dialects.base import PoolSettings
from sogo.store.sql.url import DatabaseUrl


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The URLs by their parameters (SOGoProfileURL, OCSFolderInfoURL, …). The three of `single_store` decide about the
    layout. `tracking` off means the overlapping clock; `overlap_seconds` is how late a writer may commit then."""

    profile_url: DatabaseUrl
    folder_info_url: DatabaseUrl
    store_url: DatabaseUrl | None = None
    acl_url: DatabaseUrl | None = None
    cache_folder_url: DatabaseUrl | None = None
    sessions_url: DatabaseUrl | None = None
    alarms_url: DatabaseUrl | None = None
    admin_url: DatabaseUrl | None = None
    openid_url: DatabaseUrl | None = None
    tracking: bool = True
    overlap_seconds: int = 60
    pool: PoolSettings = field(default_factory=PoolSettings)
    clock: Clock = utc_now

    @property
    def single_store(self) -> bool:
        """All folders in one set of tables; else three tables for each folder (store.md §1)."""
        return bool(self.store_url and self.acl_url and self.cache_folder_url)
