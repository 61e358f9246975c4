"""CalendarServer's and Apple's properties that clients ask for (dav.md §5)."""

from __future__ import annotations

from sogo.codec.davxml.names import APPLE_ICAL, calendarserver, clark
from sogo.codec.davxml.reader import Element, text_of
from sogo.codec.davxml.writer import escape, href, hrefs, text_element
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import OBJECTS, Collection, On, Principal
from sogo.dav.texts import etag_of, quoted
from sogo.errors import InvalidData
from sogo.model import folder_settings

ORDER = clark(APPLE_ICAL, "calendar-order")


@prop(calendarserver("getetag"), on=OBJECTS, rfc="CalendarServer", steady=True)
def getetag(item: Loaded) -> str | None:
    return escape(quoted(etag_of(item.resource)))


@prop(calendarserver("email-address-set"), on=On.PRINCIPAL, rfc="CalendarServer")
def email_address_set(item: Loaded) -> str | None:
    assert isinstance(item.resource, Principal)
    addresses = "".join(
        text_element(calendarserver("email-address"), email) for email in dict.fromkeys(item.resource.user.emails)
    )
    return addresses + href(item.request.href(item.resource))


def _names(cn: str) -> tuple[str, str]:
    """First and last name out of "Last, First" or "First Last"."""
    last, comma, first = cn.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = cn.strip().rpartition(" ")
    return (first, last) if first else (last, "")


@prop(calendarserver("first-name"), on=On.PRINCIPAL, rfc="CalendarServer")
def first_name(item: Loaded) -> str | None:
    assert isinstance(item.resource, Principal)
    return escape(_names(item.resource.user.cn)[0])


@prop(calendarserver("last-name"), on=On.PRINCIPAL, rfc="CalendarServer")
def last_name(item: Loaded) -> str | None:
    assert isinstance(item.resource, Principal)
    return escape(_names(item.resource.user.cn)[1])


def _proxy_for(name: str, *, writes: bool) -> None:
    """Declare for whom somebody is a proxy of one kind."""

    def read(item: Loaded) -> str | None:
        owners = item.beyond.proxies.of(writes=writes)
        return hrefs(item.request.path_of((owner,), collection=True) for owner in owners)

    on = On.PRINCIPAL | On.CALENDAR_HOME
    prop(calendarserver(name), on=on, rfc="CalendarServer", needs=Need.PROXIES)(read)


_proxy_for("calendar-proxy-read-for", writes=False)
_proxy_for("calendar-proxy-write-for", writes=True)


@prop(clark(APPLE_ICAL, "calendar-color"), on=On.CALENDAR, rfc="Apple", needs=Need.SETTINGS)
def calendar_color(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return f"{folder_settings.read(item.settings, item.resource.view.folder).color}FF"


@calendar_color.setter
def set_calendar_color(item: Loaded, value: Element | None, edit: Edit) -> None:
    assert isinstance(item.resource, Collection)
    folder = item.resource.view.folder
    color = folder_settings.parse_color(text_of(value)) if value is not None else folder_settings.DEFAULT_COLOR
    edit.settings.append(lambda document: folder_settings.set_color(document, folder, color))


@prop(ORDER, on=On.CALENDAR, rfc="Apple", needs=Need.STORED | Need.POSITION)
def calendar_order(item: Loaded) -> str | None:
    """What the client put there, else the place in the list of the home."""
    assert isinstance(item.resource, Collection)
    if stored := item.stored.get(ORDER):
        return escape(stored)
    return str(item.resource.position) if item.resource.position else None


@calendar_order.setter
def set_calendar_order(item: Loaded, value: Element | None, edit: Edit) -> None:
    text = text_of(value).strip()
    if value is not None and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidData("The order is a number.", rule="")
    edit.stored[ORDER] = text or None
