"""What there is to say of an event or task, for one reader: when, where, how often, who."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line
from sogo.codec.mime.headers import one_line
from sogo.errors import InvalidData
from sogo.mail.notice import Row, clean
from sogo.model.caltime import CalTime, Kind, parse_time
from sogo.model.timezone import lookup
from sogo.model.timing import DAY, time_of, timing
from sogo.texts.catalogue import Phrase, Words
from sogo.texts.dates import Dates

MAX_PEOPLE = 20
MAX_NUMBER = 100_000
_FREQUENCIES = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly", "YEARLY": "yearly"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. `zone` is a local user's own, None for others: they read an event's times in its zone, and where that
    has none in `site_zone`."""

    words: Words
    zone: dt.tzinfo | None
    site_zone: dt.tzinfo

    @property
    def dates(self) -> Dates:
        return Dates(self.words.tag)

    def say(self, key: str, **values: str | int) -> str:
        return self.words.say(Phrase(key, values))


@dataclass(frozen=True, slots=True)
class About:
    """A VEVENT or VTODO within the VCALENDAR that has its zones, for a reader."""

    component: Component
    vcalendar: Component
    reader: Reader

    @property
    def kind(self) -> str:
        """task or event, as messages choose by it."""
        return "task" if self.component.name == "VTODO" else "event"

    @property
    def summary(self) -> str:
        return one_line(self.component.text("SUMMARY"), 250) or self.reader.say("untitled")

    @property
    def where(self) -> str:
        return clean(self.component.text("LOCATION"), 1000)

    @property
    def description(self) -> str:
        return clean(self.component.text("DESCRIPTION"))

    @property
    def status(self) -> str:
        status = (self.component.value("STATUS") or "").strip().upper().replace("-", "_")
        return self.reader.say("status", status=status) if status else ""

    @property
    def organizer(self) -> str:
        line = self.component.first("ORGANIZER")
        return person(line) if line is not None else ""

    @property
    def people(self) -> str:
        """One attendee a line, the first ones."""
        lines = self.component.all("ATTENDEE")
        return listed([person(line) for line in lines[: MAX_PEOPLE + 1]], len(lines), self.reader)

    # --- when ---------------------------------------------------------------------------------------------------------

    @property
    def start(self) -> dt.datetime | None:
        """The beginning (of a task without one: the end) by the reader's clock; midnight without zone for a day."""
        time = self._start
        return self._moment(time) if time is not None else None

    @property
    def is_all_day(self) -> bool:
        return self._start is not None and self._start.is_date

    @property
    def _start(self) -> CalTime | None:
        return timing(self.component, lookup(self.vcalendar), self.reader.site_zone).start

    @property
    def when(self) -> str:
        """From when to when an event lasts, with the zone; "" where nobody knows."""
        if self.component.name == "VTODO":
            time = time_of(self.component, "DTSTART", lookup(self.vcalendar))
            return self._one(time) if time is not None else ""
        times = timing(self.component, lookup(self.vcalendar), self.reader.site_zone)
        if times.start is None:
            return ""
        end = times.length.end_of(times.start, self.reader.site_zone)
        return self._days(times.start, end) if times.start.is_date else self._hours(times.start, end)

    @property
    def due(self) -> str:
        time = time_of(self.component, "DUE", lookup(self.vcalendar)) if self.component.name == "VTODO" else None
        return self._one(time) if time is not None else ""

    def _days(self, start: CalTime, end: CalTime) -> str:
        first, dates = start.local.date(), self.reader.dates
        last = max(first, (end.local - DAY).date()) if end.local > dt.datetime.min + DAY else first
        if first == last:
            return dates.day(first)
        return self.reader.say("time.span", start=dates.day(first), end=dates.day(last))

    def _hours(self, start: CalTime, end: CalTime) -> str:
        begin, dates, say = self._moment(start), self.reader.dates, self.reader.say
        finish = self._moment(end, like=begin)
        if finish == begin:
            when = self._told(begin)
        elif finish.date() == begin.date():
            when = say("time.same_day", day=dates.day(begin), start=dates.time(begin), end=dates.time(finish))
        else:
            when = say("time.span", start=self._told(begin), end=self._told(finish))
        return say("time.zoned", when=when, zone=dates.zone(begin))

    def _one(self, time: CalTime) -> str:
        moment = self._moment(time)
        if time.is_date:
            return self.reader.dates.day(moment)
        return self.reader.say("time.zoned", when=self._told(moment), zone=self.reader.dates.zone(moment))

    def _told(self, moment: dt.datetime) -> str:
        dates = self.reader.dates
        return self.reader.say("time.moment", day=dates.day(moment), time=dates.time(moment))

    def _moment(self, time: CalTime, like: dt.datetime | None = None) -> dt.datetime:
        """By the reader's clock, else by that of the event (of `like`, where that is known already)."""
        if time.is_date:
            return time.local
        own = time.zone if time.kind is Kind.ZONED else None
        zone = (like.tzinfo if like is not None else None) or self.reader.zone or own or self.reader.site_zone
        try:
            return time.instant(self.reader.site_zone).astimezone(zone)
        except OverflowError:
            return time.local.replace(tzinfo=zone)

    # --- how often ----------------------------------------------------------------------------------------------------

    @property
    def repeats(self) -> str:
        """The rule in words as far as it is a plain one; "" for what happens once."""
        line, more = self.component.first("RRULE"), self.component.first("RDATE")
        if line is None:
            return self.reader.say("repeat.other") if more is not None else ""
        parts = dict(part.upper().split("=", 1) for part in line.value.split(";") if "=" in part)
        frequency = _FREQUENCIES.get(parts.get("FREQ", "").strip(), "other")
        interval = _number(parts.get("INTERVAL", "1")) or 1
        rule = self.reader.say(f"repeat.{frequency}", **({} if frequency == "other" else {"interval": interval}))
        if (count := _number(parts.get("COUNT", ""))) is not None:
            rule = self.reader.say("repeat.count", rule=rule, count=count)
        elif "UNTIL" in parts and (day := self._until(parts["UNTIL"])):
            rule = self.reader.say("repeat.until", rule=rule, day=day)
        excepted = sum(line.value.count(",") + 1 for line in self.component.all("EXDATE"))
        return self.reader.say("repeat.except", rule=rule, count=min(excepted, MAX_NUMBER)) if excepted else rule

    def _until(self, value: str) -> str:
        try:
            return self.reader.dates.short_day(self._moment(parse_time(value)))
        except InvalidData:
            return ""

    # --- all of it ----------------------------------------------------------------------------------------------------

    def rows(self, *labels: str, keep_empty: bool = False) -> tuple[Row, ...]:
        """What is known under these labels, such as "when"; what is empty is left out."""
        found = [Row(f"label.{label}", str(getattr(self, label))) for label in labels]
        return tuple(row for row in found if row.value or keep_empty)


ALL_LABELS = ("when", "due", "repeats", "where", "status", "organizer", "people", "description")


def person(line: Line) -> str:
    """Name and address of an ORGANIZER or ATTENDEE."""
    address = one_line(line.value.strip(), 320)
    address = address[7:] if address[:7].lower() == "mailto:" else address
    return named(line.param("CN") or "", address)


def named(cn: str, address: str) -> str:
    name = one_line(cn, 200).strip('"')
    return name if name and (not address or name == address) else f"{name} <{address}>".strip() if name else address


def listed(names: Sequence[str], total: int, reader: Reader) -> str:
    """One name a line; of very many the first, and how many more there are."""
    if total <= MAX_PEOPLE:
        return "\n".join(names)
    shown = list(names[:MAX_PEOPLE])
    return "\n".join([*shown, reader.say("people.more", count=total - len(shown))])


def _number(text: str) -> int | None:
    text = text.strip()
    return min(int(text), MAX_NUMBER) if text.isascii() and text.isdigit() and len(text) < 12 else None
