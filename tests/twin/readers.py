"""Clients of ours that read, in every way there is, what people write through both servers meanwhile.

Every answer is compared at once with what was acknowledged (`history`). Each request has a connection of its own, so that
any worker of ours may answer it, with what it remembers.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from lxml import etree

from sogo.codec.contentline import parse
from sogo.codec.davxml.calendar_filter import CompFilter, TimeRange
from sogo.model.filters.calendar import CalendarFilter
from tests.support.dav_client import (
    MULTIGET,
    XML_TYPE,
    Answer,
    DavUser,
    Follower,
    clark,
    escape,
    is_member,
    text_of,
    xml,
)
from tests.twin.history import Histories, Reading, Seen, Write, violations
from tests.twin.ledger import BROKEN, Ledger, mark_of, version_of

ZONE = ZoneInfo("Europe/Berlin")
MONTHS = (1, 6)
"""Of 2027, in which most events begin; and not too many, since each text is looked through for each."""
DIGITS = "0123456789"
SETS = ("<D:getetag/>", "<D:getetag/><D:getcontenttype/><D:resourcetype/>")
"""What is asked of listings; each is remembered apart."""


@dataclass
class Reader:
    """Reads the folders of `places`, which are paths by the person of ours that may read there."""

    places: Mapping[tuple[DavUser, str], Histories]
    ledger: Ledger
    dice: random.Random
    answers: Counter[str] = field(default_factory=Counter)
    """By the way of reading, those that were compared while others wrote."""

    def __post_init__(self) -> None:
        self._followers = {place: Follower(*place) for place in self.places}

    def run(self, is_over: Callable[[], bool]) -> None:
        """Mostly where something is being written."""
        places = {(server.user, folder): (server, folder) for server, folder in self.places}
        while not is_over():
            latest = self.ledger.latest
            is_near = latest is not None and self.dice.random() < 0.8
            place = places[latest.user, latest.folder] if latest and is_near else self.dice.choice(list(self.places))
            if what := self.read(place, self.dice.choice(WAYS)):
                self.answers[what] += 1

    def everything(self) -> None:
        """Once more when nobody writes any longer, all there is, in all ways."""
        for place in self.places:
            for way in WAYS:
                self.read(place, way)

    def read(self, place: tuple[DavUser, str], way: Callable[..., Reading | str]) -> str:
        """What was read, "" for nothing: a worker that is killed takes its request with it."""
        server, folder = place
        try:
            reading = way(self, server, folder)
        except BROKEN:
            self.ledger.broken += 1
            return ""
        if isinstance(reading, str):
            self.ledger.wrong(f"ours: {reading}: {folder} of {server.user}")
            return ""
        for text in violations(reading, self.places[place]):
            self.ledger.wrong(f"a reader of {folder} of {server.user}: {text}")
        return reading.what

    # --- ways to read -------------------------------------------------------------------------------------------------

    def _list(self, server: DavUser, folder: str) -> Reading | str:
        body = xml("D:propfind", f"<D:prop>{self.dice.choice(SETS)}</D:prop>")
        return self._told(
            "PROPFIND", server, folder, lambda: server("PROPFIND", f"{folder}/", body, Depth="1", **XML_TYPE)
        )

    def _sync(self, server: DavUser, folder: str) -> Reading | str:
        """What a client holds that has followed until now."""
        follower, asked = self._followers[server, folder], time.monotonic()
        try:
            follower.sync()
        except RuntimeError as error:
            return str(error)
        shown = {name: Seen(version_of(tag)) for name, tag in follower.copy.items()}
        return Reading("sync-collection", asked, time.monotonic(), shown)

    def _multiget(self, server: DavUser, folder: str) -> Reading | str:
        known = sorted(self.places[server, folder])
        names = {self._name(server, folder), *self.dice.sample(known, min(len(known), self.dice.choice((0, 10, 60))))}
        hrefs = "".join(f"<D:href>{escape(quote(server.path(f'{folder}/{name}')))}</D:href>" for name in sorted(names))
        root, data = ("CR:addressbook-multiget", "CR:address-data") if "Contacts" in folder else MULTIGET
        ask = partial(server.report, f"{folder}/", root, f"<D:prop><D:getetag/><{data}/></D:prop>{hrefs}")
        return self._told("multiget", server, folder, ask, data=data, names=frozenset(names))

    def _month(self, server: DavUser, folder: str) -> Reading | str:
        """Events of a month. The index of times, which the original writes later than the event, plays a part."""
        if "Contacts" in folder:
            return self._cards(server, folder)
        month = self.dice.choice(MONTHS)
        start, end = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in bounds(month))
        inner = f'<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'

        def finds(write: Write) -> bool | None:
            return occurs(write.text, month)

        return self._query(server, folder, "calendar-query of a month", inner, finds)

    def _marked(self, server: DavUser, folder: str) -> Reading | str:
        """Events whose text was written at a time that ends with some digit: nothing of this is in the index."""
        if "Contacts" in folder:
            return self._cards(server, folder)
        digit = self.dice.choice(DIGITS)
        match = f'<C:text-match match-type="ends-with">{digit}</C:text-match>'
        inner = f'<C:comp-filter name="VEVENT"><C:prop-filter name="X-TWIN">{match}</C:prop-filter></C:comp-filter>'

        def finds(write: Write) -> bool:
            return write.mark.endswith(digit) and "\nBEGIN:VEVENT" in write.text

        return self._query(server, folder, "calendar-query of a text", inner, finds)

    def _query(
        self, server: DavUser, folder: str, what: str, inner: str, finds: Callable[[Write], bool | None]
    ) -> Reading | str:
        wanted = "<D:getetag/>" + self.dice.choice(("<C:calendar-data/>", ""))
        condition = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
        ask = partial(server.report, f"{folder}/", "C:calendar-query", f"<D:prop>{wanted}</D:prop>{condition}")
        return self._told(what, server, folder, ask, data="C:calendar-data", finds=finds)

    def _cards(self, server: DavUser, folder: str) -> Reading | str:
        digit = self.dice.choice(DIGITS)
        match = f'<CR:text-match match-type="ends-with">{digit}</CR:text-match>'
        inner = "<D:prop><D:getetag/><CR:address-data/></D:prop>"
        inner += f'<CR:filter><CR:prop-filter name="X-TWIN">{match}</CR:prop-filter></CR:filter>'
        ask = partial(server.report, f"{folder}/", "CR:addressbook-query", inner)

        def finds(write: Write) -> bool:
            return write.mark.endswith(digit) and "\nX-TWIN:" in write.text

        return self._told("addressbook-query", server, folder, ask, data="CR:address-data", finds=finds)

    def _get(self, server: DavUser, folder: str) -> Reading | str:
        name, asked = self._name(server, folder), time.monotonic()
        answer = server.get(f"{folder}/{name}")
        if answer.status not in (200, 404):
            return f"GET of {name}: {answer.status}"
        seen = Seen(version_of(answer.headers["ETag"]), mark_of(answer.body.decode()))
        return Reading("GET", asked, time.monotonic(), {name: seen} if answer.status == 200 else {}, {name})

    def _name(self, server: DavUser, folder: str) -> str:
        """What is being written there, or any other."""
        latest = self.ledger.latest
        if latest is not None and (latest.user, latest.folder) == (server.user, folder) and self.dice.random() < 0.8:
            return latest.name
        return self.dice.choice(sorted(self.places[server, folder]))

    def _told(
        self,
        what: str,
        server: DavUser,
        folder: str,
        ask: Callable[[], Answer],
        *,
        data: str = "",
        names: frozenset[str] | None = None,
        finds: Callable[[Write], bool | None] = lambda _: True,
    ) -> Reading | str:
        asked = time.monotonic()
        answer = ask()
        answered = time.monotonic()
        if answer.status != 207:
            return f"{what}: {answer.status} {answer.body[:200]!r}"
        base, shown = server.path(f"{folder}/"), dict[str, Seen]()
        for href, named in answer.responses().items():
            if "" in named and " 404" in (named[""].text or ""):
                continue
            if href != base:  # the folder itself
                shown[href.removeprefix(base) if is_member(base, href) else href] = seen_of(named, data)
        return Reading(what, asked, answered, shown, names, finds)


WAYS = (
    Reader._list, Reader._sync, Reader._sync, Reader._multiget, Reader._month, Reader._month, Reader._marked, Reader._get,
)  # fmt: skip
WHATS = (
    "PROPFIND", "sync-collection", "multiget", "calendar-query of a month", "calendar-query of a text", "addressbook-query", "GET",
)  # fmt: skip
"""What the answers are called."""


def bounds(month: int) -> tuple[dt.datetime, dt.datetime]:
    return dt.datetime(2027, month, 1, tzinfo=dt.UTC), dt.datetime(2027, month + 1, 1, tzinfo=dt.UTC)


@lru_cache(maxsize=100_000)
def occurs(text: str, month: int) -> bool | None:
    """Whether an event has to do with a month, by our own filter: not which events those are is in question, but when.
    None for an event without a start, which the two servers read differently."""
    if "\nBEGIN:VEVENT" not in text:
        return False
    if "\nDTSTART" not in text.partition("\nBEGIN:VEVENT")[2]:
        return None
    event = CompFilter("VEVENT", time_range=TimeRange(*bounds(month)))
    return CalendarFilter(CompFilter("VCALENDAR", comps=(event,)), ZONE).matches(parse(text))


def seen_of(named: dict[str, etree._Element], data: str) -> Seen:
    text = text_of(named, data) if data and clark(data) in named else None
    return Seen(version_of(text_of(named, "D:getetag")), mark_of(text) if text is not None else None)
