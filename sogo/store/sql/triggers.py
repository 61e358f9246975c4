"""The triggers that keep change order, as text for each database.

One folder has a revision; every change of one of its objects raises it, in the writer's own transaction, and notes the
new number beside the object's name. The lock on the folder's row orders commits: who gets a smaller number has
committed before anybody gets a larger one. So a reader who has seen revision R has seen everything up to R.

Nothing is added to the original's tables but the triggers; its own writes count because it cannot help it. A tombstone
that is touched or purged is no change: it has been told when it was made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sogo.store.sql.columns import catalogue_name
from sogo.store.sql.dialects.base import Dialect
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME

FUNCTION = "sogo_note_revision"
SUPPORTED = ("postgresql", "mysql", "sqlite")


@dataclass(frozen=True, slots=True)
class Tracked:
    """A store table to be tracked. `folder_id` is None for the single store, whose rows name their folder."""

    table: str
    folder_id: int | None
    generation: str


def trigger_names(dialect: Dialect, table: str) -> dict[str, str]:
    """The triggers of a table by the operation they follow."""
    bare = catalogue_name(dialect, table).lower()
    if len(bare) > 50:
        bare = hashlib.sha256(bare.encode()).hexdigest()[:32]
    return {operation: f"{bare}_rev_{operation[0].lower()}" for operation in ("INSERT", "UPDATE", "DELETE")}


def function_statements(dialect: Dialect) -> list[str]:
    """What the triggers of all tables share (PostgreSQL only)."""
    return [_POSTGRESQL_FUNCTION] if dialect.name == "postgresql" else []


def install_statements(dialect: Dialect, tracked: Tracked) -> list[str]:
    builder = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}[dialect.name]
    return builder(dialect, tracked)


def remove_statements(dialect: Dialect, table: str) -> list[str]:
    names = list(trigger_names(dialect, table).values())
    if dialect.name == "sqlite":
        names.append(_moved_name(names[1]))
    on = f" ON {dialect.quote(table)}" if dialect.name == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{on}" for name in names]


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

# SECURITY DEFINER: a second database user of the original need not know our tables. Arguments of the trigger: the
# generation, then the folder's id where the table is one folder's own.
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
DECLARE
  folder bigint;
  former bigint;
  revision bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.c_deleted = 1 THEN RETURN NULL; END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF OLD.c_deleted = 1 AND NEW.c_deleted = 1 THEN RETURN NULL; END IF;
  END IF;
  IF TG_NARGS > 1 THEN
    folder := TG_ARGV[1]::bigint;
    former := folder;
  ELSE
    IF TG_OP <> 'DELETE' THEN folder := NEW.c_folder_id; END IF;
    IF TG_OP <> 'INSERT' THEN former := OLD.c_folder_id; END IF;
  END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (former <> folder OR OLD.c_name <> NEW.c_name)) THEN
    INSERT INTO {FOLDER_REVISION_NAME} AS f (c_folder_id, c_generation, c_revision, c_modified)
      VALUES (former, TG_ARGV[0], 1, OLD.c_lastmodified)
      ON CONFLICT (c_folder_id) DO UPDATE SET c_revision = f.c_revision + 1 RETURNING c_revision INTO revision;
    INSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) VALUES (former, OLD.c_name, revision)
      ON CONFLICT (c_folder_id, c_name) DO UPDATE SET c_revision = EXCLUDED.c_revision;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {FOLDER_REVISION_NAME} AS f (c_folder_id, c_generation, c_revision, c_modified)
      VALUES (folder, TG_ARGV[0], 1, NEW.c_lastmodified)
      ON CONFLICT (c_folder_id) DO UPDATE SET c_revision = f.c_revision + 1,
        c_modified = GREATEST(f.c_modified, EXCLUDED.c_modified) RETURNING c_revision INTO revision;
    INSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) VALUES (folder, NEW.c_name, revision)
      ON CONFLICT (c_folder_id, c_name) DO UPDATE SET c_revision = EXCLUDED.c_revision;
  END IF;
  RETURN NULL;
END
$body$
"""


