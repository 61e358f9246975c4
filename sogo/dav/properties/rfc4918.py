"""WebDAV's own properties (RFC 4918 §15)."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, text_of
from sogo.codec.davxml.writer import escape
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import (
    COLLECTIONS,
    EVERYTHING,
    FILES,
    FOLDERS,
    OBJECTS,
    STORED_OBJECTS,
    Collection,
    DirectoryBook,
    DirectoryObject,
    Home,
    Inbox,
    InboxMessage,
    MailAccount,
    MailBox,
    MailHome,
    Notifications,
    On,
    Outbox,
    Principal,
    ProxyGroup,
    Reserved,
    StoredObject,
)
from sogo.dav.texts import content_type, etag_of, quoted
from sogo.errors import InvalidData
from sogo.model import folder_settings
from sogo.service.titles import title_of

_DATE = "%Y-%m-%dT%H:%M:%SZ"
_TYPES = {
    On.ROOT: "<D:collection/>",
    On.PRINCIPAL: "<D:collection/><D:principal/>",
    On.NOTIFICATIONS: "<D:collection/><CS:notification/>",
    On.CALENDAR_HOME: "<D:collection/>",
    On.CONTACTS_HOME: "<D:collection/>",
    On.ADDRESS_BOOK: "<D:collection/><G:vcard-collection/><CR:addressbook/>",
    On.RESERVED: "",
    On.INBOX: "<D:collection/><C:schedule-inbox/>",
    On.OUTBOX: "<D:collection/><C:schedule-outbox/>",
    On.MAIL_HOME: "<D:collection/>",
    On.MAIL_ACCOUNT: "<D:collection/>",
    On.MAILBOX: "<D:collection/>",
    On.DIRECTORY: "<D:collection/><G:vcard-collection/><CR:addressbook/><CR:directory/>",
}


@prop(dav("resourcetype"), on=On.PROXY, rfc="4918 §15.9", allprop=True)
def proxy_resourcetype(item: Loaded) -> str | None:
    assert isinstance(item.resource, ProxyGroup)
    return f"<D:collection/><D:principal/><CS:{item.resource.name}/>"


@prop(
    dav("resourcetype"),
    on=EVERYTHING & ~(On.CALENDAR | On.PROXY) | On.RESERVED,
    rfc="4918 §15.9",
    allprop=True,
    steady=True,
)
def resourcetype(item: Loaded) -> str | None:
    return _TYPES.get(item.resource.kind, "")


@prop(dav("resourcetype"), on=On.CALENDAR, rfc="4918 §15.9", needs=Need.SETTINGS, allprop=True)
def calendar_resourcetype(item: Loaded) -> str | None:
    """With the GroupDAV types that the original names, but for clients that trip over them. That the owner has shared a
    calendar is told along with who was invited."""
    shared = shared_types(item)
    if item.request.client.wants_plain_calendar_type:
        return "<D:collection/><C:calendar/>" + shared
    assert isinstance(item.resource, Collection)
    tasks = folder_settings.read(item.settings, item.resource.view.folder).show_tasks
    return "<D:collection/><C:calendar/><G:vevent-collection/>" + ("<G:vtodo-collection/>" if tasks else "") + shared


def shared_types(item: Loaded) -> str:
    assert isinstance(item.resource, Collection)
    if item.resource.view.home is not None:
        return "<CS:shared/>"
    return "<CS:shared-owner/>" if item.beyond.invited else ""


@prop(dav("displayname"), on=FOLDERS, rfc="4918 §15.2", needs=Need.SETTINGS, allprop=True)
def folder_displayname(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return escape(title_of(item.request.services.config, item.resource.view, item.settings))


@folder_displayname.setter
def set_displayname(item: Loaded, value: Element | None, edit: Edit) -> None:
    text = text_of(value).strip()
    if not text:
        raise InvalidData("A folder needs a name.", rule="")
    assert isinstance(item.resource, Collection)
    view = item.resource.view
    if view.standing.owner:
        edit.display_name = text
    else:  # a name of the reader's own
        edit.settings.append(lambda document: folder_settings.set_display_name(document, view.folder, text))


@prop(
    dav("displayname"),
    on=EVERYTHING & ~(FOLDERS | FILES | On.MAIL_MESSAGE),
    rfc="4918 §15.2",
    allprop=True,
    steady=True,
)
def displayname(item: Loaded) -> str | None:
    match item.resource:
        case Principal(user):
            return escape(user.cn)
        case Home(_, kind):
            return kind.value
        case ProxyGroup() | Notifications():
            return item.resource.segments[-1]
        case DirectoryBook(_, source):
            return escape(source.display_name or source.id)
        case StoredObject(_, entry):
            return escape(entry.name)
        case DirectoryObject(_, card):
            return escape(card.name)
        case Inbox() | Outbox() | InboxMessage():
            return escape(item.resource.segments[-1])
        case MailHome():
            return "Mail"
        case MailAccount(user):
            return escape(user.email)
        case MailBox():
            return escape(item.resource.title)
    return "SOGo"


@prop(dav("getetag"), on=OBJECTS, rfc="4918 §15.6", allprop=True, steady=True)
def getetag(item: Loaded) -> str | None:
    return escape(quoted(etag_of(item.resource)))


@prop(dav("getcontenttype"), on=EVERYTHING, rfc="4918 §15.5", allprop=True, steady=True)
def getcontenttype(item: Loaded) -> str | None:
    if item.resource.kind & COLLECTIONS:
        return "httpd/unix-directory"
    return escape(content_type(item.resource))


@prop(dav("getcontentlength"), on=OBJECTS | On.RESERVED, rfc="4918 §15.4", allprop=True, steady=True)
def getcontentlength(item: Loaded) -> str | None:
    match item.resource:
        case StoredObject(_, entry):
            return str(entry.size_bytes) if entry.mask is None else None
        case DirectoryObject(_, card):
            return str(len(card.text.encode()))
        case InboxMessage(_, message):
            return str(len(message.content.encode("utf-8", "replace")))
        case Reserved():
            return "0"
    return None


@prop(dav("getlastmodified"), on=STORED_OBJECTS | FOLDERS | On.MESSAGE, rfc="4918 §15.7", allprop=True, steady=True)
def getlastmodified(item: Loaded) -> str | None:
    match item.resource:
        case StoredObject(_, entry) if entry.mask is not None:
            return None
        case StoredObject(_, entry):
            return format_datetime(_moment(entry.modified), usegmt=True)
        case InboxMessage(_, message):
            return format_datetime(_moment(message.created), usegmt=True)
        case Collection(view) if view.state.modified >= 0:
            return format_datetime(_moment(view.state.modified), usegmt=True)
    return None


@prop(dav("creationdate"), on=STORED_OBJECTS | On.RESERVED, rfc="4918 §15.1", allprop=True, steady=True)
def creationdate(item: Loaded) -> str | None:
    if isinstance(item.resource, StoredObject):
        if item.resource.entry.mask is not None:
            return None
        return _moment(item.resource.entry.created).strftime(_DATE)
    return _moment(item.resource.created).strftime(_DATE) if isinstance(item.resource, Reserved) else None


def _moment(epoch: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(max(0, epoch), dt.UTC)
