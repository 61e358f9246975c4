"""An entry of a user source as a vCard 3.0 (dav.md §9.3): what a directory shows of a person, group or resource.

Only fields meant for an address book are shown; a password column or any other attribute never gets here by accident,
since the table below is an allow-list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sogo.codec.contentline import Component, Line, Params, escape

Attributes = Mapping[str, str | tuple[str, ...]]

_SIMPLE: tuple[tuple[str, str, Params], ...] = (
    ("title", "TITLE", ()),
    ("telephonenumber", "TEL", (("TYPE", ("work", "voice")),)),
    ("homephone", "TEL", (("TYPE", ("home", "voice")),)),
    ("mobile", "TEL", (("TYPE", ("cell", "voice")),)),
    ("facsimiletelephonenumber", "TEL", (("TYPE", ("work", "fax")),)),
    ("pager", "TEL", (("TYPE", ("pager",)),)),
    ("labeleduri", "URL", ()),
    ("description", "NOTE", ()),
)


def directory_card(*, entry_id: str, cn: str, emails: Sequence[str], attributes: Attributes) -> str:
    """The text of the card, CRLF lines. `entry_id` becomes its UID."""
    lines = [
        Line("VERSION", "3.0"),
        Line("PRODID", "-//SOGo//NONSGML directory//EN"),
        Line("UID", escape(entry_id)),
        Line("FN", escape(cn or entry_id)),
        Line("N", f"{escape(_one(attributes, 'sn'))};{escape(_one(attributes, 'givenname'))};;;"),
    ]
    lines += [Line("EMAIL", escape(email), params=(("TYPE", ("work",)),)) for email in emails]
    for attribute, name, params in _SIMPLE:
        lines += [Line(name, escape(value), params=params) for value in _many(attributes, attribute)]
    if organization := _one(attributes, "o"):
        unit = _one(attributes, "ou")
        lines.append(Line("ORG", escape(organization) + (f";{escape(unit)}" if unit else "")))
    if address := _address(attributes):
        lines.append(Line("ADR", address, params=(("TYPE", ("work",)),)))
    return Component("", [Component("VCARD", lines)]).render()


def card_etag(text: str) -> str:
    """Directories have no versions: the ETag is a digest of what is shown."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _address(attributes: Attributes) -> str:
    parts = [_one(attributes, key) for key in ("street", "l", "st", "postalcode", "c")]
    return ";;" + ";".join(escape(part) for part in parts) if any(parts) else ""


def _many(attributes: Attributes, key: str) -> tuple[str, ...]:
    value = attributes.get(key, ())
    return (value,) if isinstance(value, str) and value else tuple(value) if not isinstance(value, str) else ()


def _one(attributes: Attributes, key: str) -> str:
    values = _many(attributes, key)
    return values[0] if values else ""
