"""Mailboxes and messages (dav.md §15), in the namespaces of Exchange that the original uses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from email.utils import format_datetime

from sogo.codec.davxml.names import HTTPMAIL, INVERSE, MAILHEADER, calendarserver, clark, dav
from sogo.codec.davxml.reader import Element, attribute, elements, local, text_of
from sogo.codec.davxml.writer import element, escape
from sogo.codec.imap.bodystructure import Part
from sogo.codec.imap.envelope import Addresses
from sogo.codec.imap.fetch import Fetched
from sogo.codec.mime.words import decode_words
from sogo.dav.mail_facts import REFERENCES
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import MailBox, On
from sogo.dav.texts import etag_of, quoted
from sogo.errors import InvalidData
from sogo.model.folder_settings import Document
from sogo.service.mail_search import sent

_UTC = dt.UTC
_DAV_MD = "dav.md §15"
LABELS_KEY = "SOGoMailLabelsColors"
MAX_LABELS, MAX_LABEL_CHARS = 100, 200
_KEYWORD = re.compile(r"[A-Za-z0-9$&+,._:;<=>?@^`|~!#-]{1,100}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_Read = Callable[[Fetched], str]


@prop(clark(INVERSE, "mails-labels"), on=On.MAIL_HOME, rfc=_DAV_MD, needs=Need.OWNER)
def mails_labels(item: Loaded) -> str | None:
    """The keywords a user marks messages with, each with its name and colour."""
    user, config = item.request.actor, item.request.services.config
    labels = config.user(item.owner_profile.defaults, user.domain).mail_labels_colors
    name = clark(INVERSE, "label")
    return "".join(
        element(name, escape(told[0]), id=keyword, color=told[1]) for keyword, told in labels.items() if len(told) > 1
    )


@mails_labels.setter
def set_mails_labels(item: Loaded, value: Element | None, edit: Edit) -> None:
    """All labels at once; without the property those of the site are back."""
    labels = {} if value is None else dict(_label(one) for one in elements(value) if local(one) == "label")
    if len(labels) > MAX_LABELS:
        raise InvalidData(f"There are {MAX_LABELS} labels at most.", rule="")

    def change(document: Document) -> None:
        if value is None:
            document.pop(LABELS_KEY, None)
        else:
            document[LABELS_KEY] = labels

    edit.owner_defaults.append(change)


def _label(one: Element) -> tuple[str, list[str]]:
    keyword, color, name = attribute(one, "id") or "", attribute(one, "color") or "", text_of(one).strip()
    if not (_KEYWORD.fullmatch(keyword) and _COLOR.fullmatch(color) and 0 < len(name) <= MAX_LABEL_CHARS):
        raise InvalidData("A label has a keyword, a colour such as #FF0000, and a name.", rule="")
    return keyword, [name, color]


@prop(calendarserver("getctag"), on=On.MAILBOX, rfc=_DAV_MD, needs=Need.MAILBOX)
def mailbox_ctag(item: Loaded) -> str | None:
    """Without modification sequences, by numbers that most changes change."""
    status = item.beyond.mail.status
    if status is None:
        return "-1"
    numbers = status.numbers
    counted = f"{numbers.get('MESSAGES', 0)}.{numbers.get('UNSEEN', 0)}"
    return f"{numbers.get('UIDNEXT', 0)}-{numbers.get('HIGHESTMODSEQ', counted)}"


@prop(dav("getetag"), on=On.MAIL_MESSAGE, rfc="4918 §15.6", allprop=True)
def message_etag(item: Loaded) -> str | None:
    """A message never changes (RFC 9051 §2.3.1.1)."""
    return escape(quoted(etag_of(item.resource)))


@prop(dav("getlastmodified"), on=On.MAIL_MESSAGE, rfc="4918 §15.7", allprop=True, needs=Need.MAIL_HEADERS)
def message_lastmodified(item: Loaded) -> str | None:
    headers = item.beyond.mail.headers
    if headers is None or headers.internal_date is None:
        return None
    return format_datetime(headers.internal_date.astimezone(_UTC), usegmt=True)


def _told(name: str, read: _Read, *, allprop: bool = False) -> None:
    """Declare a property of messages by what it is in their headers."""

    def get(item: Loaded) -> str | None:
        headers = item.beyond.mail.headers
        return escape(read(headers)) if headers is not None else None

    prop(name, on=On.MAIL_MESSAGE, rfc=_DAV_MD, needs=Need.MAIL_HEADERS, allprop=allprop)(get)


def _subject(headers: Fetched) -> str:
    return decode_words(headers.envelope.subject) if headers.envelope is not None else ""


def _date(headers: Fetched) -> str:
    return format_datetime(sent(headers), usegmt=True)


def _people(which: str) -> _Read:
    """`"Name" <address>`, with the address as the name where there is none, as the original writes it."""

    def read(headers: Fetched) -> str:
        addresses: Addresses = getattr(headers.envelope, which) if headers.envelope is not None else ()
        told = [(decode_words(one.name) or one.address, one.address) for one in addresses if one.address]
        return ", ".join(f'"{name}" <{address}>' for name, address in told)

    return read


def _references(headers: Fetched) -> str:
    _, _, value = (headers.sections.get(REFERENCES) or b"").partition(b":")
    return " ".join(value.decode("utf-8", "replace").split())


def _received(headers: Fetched) -> str:
    moment = headers.internal_date
    return format_datetime(moment.astimezone(_UTC), usegmt=True) if moment is not None else _date(headers)


def _has_attachment(headers: Fetched) -> str:
    return "1" if headers.structure is not None and has_attachment(headers.structure) else "0"


def has_attachment(root: Part) -> bool:
    """The first leaf with a file name, or a disposition that says more than its kind, and that is not text shown within
    the message (mail.md §1.5)."""
    for part in root.walk():
        if part.children or part.type == "multipart":
            continue
        disposition = part.disposition
        inline = disposition is not None and disposition.kind == "inline" and part.type == "text"
        if ((disposition is not None and disposition.params) or "name" in part.params) and not inline:
            return True
    return False


_told(dav("displayname"), _subject, allprop=True)
_told(dav("getcontentlength"), lambda headers: str(headers.size_bytes or 0), allprop=True)
_told(clark(HTTPMAIL, "date"), _date)
_told(clark(HTTPMAIL, "hasattachment"), _has_attachment)
_told(clark(HTTPMAIL, "read"), lambda headers: "1" if "\\seen" in {f.lower() for f in headers.flags or ()} else "0")
_told(clark(HTTPMAIL, "unreadcount"), lambda headers: "")
_told(clark(MAILHEADER, "subject"), _subject)
_told(clark(MAILHEADER, "date"), _date)
_told(clark(MAILHEADER, "from"), _people("from_"))
_told(clark(MAILHEADER, "to"), _people("to"))
_told(clark(MAILHEADER, "cc"), _people("cc"))
_told(clark(MAILHEADER, "in-reply-to"), lambda headers: headers.envelope.in_reply_to if headers.envelope else "")
_told(clark(MAILHEADER, "message-id"), lambda headers: headers.envelope.message_id if headers.envelope else "")
_told(clark(MAILHEADER, "references"), _references)
_told(clark(MAILHEADER, "received"), _received)


@prop(clark(HTTPMAIL, "textdescription"), on=On.MAIL_MESSAGE, rfc=_DAV_MD, needs=Need.MAIL_TEXT)
def textdescription(item: Loaded) -> str | None:
    """The whole message, in what looks like a CDATA section and is text."""
    octets = item.beyond.mail.text
    if octets is None:
        return None
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    return escape("<![CDATA[" + text.replace("\r\n", "\n") + "]]>")


@prop(clark(MAILHEADER, "subject"), on=On.MAILBOX, rfc=_DAV_MD)
def mailbox_subject(item: Loaded) -> str | None:
    """The name of a mailbox, where a message has its subject."""
    assert isinstance(item.resource, MailBox)
    return escape(item.resource.title)
