"""vCard 4.0 as vCard 3.0 (RFC 2426), for programs that read nothing newer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from sogo.codec.contentline import Component, Line, escape
from sogo.model.card_versions import media, relations, times
from sogo.model.card_versions.lines import fresh_groups, remade, types, value_type, with_types, without

_TEL = re.compile(r"tel:([^;]*)(?:;ext=([0-9]+))?", re.IGNORECASE | re.ASCII)
_GEO = re.compile(r"geo:([+-]?\d+(?:\.\d+)?),([+-]?\d+(?:\.\d+)?)", re.IGNORECASE | re.ASCII)
_LINE_END = re.compile(r"\\[nN]")
_ONCE = frozenset({"FN", "N"})
"""Properties that vCard 3 has once; further ones are kept under an X- name."""
_MAX_RANK = 101


def to_three(card: Component) -> Component:
    """The card in vCard 3.0. It is a new tree; the given one is not changed."""
    best = _best_ranks(card)
    groups = fresh_groups(line.group for line in card.lines if line.group)
    counts: Counter[str] = Counter()
    lines: list[Line] = []
    for line in card.lines:
        if line.name == "VERSION":
            continue
        counts[line.name] += 1
        if line.name in _ONCE and counts[line.name] > 1:
            lines.append(remade(line, name=f"X-{line.name}"))
            continue
        lines += _labelled(_ranked(line, best), groups)
        if line.name == "N" and (order := line.param("SORT-AS")):
            lines.append(Line("SORT-STRING", escape(order), params=()))
    _name_it(lines)
    return Component("VCARD", [Line("VERSION", "3.0", params=()), *lines, *card.children])


def _labelled(line: Line, groups: Iterator[str]) -> list[Line]:
    """The line as vCard 3 has it, and what must stand beside it."""
    found = relations.lowered(line)
    if found is not None:
        made, label = found
        if not label:
            return [made]
        group = line.group or next(groups)
        return [remade(made, group=group), Line("X-ABLabel", label, params=(), group=group)]
    made = _CONVERSIONS.get(line.name, _as_it_is)(line)
    if line.name == "ADR" and (text := line.param("LABEL")) is not None:
        plain = without(made, "LABEL")
        return [plain, Line("LABEL", escape(_LINE_END.sub("\n", text)), params=_type_params(plain), group=line.group)]
    return [made]


def _type_params(line: Line) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, values) for key, values in line.params if key == "TYPE")


def _as_it_is(line: Line) -> Line:
    return line


def _rank(line: Line) -> int:
    """1 to 100 (RFC 6350 §5.3), more when nothing is said."""
    text = (line.param("PREF") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else _MAX_RANK


def _best_ranks(card: Component) -> dict[str, int]:
    best: dict[str, int] = {}
    for line in card.lines:
        best[line.name] = min(best.get(line.name, _MAX_RANK), _rank(line))
    return best


def _ranked(line: Line, best: dict[str, int]) -> Line:
    """The lowest PREF of each property is TYPE=pref; other numbers are kept as X-PREF. A quoted list of types becomes
    the plain one."""
    if line.param("PREF") is None:
        listed = any("," in value for value in line.param_values("TYPE"))
        return with_types(line, types(line)) if listed else line
    rank, plain = _rank(line), without(line, "PREF")
    if rank == best[line.name] and rank < _MAX_RANK:
        plain = with_types(plain, [*types(plain), "pref"])
    return plain if rank == 1 else remade(plain, params=(*plain.params, ("X-PREF", (line.param("PREF") or "",))))


def _telephone(line: Line) -> Line:
    """A number as people read it. What a tel: URI says beyond an extension has no form here, and stays a URI."""
    match = _TEL.fullmatch(line.value.strip())
    if match is None:
        return without(line, "VALUE") if value_type(line) == "text" else line
    text = escape(unquote(match[1])) + (f" ext. {match[2]}" if match[2] else "")
    return remade(without(line, "VALUE"), value=text)


def _geo(line: Line) -> Line:
    """Two coordinates; a height or an accuracy stays with the URI."""
    match = _GEO.fullmatch(line.value.strip())
    return remade(without(line, "VALUE"), value=f"{match[1]};{match[2]}") if match is not None else line


def _uid(line: Line) -> Line:
    return without(line, "VALUE")


_CONVERSIONS: dict[str, Callable[[Line], Line]] = {
    "TEL": _telephone, "GEO": _geo, "UID": _uid, "TZ": times.zone_to_three, "BDAY": times.to_extended,
    "REV": times.extended_stamp, **dict.fromkeys(media.NAMES, media.to_binary),
}  # fmt: skip


def _name_it(lines: list[Line]) -> None:
    """N is required (RFC 2426 §3.1.2); a card without one sorts by its whole name."""
    names = {line.name: line for line in lines}
    if "N" in names:
        return
    full = names.get("FN")
    place = lines.index(full) + 1 if full is not None else 0
    lines.insert(place, Line("N", f"{escape(full.text) if full is not None else ''};;;;", params=()))
