"""Text as every database and every XML answer can carry it."""

from __future__ import annotations

import re
import uuid

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ONLY_SPACE = re.compile("[\\s\x00-\x1f]*")


def printable(text: str) -> str:
    """Without the characters XML 1.0 (§2.2) cannot carry. One in a summary would break the answer to every REPORT that
    has the object in it; NUL would not even be stored."""
    return _NOT_XML.sub("", text)


def is_blank(text: str) -> bool:
    """Whether there is nothing but space and control characters, such as the Ctrl-Z some writers end a file with."""
    return _ONLY_SPACE.fullmatch(text) is not None


def fresh_uid() -> str:
    return str(uuid.uuid4())
