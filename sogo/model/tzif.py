"""The time zone files of the system (TZif, RFC 9636): transitions and the POSIX rule for the time after them.

`zoneinfo` reads the same files but keeps the rule to itself. Looks where it looks: TZPATH, then the tzdata package.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH


@dataclass(frozen=True, slots=True)
class Change:
    """At this Unix time (seconds) the offset (seconds) becomes `after`."""

    moment: int
    before: int
    after: int
    name: str


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """`footer` is a POSIX TZ string such as CET-1CEST,M3.5.0,M10.5.0/3, "" when the file has none."""

    changes: tuple[Change, ...]
    footer: str


def load(name: str) -> ZoneFile | None:
    """The file of an IANA name; the caller has checked that it is one. None when there is no usable file."""
    for data in _files(name):
        try:
            return _parse(data)
        except (struct.error, IndexError, ValueError):
            continue
    return None


def _files(name: str) -> list[bytes]:
    found = [Path(folder, *name.split("/")) for folder in TZPATH]
    data = [path.read_bytes() for path in found if path.is_file()]
    packaged = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    if packaged.is_file():
        data.append(packaged.read_bytes())
    return data


def _header(data: bytes, start: int) -> tuple[int, ...]:
    if data[start : start + 4] != b"TZif" or data[start + 4 : start + 5] < b"2":
        raise ValueError("not a TZif file of version 2 or later")
    return struct.unpack_from(">6l", data, start + 20)


def _parse(data: bytes) -> ZoneFile:
    utc_count, std_count, leaps, times, types, chars = _header(data, 0)
    start = 44 + times * 5 + types * 6 + chars + leaps * 8 + std_count + utc_count  # the block of 32-bit times
    utc_count, std_count, leaps, times, types, chars = _header(data, start)
    place = start + 44
    moments = struct.unpack_from(f">{times}q", data, place)
    kinds = data[place + times * 8 : place + times * 9]
    place += times * 9
    infos = [struct.unpack_from(">lBB", data, place + 6 * i) for i in range(types)]
    place += types * 6
    names = data[place : place + chars]
    footer = data[place + chars + leaps * 12 + std_count + utc_count :].decode("ascii").strip("\n")
    changes, before = [], infos[0][0]
    for moment, kind in zip(moments, kinds, strict=True):
        after, _, index = infos[kind]
        changes.append(Change(moment, before, after, names[index : names.index(b"\0", index)].decode("ascii")))
        before = after
    return ZoneFile(tuple(changes), footer)
