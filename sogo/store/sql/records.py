"""Writes the index record of an object. A second writer of the same name waits here."""

from __future__ import annotations

from collections.abc import Mapping

from sogo.store.sql.engine import Session
from sogo.store.sql.target import Target


async def write_record(index: Session, target: Target, record: Mapping[str, int | str | None]) -> None:
    """An empty record is none: the object is not listed."""
    if not record:
        await delete_record(index, target)
        return
    tables = target.tables
    sql = index.dialect.upsert(tables.quick, [*tables.key_columns, *record], tables.key_columns)
    await index.execute(sql, **target.keys, **record)


async def add_record(index: Session, target: Target, record: Mapping[str, int | str | None]) -> None:
    """Raises AlreadyExists: whoever has an index record is, or was until a moment ago, an object."""
    values = {**{column: target.keys[column] for column in target.tables.key_columns}, **record}
    columns, given = ", ".join(values), ", ".join(f":{column}" for column in values)
    await index.execute(f"INSERT INTO {target.tables.quick} ({columns}) VALUES ({given})", **values)


async def delete_record(index: Session, target: Target) -> None:
    await index.execute(
        f"DELETE FROM {target.tables.quick} WHERE {target.tables.of_folder()}c_name = :name",
        folder=target.tables.folder.id,
        name=target.name,
    )
