"""The bodies around locks (RFC 4918 §§14.1, 14.11), and the headers that go with them (§§10.5, 10.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, child, children, elements, name_of, whole_xml
from sogo.codec.davxml.rfc4918 import expect_root
from sogo.codec.davxml.writer import element, href, text_element
from sogo.errors import CodecError

_SECONDS = re.compile(r"second-(\d{1,10})", re.IGNORECASE)
_CODED_URL = re.compile(r"\s*<([^<>\s]+)>\s*")
_WRITE = element(dav("locktype"), element(dav("write")))


@dataclass(frozen=True, slots=True)
class LockInfo:
    """`scope` is "exclusive" or "shared"; `owner` the serialised D:owner element, "" for none."""

    scope: str
    owner: str


def parse_lockinfo(root: Element | None) -> LockInfo:
    """Raises CodecError for a body that asks for no lock of §14.11, or for one that is no write lock."""
    info = expect_root(root, dav("lockinfo"))
    scopes = [name_of(item) for outer in children(info, dav("lockscope")) for item in elements(outer)]
    types = [name_of(item) for outer in children(info, dav("locktype")) for item in elements(outer)]
    if types != [dav("write")]:
        raise CodecError("Only write locks are known.")
    if len(scopes) != 1 or scopes[0] not in (dav("exclusive"), dav("shared")):
        raise CodecError("A lock is exclusive or shared.")
    owner = child(info, dav("owner"))
    return LockInfo(scopes[0].rpartition("}")[2], "" if owner is None else whole_xml(owner))


def parse_timeout(header: str, *, default: int) -> int | None:
    """The first of the timeouts a client would like that can be read, in seconds; None for as long as possible."""
    for part in header.split(",")[:10]:
        if part.strip().lower() == "infinite":
            return None
        seconds = _SECONDS.fullmatch(part.strip())
        if seconds:
            return int(seconds[1])
    return default


def parse_lock_token(header: str) -> str:
    """The URI of a Lock-Token header. Raises CodecError."""
    found = _CODED_URL.fullmatch(header[:1000])
    if found is None:
        raise CodecError("The Lock-Token header holds one token in angle brackets.")
    return found[1]


def active_lock(*, scope: str, depth: str, owner: str, seconds: int, token: str, root: str) -> str:
    """A D:activelock. `owner` as in LockInfo; `token` is "" where it is not told; `root` is a path."""
    parts = [
        _WRITE,
        element(dav("lockscope"), element(dav(scope))),
        text_element(dav("depth"), depth),
        owner,
        text_element(dav("timeout"), f"Second-{seconds}"),
        element(dav("locktoken"), href(token)) if token else "",
        element(dav("lockroot"), href(root)),
    ]
    return element(dav("activelock"), "".join(parts))


def lock_entries(scopes: Iterable[str]) -> str:
    """The inside of D:supportedlock (§15.10)."""
    return "".join(
        element(dav("lockentry"), element(dav("lockscope"), element(dav(scope))) + _WRITE) for scope in scopes
    )
