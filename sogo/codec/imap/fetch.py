"""FETCH (RFC 9051 §7.5.2, RFC 7162, RFC 3516): what is told of one message."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sogo.codec.imap.bodystructure import Part, read_structure
from sogo.codec.imap.dates import parse_date_time
from sogo.codec.imap.envelope import Envelope, read_envelope
from sogo.codec.imap.lexer import Value, list_of, number_of, number_or_none, text_of
from sogo.codec.imap.status import flags_of
from sogo.errors import CodecError

_SECTION = re.compile(r"(BODY|BINARY)\[(.*)\](?:<(\d+)>)?", re.IGNORECASE | re.DOTALL)
_OLD_NAMES = {"RFC822": "", "RFC822.HEADER": "HEADER", "RFC822.TEXT": "TEXT"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was not told is None, or not in `sections`. A FETCH may come by itself, with flags alone.

    `sections` are octets by what was asked for within the brackets, in capitals: "" for the whole message, "HEADER",
    "1.2", "HEADER.FIELDS (DATE)"; None where the server says there are none. `origins` are the offsets of
    parts.
    """

    number: int
    uid: int | None = None
    flags: frozenset[str] | None = None
    internal_date: dt.datetime | None = None
    size_bytes: int | None = None
    envelope: Envelope | None = None
    structure: Part | None = None
    modseq: int | None = None
    sections: Mapping[str, bytes | None] = field(default_factory=dict)
    origins: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, Value] = field(default_factory=dict)

    def merged(self, later: Fetched) -> Fetched:
        """Both as one, where a server tells of a message in more than one response."""
        told = {
            name: value
            for name in ("uid", "flags", "internal_date", "size_bytes", "envelope", "structure", "modseq")
            if (value := getattr(later, name)) is not None
        }
        return replace(
            self, **told,
            sections={**self.sections, **later.sections},
            origins={**self.origins, **later.origins},
            others={**self.others, **later.others},
        )  # fmt: skip


def _modseq(value: Value) -> int | None:
    return number_or_none(list_of(value)[0]) if list_of(value) else number_or_none(value)


def _date(value: Value) -> dt.datetime | None:
    """A server with a date that is none has told nothing."""
    try:
        return parse_date_time(text_of(value))
    except CodecError:
        return None


_READERS: dict[str, tuple[str, Callable[[Value], Any]]] = {
    "UID": ("uid", number_of),
    "FLAGS": ("flags", flags_of),
    "INTERNALDATE": ("internal_date", _date),
    "RFC822.SIZE": ("size_bytes", number_or_none),
    "ENVELOPE": ("envelope", read_envelope),
    "BODYSTRUCTURE": ("structure", read_structure),
    "BODY": ("structure", read_structure),
    "MODSEQ": ("modseq", _modseq),
}


def read_fetched(number: int, value: Value) -> Fetched:
    """Raises CodecError for a message without a proper number."""
    told: dict[str, Any] = {}
    sections: dict[str, bytes | None] = {}
    origins: dict[str, int] = {}
    others: dict[str, Value] = {}
    items = list_of(value)
    for name, item in zip(items[::2], items[1::2], strict=False):
        spelled = text_of(name)
        match = _SECTION.fullmatch(spelled)
        if match is not None or spelled.upper() in _OLD_NAMES:
            key = section_key(match[2]) if match else _OLD_NAMES[spelled.upper()]
            sections[key] = bytes(item) if isinstance(item, bytes) else None
            if match is not None and match[3]:
                origins[key] = int(match[3])
        elif spelled.upper() in _READERS:
            attribute, read = _READERS[spelled.upper()]
            told[attribute] = read(item)
        else:
            others[spelled.upper()] = item
    return Fetched(number, **told, sections=sections, origins=origins, others=others)


def section_key(text: str) -> str:
    """A section as `Fetched.sections` names it: in capitals, names of fields without quotes."""
    return text.upper().replace('"', "")
