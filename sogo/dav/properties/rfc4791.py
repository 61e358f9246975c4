"""CalDAV (RFC 4791), and what RFC 6638 adds that needs no scheduling: transparency and the user's addresses."""

from __future__ import annotations

import re

from sogo.auth.interface import User
from sogo.codec.contentline import Component, parse
from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.reader import Element, elements, local, text_of
from sogo.codec.davxml.writer import escape, escape_lines, href
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import Collection, InboxMessage, On, Principal, StoredObject
from sogo.dav.texts import text_of_object
from sogo.errors import CodecError, InvalidData
from sogo.http.places import TIMEZONE_SERVICE
from sogo.model import folder_settings
from sogo.model.calendar_rules import Limits
from sogo.model.caltime import BEGINNING, END_OF_TIME
from sogo.model.components import components_of, stored_components
from sogo.model.folder import Folder
from sogo.model.timezone import is_standard
from sogo.model.vtimezone import vtimezone
from sogo.service.calendar_zone import TIMEZONE, TIMEZONE_ID
from sogo.service.preferences import preferences

COMPONENT_SET = caldav("supported-calendar-component-set")
_COLLATIONS = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
_MAX_TIMEZONE_CHARS = 65_536


def _folder(item: Loaded) -> Folder:
    assert isinstance(item.resource, Collection)
    return item.resource.view.folder


@prop(caldav("calendar-home-set"), on=On.PRINCIPAL, rfc="4791 §6.2.1")
def calendar_home_set(item: Loaded) -> str | None:
    return href(item.request.path_of((*item.resource.segments, "Calendar"), collection=True))


@prop(caldav("calendar-user-address-set"), on=On.PRINCIPAL, rfc="6638 §2.4.1")
def calendar_user_address_set(item: Loaded) -> str | None:
    """The default address first: clients take the first as the user's own (dav.md §5.2)."""
    assert isinstance(item.resource, Principal)
    user = item.resource.user
    emails = list(dict.fromkeys(user.emails))
    if len(emails) > 1 and item.request.services.config.domain(user.domain).hide_system_email:
        emails.pop()  # the system's own comes last (dav.md §5.2)
    addresses = [f"mailto:{email}" for email in emails]
    return "".join(href(address) for address in (*addresses, item.request.href(item.resource)))


@prop(caldav("calendar-user-type"), on=On.PRINCIPAL, rfc="6638 §2.4.2")
def calendar_user_type(item: Loaded) -> str | None:
    assert isinstance(item.resource, Principal)
    return kind_of_user(item.resource.user)


def kind_of_user(user: User) -> str:
    """A CUTYPE (RFC 5545 §3.2.3)."""
    if user.record.is_group:
        return "GROUP"
    if user.record.is_resource:
        return "ROOM" if user.record.kind.lower() == "location" else "RESOURCE"
    return "INDIVIDUAL"


@prop(COMPONENT_SET, on=On.CALENDAR, rfc="4791 §5.2.3", needs=Need.STORED | Need.SETTINGS)
def supported_calendar_component_set(item: Loaded) -> str | None:
    show_tasks = folder_settings.read(item.settings, _folder(item)).show_tasks
    names = components_of(item.stored.get(COMPONENT_SET), show_tasks=show_tasks)
    return "".join(f'<C:comp name="{name.upper()}"/>' for name in names)


@supported_calendar_component_set.setter
def set_supported_calendar_component_set(item: Loaded, value: Element | None, edit: Edit) -> None:
    """Only while the calendar is made (RFC 4791 §5.2.3); PROPPATCH refuses it before it gets here."""
    names = [(comp.get("name") or "").lower() for comp in elements(value)] if value is not None else []
    edit.stored[COMPONENT_SET] = stored_components(names)


@prop(caldav("supported-calendar-component-set"), on=On.CALENDAR_HOME, rfc="4791 §5.2.3")
def home_component_set(item: Loaded) -> str | None:
    return '<C:comp name="VEVENT"/><C:comp name="VTODO"/><C:comp name="VJOURNAL"/>'


