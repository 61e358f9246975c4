"""`:name` placeholders, translated once into what a driver wants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|::|:([A-Za-z_][A-Za-z0-9_]*)|%""")


class Style(Enum):
    """How a driver writes its placeholders, and whether one may be used twice in a statement."""

    DOLLAR = "$1"
    FORMAT = "%s"
    QUESTION = "?"
    COLON = ":1"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as the driver takes it, and the names of its values in the order of the placeholders."""

    text: str
    names: tuple[str, ...]


@lru_cache(maxsize=2048)
def translate(sql: str, style: Style) -> Statement:
    """Turn `:name` outside of quotes into placeholders; a PostgreSQL cast (`::`) stays as it is."""
    names: list[str] = []
    seen: dict[str, int] = {}

    def place(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0].replace("%", "%%") if style is Style.FORMAT else match[0]
        if style is Style.DOLLAR:
            if name not in seen:
                names.append(name)
                seen[name] = len(names)
            return f"${seen[name]}"
        names.append(name)
        return {Style.FORMAT: "%s", Style.QUESTION: "?", Style.COLON: f":{len(names)}"}[style]

    return Statement(_TOKEN.sub(place, sql), tuple(names))
