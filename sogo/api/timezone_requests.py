"""What a request to the time zone service says: its parameters, and the form it wants (RFC 7808 §5)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from sogo.errors import InvalidData, UnsupportedType
from sogo.model.zone_catalogue import CataloguedZone
from sogo.model.zone_history import FIRST_YEAR, LAST_YEAR

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.\d{1,9})?[Zz]", re.ASCII)
_MAX_PATTERN = 200
_MAX_RANGES = 50


@dataclass(frozen=True, slots=True)
class Span:
    """Unix seconds; None where the zone is not cut off. `end` is no part of it."""

    start: int | None
    end: int | None


def one_value(request: web.BaseRequest, name: str) -> str | None:
    """The value of a parameter, None when it is not there. Raises InvalidData when it is there twice."""
    values = request.query.getall(name, [])
    if len(values) > 1:
        raise InvalidData(f"There is more than one {name}.", rule=f"invalid-{name}")
    return values[0] if values else None


def span_of(request: web.BaseRequest, *, required: bool) -> Span:
    """`start` and `end`, UTC date-times of RFC 3339. Raises InvalidData (invalid-start, invalid-end)."""
    start, end = _moment(request, "start", required=required), _moment(request, "end", required=required)
    if start is not None and end is not None and end <= start:
        raise InvalidData("The end is not after the start.", rule="invalid-end")
    return Span(start, end)


def _moment(request: web.BaseRequest, name: str, *, required: bool) -> int | None:
    text = one_value(request, name)
    if text is None:
        if required:
            raise InvalidData(f"The {name} is missing.", rule=f"invalid-{name}")
        return None
    match = _MOMENT.fullmatch(text)
    try:
        when = dt.datetime.strptime(match[1].upper(), "%Y-%m-%dT%H:%M:%S") if match is not None else None
    except ValueError:
        when = None
    if when is None or not FIRST_YEAR <= when.year < LAST_YEAR:
        expected = f"a UTC time such as 2026-01-01T00:00:00Z, of the years {FIRST_YEAR} to {LAST_YEAR - 1}"
        raise InvalidData(f"The {name} is not {expected}.", rule=f"invalid-{name}")
    return int(when.replace(tzinfo=dt.UTC).timestamp())


def pattern_of(request: web.BaseRequest) -> Callable[[CataloguedZone], bool]:
    """What `pattern` looks for, among names and aliases (§5.5). Raises InvalidData (invalid-pattern)."""
    text = one_value(request, "pattern") or ""
    opens, closes = text.startswith("*"), len(text) > 1 and text.endswith("*") and not _is_escaped(text)
    wanted = _folded(_unescaped(text[opens : len(text) - closes]))
    if not text or len(text) > _MAX_PATTERN:
        raise InvalidData(f"The pattern has between 1 and {_MAX_PATTERN} characters.", rule="invalid-pattern")

    def matches_name(name: str) -> bool:
        folded = _folded(name)
        if opens and closes:
            return wanted in folded
        if opens:
            return folded.endswith(wanted)
        return folded.startswith(wanted) if closes else folded == wanted

    return lambda zone: any(matches_name(name) for name in (zone.tzid, *zone.aliases))


def _is_escaped(text: str) -> bool:
    """Whether the last character has an odd number of backslashes before it."""
    head = text[:-1]
    return (len(head) - len(head.rstrip("\\"))) % 2 == 1


def _unescaped(text: str) -> str:
    if re.fullmatch(r"(?:[^\\*]|\\[\\*])*", text, re.DOTALL) is None:
        raise InvalidData(
            "In a pattern, * stands first or last; a * or \\ that is meant has a \\ before it.", rule="invalid-pattern"
        )
    return re.sub(r"\\(.)", r"\1", text)


def _folded(text: str) -> str:
    """ASCII letters only are the same in both cases; an underscore is a space."""
    return text.replace("_", " ").translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def offered_type(accept: Iterable[str], offered: tuple[str, ...]) -> str:
    """The media type that Accept headers want most (RFC 9110 §12.5.1), the first when they do not say. Raises
    UnsupportedType (invalid-format) when they want none of these."""
    ranges = [part for header in accept for part in header[:2000].lower().split(",") if part.strip()][:_MAX_RANGES]
    if not ranges:
        return offered[0]
    weights: dict[str, float] = {}
    for part in ranges:
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weights[kind] = next((_quality(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
    best = max(offered, key=lambda kind: _weight(kind, weights))
    if _weight(best, weights) <= 0:
        raise UnsupportedType(f"Time zones come as {' or '.join(offered)}.", rule="invalid-format")
    return best


def _weight(kind: str, weights: dict[str, float]) -> float:
    family = f"{kind.partition('/')[0]}/*"
    return next((weights[one] for one in (kind, family, "*/*") if one in weights), 0.0)


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
