"""What a vCard property says, in any of the versions clients send (2.1, 3.0, 4.0): decoded text, types, structured
parts, the preferred of several.

vCard 2.1 writes quoted-printable with a CHARSET, bare types (`TEL;WORK`), and soft line breaks that no unfolding
knows: `decoded` takes the following lines in.
"""

from __future__ import annotations

import codecs
import quopri
from collections.abc import Sequence

from sogo.codec.contentline import Component, Line, split_value, unescape

_MAX_SOFT_LINES = 10_000


def types(line: Line) -> frozenset[str]:
    """TYPE values in upper case. A quoted list, `TYPE="voice,home"` of vCard 4, counts as its parts."""
    return frozenset(
        part.strip().upper() for value in line.param_values("TYPE") for part in value.split(",") if part.strip()
    )


def decoded(card: Component, line: Line) -> str:
    """The value without transport encoding, escapes still in place. Octets of no charset read as Windows-1252."""
    encoding = (line.param("ENCODING") or "").upper()
    if encoding != "QUOTED-PRINTABLE" and "QUOTED-PRINTABLE" not in types(line):
        return line.value
    octets = quopri.decodestring(_with_soft_lines(card, line).encode("utf-8", "replace"))
    for charset in (line.param("CHARSET") or "utf-8", "utf-8"):
        try:
            return octets.decode(codecs.lookup(charset).name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode("cp1252", "replace")


def _with_soft_lines(card: Component, line: Line) -> str:
    value = line.value
    if not value.endswith("="):
        return value
    pieces = [value[:-1]]
    place = next(i for i, item in enumerate(card.items) if item is line)
    for item in card.items[place + 1 : place + 1 + _MAX_SOFT_LINES]:
        if not isinstance(item, Line) or item.raw is None or item.name:
            break  # a line of its own, or each of many would be told with all that follow it
        pieces.append(item.raw.removesuffix("="))
        if not item.raw.endswith("="):
            break
    return "".join(pieces)


def text(card: Component, line: Line | None) -> str:
    """The value as text, "" when there is no such line."""
    return unescape(decoded(card, line)) if line is not None else ""


def parts(card: Component, line: Line | None) -> list[str]:
    """The semicolon-separated fields of N, ADR or ORG, each as text."""
    if line is None:
        return []
    return [unescape(part) for part in split_value(decoded(card, line), ";")]


def part(card: Component, line: Line | None, index: int) -> str:
    """One field of a structured value, "" when the value is shorter."""
    fields = parts(card, line)
    return fields[index] if index < len(fields) else ""


def preferred(lines: Sequence[Line]) -> Line | None:
    """The one to show: of TYPE=pref or the lowest PREF (vCard 4), else the first of TYPE=work, else the first."""
    if not lines:
        return None
    by_rank = sorted((rank, place) for place, line in enumerate(lines) if (rank := _rank(line)) is not None)
    if by_rank:
        return lines[by_rank[0][1]]
    return next((line for line in lines if "WORK" in types(line)), lines[0])


def _rank(line: Line) -> int | None:
    """1 (most preferred) to 100, None without preference (RFC 6350 §5.3)."""
    if "PREF" in types(line):
        return 1
    rank = line.param("PREF") or ""
    return int(rank) if rank.isascii() and rank.isdigit() and len(rank) <= 3 else None
