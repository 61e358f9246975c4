"""The quick row of a card: what `sogo_quick_contact` holds for listings and searches (store.md §8).

Every card has a row: what cannot be read is empty, what is too long is cut.
"""

from __future__ import annotations

from sogo.codec.contentline import Component, split_value, unescape
from sogo.model import card_line
from sogo.model.quick_value import cut, cut_text

_EMPTY: dict[str, int | str | None] = {
    "c_givenname": None,
    "c_cn": None,
    "c_sn": None,
    "c_screenname": None,
    "c_l": None,
    "c_mail": None,
    "c_o": None,
    "c_ou": None,
    "c_telephonenumber": None,
    "c_categories": None,
    "c_component": "vlist",
    "c_hascertificate": None,
}


def quick_row(card: Component) -> dict[str, int | str | None]:
    """Every column of quick_contact but c_folder_id and c_name, for a VCARD or a VLIST component."""
    if card.name == "VLIST":
        return {**_EMPTY, "c_cn": cut(card_line.text(card, card.first("FN")))}
    name, organisation = card.first("N"), card.first("ORG")
    return {
        "c_givenname": cut(card_line.part(card, name, 1)),
        "c_cn": cut(card_line.text(card, card.first("FN"))),
        "c_sn": cut(card_line.part(card, name, 0)),
        "c_screenname": cut(card_line.text(card, card.first("X-AIM"))),
        "c_l": _city(card),
        "c_mail": _mail(card),
        "c_o": cut(card_line.part(card, organisation, 0)),
        "c_ou": cut(card_line.part(card, organisation, 1)),
        "c_telephonenumber": _telephone(card),
        "c_categories": _categories(card),
        "c_component": "vcard",
        "c_hascertificate": int(any(line.value.strip() for line in card.all("KEY"))),
    }


def _city(card: Component) -> str | None:
    address = card_line.preferred(card.all("ADR"))
    return cut(card_line.part(card, address, 3)) if address is not None else None


def _telephone(card: Component) -> str | None:
    telephone = card_line.preferred(card.all("TEL"))
    return cut(card_line.text(card, telephone)) if telephone is not None else None


def _mail(card: Component) -> str | None:
    """The preferred address first, then the others from the last to the second: the order the original writes."""
    lines = [line for line in card.all("EMAIL") if line.value.strip()]
    first = card_line.preferred(lines)
    if first is None:
        return None
    ordered = [first, *(line for line in reversed(lines) if line is not first)]
    return cut_text(",".join(card_line.text(card, line).strip() for line in ordered))


def _categories(card: Component) -> str | None:
    line = card.first("CATEGORIES")
    if line is None:
        return None
    values = (unescape(value).strip() for value in split_value(card_line.decoded(card, line), ","))
    return cut(",".join(value for value in values if value)) or None
