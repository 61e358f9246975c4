"""Text matches under the collations of RFC 4790 and RFC 5051."""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache

from sogo.codec.davxml.text_match import Collation, MatchType, ParamFilter, TextMatch

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(text: str, collation: Collation) -> str:
    """The text in the form a collation compares.

    i;unicode-casemap decomposes (RFC 5051), so that "cafe" is found in "Café"; where that RFC maps to title case this
    folds, which also finds "STRASSE" in "Straße".
    """
    if collation is Collation.OCTET:
        return text
    if collation is Collation.ASCII_CASEMAP:
        return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()


@lru_cache(maxsize=512)
def folded_needle(match: TextMatch) -> str:
    return fold(match.text, match.collation)


def text_matches(match: TextMatch, value: str) -> bool:
    """Whether a value meets the match, negation included."""
    return _found(match, fold(value, match.collation)) is not match.negate


def _found(match: TextMatch, folded: str) -> bool:
    needle = folded_needle(match)
    if match.match_type is MatchType.EQUALS:
        return folded == needle
    if match.match_type is MatchType.STARTS_WITH:
        return folded.startswith(needle)
    if match.match_type is MatchType.ENDS_WITH:
        return folded.endswith(needle)
    return needle in folded


def param_matches(wanted: ParamFilter, values: list[str] | None) -> bool:
    """Whether a parameter meets its filter; `values` is None where the property does not have it."""
    if values is None:
        return wanted.absent
    if wanted.absent:
        return False
    return wanted.text is None or any(text_matches(wanted.text, value) for value in values)
