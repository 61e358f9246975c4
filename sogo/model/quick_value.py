"""Values as the quick tables take them: texts cut to a column's width, numbers within four bytes.

The widths are those of store.md §2.6. VARCHAR columns are cut by UTF-16 units, as the original does (never inside a
character); TEXT columns by the 65,535 octets of MySQL, so that every database takes the same row.
"""

from __future__ import annotations

import datetime as dt
import re

INT_MIN = -(2**31)
INT_MAX = 2**31 - 1
FOREVER = INT_MAX
"""c_cycleenddate of a series without end."""

NAME_WIDTH = 255
TITLE_WIDTH = 1000
TEXT_OCTETS = 65_535

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LEADING_NUMBER = re.compile(r"\s*([+-]?\d{1,20})")


def clamp(number: int) -> int:
    """The nearest number that an INT column holds."""
    return max(INT_MIN, min(INT_MAX, number))


def epoch(moment: dt.datetime) -> int:
    """Seconds since 1970 of an aware time; what lies beyond 1901 or 2038 becomes the first or last second there is."""
    return clamp(int((moment - _EPOCH).total_seconds()))


def whole(text: str) -> int:
    """The number a text begins with, 0 when it begins with none: `1;x` is 1 (PRIORITY of old clients)."""
    match = _LEADING_NUMBER.match(text)
    return clamp(int(match.group(1))) if match else 0


def cut(text: str, width: int = NAME_WIDTH) -> str:
    """Text for a VARCHAR column. NUL, which PostgreSQL refuses, is left out."""
    text = text.replace("\0", "")
    if len(text) <= width // 2:
        return text
    units = text[: width + 1].encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * width:
        return text
    return units[: 2 * width].decode("utf-16-le", "ignore")


def cut_text(text: str, octets: int = TEXT_OCTETS) -> str:
    """Text for a TEXT column."""
    text = text.replace("\0", "")
    if len(text) * 4 <= octets:
        return text
    return text[:octets].encode("utf-8", "replace")[:octets].decode("utf-8", "ignore")
