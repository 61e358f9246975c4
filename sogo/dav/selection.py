"""calendar-data and address-data in the form a request asks for: parts of it, expanded, limited (RFC 4791 §9.6), in a
version of vCard (RFC 6352 §10.4), without the time zones everybody knows (RFC 7809)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import caldav, carddav
from sogo.codec.davxml.rfc4791 import CalendarData
from sogo.codec.davxml.rfc6352 import AddressData
from sogo.codec.davxml.writer import escape_lines
from sogo.dav.context import DavRequest
from sogo.dav.properties import Loaded, Need, Property
from sogo.dav.resources import DirectoryObject, On, StoredObject
from sogo.dav.texts import text_of_object
from sogo.model import selection
from sogo.model.card_versions import in_version
from sogo.model.recurrence import ANSWER_STEPS, Budget
from sogo.model.zone_form import ZoneForm, text_in_zone_form

_PLAIN = CalendarData()
_ZONE_FORMS = {form.value: form for form in ZoneForm}


def zone_form(request: DavRequest) -> ZoneForm:
    """What `CalDAV-Timezones` asks for, wherever iCalendar is answered (RFC 7809 §3.1.3, §7.1)."""
    return _ZONE_FORMS.get(request.http.headers.get("CalDAV-Timezones", "").strip().upper(), ZoneForm.STORED)


def knows_zones_by_name(request: DavRequest) -> bool:
    """Whoever sends the header, with either value, has the zone database and knows what a refused name means."""
    return "CalDAV-Timezones" in request.http.headers


def data_properties(
    request: DavRequest, calendar: CalendarData | None, address: AddressData | None, zone: dt.tzinfo | None
) -> Mapping[str, Property]:
    """The properties that this request gives another form than the stored one. `zone` is for floating times."""
    found: dict[str, Property] = {}
    form = zone_form(request)
    if calendar is not None and zone is not None and (form is not ZoneForm.STORED or not calendar.plain):
        found[caldav("calendar-data")] = _calendar_property(calendar, zone, form)
    if address is not None and not address.plain:
        found[carddav("address-data")] = _address_property(address)
    return found


def listed_data_properties(request: DavRequest) -> Mapping[str, Property]:
    """The same for PROPFIND, where nothing but the headers can say more."""
    return data_properties(request, _PLAIN, None, dt.UTC) if zone_form(request) is not ZoneForm.STORED else {}


def _calendar_property(wanted: CalendarData, zone: dt.tzinfo, form: ZoneForm) -> Property:
    budget = Budget(ANSWER_STEPS)

    def get(item: Loaded) -> str | None:
        assert isinstance(item.resource, StoredObject)
        text = text_of_object(item.resource, item.settings)
        if wanted.plain:
            return escape_lines(text_in_zone_form(text, form))
        document = parse(text)
        text = selection.calendar_text(document, wanted, default_zone=zone, budget=budget, zones=form)
        return escape_lines(text)

    return Property(
        caldav("calendar-data"), On.EVENT, get, Need.CONTENT | Need.SETTINGS, "4791 §9.6", False,
        steady=wanted.plain, variant=f"zones {form.value}",
    )  # fmt: skip


def _address_property(wanted: AddressData) -> Property:
    def get(item: Loaded) -> str | None:
        assert isinstance(item.resource, StoredObject | DirectoryObject)
        text = in_version(text_of_object(item.resource, item.settings), wanted.version)
        return escape_lines(text if wanted.props is None else selection.card_text(parse(text), wanted))

    return Property(
        carddav("address-data"), On.CARD | On.DIRECTORY_CARD, get, Need.CONTENT, "6352 §10.4", False,
        steady=wanted.props is None, variant=wanted.version,
    )  # fmt: skip
