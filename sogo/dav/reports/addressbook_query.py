"""addressbook-query (RFC 6352 §8.6), over address books and over directories."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import carddav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc6352 import CardConditions, parse_addressbook_query
from sogo.dav import answer, propfind
from sogo.dav.context import DavRequest
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.reports.limits import limited
from sogo.dav.resources import MEMBERS, Collection, DirectoryBook, DirectoryObject, On, Resource, StoredObject
from sogo.dav.selection import data_properties
from sogo.errors import CodecError
from sogo.model.filters.card import CardFilter
from sogo.service.directory_books import DirectoryCard

log = logging.getLogger(__name__)

MAX_SEARCHES = 5
"""Searches one report may cost a directory."""


@report(carddav("addressbook-query"), on=On.ADDRESS_BOOK | On.DIRECTORY)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_addressbook_query(root)
    condition = CardFilter(wanted.filter)
    selection = Selection(wanted.wanted, data_properties(None, wanted.data, None))
    parts = _responses(request, target, selection, condition)
    return await answer.multistatus(request.http, limited(parts, wanted.limit, request.href(target)))


async def _responses(
    request: DavRequest, target: Resource, selection: Selection, condition: CardFilter
) -> AsyncIterator[str]:
    needs = selection.needs({MEMBERS[target.kind]})
    async for batch in _candidates(request, target, condition, content=Need.CONTENT in needs):
        for item in await propfind.load(request, batch, needs):
            yield propfind.render(item, selection, href=request.href(item.resource))


async def _candidates(
    request: DavRequest, target: Resource, condition: CardFilter, *, content: bool
) -> AsyncIterator[list[Resource]]:
    match target:
        case Collection(view):
            content = content or not condition.everything
            async for batch in request.services.objects.entries(request.actor, view, content=content):
                yield [StoredObject(view, one) for one in batch if _matches(condition, one.name, one.content or "")]
        case DirectoryBook():
            cards = await _directory_cards(request, target, condition)
            yield [DirectoryObject(target, card) for card in cards if _matches(condition, card.name, card.text)]


async def _directory_cards(request: DavRequest, target: DirectoryBook, condition: CardFilter) -> list[DirectoryCard]:
    """What the directory finds for the texts of the filter; it is asked, never copied."""
    service = request.services.directories
    texts = search_texts(condition.conditions)
    if not texts:
        return await service.cards(target.source)
    found = {card.name: card for text in texts for card in await service.search(target.source, text)}
    return sorted(found.values(), key=lambda card: card.name)


def search_texts(conditions: CardConditions) -> list[str]:
    """The texts worth asking a directory for: each positive text of the filter. None where the filter has no text, or
    only negated ones: then nothing short of a listing could tell."""
    texts = [match.text.strip() for prop in conditions.props for match in prop.texts if not match.negate]
    return list(dict.fromkeys(text for text in texts if text))[:MAX_SEARCHES]


def _matches(condition: CardFilter, name: str, text: str) -> bool:
    if condition.everything:
        return True
    if not condition.may_match(text):
        return False
    try:
        return condition.matches(parse(text))
    except CodecError as error:
        log.warning("card %s cannot be searched: %s", name, error.public)
        return False
