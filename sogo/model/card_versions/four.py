"""vCard 3.0 as vCard 4.0 (RFC 6350; what became of each property is its appendix A)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise

from sogo.codec.contentline import Component, Line, escape, split_value, unescape
from sogo.model.card_versions import media, relations, times
from sogo.model.card_versions.lines import Groups, padded, remade, types, value_type, with_types, without

_ONCE = frozenset({"KIND", "GENDER", "ANNIVERSARY"})
"""Properties of vCard 4 that a card has once, and that several of vCard 3 stand for."""
_SEVERAL = {"X-FN": "FN", "X-N": "N"}
"""What the way down keeps under another name, since vCard 3 has it once."""
_TELEPHONE = re.compile(r"(\+[0-9().-]*[0-9][0-9().-]*)(?: ext\. ([0-9]+))?", re.ASCII)
_COORDINATES = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*;\s*([+-]?\d+(?:\.\d+)?)\s*", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
_URIS = frozenset({"URL", "SOURCE", "IMPP", "FBURL", "CALURI", "CALADRURI"})


def to_four(card: Component) -> Component:
    """The card in vCard 4.0. It is a new tree; the given one is not changed."""
    labels = _Labels(card)
    lines = [made for line in card.lines for made in _converted(line, labels)]
    _name_it(lines)
    children = [child for child in card.children if child.name != "VCARD"]
    return Component("VCARD", [Line("VERSION", "4.0", params=()), *lines, *children])


def _converted(line: Line, labels: _Labels) -> Iterator[Line]:
    if line.name == "VERSION" or (line.name == "SORT-STRING" and line.value and labels.has_name):
        return
    if line.name in _SEVERAL:
        line = remade(line, name=_SEVERAL[line.name])
    if line.name == "X-ABLABEL" and relations.is_label_of_raised(labels.groups, line):
        return
    if line.name == "LABEL" and labels.belongs(line):
        return
    raised = relations.raised(labels.groups, line, labels.seen)
    if raised is not None:
        if raised.name in _ONCE:
            labels.seen.add(raised.name)
        yield _ranked(raised)
        return
    made = _CONVERSIONS.get(line.name, _as_it_is)(line)
    if line.name == "N":
        made = _sorted_as(made, labels.order)
    elif line.name == "ADR":
        made = labels.labelled(line, made)
    yield _ranked(made)


def _as_it_is(line: Line) -> Line:
    return line


def _ranked(line: Line) -> Line:
    """TYPE=pref is PREF=1; a finer rank was kept as X-PREF by the way down."""
    names = types(line)
    preferred = [name for name in names if name.lower() == "pref"]
    rank = line.param("X-PREF")
    if not preferred and rank is None:
        return line
    plain = without(line, "X-PREF")
    if preferred:
        plain = with_types(plain, [name for name in names if name.lower() != "pref"])
    return remade(plain, params=(*plain.params, ("PREF", (rank or "1",))))


def _telephone(line: Line) -> Line:
    """A number that can be called as it stands is a URI; others stay text, which vCard 4 allows (§6.4.1)."""
    match = _TELEPHONE.fullmatch(line.value)
    if match is None or value_type(line) not in ("", "text", "phone-number"):
        return without(line, "VALUE") if value_type(line) in ("text", "phone-number") else line
    extension = f";ext={match[2]}" if match[2] else ""
    plain = without(line, "VALUE")
    return remade(plain, value=f"tel:{match[1]}{extension}", params=(("VALUE", ("uri",)), *plain.params))


def _email(line: Line) -> Line:
    """Every address is one of the Internet now."""
    names = types(line)
    kept = [name for name in names if name.lower() != "internet"]
    return line if len(kept) == len(names) else with_types(line, kept)


def _geo(line: Line) -> Line:
    match = _COORDINATES.fullmatch(line.value.replace("\\;", ";"))
    return remade(line, value=f"geo:{match[1]},{match[2]}") if match is not None else line


def _uid(line: Line) -> Line:
    """A URI, or text that says so (§6.7.6)."""
    if value_type(line) or _SCHEME.match(line.value):
        return line
    return remade(line, params=(*line.params, ("VALUE", ("text",))))


def _uri(line: Line) -> Line:
    return without(line, "VALUE") if value_type(line) in ("uri", "url") else line


def _n(line: Line) -> Line:
    return padded(line, 5)


def _adr(line: Line) -> Line:
    return padded(line, 7)


_CONVERSIONS: dict[str, Callable[[Line], Line]] = {
    "TEL": _telephone, "EMAIL": _email, "GEO": _geo, "UID": _uid, "N": _n, "ADR": _adr,
    "TZ": times.zone_to_four, "BDAY": times.to_basic, "ANNIVERSARY": times.to_basic, "REV": times.basic_stamp,
    **dict.fromkeys(media.NAMES, media.to_uri), **dict.fromkeys(_URIS, _uri),
}  # fmt: skip


def _sorted_as(name: Line, order: Line | None) -> Line:
    if order is None or not order.value or name.param("SORT-AS") is not None:
        return name
    return remade(name, params=(*name.params, ("SORT-AS", (order.text,))))


class _Labels:
    """The LABELs of a card, each with the ADR it belongs to: the one it follows, else the first of the same types. With
    what else has to be known of the other lines of the card."""

    def __init__(self, card: Component) -> None:
        self.groups = Groups(card)
        self.has_name = card.first("N") is not None
        self.order = card.first("SORT-STRING")
        self.seen = {name for name in _ONCE if card.first(name) is not None}
        self._of: dict[int, Line] = {}
        self._placed: set[int] = set()
        lines = card.lines
        for before, line in pairwise(lines):
            if line.name == "LABEL" and before.name == "ADR":
                self._place(before, line)
        free: dict[frozenset[str], deque[Line]] = {}
        for line in lines:
            if line.name == "ADR" and id(line) not in self._of and line.param("LABEL") is None:
                free.setdefault(_place_types(line), deque()).append(line)
        for line in lines:
            addresses = free.get(_place_types(line)) if line.name == "LABEL" and id(line) not in self._placed else None
            if addresses and self._place(addresses[0], line):
                addresses.popleft()

    def _place(self, address: Line, label: Line) -> bool:
        if _place_types(address) != _place_types(label) or address.param("LABEL") is not None or "\\" in label.text:
            return False
        self._of[id(address)] = label
        self._placed.add(id(label))
        return True

    def belongs(self, label: Line) -> bool:
        return id(label) in self._placed

    def labelled(self, address: Line, made: Line) -> Line:
        label = self._of.get(id(address))
        if label is None:
            return made
        text = label.text.replace("\n", "\\n")  # as RFC 6350 §6.3.1 writes it, and not ^n of RFC 6868
        return remade(made, params=(*made.params, ("LABEL", (text,))))


def _place_types(line: Line) -> frozenset[str]:
    return frozenset(name.lower() for name in types(line)) - {"pref"}


def _name_it(lines: list[Line]) -> None:
    """FN is required (§6.2.1): made of what else the card is known by."""
    if any(line.name == "FN" and line.value.strip() for line in lines):
        return
    lines[:] = [line for line in lines if line.name != "FN"]
    lines.insert(0, Line("FN", escape(_known_by(lines)), params=()))


def _known_by(lines: list[Line]) -> str:
    for name in ("N", "ORG", "NICKNAME", "EMAIL", "TEL"):
        line = next((one for one in lines if one.name == name and one.value.strip(" ;")), None)
        if line is not None:
            return _spoken(line)
    return ""


def _spoken(line: Line) -> str:
    parts = [unescape(part).strip() for part in split_value(line.value, ";")]
    if line.name == "N":
        family, given, middle, before, after = ([*parts, "", "", "", "", ""])[:5]
        parts = [before, given, middle, family, after]
    return " ".join(part for part in parts if part)
