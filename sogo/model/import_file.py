"""What an uploaded file holds, as objects that can be stored one by one.

An event and its changed occurrences share a UID and become one object, wherever they stand in the file, together with
the time zones they name. Of two components with the same UID and RECURRENCE-ID the later counts, as if they had been
sent one after the other. What has no UID gets one made of its text: the same file twice makes nothing twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sogo.codec.contentline import escape
from sogo.codec.pieces import OUTSIDE, Head, Piece, readable, scan
from sogo.errors import InvalidData, UnsupportedData
from sogo.model.folder import FolderKind
from sogo.model.product import PRODID
from sogo.model.timezone import iana_name

_STORABLE = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_REFUSED = frozenset({"VFREEBUSY", "VAVAILABILITY"})
_CARDS = frozenset({"VCARD", "VLIST"})
_FOLD = re.compile(rb"\r?\n[ \t]")
_TZID = re.compile(rb';TZID=(?:"([^"\r\n]*)"|([^:;,\r\n]*))', re.IGNORECASE)
_FIRST_LINE = re.compile(rb"[^\n]*\n?")
_KEEP_METHODS = frozenset({"", "PUBLISH"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One object of a file: its components as slices of it. `uid` is never empty."""

    uid: str
    pieces: tuple[Piece, ...]
    is_uid_made: bool = False


@dataclass(slots=True)
class ImportFile:
    """A file taken apart. The file itself is held once; `text_of` cuts an object out of it."""

    kind: FolderKind
    data: bytes
    heads: list[Head]
    objects: list[Incoming] = field(default_factory=list)
    zones: dict[tuple[int, str], Piece] = field(default_factory=dict)

    @classmethod
    def of(cls, data: bytes, kind: FolderKind) -> ImportFile:
        """Take a file apart. Raises InvalidData when it is not what goes into such a folder, CodecError and TooMany as
        `codec.pieces.scan`. Takes a while for megabytes."""
        data = readable(data)
        heads, pieces = scan(data)
        made = cls(kind, data, heads)
        if kind is FolderKind.CALENDAR:
            if not heads:
                raise InvalidData("This is not iCalendar.", rule="valid-calendar-data")
            made._group([piece for piece in pieces if piece.calendar != OUTSIDE])
        else:
            made.objects = [made._alone(piece) for piece in pieces if piece.name in _CARDS]
            if not made.objects:
                raise InvalidData("There is no vCard in this file.", rule="valid-address-data")
        return made

    @property
    def method(self) -> str:
        """The METHOD of a calendar that is a message to somebody, "" when none is (PUBLISH is for everybody)."""
        methods = (head.lines.get("METHOD", "").strip().upper() for head in self.heads)
        return next((method for method in methods if method not in _KEEP_METHODS), "")

    def _group(self, pieces: list[Piece]) -> None:
        groups: dict[str, dict[str, Piece]] = {}
        for piece in pieces:
            if piece.name == "VTIMEZONE":
                self.zones.setdefault((piece.calendar, piece.lines.get("TZID", "")), piece)
            elif piece.name in _STORABLE | _REFUSED:
                uid = piece.lines.get("UID", "") or self._made_uid(piece)
                groups.setdefault(uid, {})[piece.lines.get("RECURRENCE-ID", "")] = piece
        for uid, parts in groups.items():
            is_made = all(not piece.lines.get("UID") for piece in parts.values())
            self.objects.append(Incoming(uid, tuple(parts.values()), is_made))

    def _alone(self, piece: Piece) -> Incoming:
        uid = piece.lines.get("UID", "")
        return Incoming(uid or self._made_uid(piece), (piece,), not uid)

    def _made_uid(self, piece: Piece) -> str:
        return hashlib.sha256(self.data[piece.start : piece.end]).hexdigest()[:32]

    def text_of(self, item: Incoming) -> bytes:
        """The object as it is to be stored. Raises UnsupportedData for components that no calendar keeps."""
        parts = [self._with_uid(piece, item) for piece in item.pieces]
        if self.kind is FolderKind.CONTACTS:
            return b"".join(parts)
        refused = next((piece.name for piece in item.pieces if piece.name in _REFUSED), None)
        if refused is not None:
            raise UnsupportedData(f"{refused} is not stored in a calendar.", rule="supported-calendar-component")
        head = self.heads[item.pieces[0].calendar].lines
        lines = f"VERSION:{head.get('VERSION', '2.0')}\r\nPRODID:{head.get('PRODID') or PRODID}\r\n"
        zones = [self._whole(zone) for zone in self._zones_of(item)]
        return b"".join(
            [b"BEGIN:VCALENDAR\r\n", lines.encode("utf-8", "replace"), *zones, *parts, b"END:VCALENDAR\r\n"]
        )

    def zone_of(self, item: Incoming) -> str | None:
        """The zone in which the calendar of an object says that its floating times are (X-WR-TIMEZONE, which has no
        standard); None when it says nothing, or nothing that is known here."""
        if self.kind is FolderKind.CONTACTS:
            return None
        told = self.heads[item.pieces[0].calendar].lines.get("X-WR-TIMEZONE", "")
        return iana_name(told) if told else None

    def _with_uid(self, piece: Piece, item: Incoming) -> bytes:
        text = self._whole(piece)
        if not item.is_uid_made:
            return text
        first = _FIRST_LINE.match(text)
        assert first is not None
        return first.group() + f"UID:{escape(item.uid)}\r\n".encode() + text[first.end() :]

    def _whole(self, piece: Piece) -> bytes:
        """The text of a component with its END, ended by a line end whatever the file had after it."""
        text = self.data[piece.start : piece.end].rstrip(b"\r\n") + b"\r\n"
        return text if piece.is_closed else text + f"END:{piece.name}\r\n".encode()

    def _zones_of(self, item: Incoming) -> Iterator[Piece]:
        """The definitions of the time zones an object names, each once."""
        told: set[str] = set()
        for piece in item.pieces:
            for quoted, plain in _TZID.findall(_FOLD.sub(b"", self.data[piece.start : piece.end])):
                tzid = (quoted or plain).decode("utf-8", "replace").strip()
                zone = self.zones.get((piece.calendar, tzid))
                if zone is not None and tzid not in told:
                    told.add(tzid)
                    yield zone