def _postgresql(dialect: Dialect, tracked: Tracked) -> list[str]:
    table = dialect.quote(tracked.table)
    arguments = f"'{tracked.generation}'" + ("" if tracked.folder_id is None else f", '{tracked.folder_id:d}'")
    return [
        f"CREATE TRIGGER {name} AFTER {operation} ON {table} FOR EACH ROW EXECUTE PROCEDURE {FUNCTION}({arguments})"
        for operation, name in trigger_names(dialect, tracked.table).items()
    ]


# --- MySQL and SQLite: the same pair of statements for each operation -------------------------------------------------


def _note(dialect: Dialect, tracked: Tracked, row: str) -> str:
    """Raise the folder's revision and note it for the row NEW or OLD.

    A folder with a table of its own counts only once its row is there: MySQL makes triggers one by one, and the row,
    made last, says that all of them stand.
    """
    mysql = dialect.name == "mysql"
    folder = f"{row}.c_folder_id" if tracked.folder_id is None else f"{tracked.folder_id:d}"
    greatest = "GREATEST" if mysql else "MAX"
    if tracked.folder_id is not None:
        raised = (
            f"UPDATE {FOLDER_REVISION_NAME} SET c_revision = c_revision + 1, "
            f"c_modified = {greatest}(c_modified, {row}.c_lastmodified) WHERE c_folder_id = {folder};"
        )
    else:
        clash = "ON DUPLICATE KEY UPDATE" if mysql else "ON CONFLICT (c_folder_id) DO UPDATE SET"
        given = "VALUES(c_modified)" if mysql else "excluded.c_modified"
        raised = (
            f"INSERT INTO {FOLDER_REVISION_NAME} (c_folder_id, c_generation, c_revision, c_modified) "
            f"VALUES ({folder}, '{tracked.generation}', 1, {row}.c_lastmodified) "
            f"{clash} c_revision = c_revision + 1, c_modified = {greatest}(c_modified, {given});"
        )
    noted = (
        "ON DUPLICATE KEY UPDATE c_revision = VALUES(c_revision)"
        if mysql
        else "ON CONFLICT (c_folder_id, c_name) DO UPDATE SET c_revision = excluded.c_revision"
    )
    return (
        f"{raised}\nINSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) "
        f"SELECT c_folder_id, {row}.c_name, c_revision FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = {folder} "
        f"{noted};"
    )


def _moved_name(update_trigger: str) -> str:
    return f"{update_trigger}_moved"


def _moved(tracked: Tracked) -> str:
    folder = "OLD.c_folder_id <> NEW.c_folder_id OR " if tracked.folder_id is None else ""
    return f"{folder}OLD.c_name <> NEW.c_name"


def _mysql(dialect: Dialect, tracked: Tracked) -> list[str]:
    names, table = trigger_names(dialect, tracked.table), dialect.quote(tracked.table)
    new, old = _note(dialect, tracked, "NEW"), _note(dialect, tracked, "OLD")
    visible = "NOT (OLD.c_deleted <=> 1 AND NEW.c_deleted <=> 1)"
    bodies = {
        "INSERT": new,
        "UPDATE": f"IF {visible} THEN IF {_moved(tracked)} THEN {old} END IF; {new} END IF;",
        "DELETE": f"IF NOT (OLD.c_deleted <=> 1) THEN {old} END IF;",
    }
    return [
        f"CREATE TRIGGER {names[operation]} AFTER {operation} ON {table} FOR EACH ROW BEGIN {body} END"
        for operation, body in bodies.items()
    ]


def _sqlite(dialect: Dialect, tracked: Tracked) -> list[str]:
    names, table = trigger_names(dialect, tracked.table), dialect.quote(tracked.table)
    new, old = _note(dialect, tracked, "NEW"), _note(dialect, tracked, "OLD")
    visible = "(OLD.c_deleted IS NOT 1 OR NEW.c_deleted IS NOT 1)"
    moved = _moved_name(names["UPDATE"])
    return [
        f"CREATE TRIGGER {names['INSERT']} AFTER INSERT ON {table} BEGIN {new} END",
        f"CREATE TRIGGER {names['UPDATE']} AFTER UPDATE ON {table} WHEN {visible} BEGIN {new} END",
        f"CREATE TRIGGER {moved} AFTER UPDATE ON {table} WHEN {visible} AND ({_moved(tracked)}) BEGIN {old} END",
        f"CREATE TRIGGER {names['DELETE']} AFTER DELETE ON {table} WHEN OLD.c_deleted IS NOT 1 BEGIN {old} END",
    ]
