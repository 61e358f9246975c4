"""Header fields of a message that came from somewhere (RFC 5322 §2.2, RFC 2045 §5.1, RFC 2231).

Read as they are: no encoded word is decoded here, since what it says is no part of an address or a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

MAX_HEADER_BYTES = 512 * 1024
MAX_FIELDS = 2_000
MAX_PARAMETERS = 50
MAX_PARAMETER_SECTIONS = 50
_NAME = re.compile(rb"[!-9;-~]+")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_TOKEN = r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"  # noqa: S105 - a grammar
_TYPE = re.compile(rf"\s*({_TOKEN})\s*/\s*({_TOKEN})\s*")
_PARAMETER = re.compile(rf'\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*', re.DOTALL)
_SECTION = re.compile(r"([^*]+)\*(\d{1,3})(\*?)$")


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields in their order: names in lower case, values unfolded, without the space around them."""

    items: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.items if found == name]

    def first(self, name: str) -> str:
        return next((value for found, value in self.items if found == name), "")


@dataclass(frozen=True, slots=True)
class ContentType:
    """`kind` and names of parameters in lower case, values as they are. What cannot be read is text/plain
    (RFC 2045 §5.2)."""

    kind: str
    parameters: dict[str, str]

    @property
    def is_multipart(self) -> bool:
        return self.kind.startswith("multipart/")


PLAIN = ContentType("text/plain", {})


def parted(octets: bytes) -> tuple[Fields, bytes]:
    """Fields and body of a message or a part. Lines that are no field are left out, and fields beyond the limits."""
    end, body = _end_of_header(octets)
    return Fields(tuple(_fields(octets[:end]))), octets[body:]


def _end_of_header(octets: bytes) -> tuple[int, int]:
    """Where the header ends and the body begins."""
    if octets.startswith(b"\r\n"):
        return 0, 2
    if octets.startswith(b"\n"):
        return 0, 1
    marks = ((octets.find(mark), len(mark)) for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n"))
    found = [(place, place + length) for place, length in marks if place >= 0]
    return min(found) if found else (len(octets), len(octets))


def _fields(header: bytes) -> Iterator[tuple[str, str]]:
    text = header[:MAX_HEADER_BYTES]
    number = 0
    for raw in re.split(rb"\r?\n(?![ \t])", text):
        name, colon, value = raw.partition(b":")
        name = name.rstrip(b" \t")
        if not colon or not _NAME.fullmatch(name):
            continue
        number += 1
        if number > MAX_FIELDS:
            return
        yield name.decode("ascii").lower(), _FOLD.sub("", value.decode("utf-8", "replace")).strip(" \t\r\n")


def content_type(value: str) -> ContentType:
    found = _TYPE.match(value)
    if found is None:
        return PLAIN
    kind = f"{found[1]}/{found[2]}".lower()
    return ContentType(kind, _joined(_parameters(value, found.end())))


def _parameters(value: str, place: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while len(found) < MAX_PARAMETERS and value[place : place + 1] == ";":
        match = _PARAMETER.match(value, place + 1)
        if match is None:  # an empty one, or one that cannot be read: the next may be in order
            place = value.find(";", place + 1)
            if place < 0:
                break
            continue
        quoted, plain = match[2], match[3]
        found.append((match[1].lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain))
        place = match.end()
    return found


def _joined(parameters: list[tuple[str, str]]) -> dict[str, str]:
    """By name, the first of each; values in sections put together (RFC 2231 §3, §4)."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in parameters:
        section = _SECTION.match(name)
        if section is not None:
            sections.setdefault(section[1], {}).setdefault(int(section[2]), (value, bool(section[3])))
        elif name.endswith("*"):
            sections.setdefault(name[:-1], {}).setdefault(0, (value, True))
        else:
            plain.setdefault(name, value)
    for name, parts in sections.items():
        plain[name] = _of_sections(parts)
    return plain


def _of_sections(parts: dict[int, tuple[str, bool]]) -> str:
    charset, octets = "utf-8", b""
    for number in range(MAX_PARAMETER_SECTIONS):
        if number not in parts:
            break
        value, is_encoded = parts[number]
        if is_encoded and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        octets += unquote_to_bytes(value) if is_encoded else value.encode("utf-8", "replace")
    return octets.decode("latin-1" if charset.lower() in ("iso-8859-1", "us-ascii") else "utf-8", "replace")
