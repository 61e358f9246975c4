"""Every word a person reads, by key and language: `messages/<language>.json`. A test holds the others to English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import orjson

FALLBACK = "en"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*$")
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa"})
_MAX_RANGES = 20


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its words. `code` is BCP 47, `direction` what the dir attribute says."""

    code: str
    words: Mapping[str, str]

    @property
    def direction(self) -> str:
        return "rtl" if self.code in _RIGHT_TO_LEFT else "ltr"

    def text(self, key: str, **values: str) -> str:
        """The message with its values put in. KeyError for an unknown key is a bug a test finds."""
        return self.words[key].format(**values)


@cache
def languages() -> Mapping[str, Language]:
    """All languages by code, read from the package once."""
    found = {}
    for file in resources.files("sogo.web").joinpath("messages").iterdir():
        if file.name.endswith(".json"):
            code = file.name.removesuffix(".json")
            found[code] = Language(code, orjson.loads(file.read_bytes()))
    return found


def choose(accept_language: str) -> Language:
    """The language a browser likes best among ours (RFC 9110 §12.5.4)."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:1000].split(",")[:_MAX_RANGES]):
        match = _RANGE.match(part)
        if match is not None:
            wanted.append((-float(match.group(2) or 1), place, match.group(1).lower()))
    known = languages()
    return next((known[code] for quality, _, code in sorted(wanted) if code in known and quality < 0), known[FALLBACK])
