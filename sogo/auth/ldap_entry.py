"""An LDAP entry as a record (auth.md §1.5)."""

from __future__ import annotations

import base64

from sogo.auth.interface import Record
from sogo.auth.ldap_client import Entry
from sogo.auth.ldap_names import PROXY_ADDRESSES, SMTP_PREFIX
from sogo.auth.records import Attributes, Named, addresses, first, record, values
from sogo.auth.settings import LdapSettings

_SECRET = frozenset(
    {"userpassword", "unicodepwd", "sambantpassword", "sambalmpassword", "authpassword", "krbprincipalkey"}
)
_BINARY = frozenset({"jpegphoto", "thumbnailphoto", "photo"})
_RESOURCE_CLASS = "calendarresource"


def record_of(entry: Entry, settings: LdapSettings) -> Record:
    """The record; its uid is empty for an entry without one, such as a contact."""
    attributes = _mapped(_texts(entry), settings)
    classes = {name.lower() for name in values(attributes, "objectclass")}
    uid = first(attributes, settings.uid_field)
    name = first(attributes, settings.id_field) or uid
    named = Named(
        uid=uid,
        name=name,
        cn=first(attributes, settings.cn_field) or name,
        emails=_emails(attributes, settings),
        domain=settings.domain,
        is_group=not classes.isdisjoint(group.lower() for group in settings.group_classes),
        is_resource=_RESOURCE_CLASS in classes,
        info=first(attributes, settings.info_field),
        dn=entry.dn,
    )
    return record(attributes, named, settings)


def _texts(entry: Entry) -> dict[str, str | tuple[str, ...]]:
    """Attributes as texts; what is no UTF-8, and pictures, as base64. Passwords are left out."""
    texts: dict[str, str | tuple[str, ...]] = {}
    for name, raw in entry.attributes.items():
        plain = name.removesuffix(";binary")
        if plain not in _SECRET:
            found = tuple(_text(value, binary=plain in _BINARY or plain != name) for value in raw)
            texts[plain] = found[0] if len(found) == 1 else found
    return texts


def _text(value: bytes, *, binary: bool) -> str:
    if not binary:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return base64.b64encode(value).decode("ascii")


def _mapped(attributes: dict[str, str | tuple[str, ...]], settings: LdapSettings) -> Attributes:
    """With the contact fields of `mapping` added: the first of the named attributes that is there wins."""
    for field, names in settings.mapping.items():
        found = next((attributes[name.lower()] for name in names if name.lower() in attributes), None)
        if found is not None:
            attributes[field.lower()] = found
    return attributes


def _emails(attributes: Attributes, settings: LdapSettings) -> tuple[str, ...]:
    found: list[str] = []
    for field in settings.mail_fields:
        for value in values(attributes, field):
            if field.lower() != PROXY_ADDRESSES:
                found.append(value)
            elif value.lower().startswith(SMTP_PREFIX):
                found.append(value[len(SMTP_PREFIX) :])
    return addresses(found)
