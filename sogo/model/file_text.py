"""What of a stored object would spoil a file that holds many: taken out before it is written (demands.md row 19)."""

from __future__ import annotations

import re

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import InvalidData
from sogo.model.stored_text import printable

_NO_PROPERTY = frozenset({"", "BEGIN", "END"})
_STRAY_CR = re.compile(r"\r(?!\n)")


def clean(text: str) -> str:
    """Without characters no text may hold, and without a CR that some readers take for the end of a line."""
    text = printable(text)
    return _STRAY_CR.sub("", text) if "\n" in text and text.count("\r") != text.count("\r\n") else text


def tidy(component: Component, *, with_alarms: bool = True) -> None:
    """Take out lines that are no properties, ends that nothing began, and, where asked, the alarms. In place."""
    for one in component.walk():
        one.items = [
            item
            for item in one.items
            if not (isinstance(item, Line) and item.name in _NO_PROPERTY)
            and (with_alarms or not (isinstance(item, Component) and item.name == "VALARM"))
        ]


def cards_of(text: str) -> str:
    """The vCards or lists of a stored card as they go into a file. Raises CodecError, and InvalidData where there are
    none."""
    document = parse(clean(text))
    cards = document.components("VCARD", "VLIST")
    if not cards:
        raise InvalidData("This is not a vCard.", rule="valid-address-data")
    for card in cards:
        tidy(card)
    return "".join(card.render() for card in cards)
