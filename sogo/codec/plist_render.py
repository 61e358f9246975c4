r"""Values as OpenStep property lists.

`render` lays a value out over lines as the original's `dump-defaults` does, so that scripts that cut it at quotes
still work; `render_line` is the form of one line that `c_cycleinfo` holds (store.md §7.4):

    {exDates = (20240617T080000Z); rules = ("FREQ=WEEKLY;BYDAY=MO"); }

Only ASCII letters and digits stay unquoted; other characters than ASCII are written `\UXXXX`, in UTF-16 units. Plain
property lists know strings and data only: numbers, booleans and dates are written as text unless `typed` is set.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

Renderable = str | int | float | bool | bytes | dt.datetime | Sequence["Renderable"] | Mapping[str, "Renderable"]

_PLAIN = re.compile(r"[A-Za-z0-9]+\Z")
_SPECIAL = re.compile(r'["\\\a\b\f\v]|[^\x20-\x7e\t\r\n]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}


def render(value: Renderable, *, typed: bool = False) -> str:
    """Over lines, keys sorted, ended by a line feed."""
    return _render(value, 0, typed) + "\n"


def render_line(value: Renderable, *, typed: bool = False) -> str:
    """On one line, keys sorted. Line feeds inside strings are escaped."""
    if isinstance(value, Mapping):
        pairs = (f"{_string(key, one_line=True)} = {render_line(value[key], typed=typed)}; " for key in sorted(value))
        return "{" + "".join(pairs) + "}"
    if _is_array(value):
        return "(" + ", ".join(render_line(item, typed=typed) for item in value) + ")"
    return _leaf(value, typed, one_line=True)


def _render(value: Renderable, level: int, typed: bool) -> str:
    inner, outer = _indent(level + 1), _indent(level)
    if isinstance(value, Mapping):
        pairs = (f"{inner}{_string(key)} = {_render(value[key], level + 1, typed)};\n" for key in sorted(value))
        return "{\n" + "".join(pairs) + outer + "}"
    if _is_array(value):
        items = ",\n".join(inner + _render(item, level + 1, typed) for item in value)
        return "(\n" + items + ("\n" if items else "") + outer + ")"
    return _leaf(value, typed)


def _is_array(value: Renderable) -> TypeGuard[Sequence[Renderable]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _indent(level: int) -> str:
    """Four blanks a level, each eight of them as one tab."""
    return "\t" * (level // 2) + "    " * (level % 2)


def _leaf(value: Renderable, typed: bool, *, one_line: bool = False) -> str:
    if isinstance(value, bytes):
        digits = value.hex()
        return "<" + " ".join(digits[i : i + 8] for i in range(0, len(digits), 8)) + ">"
    if isinstance(value, str):
        return _string(value, one_line=one_line)
    if isinstance(value, bool):
        return f"<*B{'Y' if value else 'N'}>" if typed else _string("YES" if value else "NO")
    letter, text = _number_or_date(value)
    return f"<*{letter}{text}>" if typed else _string(text)


def _number_or_date(value: Renderable) -> tuple[str, str]:
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return "D", f"{moment.year:04}-{moment:%m-%d %H:%M:%S %z}"
    return ("R", repr(value)) if isinstance(value, float) else ("I", str(value))


def _string(text: str, *, one_line: bool = False) -> str:
    if _PLAIN.match(text):
        return text
    quoted = _SPECIAL.sub(_escape, text)
    if one_line:
        quoted = quoted.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{quoted}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _ESCAPES:
        return _ESCAPES[char]
    if ord(char) < 0x80:
        return f"\\{ord(char):03o}"
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\U{units[i]:02X}{units[i + 1]:02X}" for i in range(0, len(units), 2))
