"""RFC 6638: scheduling; and the availability that RFC 7953 keeps with the inbox."""

from __future__ import annotations

from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.names import caldav, calendarserver, dav
from sogo.codec.davxml.reader import Element, child, text_of
from sogo.codec.davxml.writer import escape, escape_lines, href
from sogo.dav.context import MOUNT
from sogo.dav.inbox import mark_of, token_of
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import OUTBOX_NAME, Inbox, On, Principal
from sogo.dav.texts import quoted
from sogo.errors import CodecError, Forbidden, InvalidData
from sogo.model import availability, folder_settings
from sogo.model.availability import AVAILABILITY, INBOX_NAME
from sogo.model.folder import PERSONAL, FolderKind
from sogo.model.rights import Deed
from sogo.model.scheduling_settings import default_calendar, set_default_calendar
from sogo.service.folders import FolderView, standing


@prop(caldav("schedule-tag"), on=On.EVENT, rfc="6638 §9.3", needs=Need.CONTENT | Need.SCHEDULE_TAG)
def schedule_tag(item: Loaded) -> str | None:
    """Only of scheduling objects."""
    tag = item.beyond.schedule_tag
    return None if tag is None else escape(quoted(tag))


# --- where the boxes are ----------------------------------------------------------------------------------------------


@prop(caldav("schedule-inbox-URL"), on=On.PRINCIPAL, rfc="6638 §2.2.1")
def schedule_inbox_url(item: Loaded) -> str | None:
    return _box(item, INBOX_NAME)


@prop(caldav("schedule-outbox-URL"), on=On.PRINCIPAL, rfc="6638 §2.1.1")
def schedule_outbox_url(item: Loaded) -> str | None:
    return _box(item, OUTBOX_NAME)


def _box(item: Loaded, name: str) -> str | None:
    """Only for whom they are there."""
    assert isinstance(item.resource, Principal)
    user, request = item.resource.user, item.request
    is_open = request.services.offers(request.actor, FolderKind.CALENDAR) and standing(request.actor, user).owner
    return href(request.path_of((user.user_id, FolderKind.CALENDAR.value, name), collection=True)) if is_open else None


# --- the inbox --------------------------------------------------------------------------------------------------------


@prop(calendarserver("getctag"), on=On.INBOX, rfc="calendarserver-ctag", needs=Need.INBOX)
def inbox_ctag(item: Loaded) -> str | None:
    return mark_of(item.beyond.inbox)


@prop(dav("sync-token"), on=On.INBOX, rfc="6578 §4", needs=Need.INBOX)
def inbox_sync_token(item: Loaded) -> str | None:
    return escape(token_of(item.beyond.inbox))


@prop(
    caldav("calendar-free-busy-set"), on=On.INBOX, rfc="draft-desruisseaux-caldav-sched",
    needs=Need.CALENDARS | Need.SETTINGS,
)  # fmt: skip
def calendar_free_busy_set(item: Loaded) -> str | None:
    """The own calendars that count. Each says so itself by schedule-calendar-transp."""
    counting = [
        view
        for view in item.beyond.calendars
        if not folder_settings.is_transparent_to(item.settings, view.folder, view.folder.owner)
    ]
    return "".join(_href(item, view) for view in counting)


@prop(caldav("schedule-default-calendar-URL"), on=On.INBOX, rfc="6638 §9.2", needs=Need.CALENDARS | Need.OWNER)
def schedule_default_calendar_url(item: Loaded) -> str | None:
    chosen = default_calendar(item.owner_profile.settings)
    by_name = {view.folder.name: view for view in item.beyond.calendars}
    view = by_name.get(chosen) or by_name.get(PERSONAL) or next(iter(by_name.values()), None)
    return _href(item, view) if view is not None else None


@schedule_default_calendar_url.setter
def set_schedule_default_calendar_url(item: Loaded, value: Element | None, edit: Edit) -> None:
    """A calendar of one's own; none is personal again. Raises InvalidData (valid-schedule-default-calendar-URL)."""
    assert isinstance(item.resource, Inbox)
    if item.request.actor.user_id != item.resource.owner.user_id:
        raise Forbidden("Only the owner can do this.", right=Deed.SET_PROPERTIES.privilege)
    name = None if value is None else _calendar_at(item, value)
    edit.settings.append(lambda document: set_default_calendar(document, name))


def _calendar_at(item: Loaded, value: Element) -> str:
    element = child(value, dav("href"))
    try:
        segments = parse_href(text_of(element).strip()).segments if element is not None else ()
    except CodecError:
        segments = ()
    for view in item.beyond.calendars:
        if segments == (*MOUNT, *view.segments):
            return view.folder.name
    raise InvalidData("The default is one of the own calendars.", rule="valid-schedule-default-calendar-URL")


def _href(item: Loaded, view: FolderView) -> str:
    return href(item.request.path_of(view.segments, collection=True))


@prop(AVAILABILITY, on=On.INBOX, rfc="7953 §7.2.4", needs=Need.STORED)
def calendar_availability(item: Loaded) -> str | None:
    text = item.stored.get(AVAILABILITY)
    return escape_lines(text) if text is not None else None


@calendar_availability.setter
def set_calendar_availability(item: Loaded, value: Element | None, edit: Edit) -> None:
    edit.stored[AVAILABILITY] = availability.check(text_of(value).strip()) if value is not None else None
