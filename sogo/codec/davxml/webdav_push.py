"""WebDAV-Push (draft-bitfire-webdav-push): what a client registers, and what it is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from sogo.codec.davxml.names import WEBDAV_PUSH, clark, dav
from sogo.codec.davxml.reader import Element, attribute, child, children, elements, name_of, text_of
from sogo.codec.davxml.rfc4918 import expect_root
from sogo.codec.davxml.writer import document_of, element, text_element
from sogo.codec.web_push.encryption import AUTH_OCTETS
from sogo.codec.web_push.keys import POINT_OCTETS, from_base64url, public_key
from sogo.errors import CodecError, InvalidData, TooMany

MAX_PROPERTIES = 100
MAX_NAME_CHARS = 300


def push(local_name: str) -> str:
    return clark(WEBDAV_PUSH, local_name)


@dataclass(frozen=True, slots=True)
class PushRegister:
    """`resource` is the address of the push service for this client, a secret; `point` and `auth_secret` are the keys.

    `sync_level` is "1" or "infinite", "" without interest in content. `properties` are the Clark names of which the
    client wants to know, empty for the server's choice; None without interest in properties. Of their depth nothing
    is kept: only 0 is supported. `expires` is what the client asks for, None when it does not say or says no date.
    """

    resource: str = field(repr=False)
    point: bytes = field(repr=False)
    auth_secret: bytes = field(repr=False)
    sync_level: str = ""
    properties: tuple[str, ...] | None = None
    expires: dt.datetime | None = None


def is_push_register(root: Element | None) -> bool:
    return root is not None and name_of(root) == push("push-register")


def parse_push_register(root: Element | None) -> PushRegister:
    """Read a push-register. Raises InvalidData with the rule of the draft, CodecError, TooMany."""
    request = expect_root(root, push("push-register"))
    resource, point, auth_secret = _subscription(request)
    sync_level, properties = _triggers(request)
    return PushRegister(
        resource, point, auth_secret, sync_level, properties, _date(text_of(child(request, push("expires"))))
    )


def _subscription(request: Element) -> tuple[str, bytes, bytes]:
    subscriptions = children(request, push("subscription"))
    kinds = [one for each in subscriptions for one in elements(each)]
    if len(subscriptions) != 1 or len(kinds) != 1 or name_of(kinds[0]) != push("web-push-subscription"):
        raise _invalid("A registration has one subscription, of Web Push.")
    web_push = kinds[0]
    resource = text_of(_only(web_push, "push-resource")).strip()
    encoding = child(web_push, push("content-encoding"))
    if encoding is not None and text_of(encoding).strip() != "aes128gcm":
        raise _invalid("Messages are sent in the content encoding aes128gcm.")
    key = _only(web_push, "client-public-key")
    if attribute(key, "type") != "p256dh":
        raise _invalid("The public key is of the type p256dh.")
    try:
        point = from_base64url(text_of(key), POINT_OCTETS)
        public_key(point)
        return resource, point, from_base64url(text_of(_only(web_push, "auth-secret")), AUTH_OCTETS)
    except CodecError as error:
        raise _invalid(error.public) from error


def _only(parent: Element, name: str) -> Element:
    found = children(parent, push(name))
    if len(found) != 1:
        raise _invalid(f"A Web Push subscription has one {name}.")
    return found[0]


def _triggers(request: Element) -> tuple[str, tuple[str, ...] | None]:
    """What is not understood is left out, and what cannot be had is taken for the next best (draft, registration)."""
    triggers = children(request, push("trigger"))
    if len(triggers) > 1:
        raise _invalid("A registration has one trigger element.")
    sync_level, properties = "", None
    for trigger in triggers:
        content = child(trigger, push("content-update"))
        if content is not None:
            level = text_of(child(content, dav("sync-level"))).strip().lower()
            sync_level = "infinite" if level in ("infinite", "infinity") else "1"
        wanted = child(trigger, push("property-update"))
        if wanted is not None:
            properties = _names(child(wanted, dav("prop")))
    return sync_level, properties


def _names(prop: Element | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name_of(item) for item in elements(prop))) if prop is not None else ()
    if len(names) > MAX_PROPERTIES:
        raise TooMany(f"At most {MAX_PROPERTIES} properties are followed.", limit=MAX_PROPERTIES)
    if any(len(name) > MAX_NAME_CHARS for name in names):
        raise CodecError("A property has too long a name.")
    return names


def _date(text: str) -> dt.datetime | None:
    """An IMF-fixdate (RFC 9110 §5.6.7). What is none is as if it were not there: the answer says how long it is."""
    try:
        moment = parsedate_to_datetime(text.strip()[:100])
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment


def _invalid(text: str) -> InvalidData:
    return InvalidData(text, rule="invalid-subscription")


# --- properties and messages ------------------------------------------------------------------------------------------


def transports(vapid_key: str) -> str:
    """The inside of the property. `vapid_key` is the public key in base64url."""
    key = element(push("vapid-public-key"), vapid_key, type="p256ecdsa")
    return element(push("web-push"), key)


def supported_triggers(*, sync_level: str, depth: str = "") -> str:
    """The inside of the property: how deep changes of content are told of, and of properties ("" for not at all)."""
    content = element(push("content-update"), text_element(dav("sync-level"), sync_level))
    return content + (element(push("property-update"), text_element(dav("depth"), depth)) if depth else "")


def push_message(topic: str, *, content: bool, sync_token: str = "", properties: bool = False) -> str:
    """What is told: that content has changed, with the new token if it is known, and that properties have."""
    inner = text_element(push("topic"), topic)
    if content:
        inner += element(push("content-update"), text_element(dav("sync-token"), sync_token) if sync_token else "")
    if properties:
        inner += element(push("property-update"))
    return document_of(push("push-message"), inner)
