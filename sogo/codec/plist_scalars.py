"""The leaves of a property list: string escapes, data, and the typed values of GNUstep (config.md §2).

Each reader takes the text between the marks and raises Unreadable with the reason; `plist` knows the place.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import re
from collections.abc import Callable, Mapping

_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[Uu]([0-9A-Fa-f]{0,4})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"\s*([+-]?\d{1,20})", re.ASCII)
_REAL = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)", re.ASCII)
_NOT_HEX_PAIRS = re.compile(r"(?!\s*(?:[0-9A-Fa-f]{2}\s*)*\Z)")
_DATE = "%Y-%m-%d %H:%M:%S %z"
_INT_MIN, _INT_MAX = -(2**63), 2**64 - 1


class Unreadable(ValueError):
    """A leaf that breaks its grammar. Never leaves the codec."""


def unescape(text: str) -> str:
    r"""Undo the escapes of a quoted string: letters, octal `\ooo`, `\Uhhhh` (UTF-16 units: pairs make one character);
    any other escaped character is itself."""
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_escaped, text)
    if not _SURROGATE.search(text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise Unreadable("half a surrogate pair in this string") from error


def _escaped(match: re.Match[str]) -> str:
    octal, unit, other = match.groups()
    if octal is not None:
        return chr(int(octal, 8))
    if unit is not None:
        return chr(int(unit or "0", 16))
    return _LETTERS.get(other, other)


def hex_data(text: str) -> bytes:
    if _NOT_HEX_PAIRS.match(text):
        raise Unreadable("data must be pairs of hexadecimal digits: <48 65>")
    return bytes.fromhex("".join(text.split()))


def base64_data(text: str) -> bytes:
    """Line ends inside and missing `=` are taken."""
    compact = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except binascii.Error as error:
        raise Unreadable("this is not base64") from error


def integer(text: str) -> int:
    """The leading number, as C reads it; 0 when there is none."""
    if not text:
        raise Unreadable("an integer is missing after '<*I'")
    match = _INTEGER.match(text)
    return min(max(int(match.group(1)), _INT_MIN), _INT_MAX) if match else 0


def real(text: str) -> float:
    """The leading number, 0.0 when there is none. Refuses what is too large for a double."""
    if not text:
        raise Unreadable("a number is missing after '<*R'")
    match = _REAL.match(text)
    number = float(match.group(1)) if match else 0.0
    if not math.isfinite(number):
        raise Unreadable("this number is too large")
    return number


def boolean(text: str) -> bool:
    if text[:1] not in ("Y", "N"):
        raise Unreadable("a typed boolean is <*BY> or <*BN>")
    return text[0] == "Y"


def date(text: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text.strip(), _DATE)
    except ValueError as error:
        raise Unreadable("a date must look like 2020-01-02 03:04:05 +0000") from error


TYPED: Mapping[str, Callable[[str], str | int | float | bool | dt.datetime]] = {
    "I": integer,
    "R": real,
    "B": boolean,
    "D": date,
}
