"""SOGo's own properties (dav.md §5.3-5.5), for the clients that grew up with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sogo.codec.davxml.names import INVERSE, clark
from sogo.codec.davxml.reader import Element, elements, name_of, text_of
from sogo.codec.davxml.writer import escape, text_element
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import Collection, On
from sogo.errors import InvalidData
from sogo.model import folder_settings
from sogo.model.folder import Folder
from sogo.model.folder_settings import Document

SHOW_ALARMS = clark(INVERSE, "calendar-show-alarms")
CATEGORY = clark(INVERSE, "category")
CLASSES = ("PUBLIC", "CONFIDENTIAL", "PRIVATE")
PROTECTED = "cannot-modify-protected-property"
MAX_ADDRESS_CHARS = 1_000
MAX_CATEGORIES = 200
MAX_CATEGORY_CHARS = 200
_TRUE = {"true", "1"}
_FALSE = {"false", "0"}


def _boolean(value: Element | None, *, default: bool) -> bool:
    text = text_of(value).strip().lower()
    if value is None:
        return default
    if text not in _TRUE | _FALSE:
        raise InvalidData("The value is true or false.", rule="")
    return text in _TRUE


@prop(SHOW_ALARMS, on=On.CALENDAR, rfc="dav.md §5.4", needs=Need.SETTINGS)
def calendar_show_alarms(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return "true" if folder_settings.read(item.settings, item.resource.view.folder).show_alarms else "false"


@calendar_show_alarms.setter
def set_calendar_show_alarms(item: Loaded, value: Element | None, edit: Edit) -> None:
    assert isinstance(item.resource, Collection)
    folder, show = item.resource.view.folder, _boolean(value, default=True)
    edit.settings.append(lambda document: folder_settings.set_show_alarms(document, folder, show))


def _notice(name: str, key: str) -> None:
    """Declare one of the switches for notices; only the owner's choice has effect, so it lives in their settings."""

    def read(item: Loaded) -> str | None:
        assert isinstance(item.resource, Collection)
        return "true" if folder_settings.read_switch(item.settings, key, item.resource.view.folder) else "false"

    def write(item: Loaded, value: Element | None, edit: Edit) -> None:
        assert isinstance(item.resource, Collection)
        folder, on = item.resource.view.folder, _boolean(value, default=False)
        edit.settings.append(_switch(key, folder, on))

    prop(clark(INVERSE, name), on=On.CALENDAR, rfc="dav.md §5.4", needs=Need.SETTINGS)(read).setter(write)


def _switch(key: str, folder: Folder, on: bool) -> Callable[[Document], None]:
    return lambda document: folder_settings.set_switch(document, key, folder, on)


NOTIFIED_USER = clark(INVERSE, "notified-user-on-personal-modifications")
_NOTIFIED_KEY = "NotifiedUserOnPersonalModifications"


@prop(NOTIFIED_USER, on=On.CALENDAR, rfc="dav.md §5.4", needs=Need.SETTINGS)
def notified_user(item: Loaded) -> str | None:
    """Whom else to tell: a mail address, or several."""
    assert isinstance(item.resource, Collection)
    return escape(folder_settings.read_text(item.settings, _NOTIFIED_KEY, item.resource.view.folder))


@notified_user.setter
def set_notified_user(item: Loaded, value: Element | None, edit: Edit) -> None:
    assert isinstance(item.resource, Collection)
    folder, text = item.resource.view.folder, text_of(value).strip()
    if len(text) > MAX_ADDRESS_CHARS or any(not char.isprintable() for char in text):
        raise InvalidData("This is no mail address.", rule="")
    edit.settings.append(lambda document: folder_settings.set_text(document, _NOTIFIED_KEY, folder, text))


# --- what the owner chose for a whole home ----------------------------------------------------------------------------


def _classification(name: str, key: str) -> None:
    """Declare the default class of new events or tasks, kept among the owner's defaults."""

    def read(item: Loaded) -> str | None:
        return escape(str(item.owner_profile.defaults.get(key) or "PUBLIC"))

    def write(item: Loaded, value: Element | None, edit: Edit) -> None:
        text = text_of(value).strip()
        if text not in CLASSES:
            raise InvalidData("The value is PUBLIC, CONFIDENTIAL or PRIVATE.", rule=PROTECTED)
        edit.owner_defaults.append(lambda document: document.update({key: text}))

    prop(clark(INVERSE, name), on=On.CALENDAR_HOME, rfc="dav.md §5.3", needs=Need.OWNER)(read).setter(write)


_classification("events-default-classification", "SOGoCalendarEventsDefaultClassification")
_classification("tasks-default-classification", "SOGoCalendarTasksDefaultClassification")

_CATEGORIES_KEY = "SOGoContactsCategories"


@prop(clark(INVERSE, "contacts-categories"), on=On.CONTACTS_HOME, rfc="dav.md §5.5", needs=Need.OWNER)
def contacts_categories(item: Loaded) -> str | None:
    names = item.owner_profile.defaults.get(_CATEGORIES_KEY)
    return "".join(text_element(CATEGORY, str(name)) for name in names) if isinstance(names, list) else ""


@contacts_categories.setter
def set_contacts_categories(item: Loaded, value: Element | None, edit: Edit) -> None:
    names = _categories(value)
    edit.owner_defaults.append(lambda document: document.update({_CATEGORIES_KEY: list(names)}))


def _categories(value: Element | None) -> Sequence[str]:
    found = (
        [text_of(child).strip() for child in elements(value) if name_of(child) == CATEGORY] if value is not None else []
    )
    if len(found) > MAX_CATEGORIES or any(len(name) > MAX_CATEGORY_CHARS for name in found):
        raise InvalidData("Too many categories, or too long ones.", rule="")
    return [name for name in dict.fromkeys(found) if name]


_notice("notify-on-personal-modifications", "NotifyOnPersonalModifications")
_notice("notify-on-external-modifications", "NotifyOnExternalModifications")
_notice("notify-user-on-personal-modifications", "NotifyUserOnPersonalModifications")
