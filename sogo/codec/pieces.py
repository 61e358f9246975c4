"""Where the components of a long file begin and end, found without reading what is in them.

An exported calendar or address book may hold tens of thousands of objects. What lives here looks only at the lines that
begin, end or name a component, and gives slices of the file; whoever stores an object reads its slice and no more.

    b"BEGIN:VCALENDAR … BEGIN:VEVENT … END:VEVENT … END:VCALENDAR"  --scan-->  Piece("VEVENT", …), …

Broken files are read as far as they make sense: an object whose END is missing ends where the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sogo.codec.contentline import MAX_DEPTH, decode, parse
from sogo.errors import CodecError, TooMany

MAX_PIECES = 200_000
OUTSIDE = -1
"""The calendar of what lies in none, such as a vCard."""

_WINDOW_BYTES = 256 * 1024
_FOLDED_BYTES = 64 * 1024
"""So far a window is stretched for the sake of a folded line."""
_CONTAINER = b"VCALENDAR"
_NEVER_INSIDE = frozenset({b"VEVENT", b"VTODO", b"VJOURNAL", b"VFREEBUSY", b"VTIMEZONE"})
_CARDS = frozenset({b"VCARD", b"VLIST"})
_LINE = re.compile(
    rb"^(?:(BEGIN|END)[ \t]*:[ \t]*([^\r\n]{1,200})"
    rb"|((?:UID|RECURRENCE-ID|TZID|METHOD|VERSION|PRODID|X-WR-TIMEZONE)(?:;[^\r\n:]*)?:[^\r\n]{0,4000}"
    rb"(?:\r?\n[ \t][^\r\n]{0,4000}){0,40}))",
    re.IGNORECASE | re.MULTILINE,
)
_AGENT = re.compile(rb"(?:^|\n)(?:[\w-]+\.)?AGENT(?:;[^\n]*)?:[ \t]*\r?\n$", re.IGNORECASE)


@dataclass(slots=True)
class Piece:
    """One component: data[start:end] from its BEGIN to its END; `is_closed` says whether the file has that. `name` is
    upper-case, `calendar` the number of the VCALENDAR that holds it. `lines` are those of UID, RECURRENCE-ID and TZID
    that stand in it directly, the first of each, by name, as text."""

    name: str
    start: int
    end: int = 0
    calendar: int = OUTSIDE
    is_closed: bool = False
    lines: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Head:
    """What a VCALENDAR says of itself: METHOD, VERSION, PRODID and X-WR-TIMEZONE, raw values by name."""

    lines: dict[str, str] = field(default_factory=dict)


def readable(data: bytes) -> bytes:
    """The file as bytes that hold ASCII where ASCII is meant, with LF or CRLF: UTF-16 is written as UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = decode(data).encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def scan(data: bytes) -> tuple[list[Head], list[Piece]]:
    """The calendars of a file and the components in them, or its cards, in order. `data` as `readable` gave it.

    Raises CodecError for components nested too deep, TooMany beyond MAX_PIECES. Takes a while for megabytes: not for
    the event loop.
    """
    found = _Scan(data)
    for match in _lines(data):
        begin_or_end, name, line = match.groups()
        if line is not None:
            found.line(line)
        elif begin_or_end.upper() == b"BEGIN":
            found.begin(name.strip().upper(), match.start())
        else:
            found.end(name.strip().upper(), match.start(), match.end())
    found.close(len(data))
    return found.heads, found.pieces


def _lines(data: bytes) -> Iterator[re.Match[bytes]]:
    """Every line that counts. In windows, since one search through megabytes would hold up all other threads."""
    start = 0
    while start < len(data):
        end = _line_start(data, start + _WINDOW_BYTES)
        yield from _LINE.finditer(data, start, end)
        start = end


def _line_start(data: bytes, near: int) -> int:
    """Where the next line begins that is no continuation."""
    end = near
    while True:
        end = data.find(b"\n", end) + 1
        if not end:
            return len(data)
        if data[end : end + 1] not in (b" ", b"\t") or end > near + _FOLDED_BYTES:
            return end


class _Scan:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.heads: list[Head] = []
        self.pieces: list[Piece] = []
        self._open: list[bytes] = []
        self._base = 0  # how many open components hold pieces: 1 inside of a VCALENDAR

    @property
    def _in_piece(self) -> bool:
        return len(self._open) > self._base

    def begin(self, name: bytes, start: int) -> None:
        if self._in_piece and self._is_lost_end(name, start):
            self._end_piece(start)
        if name == _CONTAINER and not self._in_piece:
            self.heads.append(Head())
            self._open, self._base = [name], 1
            return
        if not self._in_piece:
            if len(self.pieces) >= MAX_PIECES:
                raise TooMany(f"More than {MAX_PIECES} components in one file.", limit=MAX_PIECES)
            number = len(self.heads) - 1 if self._base else OUTSIDE
            self.pieces.append(Piece(name.decode("ascii", "replace"), start, calendar=number))
        if len(self._open) >= MAX_DEPTH:
            raise CodecError(f"components nested deeper than {MAX_DEPTH}", offset=start)
        self._open.append(name)

    def _is_lost_end(self, name: bytes, start: int) -> bool:
        """Whether what begins here cannot lie in the open piece. A vCard 2.1 may hold another one as its AGENT."""
        if name == _CONTAINER or name in _NEVER_INSIDE:
            return True
        return name in _CARDS and _AGENT.search(self._data, max(0, start - 200), start) is None

    def end(self, name: bytes, start: int, end: int) -> None:
        if name == _CONTAINER and self._base:
            self._end_piece(start)
            self._open, self._base = [], 0
        elif self._in_piece and name in self._open[self._base :]:
            while self._open.pop() != name:
                pass
            if not self._in_piece:
                self.pieces[-1].end, self.pieces[-1].is_closed = end, True

    def _end_piece(self, end: int) -> None:
        if self._in_piece:
            self.pieces[-1].end = end
            del self._open[self._base :]

    def close(self, end: int) -> None:
        self._end_piece(end)

    def line(self, raw: bytes) -> None:
        """A line that names something: of the calendar, or of the piece unless it stands deeper inside."""
        depth = len(self._open) - self._base
        if depth > 1 or not self._open:
            return
        for line in parse(decode(raw)).lines[:1]:
            if depth:
                self.pieces[-1].lines.setdefault(line.name, line.text.strip())
            else:
                self.heads[-1].lines.setdefault(line.name, line.value.strip())