@prop(caldav("supported-calendar-component-sets"), on=On.CALENDAR_HOME, rfc="caldav-extensions")
def home_component_sets(item: Loaded) -> str | None:
    sets = (("VEVENT", "VTODO"), ("VEVENT",), ("VTODO",), ("VJOURNAL",))
    return "".join(
        "<C:supported-calendar-component-set>"
        + "".join(f'<C:comp name="{name}"/>' for name in names)
        + "</C:supported-calendar-component-set>"
        for names in sets
    )


@prop(caldav("supported-calendar-data"), on=On.CALENDAR, rfc="4791 §5.2.4")
def supported_calendar_data(item: Loaded) -> str | None:
    return '<C:calendar-data content-type="text/calendar" version="2.0"/>'


@prop(caldav("supported-collation-set"), on=On.CALENDAR | On.EVENT, rfc="4791 §7.5.1")
def supported_collation_set(item: Loaded) -> str | None:
    return "".join(f"<C:supported-collation>{name}</C:supported-collation>" for name in _COLLATIONS)


@prop(caldav("max-resource-size"), on=On.CALENDAR, rfc="4791 §5.2.5")
def max_resource_size(item: Loaded) -> str | None:
    limit = item.request.services.config.system.maximum_object_size * 1024
    return str(limit) if limit else None


@prop(caldav("min-date-time"), on=On.CALENDAR, rfc="4791 §5.2.6")
def min_date_time(item: Loaded) -> str | None:
    return f"{BEGINNING:%Y%m%dT%H%M%SZ}".zfill(16)


@prop(caldav("max-date-time"), on=On.CALENDAR, rfc="4791 §5.2.7")
def max_date_time(item: Loaded) -> str | None:
    return END_OF_TIME.strftime("%Y%m%dT%H%M%SZ")


@prop(caldav("max-attendees-per-instance"), on=On.CALENDAR, rfc="4791 §5.2.9")
def max_attendees_per_instance(item: Loaded) -> str | None:
    """There is no max-instances (§5.2.8): a series may be as long as it likes, without an end too."""
    return str(Limits().attendees)


@prop(caldav("calendar-description"), on=On.CALENDAR, rfc="4791 §5.2.1", needs=Need.SETTINGS)
def calendar_description(item: Loaded) -> str | None:
    return escape(folder_settings.read(item.settings, _folder(item)).description)


@calendar_description.setter
def set_calendar_description(item: Loaded, value: Element | None, edit: Edit) -> None:
    folder, text = _folder(item), text_of(value)
    edit.settings.append(lambda document: folder_settings.set_description(document, folder, text))


@prop(TIMEZONE, on=On.CALENDAR, rfc="4791 §5.2.2", needs=Need.STORED | Need.SETTINGS)
def calendar_timezone(item: Loaded) -> str | None:
    """What a client put there, by definition or by name; else the zone of the user."""
    if stored := item.stored.get(TIMEZONE):
        return escape_lines(stored)
    component = vtimezone(item.stored.get(TIMEZONE_ID) or _zone_of_user(item))
    if component is None:
        return None
    return escape_lines(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//SOGo//SOGo//EN\r\n" + component.render() + "END:VCALENDAR\r\n"
    )


@calendar_timezone.setter
def set_calendar_timezone(item: Loaded, value: Element | None, edit: Edit) -> None:
    edit.stored[TIMEZONE] = None if value is None else _checked_timezone(text_of(value).strip())
    edit.stored[TIMEZONE_ID] = None


def _zone_of_user(item: Loaded) -> str:
    return preferences(item.request.services.config, item.request.actor, item.profile).zone_name


