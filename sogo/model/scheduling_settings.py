"""What a user chose about scheduling, in the `c_settings` document (scheduling.md §16).

Pure; keys it does not know stay. The default calendar is ours, beside the original's keys, which leaves it alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sogo.model.folder_settings import Document, truth

MODULE = "Calendar"
_DEFAULT_CALENDAR = "ScheduleDefaultCalendar"


def blocks_invitations(settings: Mapping[str, Any], inviter: Collection[str]) -> bool:
    """Whether the user does not want to be invited by somebody with one of these logins."""
    module = _module(settings)
    return truth(module.get("PreventInvitations")) and not any(login in _white_list(module) for login in inviter)


def sends_replies(settings: Mapping[str, Any]) -> bool:
    """Whether answers that the user gives over CalDAV are mailed."""
    return not truth(_module(settings).get("InvitationNotificationsOnCalDavDisabled"))


def default_calendar(settings: Mapping[str, Any]) -> str:
    """The name of the calendar in which new copies are put (RFC 6638 §9.2); "" when none was chosen."""
    name = _module(settings).get(_DEFAULT_CALENDAR)
    return name if isinstance(name, str) else ""


def set_default_calendar(settings: Document, name: str | None) -> None:
    module = settings.get(MODULE)
    if not isinstance(module, dict):
        module = settings[MODULE] = {}
    if name is None:
        module.pop(_DEFAULT_CALENDAR, None)
    else:
        module[_DEFAULT_CALENDAR] = name


def _module(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    module = settings.get(MODULE)
    return module if isinstance(module, Mapping) else {}


def _white_list(module: Mapping[str, Any]) -> Collection[str]:
    """By login. Old versions of the original stored the object as a text."""
    found = module.get("PreventInvitationsWhitelist")
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return ()
    return found if isinstance(found, Mapping | list) else ()
