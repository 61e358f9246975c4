"""calendarserver-principal-search: how programs of Apple look for attendees, rooms and people to share with. It asks
what principal-property-search asks, by words instead of properties."""

from __future__ import annotations

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml.names import calendarserver
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc3744 import TokenSearch, parse_token_search
from sogo.dav import answer
from sogo.dav.context import DavRequest
from sogo.dav.properties.rfc4791 import kind_of_user
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.reports.principal_search import MAX_PEOPLE, rendered_people
from sogo.dav.resources import HOMES, On, Resource, Root
from sogo.dav.truncation import limited

KINDS = {
    "user": frozenset({"INDIVIDUAL"}),
    "group": frozenset({"GROUP"}),
    "resource": frozenset({"RESOURCE"}),
    "location": frozenset({"ROOM"}),
}
"""What a search for such a thing finds; any other context finds everybody."""


@report(calendarserver("calendarserver-principal-search"), on=On.ROOT | On.PRINCIPAL | HOMES)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_token_search(root)
    parts = rendered_people(request, await _found(request, wanted), Selection(wanted.wanted))
    return await answer.multistatus(request.http, limited(parts, wanted.limit, request.href(Root())))


async def _found(request: DavRequest, wanted: TokenSearch) -> list[User]:
    """The directory is asked for the longest word only; the others must be in a name or address of what it finds."""
    minimum = request.services.config.domain(request.actor.domain).search_minimum_word_length
    longest = max(wanted.tokens, key=len, default="")
    if not longest or len(longest) < minimum:
        return []
    people = await request.services.site.directory.search_users(longest, viewer=request.actor, limit=MAX_PEOPLE)
    kinds = KINDS.get(wanted.context)
    others = [token.lower() for token in wanted.tokens if token != longest]
    return [user for user in people if (kinds is None or kind_of_user(user) in kinds) and _holds(user, others)]


def _holds(user: User, tokens: list[str]) -> bool:
    texts = [text.lower() for text in (user.user_id, user.cn, *user.emails)]
    return all(any(token in text for text in texts) for token in tokens)
