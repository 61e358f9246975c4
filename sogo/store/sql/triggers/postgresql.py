"""PostgreSQL: one function for all tables, and a trigger for each operation that calls it.

It also tells whoever listens, inside the writing transaction and so at its commit, in the form that
`sogo.store.sql.notice_text` reads. The table of folders has a trigger of its own for that, which also takes away what
we kept with a folder when somebody removes it. `sogo.origin` is set by our own connections; what somebody else writes
has an empty origin.

A third function stops a statement that is its own transaction and was not to write (`sogo.store.sql.at_once`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sogo.store.sql.dialects.base import Tracked
from sogo.store.sql.tables import DAV_LOCK_NAME, DAV_PROPERTY_NAME, FOLDER_REVISION_NAME, OBJECT_REVISION_NAME

FUNCTION = "sogo_note_revision"
FOLDER_FUNCTION = "sogo_note_folder"
STOP_FUNCTION = "sogo_stop_write"
STOPPED = "SG001"
"""The SQLSTATE of a write that is to be looked at closely by whoever tried it, which has the reason told then."""
CHANNEL = "sogo_changes"
LISTENERS = "1936680815, 1"
"""The advisory lock that every listener shares as long as it listens; nobody else holds it for longer than a look. All
commits that notify stand in one line, so nobody does where nobody listens."""
VERSION = 7
"""Raised with every change of the functions, which stand in each database in the version that made them last. A worker
of an older version goes on with newer ones, but before 7 listeners did not share LISTENERS: one alone is not told."""

# `sogo.locks` and `sogo.uid` are set by our writers only, for one transaction: what each knows of locks
# (`sogo.store.sql.seen_locks`), and the UID that nobody else in the folder may have, behind the name of the index
# (`sogo.store.sql.uids`). Here the folder's row is held, and each query of a function sees what is committed by now.
# SECURITY DEFINER: a second database user of the original need not know our tables. Arguments of the trigger: the
# generation, then the folder's id where the table is one folder's own.
_CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
-- version {VERSION}
DECLARE
  folder bigint;
  former bigint;
  revision bigint;
  generation text;
  origin text := coalesce(current_setting('sogo.origin', true), '');
  seen text[] := string_to_array(current_setting('sogo.locks', true), E'\\x1f');
  unique_uid text := current_setting('sogo.uid', true);
  index_table text;
  others text := 'SELECT EXISTS (SELECT 1 FROM %s q WHERE q.c_uid = $1 AND q.c_name <> $2';
  taken boolean;
  is_heard boolean := true;
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
  -- First the lock by which a new listener knows whom to wait for, then the look whether there are any.
  LOCK TABLE {FOLDER_REVISION_NAME} IN ROW EXCLUSIVE MODE;
  IF pg_try_advisory_lock({LISTENERS}) THEN
    PERFORM pg_advisory_unlock({LISTENERS});
    is_heard := false;
  END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (former <> folder OR OLD.c_name <> NEW.c_name)) THEN
    INSERT INTO {FOLDER_REVISION_NAME} AS f (c_folder_id, c_generation, c_revision, c_modified)
      VALUES (former, concat(TG_ARGV[0], 'f', former), 1, OLD.c_lastmodified)
      ON CONFLICT (c_folder_id) DO UPDATE SET c_revision = f.c_revision + 1
      RETURNING c_revision, c_generation INTO revision, generation;
    INSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) VALUES (former, OLD.c_name, revision)
      ON CONFLICT (c_folder_id, c_name) DO UPDATE SET c_revision = EXCLUDED.c_revision;
    IF is_heard THEN
      PERFORM pg_notify('{CHANNEL}', concat_ws(E'\\t', 'removed', origin, former, generation, revision,
        left(OLD.c_name, 1000)));
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {FOLDER_REVISION_NAME} AS f (c_folder_id, c_generation, c_revision, c_modified)
      VALUES (folder, concat(TG_ARGV[0], 'f', folder), 1, NEW.c_lastmodified)
      ON CONFLICT (c_folder_id) DO UPDATE SET c_revision = f.c_revision + 1,
        c_modified = GREATEST(f.c_modified, EXCLUDED.c_modified)
      RETURNING c_revision, c_generation INTO revision, generation;
    INSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) VALUES (folder, NEW.c_name, revision)
      ON CONFLICT (c_folder_id, c_name) DO UPDATE SET c_revision = EXCLUDED.c_revision;
    IF is_heard THEN
      PERFORM pg_notify('{CHANNEL}', concat_ws(E'\\t', CASE WHEN NEW.c_deleted = 1 THEN 'removed' ELSE 'written' END,
        origin, folder, generation, revision, left(NEW.c_name, 1000)));
    END IF;
  END IF;
  IF seen[2] <> '' THEN
    -- Apart: a database of objects only has no table of locks, and this is planned when it is reached.
    IF EXISTS (SELECT 1 FROM {DAV_LOCK_NAME} k WHERE k.c_folder_path = seen[1]
        AND k.c_expires > seen[2]::bigint AND k.c_name IN ('', seen[3]) AND k.c_token <> ALL (seen[4:])) THEN
      RAISE EXCEPTION 'a lock was granted meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;
  IF unique_uid <> '' AND TG_OP <> 'DELETE' THEN
    -- Whoever is stopped looks for itself, so it does not matter here whether the other is a leftover.
    index_table := to_regclass(split_part(unique_uid, E'\\x1f', 1))::text;
    IF index_table IS NOT NULL THEN
      others := format(others, index_table) || CASE TG_NARGS WHEN 1 THEN ' AND q.c_folder_id = $3)' ELSE ')' END;
      EXECUTE others INTO taken
        USING substr(unique_uid, strpos(unique_uid, E'\\x1f') + 1), NEW.c_name, folder;
    END IF;
    IF taken IS DISTINCT FROM false THEN
      RAISE EXCEPTION 'the UID is that of another object' USING ERRCODE = '{STOPPED}';
    END IF;
  END IF;
  RETURN NULL;
END
$body$
"""

