"""Header fields as octets (RFC 5322 §2.2, RFC 2047, RFC 2231, RFC 6532).

Whatever comes in, a value becomes exactly one field: line ends and other control characters are blanks before anything
else is looked at. So are the marks that turn the direction of what follows, by which a name can look like another.
"""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import quote

from sogo.codec.mime.addresses import bare_address

MAX_VALUE_CHARS = 500
LINE_CHARS = 76
_WORD_OCTETS = 36
"""Octets of text in one encoded word: 48 characters of base64 and 12 of frame. With the name of a field in front a line
stays below the 76 of RFC 2047 §2."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")
_MSG_ID = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, "" for none, and an address as `addresses.bare_address` gives it."""

    name: str
    address: str


def one_line(text: str, limit: int = MAX_VALUE_CHARS) -> str:
    """A text that a header or a single line of a message may hold: no control characters, no marks that turn
    directions, no halves of characters; blanks at the ends taken off, cut with an ellipsis where it is longer."""
    text = _SURROGATE.sub("\ufffd", _TURNING.sub("", _CONTROL.sub(" ", text[: 4 * limit]))).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def text_field(name: str, value: str) -> bytes:
    """An unstructured field such as Subject."""
    text = one_line(value)
    words = list(_encoded_words(text)) if _must_be_encoded(text) else text.split(" ")
    return _folded(name, words)


def address_field(name: str, mailboxes: Sequence[Mailbox]) -> bytes:
    """From, To, Sender, Reply-To. In ASCII but for the local part of an address that is none (RFC 6532)."""
    words: list[str] = []
    for number, mailbox in enumerate(mailboxes):
        last = "" if number == len(mailboxes) - 1 else ","
        words += [*_phrase(mailbox.name), f"<{_checked(mailbox.address)}>{last}"]
    return _folded(name, words)


def date_field(moment: dt.datetime) -> bytes:
    return _folded("Date", format_datetime(moment).split(" "))


def message_id_field(token: str, domain: str) -> bytes:
    """Message-ID of letters, digits, dots, dashes on both sides. Raises ValueError for anything else."""
    text = f"{token}@{domain}"
    if not _MSG_ID.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no message id")
    return _folded("Message-ID", [f"<{text}>"])


def structured_field(name: str, value: str, parameters: Sequence[tuple[str, str]] = ()) -> bytes:
    """Content-Type and its like: a token, or tokens with a slash, and parameters, those that are not in ASCII by
    RFC 2231."""
    words = [one_line(value)]
    for key, text in parameters:
        words[-1] += ";"
        words.append(_parameter(key, one_line(text)))
    return _folded(name, words)


def _parameter(key: str, text: str) -> str:
    if _TOKEN.fullmatch(text):
        return f"{key}={text}"
    if text.isascii():
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{key}="{quoted}"'
    return f"{key}*=utf-8''{quote(text, safe='')}"


def _checked(address: str) -> str:
    """Raises ValueError for what has not gone through `bare_address`."""
    if bare_address(address) != address:
        raise ValueError(f"{address[:80]!r} is no bare address")
    return address


def _phrase(name: str) -> list[str]:
    """A display name as words (RFC 5322 §3.2.5): atoms, a quoted string, or encoded words."""
    text = one_line(name, 200)
    if not text:
        return []
    if _must_be_encoded(text) or len(text) > LINE_CHARS - 12:
        return list(_encoded_words(text))
    if _ATOM.fullmatch(text):
        return text.split(" ")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{quoted}"']


def _must_be_encoded(text: str) -> bool:
    return not text.isascii() or "=?" in text or any(len(word) > LINE_CHARS - 12 for word in text.split(" "))


def _encoded_words(text: str) -> Iterator[str]:
    """Base64 words of RFC 2047, none of which ends within a character. Blanks between such words do not count."""
    part = b""
    for char in text:
        octets = char.encode("utf-8")
        if len(part) + len(octets) > _WORD_OCTETS:
            yield _encoded(part)
            part = b""
        part += octets
    yield _encoded(part)


def _encoded(octets: bytes) -> str:
    return f"=?utf-8?b?{b64encode(octets).decode('ascii')}?="


def _folded(name: str, words: Sequence[str]) -> bytes:
    """One field with its line ends, a blank between words; a new line begins before the word that would be too long,
    but never within or instead of the first."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} is no field name")
    lines, line = [], f"{name}:"
    for number, word in enumerate(words):
        if number and len(line) + 1 + len(word) > LINE_CHARS and word and line.strip():
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    return "\r\n".join(lines).encode("utf-8") + b"\r\n"
