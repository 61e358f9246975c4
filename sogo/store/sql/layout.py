"""Where the rows of a folder are: the one difference between the single store and three tables per folder.

Everything else writes its SQL once, with the table names and the key condition of a `FolderTables`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from sogo.errors import ConfigError, NotFound, StoreUnavailable
from sogo.model.folder import Folder
from sogo.store.sql.dialects.base import Dialect
from sogo.store.sql.engine import Databases, Engine
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.tables import QUICK_NAMES
from sogo.store.sql.url import DatabaseUrl


@dataclass(frozen=True, slots=True)
class FolderTables:
    """The engines and bare table names of one folder's objects, index records and rights."""

    folder: Folder
    single: bool
    store_engine: Engine
    quick_engine: Engine
    acl_engine: Engine
    store_name: str
    quick_name: str
    acl_name: str

    @property
    def dialect(self) -> Dialect:
        return self.store_engine.dialect

    @property
    def store(self) -> str:
        return self.store_engine.dialect.quote(self.store_name)

    @property
    def quick(self) -> str:
        return self.quick_engine.dialect.quote(self.quick_name)

    @property
    def acl(self) -> str:
        return self.acl_engine.dialect.quote(self.acl_name)

    @property
    def one_database(self) -> bool:
        """Content and index record can be written in one transaction and joined in one statement."""
        return self.store_engine is self.quick_engine

    @property
    def key_columns(self) -> tuple[str, ...]:
        return ("c_folder_id", "c_name") if self.single else ("c_name",)

    def of_folder(self, alias: str = "") -> str:
        """The condition that keeps this folder's rows, ending in AND; it uses the value :folder."""
        return f"{alias}{'.' if alias else ''}c_folder_id = :folder AND " if self.single else ""

    def same_folder(self, left: str, right: str) -> str:
        return f"{left}.c_folder_id = {right}.c_folder_id AND " if self.single else ""


def live(alias: str = "") -> str:
    """The condition that leaves tombstones out: c_deleted is NULL in a live row, 0 where Oracle keeps it."""
    column = f"{alias}{'.' if alias else ''}c_deleted"
    return f"({column} IS NULL OR {column} <> 1)"


@contextmanager
def missing_is_gone(tables: FolderTables) -> Iterator[None]:
    """A folder with tables of its own loses them when it is removed: whoever still uses it is told NotFound."""
    try:
        yield
    except StoreUnavailable as error:
        if fault_of(error) is Fault.MISSING and not tables.single:
            raise NotFound("The folder is gone.", folder=tables.folder.path) from error
        raise


class Layout:
    """The tables of a site, by its settings."""

    def __init__(self, databases: Databases, settings: StoreSettings) -> None:
        self._databases = databases
        self._settings = settings
        self.single = settings.single_store
        self.info_url = settings.folder_info_url
        self.info_engine = databases.engine(settings.folder_info_url)
        self.info_name = settings.folder_info_url.table
        self.info = self.info_engine.dialect.quote(self.info_name)

    @property
    def store_engine(self) -> Engine:
        """Where objects live, unless a folder of the three-table layout says otherwise."""
        url = self._settings.store_url
        return self._databases.engine(url) if self.single and url else self.info_engine

    def tables(self, folder: Folder) -> FolderTables:
        """Raises StoreUnavailable for a folder of the three-table layout whose locations make no sense."""
        if self.single:
            return self._single(folder)
        store = self._location(folder, folder.location, "")
        quick = self._location(folder, folder.quick_location, "_quick")
        acl = self._location(folder, folder.acl_location, "_acl")
        engine = self._databases.engine
        return FolderTables(
            folder, False, engine(store), engine(quick), engine(acl), store.table, quick.table, acl.table
        )

    def _single(self, folder: Folder) -> FolderTables:
        store, acl = self._settings.store_url, self._settings.acl_url
        if store is None or acl is None:
            raise AssertionError("the single store has all its URLs")
        engine = self._databases.engine
        quick_name = QUICK_NAMES[folder.kind]
        return FolderTables(
            folder, True, engine(store), self.info_engine, engine(acl), store.table, quick_name, acl.table
        )

    def _location(self, folder: Folder, text: str | None, suffix: str) -> DatabaseUrl:
        try:
            if text:
                return _parsed(text)
            if folder.location:
                main = _parsed(folder.location)
                return main.with_table(main.table + suffix)
        except ConfigError as error:
            raise StoreUnavailable(
                "The folder's tables cannot be found.", folder=folder.path, why=str(error)
            ) from error
        raise StoreUnavailable("The folder's tables cannot be found.", folder=folder.path, why="no location is noted")


@lru_cache(maxsize=4096)
def _parsed(location: str) -> DatabaseUrl:
    return DatabaseUrl.parse(location)
