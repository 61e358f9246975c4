"""calendar-data and address-data in the form a report asks for: parts of it, expanded, limited (RFC 4791 §9.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import caldav, carddav
from sogo.codec.davxml.rfc4791 import CalendarData
from sogo.codec.davxml.rfc6352 import AddressData
from sogo.codec.davxml.writer import escape_lines
from sogo.dav.properties import Loaded, Need, Property
from sogo.dav.resources import DirectoryObject, On, StoredObject
from sogo.dav.texts import text_of_object
from sogo.model import selection
from sogo.model.recurrence import ANSWER_STEPS, Budget


def data_properties(
    calendar: CalendarData | None, address: AddressData | None, zone: dt.tzinfo | None
) -> Mapping[str, Property]:
    """The properties that this request gives another form than the stored one. `zone` is for floating times."""
    found: dict[str, Property] = {}
    if calendar is not None and not calendar.plain and zone is not None:
        found[caldav("calendar-data")] = _calendar_property(calendar, zone)
    if address is not None and not address.plain:
        found[carddav("address-data")] = _address_property(address)
    return found


def _calendar_property(wanted: CalendarData, zone: dt.tzinfo) -> Property:
    budget = Budget(ANSWER_STEPS)

    def get(item: Loaded) -> str | None:
        assert isinstance(item.resource, StoredObject)
        document = parse(text_of_object(item.resource, item.settings))
        return escape_lines(selection.calendar_text(document, wanted, default_zone=zone, budget=budget))

    return Property(caldav("calendar-data"), On.EVENT, get, Need.CONTENT | Need.SETTINGS, "4791 §9.6", False)


def _address_property(wanted: AddressData) -> Property:
    def get(item: Loaded) -> str | None:
        assert isinstance(item.resource, StoredObject | DirectoryObject)
        document = parse(text_of_object(item.resource, item.settings))
        return escape_lines(selection.card_text(document, wanted))

    return Property(carddav("address-data"), On.CARD | On.DIRECTORY_CARD, get, Need.CONTENT, "6352 §10.4", False)
