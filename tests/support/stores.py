"""Stores for contract tests: every database in both layouts, with change tracking and without.

Each variant has one database for the whole session; tests keep apart by owners of their own.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from sogo.model.folder import Folder, FolderKind
from sogo.store.sql import SqlStore, StoreSettings, open_store
from sogo.store.sql.dialects.base import PoolSettings
from sogo.store.sql.engine import Engine
from sogo.store.sql.url import DatabaseUrl

DATABASES = ("sqlite", "postgresql", "mariadb")
"""Each but SQLite has a server: the fixture `<name>_server` of `tests/support/fixtures.py`."""

VARIANTS = [
    f"{database}-{layout}-{order}"
    for database in DATABASES
    for layout in ("single", "legacy")
    for order in ("tracked", "clock")
]

_numbers = itertools.count(1)


@dataclass
class TestClock:
    """A clock that moves only when told; starts at a fixed second."""

    __test__ = False
    seconds: int = 1_800_000_000

    def __call__(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.seconds, dt.UTC)

    def sleep(self, seconds: int) -> None:
        self.seconds += seconds


@dataclass
class Site:
    """A started store and what tests need around it."""

    variant: str
    base: str
    settings: StoreSettings
    store: SqlStore
    clock: TestClock
    server: Any = None

    @property
    def tracked(self) -> bool:
        return self.variant.endswith("tracked")

    @property
    def single(self) -> bool:
        return "-single-" in self.variant

    @property
    def database(self) -> str:
        return self.variant.partition("-")[0]

    @property
    def engine(self) -> Engine:
        """The engine of the store itself, for looking at rows."""
        return self.store.databases.engine(self.settings.folder_info_url)

    def tables(self, folder: Folder) -> Any:
        return self.store.folders._layout.tables(folder)

    def another(self, **changes: Any) -> SqlStore:
        """A second store on the same database with connections of its own, like another worker."""
        return open_store(replace(self.settings, **changes))

    def fresh_owner(self) -> str:
        return f"user{next(_numbers):05d}"

    async def fresh_folder(self, kind: FolderKind = FolderKind.CALENDAR) -> Folder:
        return await self.store.folders.create_folder(self.fresh_owner(), kind, "personal", "Personal")

    async def rows(self, folder: Folder, name: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """The store row and the index row of one object, as they lie in the tables."""
        tables = self.tables(folder)
        where = f"{tables.of_folder()}c_name = :name"
        store = await tables.store_engine.fetch_one(
            f"SELECT * FROM {tables.store} WHERE {where}", folder=folder.id, name=name
        )
        quick = await tables.quick_engine.fetch_one(
            f"SELECT * FROM {tables.quick} WHERE {where}", folder=folder.id, name=name
        )
        return (dict(store) if store else None), (dict(quick) if quick else None)


def settings_for(base: str, *, single: bool, tracking: bool = True, clock: TestClock | None = None) -> StoreSettings:
    """The settings of a site whose tables have the usual names."""

    def url(table: str) -> DatabaseUrl:
        return DatabaseUrl.parse(f"{base}/{table}")

    settings = StoreSettings(
        profile_url=url("sogo_user_profile"),
        folder_info_url=url("sogo_folder_info"),
        sessions_url=url("sogo_sessions_folder"),
        alarms_url=url("sogo_alarms_folder"),
        admin_url=url("sogo_admin"),
        tracking=tracking,
        pool=PoolSettings(size=8, acquire_seconds=20, statement_seconds=20),
        clock=clock or TestClock(),
    )
    if not single:
        return settings
    return replace(
        settings, store_url=url("sogo_store"), acl_url=url("sogo_acl"), cache_folder_url=url("sogo_cache_folder")
    )


def base_url(request: pytest.FixtureRequest, database: str) -> tuple[str, Any]:
    """An empty database of a kind, and the server it is on (None for SQLite)."""
    if database == "sqlite":
        return f"sqlite:///{request.getfixturevalue('tmp_path_factory').mktemp('sqlite')}/site.db", None
    server = request.getfixturevalue(f"{database}_server")
    return server.create_database(f"site{next(_numbers)}"), server


@pytest_asyncio.fixture(
    scope="session",
    loop_scope="session",
    params=[pytest.param(name, marks=[] if name.startswith("sqlite") else [pytest.mark.services]) for name in VARIANTS],
)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    database, layout, order = request.param.split("-")
    base, server = base_url(request, database)
    clock = TestClock()
    settings = settings_for(base, single=layout == "single", tracking=order == "tracked", clock=clock)
    store = open_store(settings)
    await store.start()
    yield Site(request.param, base, settings, store, clock, server)
    await store.close()


def event_row(uid: str = "uid", **columns: int | str | None) -> dict[str, int | str | None]:
    """The index record of a plain event."""
    row: dict[str, int | str | None] = {
        "c_uid": uid,
        "c_startdate": 1_800_000_000,
        "c_enddate": 1_800_003_600,
        "c_cycleenddate": None,
        "c_title": "Title",
        "c_participants": "",
        "c_isallday": 0,
        "c_iscycle": 0,
        "c_cycleinfo": None,
        "c_classification": 0,
        "c_isopaque": 1,
        "c_status": 1,
        "c_priority": 0,
        "c_location": "",
        "c_orgmail": "",
        "c_partmails": "",
        "c_partstates": "",
        "c_category": None,
        "c_sequence": 0,
        "c_component": "vevent",
        "c_nextalarm": 0,
        "c_description": "",
    }
    return row | columns


def card_row(**columns: int | str | None) -> dict[str, int | str | None]:
    """The index record of a plain card."""
    row: dict[str, int | str | None] = {
        "c_givenname": "Ada",
        "c_cn": "Ada Byron",
        "c_sn": "Byron",
        "c_screenname": "",
        "c_l": "London",
        "c_mail": "ada@example.com",
        "c_o": "",
        "c_ou": "",
        "c_telephonenumber": "",
        "c_categories": None,
        "c_component": "vcard",
        "c_hascertificate": 0,
    }
    return row | columns
