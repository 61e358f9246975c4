"""The rows of a folder as they lie in the tables, and where ours may differ from those of the original.

Rows are read past everything that serves: through the engine and the layout of the store, by plain SELECTs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sogo.conf.load import load_config
from sogo.model.folder import FolderKind
from sogo.server.mapping import store_settings
from sogo.store.sql import open_store
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from tests.model import test_quick_card, test_quick_event
from tests.support.dav_client import without_emoji

Row = dict[str, Any]
DAY = 86_400


@dataclass(frozen=True)
class FolderRows:
    """Everything about one folder. `store` has tombstones too; `quick` and `store` are lists, so that a name that is
    there twice shows; `objects` is name -> revision."""

    id: int
    single: bool
    store: list[Row]
    quick: list[Row]
    revision: Row | None
    objects: dict[str, int]

    def live(self) -> dict[str, Row]:
        return {row["c_name"]: row for row in self.store if row["c_deleted"] != 1}

    def dead(self) -> dict[str, Row]:
        return {row["c_name"]: row for row in self.store if row["c_deleted"] == 1}

    def pairs(self) -> dict[str, Row]:
        """name -> the columns of both rows of a live object."""
        quick = {row["c_name"]: row for row in self.quick}
        return {name: {**quick.get(name, {}), **row} for name, row in self.live().items()}


class SiteRows:
    """Reads the tables of the site of a sogo.conf, within a `with` block."""

    def __init__(self, config: Path) -> None:
        self._store = open_store(store_settings(load_config([], environ={}, config_file=config)))
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._store.close())
        self._runner.close()

    def folder(self, user: str, path: str) -> FolderRows | None:
        """`path` is like Calendar/personal. None when folder_info knows no such folder."""
        return self._runner.run(self._folder(user, path))

    def everywhere(self, table: str, columns: str) -> list[Row]:
        """Columns of all rows of one of the tables that lie beside folder_info."""
        return self._runner.run(self._select(f"SELECT {columns} FROM {table}"))

    async def _select(self, sql: str, **values: object) -> list[Row]:
        engine = self._store.folders._layout.info_engine
        return [dict(row) for row in await engine.fetch(sql, **values)]

    async def _folder(self, user: str, path: str) -> FolderRows | None:
        module, _, name = path.partition("/")
        state = await self._store.folders.find_folder(user, FolderKind(module), name)
        if state is None:
            return None
        folder = state.folder
        tables = self._store.folders._layout.tables(folder)
        where = " WHERE c_folder_id = :folder" if tables.single else ""
        key = {"folder": folder.id} if tables.single else {}
        revision = await self._select(f"SELECT * FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = :id", id=folder.id)
        objects = await self._select(f"SELECT * FROM {OBJECT_REVISION_NAME} WHERE c_folder_id = :id", id=folder.id)
        return FolderRows(
            id=folder.id,
            single=tables.single,
            store=await self._select(f"SELECT * FROM {tables.store}{where}", **key),
            quick=await self._select(f"SELECT * FROM {tables.quick}{where}", **key),
            revision=revision[0] if revision else None,
            objects={row["c_name"]: row["c_revision"] for row in objects},
        )


# --- where ours differ on purpose -------------------------------------------------------------------------------------


@lru_cache
def known_rows() -> dict[str, Mapping[str, int | str | None]]:
    """Vector -> our values: the tests of the vectors have the lists, with reasons."""
    return {name: row for test in (test_quick_event, test_quick_card) for name, row in test.OURS_AS_SENT.items()}


def column_reason(label: str, column: str, theirs: Any, mine: Any) -> str | None:
    """Why a value of ours may differ from the original's for the same upload; None when it may not. `label` is the name
    of the upload's vector."""
    known = known_rows().get(label, {})
    if column in known and (mine == known[column] or column == "c_uid"):
        return "as the tests of the vectors say, with reasons"
    if isinstance(mine, str) and isinstance(theirs, str) and without_emoji(mine) == without_emoji(theirs):
        return "an emoji is kept on MySQL"
    if column == "c_content":
        return "kept as it came, where the original writes it anew"
    if column == "c_nextalarm" and isinstance(theirs, int) and isinstance(mine, int) and abs(theirs - mine) < DAY:
        return "worked out at another moment"
    return None
