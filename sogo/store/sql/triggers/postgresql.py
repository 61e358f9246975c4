"""PostgreSQL: one function for all tables, and a trigger for each operation that calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sogo.store.sql.dialects.base import Tracked
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME

FUNCTION = "sogo_note_revision"

# SECURITY DEFINER: a second database user of the original need not know our tables. Arguments of the trigger: the
# generation, then the folder's id where the table is one folder's own.
_CREATE_FUNCTION = f"""
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


class PostgreSQLTriggers:
    """`dialects.base.Triggers`."""

    shared = (_CREATE_FUNCTION,)
    shared_sql = f"SELECT proname FROM pg_proc WHERE proname = '{FUNCTION}'"
    unshared = (f"DROP FUNCTION IF EXISTS {FUNCTION}() CASCADE",)
    unlock = ""

    def create(self, table: str, tracked: Tracked, names: Mapping[str, str]) -> list[str]:
        arguments = f"'{tracked.generation}'" + ("" if tracked.folder_id is None else f", '{tracked.folder_id:d}'")
        return [
            f"CREATE TRIGGER {name} AFTER {operation} ON {table} FOR EACH ROW EXECUTE PROCEDURE {FUNCTION}({arguments})"
            for operation, name in names.items()
        ]

    def drop(self, table: str, names: Mapping[str, str]) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in names.values()]

    def lock(self, table: str, ours: Sequence[str]) -> str:
        return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
