"""A look at the stored text before it is parsed: a text that must occur in a property must occur in the object.

Parsing costs ten times as much as searching. The sieve holds only where the text of a property stands in the object as
it is; where escapes or encodings could hide it, everything passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sogo.codec.davxml.text_match import Collation, ParamFilter, TextMatch
from sogo.model.filters.text import fold, folded_needle

_HIDEABLE = re.compile(r"""[\\,;:"'^=\s\x00-\x1f\x7f]""")
"""Characters that stand in the object in another form, or next to one: where these are, the text is cut."""
_FOLDS = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_OPAQUE = re.compile(r"""QUOTED-PRINTABLE|\\[^nN,;:\\"]""", re.IGNORECASE)
"""An encoding, or escapes that nobody needs: then the text can hide anywhere."""


@dataclass(frozen=True, slots=True, order=True)
class Needle:
    """`text` is folded for `collation`."""

    text: str
    collation: str


Needles = frozenset[Needle] | None
"""Of these at least one must be found; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """One of `needles` occurs in every object that can match."""

    needles: tuple[Needle, ...]

    def passes(self, text: str) -> bool:
        """Whether an object of this text can match."""
        plain = _FOLDS.sub("", text)
        if _OPAQUE.search(plain):
            return True
        folded: dict[str, str] = {}
        for needle in self.needles:
            if needle.collation not in folded:
                folded[needle.collation] = fold(plain, Collation(needle.collation))
            if needle.text in folded[needle.collation]:
                return True
        return False


def needles_of_line(texts: Iterable[TextMatch], params: Iterable[ParamFilter]) -> list[Needles]:
    """What each text-match and param-filter of a property filter demands."""
    demands = [_needle(match) for match in texts]
    return demands + [_param_needle(item.text) for item in params]


def _needle(match: TextMatch | None, collation: Collation | None = None) -> Needles:
    """The longest part of the wanted text that nothing can hide. It is cut after folding, which can bring forth what
    it is cut at (a full-width semicolon)."""
    if match is None or match.negate:
        return None
    wanted = fold(match.text, collation) if collation is not None else folded_needle(match)
    part = max(_HIDEABLE.split(wanted), key=len)
    return frozenset([Needle(part, (collation or match.collation).value)]) if part else None


def _param_needle(match: TextMatch | None) -> Needles:
    """The bare types of vCard 2.1 are read in upper case, whatever was written."""
    octet = match is not None and match.collation is Collation.OCTET
    return _needle(match, Collation.ASCII_CASEMAP if octet else None)


def all_of(demands: Iterable[Needles]) -> Needles:
    """Every demand holds: the one that is easiest to look for will do."""
    known = [item for item in demands if item is not None]
    return min(known, key=len) if known else None


def any_of(demands: Iterable[Needles]) -> Needles:
    """One of the demands holds; none can be left out."""
    together: frozenset[Needle] = frozenset()
    for item in demands:
        if item is None:
            return None
        together |= item
    return together or None


def sieve(needles: Needles) -> Sieve | None:
    return Sieve(tuple(sorted(needles))) if needles else None