_CREATE_STOP_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {STOP_FUNCTION}() RETURNS integer
LANGUAGE plpgsql AS $body$
-- version {VERSION}
BEGIN
  RAISE EXCEPTION 'the object is not what its writer expects, or locked' USING ERRCODE = '{STOPPED}';
END
$body$
"""


# A site may have refused us the tables, and the original's deed must not fail for it.
_CREATE_FOLDER_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FOLDER_FUNCTION}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
-- version {VERSION}
DECLARE
  origin text := coalesce(current_setting('sogo.origin', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_notify('{CHANNEL}', concat_ws(E'\\t', 'created', origin, NEW.c_folder_id, NEW.c_path));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pg_notify('{CHANNEL}', concat_ws(E'\\t', 'gone', origin, OLD.c_folder_id, OLD.c_path));
    BEGIN
      DELETE FROM {DAV_LOCK_NAME} WHERE c_folder_path = OLD.c_path;
      DELETE FROM {DAV_PROPERTY_NAME}
        WHERE c_path = OLD.c_path OR left(c_path, length(OLD.c_path) + 1) = OLD.c_path || '/';
    EXCEPTION WHEN undefined_table THEN NULL;
    END;
  ELSIF OLD.c_foldername <> NEW.c_foldername THEN
    PERFORM pg_notify('{CHANNEL}', concat_ws(E'\\t', 'renamed', origin, NEW.c_folder_id, NEW.c_path));
  END IF;
  RETURN NULL;
END
$body$
"""


_VERSION_OF = "CAST(substring({} FROM 'version ([0-9]+)') AS integer)"


class PostgreSQLTriggers:
    """`dialects.base.Triggers`."""

    shared = (_CREATE_FUNCTION, _CREATE_FOLDER_FUNCTION, _CREATE_STOP_FUNCTION)
    shared_sql = (
        f"SELECT 1 AS one FROM pg_proc WHERE proname IN ('{FUNCTION}', '{FOLDER_FUNCTION}', '{STOP_FUNCTION}') "
        f"AND pg_function_is_visible(oid) AND {_VERSION_OF.format('prosrc')} >= {VERSION} HAVING COUNT(*) = 3"
    )
    unshared = tuple(f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in (FUNCTION, FOLDER_FUNCTION, STOP_FUNCTION))
    unlock = ""

    def create(self, table: str, tracked: Tracked, names: Mapping[str, str]) -> list[str]:
        arguments = f"'{tracked.generation}'" + ("" if tracked.folder_id is None else f", '{tracked.folder_id:d}'")
        return [
            f"CREATE TRIGGER {name} AFTER {operation} ON {table} FOR EACH ROW EXECUTE PROCEDURE {FUNCTION}({arguments})"
            for operation, name in names.items()
        ]

    def drop(self, table: str, names: Mapping[str, str]) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in names.values()]

    def announce(self, table: str, name: str) -> list[str]:
        return [
            f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW "
            f"EXECUTE PROCEDURE {FOLDER_FUNCTION}()"
        ]

    def stop_unless(self, condition: str, table: str, names: Sequence[str]) -> str:
        listed = ", ".join(f"'{name}'" for name in names)
        stand = (
            "SELECT COUNT(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            f"WHERE t.tgrelid = CAST('{table}' AS regclass) AND t.tgname IN ({listed}) AND t.tgenabled <> 'D' "
            f"AND {_VERSION_OF.format('p.prosrc')} >= {VERSION}"
        )
        return f"CASE WHEN {condition} AND ({stand}) = {len(names)} THEN 0 ELSE {STOP_FUNCTION}() END"

    def tidy(self, table: str, name: str) -> list[str]:
        return []

    def lock(self, table: str, ours: Sequence[str]) -> str:
        return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