@prop(caldav("timezone-service-set"), on=On.CALENDAR_HOME | On.CALENDAR, rfc="7809 §5.1")
def timezone_service_set(item: Loaded) -> str | None:
    """A path: whoever reached us over TLS stays with TLS."""
    return href(TIMEZONE_SERVICE)


@prop(TIMEZONE_ID, on=On.CALENDAR, rfc="7809 §5.2", needs=Need.STORED | Need.SETTINGS)
def calendar_timezone_id(item: Loaded) -> str | None:
    """The TZID of what calendar-timezone defines, known to others or not (§3.1.5)."""
    if stored := item.stored.get(TIMEZONE):
        return escape(_tzid(_definition(stored)))
    return escape(item.stored.get(TIMEZONE_ID) or _zone_of_user(item))


@calendar_timezone_id.setter
def set_calendar_timezone_id(item: Loaded, value: Element | None, edit: Edit) -> None:
    """One zone, said in two ways: what is set last counts for both. Raises InvalidData (valid-timezone)."""
    tzid = text_of(value).strip() if value is not None else None
    if tzid is not None and not is_standard(tzid):
        raise InvalidData(f"The time zone {tzid[:60]!r} is unknown.", rule="valid-timezone")
    edit.stored[TIMEZONE_ID] = tzid
    edit.stored[TIMEZONE] = None


def _checked_timezone(text: str) -> str:
    """A VCALENDAR with exactly one VTIMEZONE (RFC 4791 §5.2.2). Raises InvalidData (valid-calendar-data)."""
    try:
        if len(text) > _MAX_TIMEZONE_CHARS:
            raise CodecError("too long")
        if not _tzid(_definition(text)):
            raise CodecError("no TZID")
    except CodecError as error:
        raise InvalidData("The time zone is no VCALENDAR with one VTIMEZONE.", rule="valid-calendar-data") from error
    return text


def _definition(text: str) -> Component:
    """The VTIMEZONE of such a text. Raises CodecError."""
    calendars = parse(re.sub(r"\r?\n", "\r\n", text)).components("VCALENDAR")
    if len(calendars) != 1 or len(calendars[0].components("VTIMEZONE")) != 1:
        raise CodecError("not one VTIMEZONE")
    return calendars[0].components("VTIMEZONE")[0]


def _tzid(definition: Component) -> str:
    return (definition.value("TZID") or "").strip()


@prop(caldav("schedule-calendar-transp"), on=On.CALENDAR, rfc="6638 §9.1", needs=Need.SETTINGS)
def schedule_calendar_transp(item: Loaded) -> str | None:
    folder = _folder(item)
    transparent = folder_settings.is_transparent_to(item.settings, folder, item.request.actor.user_id)
    return "<C:transparent/>" if transparent else "<C:opaque/>"


@schedule_calendar_transp.setter
def set_schedule_calendar_transp(item: Loaded, value: Element | None, edit: Edit) -> None:
    """The local name decides: a client exists that puts the value into DAV: (dav.md §20.0)."""
    names = [local(child) for child in elements(value)] if value is not None else ["opaque"]
    if names not in (["opaque"], ["transparent"]):
        raise InvalidData("The value is opaque or transparent.", rule="")
    folder, transparent = _folder(item), names == ["transparent"]
    is_own = folder.owner == item.request.actor.user_id
    write = folder_settings.set_transparent if is_own else folder_settings.set_others_transparent
    edit.settings.append(lambda document: write(document, folder, transparent))


@prop(caldav("calendar-data"), on=On.MESSAGE, rfc="4791 §9.6")
def message_data(item: Loaded) -> str | None:
    assert isinstance(item.resource, InboxMessage)
    return escape_lines(item.resource.item.content)


@prop(caldav("calendar-data"), on=On.EVENT, rfc="4791 §9.6", needs=Need.CONTENT | Need.SETTINGS, steady=True)
def calendar_data(item: Loaded) -> str | None:
    assert isinstance(item.resource, StoredObject)
    return escape_lines(text_of_object(item.resource, item.settings))
