"""`python -m sogo.demo STATE_DIR`: prepare a folder to try the server with, unless people live there already."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from sogo.conf.load import load_config
from sogo.demo.seed import seed
from sogo.demo.setup import Place, add_people, prepare
from sogo.model import timezone
from sogo.server.wiring import open_site

FALLBACK_ZONE = "Europe/Berlin"
"""Where the bakery is, when the machine lives in UTC as servers do: a demo in UTC would hide half of what it shows."""


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m sogo.demo STATE_DIR", file=sys.stderr)
        return 64
    place, zone = Place(Path(sys.argv[1]).resolve()), machine_zone()
    if prepare(place, zone=zone):
        count = asyncio.run(_fill(place, ZoneInfo(zone)))
        add_people(place)
        print(f"Made a demo of {count} events, tasks and contacts in {place.folder}.", file=sys.stderr)
    return 0


async def _fill(place: Place, zone: ZoneInfo) -> int:
    config = load_config([], environ=os.environ, config_file=place.configuration)
    async with open_site(config) as (site, _):
        return await seed(site, dt.datetime.now(zone).date(), zone)


def machine_zone(etc: Path = Path("/etc")) -> str:
    """The IANA name of this machine's zone, from /etc/timezone or /etc/localtime."""
    candidates = []
    with suppress(OSError):
        candidates.append((etc / "timezone").read_text().strip())
    candidates.append(os.path.realpath(etc / "localtime").partition("/zoneinfo/")[2])
    for name in candidates:
        known = timezone.iana_name(name) if name else None
        if known and not known.startswith("Etc/") and known != "UTC":
            return known
    return FALLBACK_ZONE


if __name__ == "__main__":
    sys.exit(main())
