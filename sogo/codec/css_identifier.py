"""Names that may stand where CSS wants an identifier (store.md §5.4).

The original writes logins so in names of subscribed folders, names of cache tables and ids in pages:
`j.doe@example.com` is `j_D_doe_A_example_D_com`. No two names are written alike, so each can be read back.
"""

from __future__ import annotations

import re

from sogo.errors import CodecError

_WORDS = {
    "_": "U",
    ".": "D",
    "#": "H",
    "@": "A",
    "*": "S",
    ":": "C",
    ";": "SC",
    ",": "CO",
    " ": "SP",
    "'": "SQ",
    '"': "DQ",
    "(": "LP",
    ")": "RP",
    "[": "LS",
    "]": "RS",
    "{": "LC",
    "}": "RC",
    "&": "AM",
    "+": "P",
    "$": "DS",
}
_SIGNS = {word: sign for sign, word in _WORDS.items()}
_WRITTEN = str.maketrans({sign: f"_{word}_" for sign, word in _WORDS.items()})
_ESCAPE = re.compile(r"_([A-Z]{1,2}_)?")
_UNWRITTEN = re.compile(f"[{re.escape(''.join(_WORDS).replace('_', ''))}]")


def to_css_identifier(text: str) -> str:
    """The identifier of a name. Characters that are not in the table stay, letters of other scripts included."""
    written = text.translate(_WRITTEN)
    return f"_{written}" if _starts_with_digit(written) else written


def from_css_identifier(identifier: str) -> str:
    """The name of an identifier. Raises CodecError for a text that no name is written as."""
    prefixed = identifier.startswith("_") and _starts_with_digit(identifier[1:])
    if _starts_with_digit(identifier) or _UNWRITTEN.search(identifier):
        raise CodecError("this is not an identifier", excerpt=identifier[:60])
    return _ESCAPE.sub(_sign, identifier[1:] if prefixed else identifier)


def _sign(match: re.Match[str]) -> str:
    sign = _SIGNS.get((match[1] or "").rstrip("_"))
    if sign is None:
        raise CodecError("an underscore in an identifier begins an escape", offset=match.start(), excerpt=match[0])
    return sign


def _starts_with_digit(text: str) -> bool:
    return "0" <= text[:1] <= "9"
