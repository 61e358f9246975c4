"""The team's address books: people with everything a card can hold, people with next to nothing, and a list."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line, escape
from sogo.demo.content import Item, Shelf
from sogo.demo.ical import uid
from sogo.demo.people import ANNA, BEN, CHLOE, Person
from sogo.demo.picture import portrait
from sogo.model.folder import PERSONAL, FolderKind

BOOKS = (Shelf(ANNA, FolderKind.CONTACTS, "suppliers", "Suppliers", readers=(BEN, CHLOE)),)


@dataclass(frozen=True, slots=True)
class Card:
    """A contact. `name` is (family, given); `mails`, `phones` and `addresses` are (type, value), the preferred one
    first; an address is (street, town, code, country)."""

    slug: str
    name: tuple[str, str]
    mails: Sequence[tuple[str, str]] = ()
    phones: Sequence[tuple[str, str]] = ()
    addresses: Sequence[tuple[str, tuple[str, str, str, str]]] = ()
    company: tuple[str, ...] = ()
    role: str = ""
    birthday: str = ""
    nickname: str = ""
    note: str = ""
    url: str = ""
    categories: Sequence[str] = ()
    color: tuple[int, int, int] | None = None

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.name[1], self.name[0]) if part)


ANNAS = (
    Card(
        "leila-haddad", ("حداد", "ليلى"), [("HOME", "leila@example.net")], [("CELL", "+961 1 555 0142")],
        [("HOME", ("شارع الأرز ١٢", "بيروت", "1100", "لبنان"))], birthday="1984-05-17", color=(0x73, 0x67, 0xF0),
        categories=("Friends",),
    ),
    Card(
        "misaki-tanaka", ("田中", "美咲"), [("WORK", "tanaka@example.jp"), ("HOME", "misaki@example.net")],
        [("WORK", "+81 3 5550 0177"), ("CELL", "+81 90 5550 0178")],
        [("WORK", ("神田神保町1-1", "千代田区", "101-0051", "日本"))], ("パン工房", "商品開発"), "部長", "1979-11-03",
        color=(0xF5, 0x55, 0x55), categories=("Business", "Friends"),
    ),
    Card(
        "joao-pereira", ("Pereira da Conceição", "João"),
        [("WORK", "joao@example.pt"), ("HOME", "jp@example.net"), ("OTHER", "moinho@example.pt")],
        [("CELL", "+351 21 555 0110"), ("WORK", "+351 21 555 0111"), ("FAX", "+351 21 555 0112")],
        [("WORK", ("Rua da Padaria 7", "Lisboa", "1100-389", "Portugal")),
         ("HOME", ("Travessa do Forno 3, 2.º esq.", "Setúbal", "2900-001", "Portugal"))],
        ("Moinho do Tejo", "Export"), "Miller", nickname="Jão", url="https://moinho.example.pt/",
        note="Speaks French on the phone.\nCalls back; never before ten.", color=(0x32, 0xCC, 0xBC),
    ),
    Card("dr-weiss", ("Weiß", "Dr. Jürgen"), phones=[("WORK", "+49 30 5550 900")], note="Dentist; side entrance"),
    Card("plumber", ("", "Plumber"), phones=[("CELL", "+49 171 555 0199")]),
)  # fmt: skip

SUPPLIERS = (
    Card(
        "rye-and-co", ("Nowak", "Agnieszka"), [("WORK", "orders@rye.example")], [("WORK", "+48 22 555 0120")],
        [("WORK", ("ul. Młynarska 4", "Poznań", "60-101", "Polska"))], ("Rye & Co.; Mills", "Orders"), "Sales",
        note="Two tons a week, one in August.", categories=("Suppliers",),
    ),
    Card(
        "yeast", ("O'Brien", "Siobhán"), [("WORK", "siobhan@yeast.example")], [("WORK", "+353 1 555 0133")],
        company=("Yeast, Ltd",), categories=("Suppliers",), color=(0xF8, 0xD8, 0x00),
    ),
    Card(
        "boxes", ("Müller-Lüdenscheidt", "Karl-Heinz"), [("WORK", "kartons@example.org")],
        [("WORK", "+49 40 5550 300")], company=("Kartonagen Nord",), categories=("Suppliers", "Packaging"),
    ),
)  # fmt: skip

BENS = (
    Card("accountant", ("Costa", "Elena"), [("WORK", "elena@example.com")], [("WORK", "+49 30 5550 77")],
         company=("Costa & Partner",), role="Tax adviser"),
    Card("bank", ("", "Bank, business desk"), phones=[("WORK", "+49 30 5550 4000")]),
)  # fmt: skip

CHLOES = (
    Card("architect", ("Demir", "Özlem"), [("WORK", "oezlem@example.com")], [("CELL", "+49 172 555 0155")],
         [("WORK", ("Werkstraße 5, Hof 2", "Berlin", "10999", "Deutschland"))], ("Demir Architektur",), "Architect",
         color=(0x97, 0x08, 0xCC)),
    Card("maman", ("Martin", "Françoise"), [("HOME", "francoise@example.fr")], [("HOME", "+33 3 55 55 01 01")],
         birthday="1958-08-24", nickname="Maman"),
)  # fmt: skip


def contact_items() -> list[Item]:
    """All cards of the team, and a list of suppliers."""
    shelves: tuple[tuple[Person, str, Sequence[Card]], ...] = (
        (ANNA, PERSONAL, ANNAS), (ANNA, "suppliers", SUPPLIERS), (BEN, PERSONAL, BENS), (CHLOE, PERSONAL, CHLOES),
    )  # fmt: skip
    cards = [
        Item(owner, FolderKind.CONTACTS, folder, f"{card.slug}.vcf", vcard(card))
        for owner, folder, listed in shelves
        for card in listed
    ]
    flour = vlist("flour", "Flour and yeast", "Whom to ask when we run out", SUPPLIERS[:2])
    return [*cards, Item(ANNA, FolderKind.CONTACTS, "suppliers", "flour.vlf", flour)]


def vcard(card: Card) -> str:
    """The card as vCard 3.0 (RFC 2426)."""
    family, given = card.name
    lines = [
        _line("VERSION", "3.0"),
        _line("UID", uid(card.slug)),
        _line("FN", escape(card.full_name)),
        _line("N", f"{escape(family)};{escape(given)};;;"),
        *_optional("NICKNAME", card.nickname),
        *([_line("ORG", ";".join(map(escape, card.company)))] if card.company else []),
        *_optional("TITLE", card.role),
        *_typed("EMAIL", [(kind, escape(mail)) for kind, mail in card.mails]),
        *_typed("TEL", card.phones),
        *_typed("ADR", [(kind, _address(*address)) for kind, address in card.addresses]),
        *_optional("BDAY", card.birthday),
        *_optional("URL", card.url),
        *_optional("NOTE", card.note),
        *([_line("CATEGORIES", ",".join(map(escape, card.categories)))] if card.categories else []),
        *_photo(card.color),
    ]
    return Component("", [Component("VCARD", lines)]).render()


def vlist(slug: str, title: str, text: str, members: Sequence[Card]) -> str:
    """A list in the original's own form: one CARD line per member, whose value is the member's name in the folder."""
    lines = [_line("UID", f"{slug}.vlf"), _line("VERSION", "1.0"), _line("FN", escape(title))]
    lines.append(_line("DESCRIPTION", escape(text)))
    for card in members:
        params = (("FN", (card.full_name,)), *((("EMAIL", (card.mails[0][1],)),) if card.mails else ()))
        lines.append(Line("CARD", f"{card.slug}.vcf", params=params))
    return Component("", [Component("VLIST", lines)]).render()


def _line(name: str, value: str) -> Line:
    return Line(name, value, params=())


def _optional(name: str, value: str) -> list[Line]:
    return [_line(name, escape(value))] if value else []


def _typed(name: str, values: Sequence[tuple[str, str]]) -> list[Line]:
    """One line per value; the first of several is marked as the preferred one."""
    return [
        Line(name, value, params=(("TYPE", (kind, "PREF") if number == 0 and len(values) > 1 else (kind,)),))
        for number, (kind, value) in enumerate(values)
    ]


def _address(street: str, town: str, code: str, country: str) -> str:
    return f";;{escape(street)};{escape(town)};;{escape(code)};{escape(country)}"


def _photo(color: tuple[int, int, int] | None) -> list[Line]:
    if color is None:
        return []
    data = base64.b64encode(portrait(*color)).decode()
    return [Line("PHOTO", data, params=(("ENCODING", ("b",)), ("TYPE", ("PNG",))))]
