"""One response of a server as a value (RFC 9051 §7).

A response of a known name that breaks its grammar, and one of a name nobody knows, is an `Unreadable`: what comes after
it can be read all the same, so that one odd message does not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sogo.codec.imap.acl import Acl, ListedRights, MyRights, read_acl, read_listed_rights, read_my_rights
from sogo.codec.imap.capability import (
    Capabilities,
    Enabled,
    Identity,
    read_capabilities,
    read_enabled,
    read_identity,
)
from sogo.codec.imap.fetch import Fetched, read_fetched
from sogo.codec.imap.finding import (
    Found,
    FoundExtended,
    Threads,
    Vanished,
    parse_threads,
    read_found,
    read_found_extended,
    read_vanished,
)
from sogo.codec.imap.lexer import DEFAULT_LIMITS, Limits, Value, broken, number_of, text_of, values_of
from sogo.codec.imap.mailbox import (
    Listed,
    MailboxStatus,
    Namespaces,
    read_listed,
    read_mailbox_status,
    read_namespaces,
)
from sogo.codec.imap.quota import Quota, QuotaRoots, read_quota, read_quota_roots
from sogo.codec.imap.status import Condition, Continuation, Status, flags_of, parse_status
from sogo.errors import CodecError


@dataclass(frozen=True, slots=True)
class MessageCount:
    """`kind` is EXISTS or RECENT; or EXPUNGE, of the message with this number."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class MailboxFlags:
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """`kind` is the name of the response, in capitals; `why` says nothing of what it held."""

    kind: str
    why: str


Response = (
    Continuation | Status | Capabilities | Enabled | Identity | Listed | MailboxStatus | Namespaces | Found
    | FoundExtended | Threads | Vanished | Fetched | Acl | MyRights | ListedRights | Quota | QuotaRoots | MessageCount
    | MailboxFlags | Unreadable
)  # fmt: skip

_HEAD = re.compile(rb"(\S+)[ \t]*")
_TAG = re.compile(rb"[!#-$&'\x2c-\x5b\x5d-\x7a|}~^_`-]{1,100}")
_CONDITIONS = {condition.value: condition for condition in Condition}
_COUNTS = frozenset({"EXISTS", "RECENT", "EXPUNGE"})

_READERS: dict[str, Callable[[list[Value]], Response]] = {
    "CAPABILITY": read_capabilities,
    "ENABLED": read_enabled,
    "ID": read_identity,
    "FLAGS": lambda values: MailboxFlags(flags_of(values[0])),
    "LIST": lambda values: read_listed("LIST", values),
    "LSUB": lambda values: read_listed("LSUB", values),
    "XLIST": lambda values: read_listed("XLIST", values),
    "STATUS": read_mailbox_status,
    "NAMESPACE": read_namespaces,
    "SEARCH": lambda values: read_found("SEARCH", values),
    "SORT": lambda values: read_found("SORT", values),
    "ESEARCH": read_found_extended,
    "VANISHED": read_vanished,
    "ACL": read_acl,
    "MYRIGHTS": read_my_rights,
    "LISTRIGHTS": read_listed_rights,
    "QUOTA": read_quota,
    "QUOTAROOT": read_quota_roots,
}


def parse_response(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Response:
    """`data` is what `Framer.next` gives. Raises CodecError for what is no response at all."""
    if data[:1] == b"+":
        return Continuation(text_of(data[1:].strip(b" ")))
    head = _HEAD.match(data)
    if head is None:
        raise broken("No response.", data, 0)
    if head[1] != b"*":
        return _tagged(data, head[1], head.end(), limits)
    return _untagged(data, head.end(), limits)


def _tagged(data: bytes, tag: bytes, at: int, limits: Limits) -> Status:
    name, at = _word(data, at)
    condition = _CONDITIONS.get(name)
    if condition is None or not _TAG.fullmatch(tag):
        raise broken("A response that begins with neither * nor a tag.", data, 0)
    return parse_status(tag.decode("ascii"), condition, data[at:], limits=limits)


def _untagged(data: bytes, at: int, limits: Limits) -> Response:
    name, at = _word(data, at)
    if name in _CONDITIONS:
        return parse_status(None, _CONDITIONS[name], data[at:], limits=limits)
    try:
        if name.isdecimal():
            return _numbered(data, name, at, limits)
        if name == "THREAD":
            return parse_threads(data[at:], limits=limits)
        reader = _READERS.get(name)
        if reader is None:
            return Unreadable(name[:40], "Nobody here knows this response.")
        return reader(values_of(data, at, limits=limits))
    except (CodecError, IndexError, ValueError) as error:
        return Unreadable(name[:40], error.public if isinstance(error, CodecError) else "Something is missing.")


def _numbered(data: bytes, number: str, at: int, limits: Limits) -> Response:
    name, at = _word(data, at)
    try:
        if name in _COUNTS:
            return MessageCount(name, number_of(number.encode()))
        if name == "FETCH":
            return read_fetched(number_of(number.encode()), values_of(data, at, limits=limits, sections=True)[0])
    except (CodecError, IndexError) as error:
        return Unreadable(name, error.public if isinstance(error, CodecError) else "Something is missing.")
    return Unreadable(name[:40], "Nobody here knows this response.")


def _word(data: bytes, at: int) -> tuple[str, int]:
    """The next word in capitals, and where what follows it begins."""
    match = _HEAD.match(data, at)
    if match is None:
        raise broken("A response without a name.", data, at)
    return match[1].decode("ascii", "replace").upper(), match.end()
