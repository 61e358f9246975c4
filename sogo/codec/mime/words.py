"""Encoded words of headers, read (RFC 2047). What is none, or of a character set nobody knows, stays as it is."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re

MAX_CHARS = 20_000
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?([^? \t\r\n]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[A-Za-z0-9_.:+*-]{1,60}\?[BbQq]\?)")
_FOLDS = re.compile(r"\r?\n[ \t]*")


def decode_words(text: str) -> str:
    """The text as people read it, on one line. Neighbours of one character set are put together before they are
    decoded: some programs cut characters in two."""
    text = _BETWEEN.sub(r"\1", _FOLDS.sub(" ", text[:MAX_CHARS]))
    found: list[str] = []
    octets, charset, at = b"", "", 0
    for match in _WORD.finditer(text):
        part, name = _octets(match), match[1].lower()
        if part is None or not _is_known(name):
            continue
        if match.start() > at or name != charset:
            found += [_text(octets, charset), text[at : match.start()]]
            octets = b""
        octets, charset, at = octets + part, name, match.end()
    return "".join((*found, _text(octets, charset), text[at:]))


def _octets(match: re.Match[str]) -> bytes | None:
    try:
        if match[2] in "Bb":
            return base64.b64decode(match[3] + "=" * (-len(match[3]) % 4))
        return quopri.decodestring(match[3].encode("utf-8"), header=True)
    except (binascii.Error, ValueError):
        return None


def _is_known(charset: str) -> bool:
    try:
        return codecs.lookup(charset)._is_text_encoding
    except LookupError:
        return False


def _text(octets: bytes, charset: str) -> str:
    try:
        return octets.decode(charset or "ascii", "replace")
    except (LookupError, UnicodeError):
        return octets.decode("latin-1")
