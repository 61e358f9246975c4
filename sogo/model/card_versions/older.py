"""vCard 2.1 as vCard 3.0: text in place of quoted-printable, named types, the escapes that 2.1 does not need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sogo.codec.contentline import Component, Line
from sogo.model import card_line
from sogo.model.card_versions import media, relations
from sogo.model.card_versions.lines import remade, types, value_type, with_types, without

_STRUCTURED = frozenset({"N", "ADR", "ORG", "GEO"})
"""Their semicolons separate."""
_TEXTS = frozenset(
    {"FN", "LABEL", "TEL", "EMAIL", "TITLE", "ROLE", "NOTE", "MAILER", "TZ", "SORT-STRING", "N", "ADR", "ORG"}
)
_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_BARE = {True: re.compile(r"(?<!\\),"), False: re.compile(r"(?<!\\)([,;])")}


def to_modern(card: Component) -> Component:
    """The card in vCard 3.0. It is a new tree; the given one is not changed."""
    items = [made for item in card.items for made in _converted(card, item)]
    return Component("VCARD", [Line("VERSION", "3.0", params=()), *items])


def _converted(card: Component, item: Line | Component) -> Iterator[Line | Component]:
    if isinstance(item, Component):
        yield relations.inline_agent(item) if item.name == "VCARD" else item
    elif item.name == "VERSION" or (item.name == "AGENT" and not item.value.strip()):
        return
    elif item.name in media.NAMES:
        yield _binary(item)
    else:
        yield _text(card, item)


def _binary(line: Line) -> Line:
    plain = without(line, "ENCODING", "CHARSET")
    if (line.param("ENCODING") or "").upper() in ("BASE64", "B"):
        return with_types(remade(plain, params=(("ENCODING", ("b",)), *plain.params)), types(plain))
    return remade(plain, params=_with_uri(plain))


def _with_uri(line: Line) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """2.1 writes VALUE=URL."""
    if value_type(line) != "url":
        return line.params
    return tuple((key, ("uri",) if key == "VALUE" else values) for key, values in line.params)


def _text(card: Component, line: Line) -> Line:
    value = _LINE_ENDS.sub(r"\\n", card_line.decoded(card, line))
    plain = with_types(without(line, "ENCODING", "CHARSET"), types(line))
    if line.name in _TEXTS:
        value = _BARE[line.name in _STRUCTURED].sub(lambda match: "\\" + match[0], value)
    return remade(plain, value=value, params=_with_uri(plain))
