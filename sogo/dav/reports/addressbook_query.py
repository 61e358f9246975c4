"""addressbook-query (RFC 6352 §8.6), over address books and over directories."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import carddav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc6352 import CardConditions, CardPropFilter, parse_addressbook_query
from sogo.codec.davxml.text_match import Junction
from sogo.dav import answer, propfind
from sogo.dav.context import DavRequest
from sogo.dav.listing import listed
from sogo.dav.matching import Question, matching
from sogo.dav.memory import digest_of
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import MEMBERS, Collection, DirectoryBook, DirectoryObject, On, Resource, StoredObject
from sogo.dav.selection import data_properties
from sogo.dav.truncation import limited
from sogo.errors import CodecError, TooMany
from sogo.model.filters.card import CardFilter
from sogo.service.directory_books import LIST_LIMIT, DirectoryCard
from sogo.service.pace import Pace, is_long, maybe_apart

log = logging.getLogger(__name__)

MAX_SEARCHES = 5
"""Searches one report may cost a directory."""


@report(carddav("addressbook-query"), on=On.ADDRESS_BOOK | On.DIRECTORY)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_addressbook_query(root)
    condition = CardFilter(wanted.filter)
    selection = Selection(wanted.wanted, data_properties(request, None, wanted.data, None))
    if isinstance(target, Collection):
        held = await request.services.objects.held(target.view)
        if held is not None:
            question = _question(condition)
            portions = matching(request, target, held, question)
            parts = listed(
                request, target, held, portions, selection, question.key, limit=wanted.limit, still=question.look
            )
            return await answer.multistatus(request.http, parts)
    unremembered = _responses(request, target, selection, condition)
    return await answer.multistatus(request.http, limited(unremembered, wanted.limit, request.href(target)))


def _question(condition: CardFilter) -> Question:
    return Question(
        key=digest_of(condition.conditions),
        glance=lambda item: True if condition.everything else None,
        look=lambda entry: _matches(condition, entry.name, entry.content or ""),
    )


async def _responses(
    request: DavRequest, target: Resource, selection: Selection, condition: CardFilter
) -> AsyncIterator[str]:
    needs = selection.needs({MEMBERS[target.kind]})
    async for batch in _candidates(request, target, condition, content=Need.CONTENT in needs):
        for item in await propfind.load(request, batch, needs):
            yield await propfind.response(item, selection, href=request.href(item.resource))


async def _candidates(
    request: DavRequest, target: Resource, condition: CardFilter, *, content: bool
) -> AsyncIterator[list[Resource]]:
    match target:
        case Collection(view):
            content, pace = content or not condition.everything, Pace()
            async for batch in request.services.objects.entries(view, content=content):
                found: list[Resource] = []
                for one in batch:
                    await pace.breathe()
                    if request.tree.shows(one) and await maybe_apart(
                        is_long(one), _matches, condition, one.name, one.content or ""
                    ):
                        found.append(StoredObject(view, one))
                yield found
        case DirectoryBook():
            cards = await _directory_cards(request, target, condition)
            yield [DirectoryObject(target, card) for card in cards if _matches(condition, card.name, card.text)]


async def _directory_cards(request: DavRequest, target: DirectoryBook, condition: CardFilter) -> list[DirectoryCard]:
    """What the directory finds for the texts of the filter; it is asked, never copied. Raises TooMany when it has more
    than it may tell, or would have to be asked too often."""
    service = request.services.directories
    texts = search_texts(condition.conditions)
    if texts is None:
        return await service.cards(target.source)
    found: dict[str, DirectoryCard] = {}
    for text in texts:
        cards = await service.search(target.source, text)
        if len(cards) >= LIST_LIMIT:
            raise TooMany("The directory has more entries than it may tell; ask for less.", limit=LIST_LIMIT)
        found |= {card.name: card for card in cards}
    return sorted(found.values(), key=lambda card: card.name)


def search_texts(conditions: CardConditions) -> list[str] | None:
    """What to ask a directory for so that nothing that matches is missed; None when only a listing could tell, since
    something may match without holding any text. Raises TooMany beyond MAX_SEARCHES."""
    positive = [_positive_texts(prop) for prop in conditions.props]
    if conditions.test is Junction.ANY_OF:
        if not positive or not all(positive):
            return None
        texts = [text for texts in positive for text in texts]
    else:
        texts = next((texts for texts in positive if texts), [])
    texts = list(dict.fromkeys(texts))
    if len(texts) > MAX_SEARCHES:
        raise TooMany("The filter would ask the directory too often.", limit=MAX_SEARCHES)
    return texts or None


def _positive_texts(prop: CardPropFilter) -> list[str]:
    """Texts one of which a matching property holds; none when it could match without."""
    texts = [match.text.strip() for match in prop.texts if not match.negate and match.text.strip()]
    others = len(prop.texts) + len(prop.params) - len(texts)
    return [] if prop.absent or (prop.test is Junction.ANY_OF and others) else texts


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
