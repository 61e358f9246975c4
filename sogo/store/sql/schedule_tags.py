"""Keeps the schedule tags that outlive a version of their object, in a table of ours (`sogo.model.schedule_tag`).

Rows are written with the object (`sogo.store.sql.batch`). One that is out of date means nothing; it is written over by
the next, and goes with its folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sogo.errors import StoreUnavailable
from sogo.model.folder import Entry, Folder, Written
from sogo.model.schedule_tag import KeptTag, schedule_tag
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.tables import SCHEDULE_TAG_NAME
from sogo.store.sql.values import chunks, in_list

NAMES_AT_ONCE = 250
COLUMNS = ("c_folder_id", "c_name", "c_version", "c_modified", "c_tag")
KEY = ("c_folder_id", "c_name")


@dataclass(frozen=True, slots=True)
class ScheduleTags:
    engine: Engine

    async def of(self, folder: Folder, entries: Sequence[Entry]) -> dict[str, str]:
        kept = await self.kept(folder, [entry.name for entry in entries])
        return {entry.name: schedule_tag(entry, kept.get(entry.name)) for entry in entries}

    async def kept(self, folder: Folder, names: Sequence[str]) -> dict[str, KeptTag]:
        """What was kept for names of a folder, out of date or not; nothing where the table is missing."""
        found: dict[str, KeptTag] = {}
        try:
            for chunk in chunks(sorted(set(names)), NAMES_AT_ONCE):
                listed, values = in_list("n", chunk)
                for row in await self.engine.fetch(
                    f"SELECT c_name, c_version, c_modified, c_tag FROM {SCHEDULE_TAG_NAME} "
                    f"WHERE c_folder_id = :folder AND c_name IN ({listed})",
                    folder=folder.id,
                    **values,
                ):
                    kept = KeptTag(int(row["c_version"]), int(row["c_modified"]), row["c_tag"])
                    found[row["c_name"]] = kept
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
        return found

    async def keep(self, database: Engine | Session, folder: Folder, name: str, written: Written, tag: str) -> None:
        await database.execute(
            database.dialect.upsert(SCHEDULE_TAG_NAME, COLUMNS, KEY),
            c_folder_id=folder.id,
            c_name=name,
            c_version=written.version,
            c_modified=written.modified,
            c_tag=tag,
        )

    async def forget(self, folder: Folder) -> None:
        """A folder that is gone leaves no tags behind."""
        try:
            await self.engine.execute(f"DELETE FROM {SCHEDULE_TAG_NAME} WHERE c_folder_id = :folder", folder=folder.id)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
