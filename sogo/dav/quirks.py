"""What single clients need, each under its own name and listed in docs/quirks.md. Nowhere else does DAV look at the
User-Agent."""

from __future__ import annotations

import re
from dataclasses import dataclass

_APPLE_CALENDAR = re.compile(r"DAVAccess|CalendarAgent|CalendarStore|CoreDAV/|DAVKit/|dataaccessd/|iOS/")
_NOT_APPLE = re.compile(r"iOS-Email\+|Outlook-iOS|SecuredMIiOSEmail|Android")
_IOS = re.compile(r"iPhone/|iOS/")
_IOS_CONTACTS = re.compile(r"DataAccess/1\.0|dataaccessd/1\.0")


@dataclass(frozen=True, slots=True)
class Client:
    """The habits of the program that asks, read from its User-Agent (dav.md §16)."""

    agent: str

    @property
    def is_apple(self) -> bool:
        return bool(_APPLE_CALENDAR.search(self.agent)) and not _NOT_APPLE.search(self.agent)

    @property
    def is_ios(self) -> bool:
        """iOS shows opaque all-day events as busy days: SOGoiPhoneForceAllDayTransparency applies to it."""
        return self.is_apple and bool(_IOS.search(self.agent))

    @property
    def wants_no_directories(self) -> bool:
        """The contacts agent of iOS takes every listed directory for a book to download: it finds them by their address
        only."""
        return bool(_IOS_CONTACTS.search(self.agent)) and not _NOT_APPLE.search(self.agent)

    @property
    def wants_plain_calendar_type(self) -> bool:
        """Apple's programs ignore calendars whose resourcetype has elements beyond collection and calendar."""
        return self.is_apple
