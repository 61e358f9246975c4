"""CardDAV (RFC 6352)."""

from __future__ import annotations

from sogo.codec.davxml.names import carddav
from sogo.codec.davxml.reader import Element, text_of
from sogo.codec.davxml.rfc6352 import DEFAULT_VERSION
from sogo.codec.davxml.writer import escape, escape_lines, href
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import Collection, DirectoryObject, On, Principal, StoredObject
from sogo.dav.texts import text_of_object
from sogo.model import folder_settings
from sogo.model.card_versions import in_version

BOOKS = On.ADDRESS_BOOK | On.DIRECTORY


@prop(carddav("addressbook-home-set"), on=On.PRINCIPAL, rfc="6352 §7.1.1")
def addressbook_home_set(item: Loaded) -> str | None:
    return href(item.request.path_of((*item.resource.segments, "Contacts"), collection=True))


@prop(carddav("directory-gateway"), on=On.PRINCIPAL | On.CONTACTS_HOME, rfc="draft-daboo-carddav-directory-gateway")
def directory_gateway(item: Loaded) -> str | None:
    user = item.resource.user if isinstance(item.resource, Principal) else item.request.actor
    books = item.request.services.directories.books(item.request.actor, user)
    if not books:
        return None
    name = min(book.id for book in books)
    return href(item.request.path_of((user.user_id, "Contacts", name), collection=True))


@prop(carddav("addressbook-description"), on=On.ADDRESS_BOOK, rfc="6352 §6.2.1", needs=Need.SETTINGS)
def addressbook_description(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return escape(folder_settings.read(item.settings, item.resource.view.folder).description)


@addressbook_description.setter
def set_addressbook_description(item: Loaded, value: Element | None, edit: Edit) -> None:
    assert isinstance(item.resource, Collection)
    folder, text = item.resource.view.folder, text_of(value)
    edit.settings.append(lambda document: folder_settings.set_description(document, folder, text))


@prop(carddav("supported-address-data"), on=BOOKS, rfc="6352 §6.2.2")
def supported_address_data(item: Loaded) -> str | None:
    return (
        '<CR:address-data-type content-type="text/vcard" version="3.0"/>'
        '<CR:address-data-type content-type="text/vcard" version="4.0"/>'
    )


@prop(carddav("supported-collation-set"), on=BOOKS | On.CARD | On.DIRECTORY_CARD, rfc="6352 §8.3.1")
def supported_collation_set(item: Loaded) -> str | None:
    names = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
    return "".join(f"<CR:supported-collation>{name}</CR:supported-collation>" for name in names)


@prop(carddav("max-resource-size"), on=On.ADDRESS_BOOK, rfc="6352 §6.2.3")
def max_resource_size(item: Loaded) -> str | None:
    limit = item.request.services.config.system.maximum_object_size * 1024
    return str(limit) if limit else None


@prop(carddav("address-data"), on=On.CARD | On.DIRECTORY_CARD, rfc="6352 §10.4", needs=Need.CONTENT, steady=True)
def address_data(item: Loaded) -> str | None:
    assert isinstance(item.resource, StoredObject | DirectoryObject)
    return escape_lines(in_version(text_of_object(item.resource, item.settings), DEFAULT_VERSION))
