"""sogo-tool change-order: install, remove or show the triggers that put changes in order (docs/decisions.md)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sogo.store.sql import SqlStore
from sogo.store.sql.tracking import TrackingStatus

NAME = "change-order"
USAGE = """\
usage: sogo-tool change-order status|install|tidy|remove

  status    say whether database triggers put changes in order, and what those on the table of folders do
  install   make the triggers and tables that are missing: on the tables of objects, to count every change, and on the
            table of folders, to tell waiting clients of new, renamed and removed ones (PostgreSQL) and to drop the DAV
            properties and locks of a folder that SOGo 5 removes (PostgreSQL, MySQL, MariaDB)
  tidy      drop what was noted of folders that are gone, while servers run or not
  remove    take all of it out of the database again; the original never notices, clients synchronise anew
"""


async def run(store: SqlStore, words: Sequence[str]) -> int:
    """Returns the exit code."""
    verb = words[0] if len(words) == 1 else ""
    if verb == "status":
        print(_told(await store.tracking.status()))
    elif verb == "install":
        for warning in await store.start():
            print(warning, file=sys.stderr)
        print(_told(await store.tracking.status()))
    elif verb == "tidy":
        print(f"What was noted of {await store.tidy_tracking()} folders that are gone has been dropped.")
    elif verb == "remove":
        await store.remove_tracking()
        print(
            "Change tracking is removed. Running servers go on by the clock, and by revision again some seconds after "
            "it is installed: by this command, or by the next start, unless SOGoChangeTracking = off; is set."
        )
    else:
        print(USAGE, end="", file=sys.stderr)
        return 255
    return 0


def _told(status: TrackingStatus) -> str:
    if not status.installed:
        return "Change tracking is not installed."
    lines = [
        f"Change tracking is installed and follows {status.folders} folders with {status.objects} changed objects.",
        f"Changes {'are' if status.announced else 'are not'} told by the database to servers that wait for them.",
        "Properties and locks of a folder that SOGo 5 removes "
        + ("go with it." if status.tidied else "stay until we make a folder of its name."),
    ]
    return "\n".join(lines)
