"""One DAV request: who asks, with what, about which path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml import reader
from sogo.codec.davxml.href import Href, join_path
from sogo.dav import prefer
from sogo.dav.preconditions import Preconditions
from sogo.dav.quirks import Client
from sogo.dav.resources import Resource, is_collection
from sogo.dav.services import Services
from sogo.dav.tree import Tree
from sogo.errors import InvalidRequest
from sogo.http.limits import read_body
from sogo.model.folder_settings import Document
from sogo.service.mailboxes import MailDoor
from sogo.store.interface import Profile

MOUNT = ("SOGo", "dav")
T = TypeVar("T")
THREAD_ABOVE_BYTES = 256 * 1024
OBJECT_SLACK_BYTES = 64 * 1024
"""So much over the limit is still read, for an answer that names the rule instead of a bare 413."""


@dataclass(slots=True)
class DavRequest:
    """`segments` are those below the mount."""

    http: web.Request
    services: Services
    actor: User
    path: Href
    client: Client
    tree: Tree
    mail: MailDoor
    alias: str = ""
    """The path the root was asked under, when it was not its own."""
    spelling: tuple[str, str] | None = None
    """(user id, how the request spells it), where they differ: answers stay in the address space of the request."""
    tokens: frozenset[str] = frozenset()
    """The lock tokens that were submitted with the If header."""
    mount: tuple[str, ...] = MOUNT
    """Where the tree stands: below the mount itself, or in the part for who does not log in."""

    @property
    def segments(self) -> tuple[str, ...]:
        return self.path.segments[len(self.mount) :]

    @property
    def hostname(self) -> str | None:
        """The host the client asked, without its port."""
        return urlsplit(f"//{self.http.host}").hostname

    @property
    def preconditions(self) -> Preconditions:
        return Preconditions.of(self.http.headers)

    @property
    def brief(self) -> bool:
        """The client wants no 404 propstats (Brief: t, or RFC 8144 return=minimal)."""
        return self.prefer.short

    @property
    def prefer(self) -> prefer.Preferences:
        return prefer.of(self.http)

    def depth(self, default: str) -> str:
        """ "0", "1" or "infinity". Raises InvalidRequest for anything else."""
        value = self.http.headers.get("Depth", default).strip().lower().partition(",")[0].strip()
        if value not in {"0", "1", "infinity"}:
            raise InvalidRequest("The Depth header is 0, 1 or infinity.")
        return value

    @property
    def without_root(self) -> bool:
        """Leave the collection itself out of the answer (`Depth: 1,noroot`, or Prefer: depth-noroot of RFC 8144)."""
        return "noroot" in self.http.headers.get("Depth", "").lower() or self.prefer.noroot

    async def settings(self) -> Document:
        """The actor's `c_settings`."""
        return (await self.profile()).settings

    async def profile(self, user_id: str | None = None) -> Profile:
        """The documents of a user, by default the actor's; loaded once per request."""
        return await self.services.site.profiles.load(user_id or self.actor.user_id)

    async def body(self) -> bytes:
        """The whole body. Raises TooLarge beyond the limit for objects."""
        limit = self.services.config.system.maximum_object_size * 1024
        return await read_body(self.http, limit + OBJECT_SLACK_BYTES)

    async def xml(self) -> reader.Element | None:
        """The body as XML, None when there is none. Raises CodecError, TooLarge."""
        limit = self.services.config.system.maximum_dav_body_size * 1024
        body = await read_body(self.http, limit)
        return await _parsed(body, limit)

    async def read_xml(self, read: Callable[[reader.Element | None], T]) -> T:
        """What `read` makes of the body, remembered for the next one that is the same. Nobody may change the result.
        Raises as `xml`, and what `read` raises."""
        limit = self.services.config.system.maximum_dav_body_size * 1024
        body = await read_body(self.http, limit)
        known = self.services.bodies.find(read, body)
        return known if known is not None else self.services.bodies.keep(read, body, read(await _parsed(body, limit)))

    def href(self, resource: Resource) -> str:
        """The path of a resource; collections end with a slash."""
        return self.path_of(resource.segments, collection=is_collection(resource))

    def path_of(self, segments: Iterable[str], *, collection: bool = False) -> str:
        segments = tuple(segments)
        if not segments and self.alias:
            return self.alias
        if self.spelling is not None and segments and segments[0] == self.spelling[0]:
            segments = (self.spelling[1], *segments[1:])
        return join_path((*self.mount, *segments), collection=collection)


async def _parsed(body: bytes, limit_bytes: int) -> reader.Element | None:
    """Long bodies are parsed outside the event loop."""
    if len(body) > THREAD_ABOVE_BYTES:
        return await asyncio.to_thread(reader.parse_xml, body, max_bytes=limit_bytes)
    return reader.parse_xml(body, max_bytes=limit_bytes)
