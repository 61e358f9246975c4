"""Answers made in the shortest way, beside those that come of parsing everything.

`by_parsing` knows no quick row, no hint, no look at the text: it is what RFC 4791 §9.7 and RFC 6352 §10.5 say, object by
object. A server that answers from its columns and its memory must find the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from sogo.codec.contentline import parse
from sogo.codec.davxml.reader import parse_xml
from sogo.codec.davxml.rfc4791 import parse_calendar_query
from sogo.codec.davxml.rfc6352 import parse_addressbook_query
from sogo.errors import SogoError
from sogo.model.filters.calendar import CalendarFilter
from sogo.model.filters.card import CardFilter
from sogo.model.folder import FolderKind
from sogo.model.quick_card import quick_row as card_row
from sogo.model.quick_event import quick_row as event_row
from sogo.model.recurrence import Budget
from sogo.store.interface import QuickRow
from tests.support.house import Client, House

ENDLESS = 10**12
"""Steps: nothing is taken unseen because it would cost too much."""


def row_of(text: str, *, zone: dt.tzinfo, now: dt.datetime) -> QuickRow:
    """The quick row that a save would have written; none for journals and what cannot be indexed."""
    try:
        top = parse(text).children[0]
        if top.name != "VCALENDAR":
            return card_row(top)
        return {} if top.components("VJOURNAL") else event_row(top, default_zone=zone, now=now)
    except (SogoError, IndexError):
        return {}


async def put_in(
    house: House, folder_path: tuple[str, str], texts: Mapping[str, str], *, rows: bool, zone: dt.tzinfo
) -> None:
    """Store texts as they are, with or without their rows."""
    owner, name = folder_path
    kind = FolderKind.CALENDAR if any(key.endswith(".ics") for key in texts) else FolderKind.CONTACTS
    state = await house.site.folders.find_folder(owner, kind, name)
    assert state is not None
    for key, text in texts.items():
        quick = row_of(text, zone=zone, now=house.site.clock()) if rows else {}
        await house.site.folders.save(state.folder, key, text, quick)


def by_parsing(request: str, texts: Mapping[str, str], *, zone: dt.tzinfo) -> set[str]:
    """The names that a calendar-query or addressbook-query finds, every text parsed and asked. `zone` reads floating
    times."""
    root = parse_xml(request.encode(), max_bytes=100_000)
    calendars = any(name.endswith(".ics") for name in texts)
    asked = (
        CalendarFilter(parse_calendar_query(root).filter, zone, Budget(ENDLESS))
        if calendars
        else CardFilter(parse_addressbook_query(root).filter)
    )
    return {name for name, text in texts.items() if _matches(asked, text)}


_parsed = lru_cache(maxsize=10_000)(parse)


def _matches(asked: CalendarFilter | CardFilter, text: str) -> bool:
    try:
        return asked.matches(_parsed(text))
    except SogoError:
        return False


async def by_server(client: Client, path: str, request: str) -> set[str]:
    """The names that the server finds."""
    answer = await client.report(path, request, Depth="1")
    assert answer.status == 207, answer.text
    return {href.removeprefix(path) for href in answer.hrefs}
