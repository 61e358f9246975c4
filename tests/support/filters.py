"""Filters written as clients send them, for tests."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sogo.codec.davxml.reader import parse_xml
from sogo.codec.davxml.rfc4791 import parse_calendar_query
from sogo.codec.davxml.rfc6352 import parse_addressbook_query
from sogo.model.filters.calendar import CalendarFilter
from sogo.model.filters.card import CardFilter

BERLIN = ZoneInfo("Europe/Berlin")


def calendar_filter(inner: str, *, zone: dt.tzinfo = BERLIN) -> CalendarFilter:
    """The filter whose comp-filter for VCALENDAR holds `inner`; elements have no prefix."""
    body = (
        '<calendar-query xmlns="urn:ietf:params:xml:ns:caldav"><filter><comp-filter name="VCALENDAR">'
        f"{inner}</comp-filter></filter></calendar-query>"
    )
    return CalendarFilter(parse_calendar_query(parse_xml(body.encode(), max_bytes=100_000)).filter, zone)


def in_component(name: str, inner: str = "") -> str:
    return f'<comp-filter name="{name}">{inner}</comp-filter>'


def time_range(start: str = "", end: str = "") -> str:
    """`start` and `end` such as 20060104T000000; UTC is meant."""
    attributes = "".join(f' {name}="{value}Z"' for name, value in (("start", start), ("end", end)) if value)
    return f"<time-range{attributes}/>"


def in_property(name: str, inner: str = "") -> str:
    return f'<prop-filter name="{name}">{inner}</prop-filter>'


def card_filter(inner: str, *, test: str = "") -> CardFilter:
    """The filter that holds `inner`."""
    attribute = f' test="{test}"' if test else ""
    body = (
        '<addressbook-query xmlns="urn:ietf:params:xml:ns:carddav">'
        f"<filter{attribute}>{inner}</filter></addressbook-query>"
    )
    return CardFilter(parse_addressbook_query(parse_xml(body.encode(), max_bytes=100_000)).filter)
