"""Dates of cards: ISO 8601 in full in vCard 3 (RFC 2426 §4: date, date-time), basic and perhaps truncated in vCard 4
(RFC 6350 §4.3), and the year that Apple writes where none is known."""

from __future__ import annotations

import re

from sogo.codec.contentline import Line
from sogo.model.card_versions.lines import remade, value_type, without

OMIT_YEAR = "X-APPLE-OMIT-YEAR"
_NO_YEAR = "1604"
_TIME = r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)([.,]\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?"
_DATE = re.compile(rf"(?:(\d{{4}})-?(\d\d)-?(\d\d)|--(\d\d)-?(\d\d)){_TIME}", re.IGNORECASE | re.ASCII)


def to_basic(line: Line) -> Line:
    """A date of vCard 3 as vCard 4 writes it. What is no date becomes text, truncated dates stay."""
    if value_type(line) == "text":
        return line
    match = _DATE.fullmatch(line.value.strip())
    if match is None or match[9]:
        truncated = re.fullmatch(r"\d{4}(?:-\d\d)?|--\d\d|---\d\d|(?:\d{4})?T[\dZ+-]+", line.value.strip(), re.ASCII)
        plain = without(line, "VALUE")
        return plain if truncated else remade(plain, params=(*plain.params, ("VALUE", ("text",))))
    year = "--" if match[1] is None or match[1] == (line.param(OMIT_YEAR) or "").strip() else match[1]
    month, day = (match[2], match[3]) if match[1] else (match[4], match[5])
    return remade(without(line, "VALUE", OMIT_YEAR), value=f"{year}{month}{day}{_basic_time(match)}")


def _basic_time(match: re.Match[str]) -> str:
    if match[6] is None:
        return ""
    return f"T{match[6]}{match[7]}{match[8] or ''}{(match[10] or '').upper().replace(':', '')}"


def to_extended(line: Line) -> Line:
    """A date of vCard 4 as vCard 3 writes it; a day without a year the way Apple does. Other truncated dates and texts
    stay as they are: vCard 3 has no form for them."""
    match = _DATE.fullmatch(line.value.strip())
    if match is None or value_type(line) == "text":
        return line
    plain = without(line, "VALUE")
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if match[6] is not None:
        more = (("VALUE", ("date-time",)),)
    if match[1] is None:
        more = (*more, (OMIT_YEAR, (_NO_YEAR,)))
    month, day = (match[2], match[3]) if match[1] else (match[4], match[5])
    value = f"{match[1] or _NO_YEAR}-{month}-{day}{_extended_time(match)}"
    return remade(plain, value=value, params=(*plain.params, *more))


def _extended_time(match: re.Match[str]) -> str:
    if match[6] is None:
        return ""
    zone = (match[10] or "").upper()
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"T{match[6]}:{match[7]}" + (f":{match[8]}" if match[8] else "") + zone


def basic_stamp(line: Line) -> Line:
    """REV for vCard 4: a moment, without fractions of a second."""
    match = _DATE.fullmatch(line.value.strip())
    if match is None or match[1] is None:
        return line
    return remade(without(line, "VALUE"), value=f"{match[1]}{match[2]}{match[3]}{_basic_time(match)}")


def extended_stamp(line: Line) -> Line:
    """REV for vCard 3: date-time is its usual type, a day alone says so."""
    match = _DATE.fullmatch(line.value.strip())
    if match is None or match[1] is None:
        return line
    plain = without(line, "VALUE")
    params = plain.params if match[6] is not None else (*plain.params, ("VALUE", ("date",)))
    return remade(plain, value=f"{match[1]}-{match[2]}-{match[3]}{_extended_time(match)}", params=params)


_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)?", re.ASCII)


def zone_to_four(line: Line) -> Line:
    """TZ: an offset is the exception in vCard 4, a text the rule (RFC 6350 §6.5.1)."""
    match = _OFFSET.fullmatch(line.value.strip())
    plain = without(line, "VALUE") if value_type(line) in ("text", "utc-offset") else line
    if match is None or value_type(line) == "text":
        return plain
    return remade(plain, value=match[1] + (match[2] or ""), params=(*plain.params, ("VALUE", ("utc-offset",))))


def zone_to_three(line: Line) -> Line:
    """TZ: an offset is the rule in vCard 3, a text the exception (RFC 2426 §3.4.1)."""
    kind = value_type(line)
    match = _OFFSET.fullmatch(line.value.strip())
    if kind == "utc-offset" and match is not None:
        return remade(without(line, "VALUE"), value=f"{match[1]}:{match[2] or '00'}")
    if kind == "":
        return remade(line, params=(*line.params, ("VALUE", ("text",))))
    return line
