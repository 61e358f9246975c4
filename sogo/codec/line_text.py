"""The text of one content line: character sets, folding, parameters and escapes (RFC 5545 §3.1-3.3, RFC 6350 §3.3,
RFC 6868). `sogo.codec.contentline` makes a tree of such lines and hands these names on.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

Params = tuple[tuple[str, tuple[str, ...]], ...]

MAX_LINE_OCTETS = 75

_BYTE_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_PARAM = re.compile(r';\s*([^=;"]*)(?:=((?:"[^"]*+"?|[^";]++)*+))?')
_CARET = re.compile(r"\^([n'^])")
_CARET_TEXT = {"n": "\n", "'": '"', "^": "^"}
_NEEDS_QUOTES = re.compile(r"[,;:]|^\s|\s$")
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"})


# --- bytes ------------------------------------------------------------------------------------------------------------


def decode(data: bytes) -> str:
    """The text of an uploaded object: UTF-8, with or without BOM; else UTF-8 cut by folds; else Windows-1252. UTF-16
    only with its BOM.

    Old clients fold in the middle of a character (RFC 5545 §3.1 warns of it); such text only decodes once unfolded.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    for candidate in (data, _BYTE_FOLD.sub(b"", data)):
        try:
            return candidate.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", errors="replace")


def quoted_printable(value: str, charset: str) -> str:
    """Undo the quoted-printable of vCard 2.1. An unknown charset is read as UTF-8, else Windows-1252."""
    data = binascii.a2b_qp(value.encode("utf-8", "surrogatepass"))
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, ValueError):
        return decode(data)


def fold(line: str) -> str:
    """Cut a line so that no piece is longer than 75 octets, never inside a character (RFC 5545 §3.1)."""
    if len(line) * 4 <= MAX_LINE_OCTETS:
        return line
    data = line.encode("utf-8", "surrogatepass")
    if len(data) <= MAX_LINE_OCTETS:
        return line
    pieces: list[str] = []
    start, room = 0, MAX_LINE_OCTETS
    while start < len(data):
        end = min(start + room, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(data[start:end].decode("utf-8", "surrogatepass"))
        start, room = end, MAX_LINE_OCTETS - 1
    return "\r\n ".join(pieces)


# --- parameters -------------------------------------------------------------------------------------------------------


def read_params(head: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The parameters of `;NAME=value,"value";BARE`. A bare one of vCard 2.1 is an ENCODING or a TYPE. A quote that is
    never closed reaches to the end."""
    for match in _PARAM.finditer(head):
        key = match.group(1).strip().upper()
        if match.group(2) is None:
            if key:
                yield ("ENCODING" if key in _ENCODINGS else "TYPE"), (key,)
            continue
        yield key, tuple(_decode_param(value) for value in _split_outside_quotes(match.group(2)))


def _split_outside_quotes(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    parts: list[str] = []
    start, quoted = 0, False
    for match in re.finditer('[",]', text):
        if match.group() == '"':
            quoted = not quoted
        elif not quoted:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return parts


def _decode_param(value: str) -> str:
    value = value.strip().replace('"', "")
    return _CARET.sub(lambda match: _CARET_TEXT[match.group(1)], value) if "^" in value else value


def quote_param(value: str) -> str:
    """A parameter value as it stands in a line: RFC 6868 escapes, and quotes where they are needed."""
    value = _LINE_BREAK.sub("^n", value.replace("^", "^^")).replace('"', "^'")
    value = _CONTROLS.sub("", value)
    return f'"{value}"' if _NEEDS_QUOTES.search(value) else value


# --- values -----------------------------------------------------------------------------------------------------------


def one_line(value: str) -> str:
    r"""A value that cannot break out of its line: a line end in it, which should have been escaped, becomes \n."""
    return _LINE_BREAK.sub(r"\\n", value) if "\n" in value or "\r" in value else value


def unescape(value: str) -> str:
    r"""Undo TEXT escapes: \n and \N are line ends, any other escaped character is itself."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value)


def escape(text: str) -> str:
    """Text as a TEXT value (RFC 5545 §3.3.11). Control characters that no parser takes are dropped."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _CONTROLS.sub("", _LINE_BREAK.sub(r"\\n", text))


def split_value(value: str, separator: str) -> list[str]:
    r"""Cut a value at an unescaped separator ("," or ";"). The parts are still escaped."""
    if "\\" not in value:
        return value.split(separator)
    parts: list[str] = []
    start = 0
    for match in re.finditer(rf"\\.|{re.escape(separator)}", value, re.DOTALL):
        if match.group() == separator:
            parts.append(value[start : match.start()])
            start = match.end()
    parts.append(value[start:])
    return parts
