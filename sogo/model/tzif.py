"""The time zone files of the tzdata package (TZif, RFC 9636): transitions and the POSIX rule for the time after them.

`zoneinfo` reads the same files (`sogo.model.timezone` sees to that) but keeps the rule to itself.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Change:
    """At this Unix time (seconds) the offset (seconds) becomes `after`. `is_daylight` is what the file says of the time
    that begins; Ireland's file calls the winter so."""

    moment: int
    before: int
    after: int
    name: str
    is_daylight: bool = False


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """`footer` is a POSIX TZ string such as CET-1CEST,M3.5.0,M10.5.0/3, "" when the file has none. `initial` is the
    offset (seconds) before the first change, `initial_name` its abbreviation."""

    changes: tuple[Change, ...]
    footer: str
    initial: int = 0
    initial_name: str = "UTC"


def load(name: str) -> ZoneFile | None:
    """The file of an IANA name; the caller has checked that it is one. None when there is no usable file."""
    data = read(name)
    try:
        return _parse(data) if data is not None else None
    except (struct.error, IndexError, ValueError):
        return None


def read(name: str) -> bytes | None:
    """The file as it is; None when there is none."""
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    return file.read_bytes() if file.is_file() else None


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
        after, is_daylight, index = infos[kind]
        changes.append(Change(moment, before, after, _name(names, index), bool(is_daylight)))
        before = after
    return ZoneFile(tuple(changes), footer, infos[0][0], _name(names, infos[0][2]))


def _name(names: bytes, index: int) -> str:
    return names[index : names.index(b"\0", index)].decode("ascii")
