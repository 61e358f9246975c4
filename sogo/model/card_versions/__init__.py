"""Cards in the version a reader asks for: vCard 3.0 (RFC 2426) and 4.0 (RFC 6350); 2.1 is only read.

    text --in_version--> the stored text itself, octet for octet, where it is that version already
                         else parse -> older (2.1 -> 3.0) -> four (3.0 -> 4.0) or three (4.0 -> 3.0) -> text

What both versions know changes its spelling. What only one of them knows goes where programs look for it (`relations`),
and what has no such place keeps its name: readers of either version skip names and parameters they do not know, and
nothing is lost on the way back. `tests/model/test_card_versions.py` lists what comes back in another spelling.
"""

from __future__ import annotations

import re

from sogo.codec.contentline import Component, parse
from sogo.errors import SogoError
from sogo.model.card_versions.four import to_four
from sogo.model.card_versions.older import to_modern
from sogo.model.card_versions.three import to_three

__all__ = ["VERSIONS", "in_version", "version_of"]

VERSIONS = ("3.0", "4.0")
"""What can be asked for."""
_VERSION = re.compile(r"^VERSION:[ \t]*(\d\.\d)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_LISTS = re.compile(r"\s*BEGIN:VLIST", re.IGNORECASE)


def version_of(text: str) -> str:
    """The version a card says it is, "" for lists and what says none."""
    match = None if _LISTS.match(text) else _VERSION.search(text)
    return match[1] if match is not None else ""


def in_version(text: str, version: str) -> str:
    """The card in one of VERSIONS. Lists, cards without a version and what nobody can read come back as they are."""
    if version_of(text) in ("", version):
        return text
    try:
        document = parse(text)
        items = [_converted(item, version) if isinstance(item, Component) else item for item in document.items]
    except (SogoError, ValueError, LookupError, RecursionError):
        return text
    return Component("", items).render()


def _converted(card: Component, version: str) -> Component:
    stored = (card.value("VERSION") or "").strip()
    if card.name != "VCARD" or stored == version:
        return card
    if stored == "4.0":
        return to_three(card)
    modern = to_modern(card) if stored == "2.1" else card
    return to_four(modern) if version == "4.0" else modern
