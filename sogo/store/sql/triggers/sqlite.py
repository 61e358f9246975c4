"""SQLite: conditions belong to a trigger as a whole, so a row that moves has one of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sogo.store.sql.dialects.base import Tracked
from sogo.store.sql.triggers.plain import Words, moved, note

_WORDS = Words("MAX", joined="{0} || {1}", new_value="excluded.{column}", on_clash="ON CONFLICT ({key}) DO UPDATE SET")


class SQLiteTriggers:
    """`dialects.base.Triggers`. Whoever makes them is the only writer already."""

    shared = ()
    shared_sql = ""
    unshared = ()
    unlock = ""

    def create(self, table: str, tracked: Tracked, names: Mapping[str, str]) -> list[str]:
        new, old = note(tracked, "NEW", _WORDS), note(tracked, "OLD", _WORDS)
        visible = "(OLD.c_deleted IS NOT 1 OR NEW.c_deleted IS NOT 1)"
        update = f"AFTER UPDATE ON {table} WHEN {visible}"
        return [
            f"CREATE TRIGGER {names['INSERT']} AFTER INSERT ON {table} BEGIN {new} END",
            f"CREATE TRIGGER {names['UPDATE']} {update} BEGIN {new} END",
            f"CREATE TRIGGER {_moved_name(names)} {update} AND ({moved(tracked)}) BEGIN {old} END",
            f"CREATE TRIGGER {names['DELETE']} AFTER DELETE ON {table} WHEN OLD.c_deleted IS NOT 1 BEGIN {old} END",
        ]

    def drop(self, table: str, names: Mapping[str, str]) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {name}" for name in (*names.values(), _moved_name(names))]

    def announce(self, table: str, name: str) -> list[str]:
        return []

    def stop_unless(self, condition: str, table: str, names: Sequence[str]) -> str:
        return ""

    def tidy(self, table: str, name: str) -> list[str]:
        return []

    def lock(self, table: str, ours: Sequence[str]) -> str:
        return ""


def _moved_name(names: Mapping[str, str]) -> str:
    return f"{names['UPDATE']}_moved"
