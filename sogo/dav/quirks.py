"""What single clients need, each under its own name and listed in docs/quirks.md. Nowhere else does DAV look at the
User-Agent.

First who it is, by the predicates of dav.md §16, then what that means (`wants_…`, `sees_…`). Code asks for the second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT_APPLE = re.compile(r"iOS-Email\+|Outlook-iOS|SecuredMIiOSEmail|Android")
_APPLE_ALWAYS = re.compile(r"DAVAccess|CardDAVPlugin|CalendarAgent|CalendarStore|CoreDAV/|DAVKit/")
_APPLE_DAEMON = re.compile(r"dataaccessd/|remindd/|iOS")
_IOS = re.compile(r"iPhone/|iOS/")
_MAC = re.compile(r"Mac OS X/10\.|Mac_OS_X/|Mac\+OS\+X/|macOS/|CoreDAV/")
_ICAL4 = re.compile(r"iCal/[45]\.|CoreDAV/|Calendar/|CalendarAgent/")
_IOS_CONTACTS = re.compile(r"DataAccess/1\.0|dataaccessd/1\.0")


@dataclass(frozen=True, slots=True)
class Client:
    """The habits of the program that asks, read from its User-Agent."""

    agent: str

    # -- who it is -------------------------------------------------------------------------------------------------

    @property
    def is_apple(self) -> bool:
        """One of Apple's programs. Others name iOS, too, without being one."""
        agent = self.agent
        if _NOT_APPLE.search(agent):
            return False
        if _APPLE_ALWAYS.search(agent) or _APPLE_DAEMON.search(agent):
            return True
        if "macOS" in agent and "AddressBookCore" in agent:
            return True
        return bool(re.search(r"Mac OS X", agent)) and ("AddressBook" in agent or "Calendar" in agent)

    @property
    def is_ios(self) -> bool:
        """An iPhone or iPad. iOS shows opaque all-day events as busy days: SOGoiPhoneForceAllDayTransparency applies to
        it."""
        return self.is_apple and bool(_IOS.search(self.agent))

    @property
    def is_apple_like(self) -> bool:
        """Wants a home that holds calendars and nothing else; DAVx5 was made after Apple's programs."""
        return "DAVx5" in self.agent or (self.is_apple and bool(_MAC.search(self.agent)))

    @property
    def is_ical4_like(self) -> bool:
        """Calendar of Mac OS X 10.6 to 10.13: it reads what the server can do from the answer to a PROPFIND."""
        return self.is_apple and bool(_ICAL4.search(self.agent))

    @property
    def is_macos_calendar(self) -> bool:
        """Calendar and Reminders since macOS 10.14."""
        return "macOS" in self.agent and ("dataaccessd" in self.agent or "remindd" in self.agent)

    @property
    def is_macos_contacts(self) -> bool:
        """Contacts of macOS, under its three names. Not every program on Apple's network library, as the original has
        it: others can show more than one address book."""
        agent = self.agent
        if "AddressBook" not in agent:
            return False
        return any(word in agent for word in ("CFNetwork", "Mac OS X", "Mac_OS_X", "Mac+OS+X")) or (
            "macOS" in agent and "AddressBookCore" in agent
        )

    @property
    def is_ios_contacts(self) -> bool:
        """The agent that brings contacts to an iPhone (and, under the same name, calendars)."""
        return bool(_IOS_CONTACTS.search(self.agent)) and not _NOT_APPLE.search(self.agent)

    @property
    def is_thunderbird(self) -> bool:
        return "Thunderbird" in self.agent

    # -- what follows ----------------------------------------------------------------------------------------------

    @property
    def wants_plain_calendar_type(self) -> bool:
        """Apple's programs ignore calendars whose resourcetype has elements beyond collection and calendar."""
        return self.is_ios or self.is_ical4_like or self.is_macos_calendar

    @property
    def wants_features_with_properties(self) -> bool:
        """The DAV header belongs into the answer to a PROPFIND for principal-URL or principal-collection-set."""
        return self.is_ical4_like

    @property
    def wants_calendars_only(self) -> bool:
        """A calendar home lists no export files: each would be taken for a calendar that cannot be read."""
        return self.is_apple_like

    @property
    def sees_proxies(self) -> bool:
        """The groups of proxies are listed beside the homes. Others would take them for homes; they are found by their
        address in any case."""
        return self.is_apple_like

    @property
    def wants_subscribed_only(self) -> bool:
        """In the home of somebody whose proxy the user is, Calendar of macOS adds every calendar it is shown to the
        account: it is shown those the user subscribed to (dav.md §12)."""
        return self.is_apple_like

    @property
    def unsubscribes_by_delete(self) -> bool:
        """Who removes a calendar that somebody shares sends DELETE for it: the end of the subscription is meant. For
        others it is refused, as the original does."""
        return self.is_apple

    @property
    def wants_inbox_listed(self) -> bool:
        """Apple's programs, and DAVx5, look for the inbox among the calendars; others may take it for one."""
        return self.is_apple_like

    @property
    def wants_no_directories(self) -> bool:
        """The contacts agent of iOS takes every listed directory for a book to download: it finds them by their address
        only."""
        return self.is_ios_contacts or self.wants_one_book

    @property
    def wants_one_book(self) -> bool:
        """Contacts of macOS takes the first book listed for the only one."""
        return self.is_macos_contacts

    @property
    def sees_no_lists(self) -> bool:
        """The original's lists (BEGIN:VLIST) are no vCards; who takes them for cards shows rubbish or stops."""
        return self.is_thunderbird or self.is_macos_contacts

    def traits(self) -> tuple[bool, ...]:
        """All that follows, for telling apart answers: programs of the same traits are answered alike."""
        return (
            self.wants_plain_calendar_type, self.wants_features_with_properties, self.wants_calendars_only,
            self.wants_inbox_listed, self.wants_no_directories, self.wants_one_book, self.sees_no_lists,
        )  # fmt: skip
