"""How objects read at the edge: ETags in quotes, content types, and the text one reader gets of an object."""

from __future__ import annotations

import hashlib

from sogo.codec.contentline import Component, parse
from sogo.dav.resources import (
    DirectoryObject,
    ExportFile,
    FreeBusyFile,
    InboxMessage,
    MailMessage,
    Notification,
    Resource,
    StoredObject,
)
from sogo.errors import CodecError
from sogo.model import folder_settings
from sogo.model.folder import Entry
from sogo.model.folder_settings import Document


def quoted(etag: str) -> str:
    return f'"{etag}"'


def etag_of(resource: Resource) -> str:
    """The bare ETag of an object, "" for anything else."""
    match resource:
        case StoredObject(_, entry):
            return entry.etag
        case DirectoryObject(_, card):
            return card.etag
        case Notification(_, notice):
            return notice.etag
        case InboxMessage(_, item):
            return hashlib.sha256(item.content.encode("utf-8", "replace")).hexdigest()[:32]
        case MailMessage(_, uid, uid_validity):
            return f"{uid_validity}-{uid}"
    return ""


def content_type(resource: Resource) -> str:
    match resource:
        case StoredObject(_, Entry(component="vlist")):
            return "text/x-vlist; charset=utf-8"
        case StoredObject(_, Entry(component="vevent" | "vtodo" | "vjournal" as component)):
            return f"text/calendar; charset=utf-8; component={component}"
        case StoredObject(view) if view.folder.kind.stored_type == "Appointment":
            return "text/calendar; charset=utf-8"
        case ExportFile(_, form):
            return form.content_type
        case FreeBusyFile() | InboxMessage():
            return "text/calendar; charset=utf-8"
        case Notification():
            return "application/xml; charset=utf-8"
        case MailMessage():
            return "message/rfc822"
    return "text/vcard; charset=utf-8"


def text_of_object(resource: StoredObject | DirectoryObject, settings: Document) -> str:
    """The text as this reader gets it: without alarms where they were switched off for the folder (dav.md §5.4)."""
    if isinstance(resource, DirectoryObject):
        return resource.card.text
    content = resource.entry.content or ""
    if "BEGIN:VALARM" in content and not folder_settings.read(settings, resource.view.folder).show_alarms:
        return without_alarms(content)
    return content


def without_alarms(content: str) -> str:
    """The calendar without its VALARMs; a text nobody can parse is left as it is."""
    try:
        document = parse(content)
    except CodecError:
        return content
    for component in document.walk():
        component.items = [i for i in component.items if not (isinstance(i, Component) and i.name == "VALARM")]
    return document.render()
