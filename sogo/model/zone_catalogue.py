"""What is in the zone database of the lock: names, aliases, its edition, leap seconds (RFC 7808 §5.2, §5.6).

Only the names of IANA are in it, as `timezone.is_standard` has them: those a client may leave undefined (RFC 7809).
Other spellings that are understood here, such as those of Windows, are nobody's to look up.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from itertools import accumulate

from sogo.model import tzif
from sogo.model.timezone import is_standard

PUBLISHER = "IANA"
FORM = 1
"""To be raised when the same data are written in another way: then tags and tokens change."""
_VERSION = re.compile(r"# version (\S+)")
_LEAP = re.compile(r"Leap\s+(\d{4})\s+(Jun|Dec)\s+(?:30|31)\s+\S+\s+([+-])\s+S")
_EXPIRES = re.compile(r"#expires (\d{1,12})\b")
_FIRST_LEAP = (dt.date(1972, 1, 1), 10)
"""Since then UTC differs from TAI by whole seconds."""


@dataclass(frozen=True, slots=True)
class CataloguedZone:
    """`etag` names the version of the zone's data, bare."""

    tzid: str
    etag: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`version` is the edition's, such as 2026a; `modified` is when it came to this machine. `zones` and `alias_of` are
    by name."""

    version: str
    modified: dt.datetime
    zones: dict[str, CataloguedZone]
    alias_of: dict[str, str]

    @property
    def token(self) -> str:
        """Another one for every edition, the same on every machine that has it."""
        return f"{self.version}-{FORM}"

    def resolve(self, tzid: str) -> CataloguedZone | None:
        """The zone of a name or alias, as it is written in the database."""
        return self.zones.get(self.alias_of.get(tzid, tzid))


@dataclass(frozen=True, slots=True)
class LeapSeconds:
    """(day, TAI - UTC in seconds from that day on), and the first day that the list says nothing about."""

    expires: dt.date
    onsets: tuple[tuple[dt.date, int], ...]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Reads every zone of the database, once: for a thread."""
    source = resources.files("tzdata").joinpath("zoneinfo", "tzdata.zi")
    with resources.as_file(source) as path:
        modified = dt.datetime.fromtimestamp(int(os.stat(path).st_mtime), dt.UTC)
    text = source.read_text("ascii")
    version, alias_of = _VERSION.match(text), _links(text)
    names = [line.split(maxsplit=2)[1] for line in text.splitlines() if line.startswith("Z ")]
    aliases: dict[str, list[str]] = {}
    for alias, name in alias_of.items():
        aliases.setdefault(name, []).append(alias)
    zones = {
        name: CataloguedZone(name, tag(name), tuple(sorted(aliases.get(name, ()))))
        for name in sorted(names)
        if is_standard(name)
    }
    return Catalogue(version[1] if version is not None else "unknown", modified, zones, alias_of)


def _links(text: str) -> dict[str, str]:
    """Alias -> the zone it means, over links to links."""
    links: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("L "):
            _, name, alias = line.split()
            links[alias] = name
    for alias in links:
        while links[alias] in links:
            links[alias] = links[links[alias]]
    return {alias: name for alias, name in links.items() if is_standard(alias) and is_standard(name)}


def tag(tzid: str) -> str:
    """The entity tag, bare, of what is told of a name or alias; the same on every machine with this edition."""
    return blake2b(f"{FORM} {tzid} ".encode() + (tzif.read(tzid) or b""), digest_size=12).hexdigest()


@lru_cache(maxsize=1)
def leap_seconds() -> LeapSeconds:
    """From the file that comes with the database."""
    text = resources.files("tzdata").joinpath("zoneinfo", "leapseconds").read_text("ascii")
    days = [
        dt.date(int(year), 7, 1) if month == "Jun" else dt.date(int(year) + 1, 1, 1)
        for year, month, _ in _LEAP.findall(text)
    ]
    steps = [1 if sign == "+" else -1 for _, _, sign in _LEAP.findall(text)]
    offsets = list(accumulate(steps, initial=_FIRST_LEAP[1]))
    expires = _EXPIRES.search(text)
    moment = int(expires[1]) if expires is not None else 0
    day = dt.datetime.fromtimestamp(moment, dt.UTC).date() if moment else days[-1]
    return LeapSeconds(day, tuple(zip([_FIRST_LEAP[0], *days], offsets, strict=True)))
