"""What reading a property list gives, and how bytes become text: shared by `plist_text` and `plist_xml`."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from sogo.errors import CodecError

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64

Value = str | int | float | bool | bytes | dt.datetime | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something accepted that is most likely a slip."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file. `places` says where each key and array element stands: ("domains", "acme", "SOGoMailDomain"),
    ("SOGoUserSources", 0), ("SOGoUserSources", 0, "id")."""

    values: dict[str, Value]
    remarks: tuple[Remark, ...] = ()
    places: Mapping[Path, Place] = field(default_factory=dict, repr=False)


class Lines:
    """Turns offsets into places."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)

    def offset(self, place: Place) -> int:
        return self._starts[min(place.line, len(self._starts)) - 1] + place.column - 1


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """The text of a file: UTF-8 with or without BOM, or UTF-16 with one. Raises CodecError for anything else."""
    if len(data) > max_bytes:
        raise CodecError(f"larger than {max_bytes} bytes", offset=max_bytes)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(data, "utf-16")
    return _strict(data.removeprefix(b"\xef\xbb\xbf"), "utf-8")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        good = data[: error.start].decode(encoding, errors="ignore")
        place = Lines(good).place(len(good))
        raise CodecError(
            f"this is not {encoding.upper()}; save the file as UTF-8",
            offset=len(good),
            excerpt=good[-20:],
            line=place.line,
            column=place.column,
        ) from error
