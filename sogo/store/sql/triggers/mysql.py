"""MySQL and MariaDB: one trigger for each operation. DDL commits at once there, so the lock is that of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sogo.store.sql.dialects.base import Tracked
from sogo.store.sql.tables import DAV_LOCK_NAME, DAV_PROPERTY_NAME
from sogo.store.sql.triggers.plain import Words, moved, note

_WORDS = Words("GREATEST", joined="CONCAT({0}, {1})", new_value="VALUES({column})", on_clash="ON DUPLICATE KEY UPDATE")


class MySQLTriggers:
    """`dialects.base.Triggers`."""

    shared = ()
    shared_sql = ""
    unshared = ()
    unlock = "UNLOCK TABLES"

    def create(self, table: str, tracked: Tracked, names: Mapping[str, str]) -> list[str]:
        new, old = note(tracked, "NEW", _WORDS), note(tracked, "OLD", _WORDS)
        visible = "NOT (OLD.c_deleted <=> 1 AND NEW.c_deleted <=> 1)"
        bodies = {
            "INSERT": new,
            "UPDATE": f"IF {visible} THEN IF {moved(tracked)} THEN {old} END IF; {new} END IF;",
            "DELETE": f"IF NOT (OLD.c_deleted <=> 1) THEN {old} END IF;",
        }
        return [
            f"CREATE TRIGGER {names[operation]} AFTER {operation} ON {table} FOR EACH ROW BEGIN {body} END"
            for operation, body in bodies.items()
        ]

    def drop(self, table: str, names: Mapping[str, str]) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names.values()]

    def announce(self, table: str, name: str) -> list[str]:
        return []

    def stop_unless(self, condition: str, table: str, names: Sequence[str]) -> str:
        return ""

    def tidy(self, table: str, name: str) -> list[str]:
        # 1146: a site may have refused us the table, and the original's deed must not fail for it.
        path = "CONVERT(OLD.c_path USING utf8mb4) COLLATE utf8mb4_bin"
        below = f"LEFT(c_path, CHAR_LENGTH(OLD.c_path) + 1) = CONCAT({path}, '/')"
        return [
            f"CREATE TRIGGER {name} AFTER DELETE ON {table} FOR EACH ROW BEGIN "
            "DECLARE CONTINUE HANDLER FOR 1146 BEGIN END; "
            f"DELETE FROM {DAV_LOCK_NAME} WHERE c_folder_path = {path}; "
            f"DELETE FROM {DAV_PROPERTY_NAME} WHERE c_path = {path} OR {below}; END"
        ]

    def lock(self, table: str, ours: Sequence[str]) -> str:
        return "LOCK TABLES " + ", ".join(f"{name} WRITE" for name in (table, *ours))
