"""A card or list as it comes in by PUT or import: read, judged, given a UID where it has none.

Cards of every version are stored octet for octet as they were sent; nothing is converted (RFC 6352 §5.3.2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import CodecError, InvalidData, UnsupportedData
from sogo.model.stored_text import fresh_uid, is_blank, printable

_KINDS = {"VCARD": "vcard", "VLIST": "vlist"}
_VERSIONS = ("2.1", "3.0", "4.0")
_VALID, _SUPPORTED = "valid-address-data", "supported-address-data"


@dataclass(frozen=True, slots=True, eq=False)
class CardObject:
    """`component` is the VCARD or VLIST in `document`; `kind` vcard or vlist; `uid` "" only between `check` and
    `amend`; `version` "" where the text has none. `text` is what to store. Treat the trees as values."""

    text: str
    document: Component
    component: Component
    kind: str
    uid: str
    version: str

    def render(self) -> str:
        """The text to store: as sent, when nothing was amended."""
        return self.text


def check(text: str, *, max_octets: int | None = None) -> CardObject:
    """Read a card or list. Raises InvalidData (valid-address-data, max-resource-size) or UnsupportedData
    (supported-address-data), the rules of RFC 6352 §5.3.2.1."""
    if max_octets is not None and len(text.encode("utf-8", "replace")) > max_octets:
        raise InvalidData(f"More than {max_octets} octets.", rule="max-resource-size")
    try:
        document = parse(text)
    except CodecError as error:
        raise InvalidData(str(error), rule=_VALID) from error
    return _judged(text, document)


def _judged(text: str, document: Component) -> CardObject:
    component = _one_card(document)
    version = (component.value("VERSION") or "").strip()
    if component.name == "VCARD" and version and version not in _VERSIONS:
        raise UnsupportedData(f"vCard {version[:20]} is not known here.", rule=_SUPPORTED)
    return CardObject(text, document, component, _KINDS[component.name], component.text("UID").strip(), version)


def _one_card(document: Component) -> Component:
    if any(not is_blank(line.raw or line.value) for line in document.lines):
        raise InvalidData("This is not a vCard: there is text outside of it.", rule=_VALID)
    children = document.children
    if not children:
        raise InvalidData("This is not a vCard.", rule=_VALID)
    if children[0].name not in _KINDS:
        raise UnsupportedData("An address book takes vCards and lists only.", rule=_SUPPORTED)
    if len(children) > 1:
        raise InvalidData("More than one card in one object.", rule=_VALID)
    return children[0]


def amend(obj: CardObject, *, new_uid: Callable[[], str] = fresh_uid) -> CardObject:
    """The card as it shall be stored, with UID, VERSION and END; the very same object when it is stored as sent."""
    text = printable(obj.text)
    sound = obj if text == obj.text else check(text)
    document = sound.document.copy()
    changed = _complete(document.children[0], new_uid)
    if not changed and document.is_closed:
        return sound
    return _judged(document.render(), document)


def _complete(card: Component, new_uid: Callable[[], str]) -> bool:
    """A card without VERSION is read as 3.0; without UID, nothing finds it again."""
    changed = False
    if card.first("VERSION") is None:
        card.items.insert(0, Line("VERSION", "3.0" if card.name == "VCARD" else "1.0"))
        changed = True
    if not card.text("UID").strip():
        card.set(Line("UID", new_uid()))
        changed = True
    return changed
