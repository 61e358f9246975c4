"""SOGo's own properties (dav.md §5.3-5.5), for the clients that grew up with them."""

from __future__ import annotations

from collections.abc import Callable

from sogo.codec.davxml.names import INVERSE, clark
from sogo.codec.davxml.reader import Element, text_of
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import Collection, On
from sogo.errors import InvalidData
from sogo.model import folder_settings
from sogo.model.folder import Folder
from sogo.model.folder_settings import Document

SHOW_ALARMS = clark(INVERSE, "calendar-show-alarms")
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


_notice("notify-on-personal-modifications", "NotifyOnPersonalModifications")
_notice("notify-on-external-modifications", "NotifyOnExternalModifications")
_notice("notify-user-on-personal-modifications", "NotifyUserOnPersonalModifications")
