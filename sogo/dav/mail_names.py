"""Mailboxes and messages as segments of paths (dav.md §15): `folder` and the name, escaped as the original escapes it.

A name keeps the form it has on the wire, so that it is told and found the same. Who writes a mailbox's name as people
read it, with `@` or a blank, is understood too.
"""

from __future__ import annotations

import re
from contextlib import suppress

from sogo.codec.css_identifier import from_css_identifier, to_css_identifier
from sogo.codec.imap.utf7 import decode_name, encode_name
from sogo.errors import CodecError, InvalidRequest, NotFound

FOLDER = "folder"
_MESSAGE = re.compile(r"([1-9][0-9]{0,9})\.eml")
MAX_NAME_CHARS = 500


def mailbox_segments(name: str, delimiter: str) -> tuple[str, ...]:
    return tuple(FOLDER + to_css_identifier(level) for level in (name.split(delimiter) if delimiter else [name]))


def level_of(segment: str, delimiter: str) -> str | None:
    """The level of a mailbox name that a segment stands for; None for what is no mailbox. Raises NotFound for one that
    would be several levels."""
    if not segment.startswith(FOLDER) or len(segment) == len(FOLDER):
        return None
    try:
        return wire_level(segment.removeprefix(FOLDER), delimiter)
    except InvalidRequest as error:
        raise NotFound("There is no such mailbox.") from error


def wire_level(text: str, delimiter: str) -> str:
    """One level of a name on the wire, from its escaped form or from how people write it. Raises InvalidRequest for
    what no mailbox is called."""
    with suppress(CodecError):  # it may be as people write it
        text = from_css_identifier(text)
    try:
        wire = text if encode_name(decode_name(text)) == text else encode_name(text)
    except CodecError as error:
        raise InvalidRequest("No mailbox has such a name.") from error
    if not wire or len(wire) > MAX_NAME_CHARS or (delimiter and delimiter in wire):
        raise InvalidRequest("No mailbox has such a name.")
    return wire


def uid_of(segment: str) -> int | None:
    """The UID in `17.eml`."""
    match = _MESSAGE.fullmatch(segment)
    return int(match[1]) if match is not None and int(match[1]) < 2**32 else None


def message_segment(uid: int) -> str:
    return f"{uid}.eml"
