"""sogo-tool change-order: install, remove or show the triggers that put changes in order (docs/decisions.md)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sogo.store.sql import SqlStore
from sogo.store.sql.tracking import TrackingStatus

NAME = "change-order"
USAGE = """\
usage: sogo-tool change-order status|install|remove

  status    say whether database triggers put changes in order
  install   make the triggers and tables that are missing
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
    return f"Change tracking is installed and follows {status.folders} folders with {status.objects} changed objects."
