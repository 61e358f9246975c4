"""The Prefer header (RFC 7240) as far as WebDAV has a use for it (RFC 8144), and the older Brief header.

What was asked is a wish: whoever fulfils it says so by `applied`, all others go on as if nothing had been said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web

_PART = re.compile(
    r"""\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?)?[^,"]*(?:,|$)"""
)
_MAX_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Preferences:
    """`minimal`: leave out what the client can do without; `representation`: answer with the object as it is now;
    `noroot`: leave the collection itself out of its listing. `brief` is `minimal` by the older header."""

    minimal: bool = False
    representation: bool = False
    noroot: bool = False
    brief: bool = False

    @property
    def short(self) -> bool:
        """By either header."""
        return self.minimal or self.brief


NOTHING = Preferences()


def read(header: str, brief: str = "") -> Preferences:
    """What a request prefers, by its Prefer (joined with commas where there are several) and Brief headers. Of a
    preference that is there twice the first counts (RFC 7240 §2); what cannot be read is as if it were not there."""
    if not header and not brief:
        return NOTHING
    found: dict[str, str] = {}
    for name, value in _parts(header[:_MAX_CHARS]):
        found.setdefault(name, value)
    return Preferences(
        minimal=found.get("return") == "minimal",
        representation=found.get("return") == "representation",
        noroot="depth-noroot" in found,
        brief=brief.strip().lower() == "t",
    )


def of(request: web.BaseRequest) -> Preferences:
    headers = request.headers
    if "Prefer" not in headers and "Brief" not in headers:
        return NOTHING
    return read(",".join(headers.getall("Prefer", ())), headers.get("Brief", ""))


def _parts(header: str) -> list[tuple[str, str]]:
    """Name and value of each preference, lower case, parameters left out."""
    place = 0
    found: list[tuple[str, str]] = []
    while place < len(header):
        match = _PART.match(header, place)
        if match is None:
            break
        name, quoted, plain = match.groups()
        if name:
            found.append((name.lower(), (quoted if quoted is not None else plain or "").lower()))
        place = match.end()
    return found


def applied(*names: str) -> dict[str, str]:
    """The headers of an answer that fulfils these preferences; none when it fulfils none."""
    return {"Preference-Applied": ", ".join(names), "Vary": "Brief, Prefer"} if names else {}
