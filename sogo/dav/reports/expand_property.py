"""expand-property (RFC 3253 §3.8): properties of what a property points to, in one answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from html import unescape

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc3253 import ExpandedProperty, parse_expand_property
from sogo.codec.davxml.rfc4918 import PropfindKind, PropfindRequest
from sogo.dav import answer, propfind
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import EVERYTHING, Resource
from sogo.errors import CodecError, DomainError, TooMany

MAX_RESOURCES = 300
"""Resources one request may have looked at."""

_HREF = re.compile(r"<D:href>([^<]*)</D:href>")
"""How our own properties write hrefs."""


@report(dav("expand-property"), on=EVERYTHING)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    return await answer.multistatus(request.http, _whole(request, target, parse_expand_property(root)))


async def _whole(request: DavRequest, target: Resource, wanted: Sequence[ExpandedProperty]) -> AsyncIterator[str]:
    yield await _Expansion(request).response(target, wanted, with_missing=True)


class _Expansion:
    """One request's walk along hrefs; it counts what it looks at."""

    def __init__(self, request: DavRequest) -> None:
        self._request = request
        self._count = 0

    async def response(
        self, resource: Resource, wanted: Sequence[ExpandedProperty], *, with_missing: bool = False
    ) -> str:
        """The D:response of a resource. Inner ones have no 404 propstat: clients want exactly one (dav.md §20.0)."""
        self._count += 1
        if self._count > MAX_RESOURCES:
            raise TooMany("The expansion reaches too many resources.", limit=MAX_RESOURCES)
        names = tuple(item.name for item in wanted)
        selection = Selection(PropfindRequest(PropfindKind.PROP, names))
        [item] = await propfind.load(self._request, [resource], selection.needs({resource.kind}))
        found: list[writer.Property] = []
        missing: list[writer.Property] = []
        for one in wanted:
            value = propfind.value_of(item, selection.find(one.name, item.resource.kind), one.name)
            if value is None:
                missing.append((one.name, None))
            else:
                found.append((one.name, await self._expanded(value, one.properties)))
        propstats = [writer.propstat(200, found)]
        if missing and with_missing:
            propstats.append(writer.propstat(404, missing))
        return writer.response(self._request.href(resource), *propstats)

    async def _expanded(self, value: str, wanted: Sequence[ExpandedProperty]) -> str:
        if not wanted:
            return value
        hrefs = [unescape(text) for text in _HREF.findall(value)]
        return "".join([await self._target(href, wanted) for href in hrefs]) if hrefs else value

    async def _target(self, href: str, wanted: Sequence[ExpandedProperty]) -> str:
        try:
            segments = parse_href(href).segments
            if segments[: len(MOUNT)] != MOUNT:
                return writer.href(href)
            resource = await self._request.tree.find(segments[len(MOUNT) :])
        except (CodecError, DomainError):
            return writer.href(href)
        return await self.response(resource, wanted)
