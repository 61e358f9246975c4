"""Which form of an object a GET asks for by its headers (RFC 9110 §12.5.1, RFC 6352 §5.1.1, RFC 7809 §7.1).

Without a word about it an object is what was stored, octet for octet. The ETag names the version of the object, not of
its form; Vary tells caches that there are several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sogo.errors import UnsupportedData
from sogo.model.card_versions import VERSIONS

_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_MAX_ACCEPT = 2_000


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an Accept header, lower case. `version` is "" when none is named."""

    kind: str
    version: str
    quality: float


def card_version(accept: str, stored: str) -> str | None:
    """The version of vCard that an Accept header wants most, None for the stored one. Raises UnsupportedData
    (supported-address-data-conversion) when it names versions only, and none that can be made."""
    ranges = [one for one in _ranges(accept[:_MAX_ACCEPT]) if one.quality > 0]
    named = [one for one in ranges if one.kind in _CARDS and one.version]
    if not named:
        return None
    open_to_all = [one.quality for one in ranges if not one.version and _covers(one.kind)]
    known = [one for one in named if one.version in VERSIONS or one.version == stored]
    if not known:
        if open_to_all:
            return None
        raise UnsupportedData("A card comes as vCard 3.0 or 4.0.", rule="supported-address-data-conversion")
    best = max(known, key=lambda one: (one.quality, one.version == stored))
    return None if best.version == stored or best.quality < max(open_to_all, default=0) else best.version


def _covers(kind: str) -> bool:
    return kind in _CARDS or kind in ("*/*", "text/*")


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.lower().split(","):
        kind, *params = (piece.strip() for piece in part.split(";"))
        values = {name.strip(): value.strip().strip('"') for name, _, value in (item.partition("=") for item in params)}
        yield _Range(kind, values.get("version", ""), _quality(values.get("q", "1")))


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
