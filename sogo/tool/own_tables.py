"""sogo-tool own-tables: show or remove what is ours in the database (docs/beside.md, going back)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sogo.store.sql import SqlStore
from sogo.store.sql.own import own_tables, remove_own_tables

NAME = "own-tables"
USAGE = """\
usage: sogo-tool own-tables status|remove

  status    list the tables that SOGo 5 does not know
  remove    drop them with our triggers and our index; calendars and cards stay, locks, properties that SOGo 5 has no
            place for and push subscriptions go. Stop every server of this kind first: a start makes them again
"""


async def run(store: SqlStore, words: Sequence[str]) -> int:
    """Returns the exit code."""
    verb = words[0] if len(words) == 1 else ""
    if verb == "status":
        for table in await own_tables(store):
            print(f"{table.name}: " + ("not there" if table.rows is None else f"{table.rows} rows"))
    elif verb == "remove":
        names = await remove_own_tables(store)
        print(f"Removed: {', '.join(names)}." if names else "There was nothing to remove.")
    else:
        print(USAGE, end="", file=sys.stderr)
        return 255
    return 0
