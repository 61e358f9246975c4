"""How clients find people: principal-property-search, principal-match and what can be searched (RFC 3744 §9)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml import writer
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.names import caldav, calendarserver, dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc3744 import PropertySearch, parse_principal_match, parse_principal_search
from sogo.codec.davxml.writer import element
from sogo.dav import answer, propfind
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import HOMES, Home, On, Principal, Resource, Root
from sogo.dav.truncation import limited
from sogo.errors import CodecError, InvalidRequest

MAX_PEOPLE = 200
"""People one search finds at most."""

_HOME = caldav("calendar-home-set")
_SEARCHED = {
    dav("displayname"): "Full name",
    calendarserver("first-name"): "First name",
    calendarserver("last-name"): "Last name",
    calendarserver("email-address-set"): "Mail address",
    caldav("calendar-user-address-set"): "Calendar address",
    caldav("calendar-user-type"): "Kind of calendar user",
    _HOME: "Address of the calendars",
}
_TYPE = caldav("calendar-user-type")


@report(dav("principal-search-property-set"), on=On.ROOT | On.PRINCIPAL)
async def search_property_set(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    inner = "".join(
        element(
            dav("principal-search-property"),
            element(dav("prop"), element(name)) + f'<D:description xml:lang="en">{text}</D:description>',
        )
        for name, text in _SEARCHED.items()
    )
    return answer.xml_answer(200, writer.document(dav("principal-search-property-set"), inner))


@report(dav("principal-property-search"), on=On.ROOT | On.PRINCIPAL | HOMES)
async def property_search(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_principal_search(root)
    found: dict[str, User] = {}
    sets = [await _found_by(request, search) for search in wanted.searches]
    for people in sets:
        found |= people
    if not wanted.any_of:
        found = {key: user for key, user in found.items() if all(key in people for people in sets)}
    parts = rendered_people(request, list(found.values()), Selection(wanted.wanted))
    return await answer.multistatus(request.http, limited(parts, wanted.limit, request.href(Root())))


async def _found_by(request: DavRequest, search: PropertySearch) -> dict[str, User]:
    """The people one search finds. Properties nobody can be searched by find nobody."""
    if not search.match or not any(name in _SEARCHED for name in search.names):
        return {}
    if _HOME in search.names:
        user = await _owner_of_home(request, search.match)
        return {user.user_id: user} if user is not None else {}
    text = search.match.removeprefix("mailto:")
    minimum = request.services.config.domain(request.actor.domain).search_minimum_word_length
    if set(search.names) == {_TYPE} or len(text) < minimum:
        return {}
    people = await request.services.site.directory.search_users(text, viewer=request.actor, limit=MAX_PEOPLE)
    return {user.user_id: user for user in people}


async def _owner_of_home(request: DavRequest, match: str) -> User | None:
    """Whose home an address is; with or without the last slash, as clients write it (dav.md §20.0)."""
    try:
        segments = parse_href(match).segments
    except CodecError:
        return None
    if segments[: len(MOUNT)] != MOUNT or len(segments) <= len(MOUNT):
        return None
    return await request.services.visible_user(request.actor, segments[len(MOUNT)])


@report(dav("principal-match"), on=On.ROOT | On.PRINCIPAL | HOMES)
async def principal_match(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_principal_match(root)
    if wanted.property is not None and wanted.property != dav("owner"):
        raise InvalidRequest("Members can be matched by their owner only.")
    matching: list[Resource] = [Principal(request.actor)]
    if wanted.property is not None and isinstance(target, Home):
        matching = await _own_members(request, target)
    return await answer.multistatus(request.http, _rendered(request, matching, Selection(wanted.wanted)))


async def _own_members(request: DavRequest, home: Home) -> list[Resource]:
    if home.owner.user_id != request.actor.user_id:
        return []
    return [member async for batch in request.tree.members(home, content=False) for member in batch]


def rendered_people(request: DavRequest, people: list[User], selection: Selection) -> AsyncIterator[str]:
    return _rendered(request, [Principal(user) for user in people], selection)


async def _rendered(request: DavRequest, resources: Sequence[Resource], selection: Selection) -> AsyncIterator[str]:
    for item in await propfind.load(request, resources, selection.needs({one.kind for one in resources})):
        yield propfind.render(item, selection, href=request.href(item.resource))
