"""The team's calendars, built around the week of `today` so that they look alive whenever somebody starts the demo.

Pure: the same day and zone give the same texts. Every kind of thing a calendar client has to get right is here once:
series with exceptions, moved and cancelled occurrences, all-day and several days, other zones, floating times, private
events, answers of attendees, alarms, tasks in every state, long texts, right-to-left scripts and emoji.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from sogo.demo.ical import Invited, calendar, event, task, uid
from sogo.demo.people import ANNA, BEN, CHLOE, KITCHEN, TEAM, Person, Resource
from sogo.model.folder import PERSONAL, FolderKind

NEW_YORK, TOKYO, LISBON = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Lisbon")
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)

AGENDA = """What we want to leave with:

1. The opening hours of the second shop, and who has the keys.
2. Twelve products for the first month; the rest can wait until we know the street.
3. A rule for bread that is left at six. (Chloé talked to the food bank: they come by bicycle, every day but Sunday.)

Please bring
- the oven log of the last four weeks,
- your three favourite and your three least favourite recipes,
- an appetite.

Notes of last time: https://notes.example.org/second-shop?week=last; the floor plan is on the wall."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object to store: `name` is the last segment of its URL, `text` iCalendar or vCard."""

    owner: Person | Resource
    kind: FolderKind
    folder: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder beside `personal`, and the colleagues it is shared with: who reads it, who writes in it too, and who
    sees no more than when something is."""

    owner: Person
    kind: FolderKind
    name: str
    title: str
    color: str = ""
    readers: tuple[Person, ...] = ()
    writers: tuple[Person, ...] = ()
    times_only: tuple[Person, ...] = ()


CALENDARS = (
    Shelf(ANNA, FolderKind.CALENDAR, "team", "Team", "#28C76F", writers=(BEN, CHLOE)),
    Shelf(ANNA, FolderKind.CALENDAR, "holidays", "Holidays", "#0E197D", (BEN, CHLOE)),
    Shelf(ANNA, FolderKind.CALENDAR, "birthdays", "Birthdays", "#F6416C"),
    Shelf(BEN, FolderKind.CALENDAR, "shop", "Shop", "#F8D800", (ANNA, CHLOE)),
    Shelf(CHLOE, FolderKind.CALENDAR, "second-shop", "Second shop", "#9708CC", (ANNA, BEN)),
    Shelf(CHLOE, FolderKind.CALENDAR, "family", "Family", "#FF6B6B", times_only=(ANNA, BEN)),
)


def calendar_items(today: dt.date, zone: ZoneInfo) -> list[Item]:
    """All events and tasks of the team."""
    week = _Week(today, zone)
    return [
        *_meetings(week),
        *_anna(week),
        *_ben(week),
        *_chloe(week),
        *_team(week),
        *_holidays(week),
        *_birthdays(week),
        *_tasks(week),
    ]


class _Week:
    """Days and times of this week; `stamp` is when everything was written."""

    def __init__(self, today: dt.date, zone: ZoneInfo) -> None:
        self.today, self.zone = today, zone
        self.monday = today - dt.timedelta(days=today.weekday())
        self.stamp = dt.datetime.combine(self.monday - 4 * WEEK, dt.time(8), tzinfo=dt.UTC)

    def day(self, weekday: int, weeks: int = 0) -> dt.date:
        """0 is Monday; `weeks` from this one."""
        return self.monday + dt.timedelta(days=weekday, weeks=weeks)

    def at(self, weekday: int, clock: str, *, weeks: int = 0, zone: ZoneInfo | None = None) -> dt.datetime:
        return dt.datetime.combine(self.day(weekday, weeks), dt.time.fromisoformat(clock), tzinfo=zone or self.zone)

    def first_friday(self, *, months: int) -> dt.datetime:
        """Midnight of the first Friday of a month, counted from this one."""
        first = self._first_of_month(months)
        return self._midnight(first + (4 - first.weekday()) % 7 * DAY)

    def last_workday(self, *, months: int) -> dt.datetime:
        """Midnight of the last day of a month that is not a Saturday or Sunday."""
        last = self._first_of_month(months + 1) - DAY
        return self._midnight(last - max(0, last.weekday() - 4) * DAY)

    def _first_of_month(self, months: int) -> dt.date:
        year, month = divmod(self.today.year * 12 + self.today.month - 1 + months, 12)
        return dt.date(year, month + 1, 1)

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), tzinfo=self.zone)

    def floating(self, weekday: int, clock: str, *, weeks: int = 0) -> dt.datetime:
        return dt.datetime.combine(self.day(weekday, weeks), dt.time.fromisoformat(clock))


def _put(owner: Person | Resource, slug: str, text: str, folder: str = PERSONAL) -> Item:
    return Item(owner, FolderKind.CALENDAR, folder, f"{slug}.ics", text)


def _meetings(week: _Week) -> list[Item]:
    """Meetings of all three, in each one's personal calendar and in that of the room, as invitations leave them."""
    invited = [Invited(BEN, "ACCEPTED"), Invited(CHLOE, "ACCEPTED")]
    meeting = partial(event, stamp=week.stamp, organizer=ANNA)
    standup, quarter = uid("standup"), dt.timedelta(minutes=15)
    master = meeting(
        standup, week.at(0, "09:30", weeks=-8), week.at(0, "09:45", weeks=-8), "Stand-up",
        rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", without=[week.at(4, "09:30", weeks=-1), week.at(2, "09:30", weeks=2)],
        place="Bakehouse, by the big table", categories=["Meeting"], invited=invited, alarm="-PT5M",
    )  # fmt: skip
    moved = meeting(
        standup, week.at(2, "11:00"), week.at(2, "11:00") + 2 * quarter, "Stand-up (late: oven service)",
        replaces=week.at(2, "09:30"), place="Video", categories=["Meeting"], invited=invited,
    )  # fmt: skip
    cancelled = meeting(
        standup, week.at(1, "09:30", weeks=1), week.at(1, "09:45", weeks=1), "Stand-up", status="CANCELLED",
        replaces=week.at(1, "09:30", weeks=1), categories=["Meeting"], invited=invited,
    )  # fmt: skip
    workshop = meeting(
        uid("workshop"), week.at(3, "13:00"), week.at(3, "17:30"), "Workshop: what the second shop sells",
        place="Test kitchen", text=AGENDA, categories=["Meeting", "Projects"], alarm="-P1D",
        invited=[Invited(BEN, "TENTATIVE"), Invited(CHLOE, "NEEDS-ACTION"), Invited(KITCHEN, "ACCEPTED")],
    )  # fmt: skip
    tasting = meeting(
        uid("tasting"), week.at(4, "10:30"), week.at(4, "12:00"), "Tasting: rye or spelt?", place="Test kitchen",
        categories=["Meeting"],
        invited=[Invited(BEN, "DECLINED"), Invited(CHLOE, "ACCEPTED"), Invited(KITCHEN, "ACCEPTED")],
    )  # fmt: skip
    texts = {"workshop": calendar(workshop), "tasting": calendar(tasting)}
    standups = [_put(person, "standup", calendar(master, moved, cancelled)) for person in TEAM]
    return [*standups, *(_put(who, slug, text) for who in (*TEAM, KITCHEN) for slug, text in texts.items())]


def _anna(week: _Week) -> list[Item]:
    stamp = week.stamp
    new_york = event(
        uid("new-york-call"), week.at(3, "10:00", weeks=-6, zone=NEW_YORK),
        week.at(3, "10:45", weeks=-6, zone=NEW_YORK), "Call with New York 🥯",
        rule="FREQ=WEEKLY;INTERVAL=2", categories=["Calls"], alarm="-PT10M", stamp=stamp,
        text="Ten in the morning over there, also in the weeks when only one side has changed its clocks.",
    )  # fmt: skip
    flight = event(
        uid("lisbon-flight"), week.at(3, "07:20", weeks=1), week.at(3, "09:50", weeks=1, zone=LISBON),
        "Flight to Lisbon", place="BER → LIS", categories=["Travel"], alarm="-PT3H", stamp=stamp,
    )  # fmt: skip
    trip = event(
        uid("lisbon-trip"), week.day(3, 1), week.day(0, 2), "Lisbon: flour mills and pastéis de nata",
        place="Rua da Padaria 7, Lisboa", categories=["Travel"], stamp=stamp,
    )  # fmt: skip
    dentist = event(
        uid("dentist"), week.at(1, "16:30"), week.at(1, "17:15"), "Dentist", secrecy="PRIVATE", alarm="-PT1H",
        stamp=stamp,
    )  # fmt: skip
    yoga = event(
        uid("yoga"), week.floating(0, "19:00", weeks=-3), week.floating(0, "20:15", weeks=-3), "Yoga",
        rule="FREQ=WEEKLY;BYDAY=MO,WE;COUNT=30", categories=["Personal"], stamp=stamp,
    )  # fmt: skip
    family = event(
        uid("family-dinner"), week.at(5, "18:30"), week.at(6, "00:30"), "عشاء مع العائلة", place="بيت ليلى",
        categories=["Personal"], stamp=stamp,
    )  # fmt: skip
    events = {
        "new-york-call": new_york, "lisbon-flight": flight, "lisbon-trip": trip, "dentist": dentist, "yoga": yoga,
        "family-dinner": family,
    }  # fmt: skip
    return [_put(ANNA, slug, calendar(one)) for slug, one in events.items()]


def _ben(week: _Week) -> list[Item]:
    stamp, last = week.stamp, week.last_workday(months=-3)
    accounts = event(
        uid("month-end"), last.replace(hour=14), last.replace(hour=16), "Close the month's books",
        rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", categories=["Business"], alarm="-P1D", stamp=stamp,
    )  # fmt: skip
    tokyo = event(
        uid("tokyo-review"), week.at(1, "17:00", weeks=-9, zone=TOKYO), week.at(1, "18:00", weeks=-9, zone=TOKYO),
        "東京との打ち合わせ (Tokyo review)", rule="FREQ=WEEKLY;INTERVAL=3", categories=["Calls"], stamp=stamp,
    )  # fmt: skip
    delivery = event(
        uid("flour-delivery"), week.at(1, "05:30", weeks=-20), week.at(1, "06:00", weeks=-20), "Flour delivery",
        rule="FREQ=WEEKLY;BYDAY=TU,FR", place="Back gate", free=True, categories=["Suppliers"], stamp=stamp,
    )  # fmt: skip
    market = event(
        uid("market"), week.at(5, "07:00", weeks=-2), week.at(5, "14:00", weeks=-2), "Farmers' market stall",
        rule="FREQ=WEEKLY;UNTIL=" + (week.at(5, "07:00", weeks=10).astimezone(dt.UTC)).strftime("%Y%m%dT%H%M%SZ"),
        without=[week.at(5, "07:00", weeks=1)], categories=["Clients"], stamp=stamp,
    )  # fmt: skip
    football = event(
        uid("football"), week.at(2, "20:00"), week.at(2, "22:00"), "Football ⚽ with the neighbours",
        secrecy="CONFIDENTIAL", categories=["Personal"], stamp=stamp,
    )  # fmt: skip
    return [
        _put(BEN, "month-end", calendar(accounts)),
        _put(BEN, "tokyo-review", calendar(tokyo)),
        _put(BEN, "football", calendar(football)),
        _put(BEN, "flour-delivery", calendar(delivery), "shop"),
        _put(BEN, "market", calendar(market), "shop"),
    ]


def _chloe(week: _Week) -> list[Item]:
    stamp = week.stamp
    builders = event(
        uid("builders"), week.at(0, "08:00"), week.at(4, "17:00"), "Builders in the shop",
        place="Marktstraße 12", categories=["Projects"], status="CONFIRMED", stamp=stamp,
    )  # fmt: skip
    opening = event(
        uid("opening"), week.day(5, 3), week.day(6, 3), "🎉 Opening day 🥐", place="Marktstraße 12",
        categories=["Projects", "Clients"], alarm="-P2D", stamp=stamp,
    )  # fmt: skip
    interview = event(
        uid("interview"), week.at(4, "15:00"), week.at(4, "15:45"), "ראיון עבודה: נועה", place="Test kitchen",
        status="TENTATIVE", stamp=stamp,
    )  # fmt: skip
    course = event(
        uid("evening-course"), week.at(3, "18:30", weeks=-5), week.at(3, "21:00", weeks=-5),
        "Evening course: sourdough", rule="FREQ=WEEKLY;COUNT=10", place="Community college, room 2.07",
        alarm="-PT30M", stamp=stamp,
    )  # fmt: skip
    return [
        _put(CHLOE, "interview", calendar(interview)),
        _put(CHLOE, "evening-course", calendar(course)),
        _put(CHLOE, "builders", calendar(builders), "second-shop"),
        _put(CHLOE, "opening", calendar(opening), "second-shop"),
        *_family(week),
    ]


def _family(week: _Week) -> list[Item]:
    """What colleagues see as busy, and nothing more."""
    swimming = event(
        uid("swimming"), week.at(2, "16:00", weeks=-4), week.at(2, "17:00", weeks=-4), "Swimming with Léa",
        rule="FREQ=WEEKLY", place="Stadtbad", stamp=week.stamp,
    )  # fmt: skip
    parents = event(
        uid("parents"), week.at(1, "18:00"), week.at(1, "19:30"), "Parents' evening", place="School, room 12",
        stamp=week.stamp,
    )  # fmt: skip
    return [_put(CHLOE, "swimming", calendar(swimming), "family"), _put(CHLOE, "parents", calendar(parents), "family")]


def _team(week: _Week) -> list[Item]:
    stamp, friday = week.stamp, week.first_friday(months=-3)
    planning = event(
        uid("planning"), week.at(0, "10:00", weeks=-4), week.at(0, "11:30", weeks=-4), "Planning",
        rule="FREQ=WEEKLY;INTERVAL=2", place="Bakehouse", categories=["Meeting"], stamp=stamp,
    )  # fmt: skip
    early = event(
        uid("early-shift"), week.day(0, -3), week.day(0, -2), "Early shift: Anna",
        rule="FREQ=WEEKLY;INTERVAL=3", free=True, stamp=stamp,
    )  # fmt: skip
    closed = event(uid("closed"), week.day(0, 5), week.day(5, 5), "Closed: oven is rebuilt", free=True, stamp=stamp)
    breakfast = event(
        uid("breakfast"), friday.replace(hour=8), friday.replace(hour=9), "Breakfast together ☕",
        rule="FREQ=MONTHLY;BYDAY=1FR", stamp=stamp,
    )  # fmt: skip
    events = {"planning": planning, "early-shift": early, "closed": closed, "breakfast": breakfast}
    return [_put(ANNA, slug, calendar(one), "team") for slug, one in events.items()]


def _holidays(week: _Week) -> list[Item]:
    days = (("New Year's Day", 1, 1), ("Labour Day", 5, 1), ("Christmas Day", 12, 25), ("Second Christmas Day", 12, 26))
    items = []
    for title, month, number in days:
        slug = title.lower().replace(" ", "-").replace("'", "")
        day = dt.date(week.today.year - 1, month, number)
        one = event(
            uid(slug), day, day + DAY, title, rule="FREQ=YEARLY", free=True, categories=["Public Holiday"],
            stamp=week.stamp,
        )  # fmt: skip
        items.append(_put(ANNA, slug, calendar(one), "holidays"))
    return items


def _birthdays(week: _Week) -> list[Item]:
    soon = week.day(5, 1)
    people = (("Ben", 1988, soon.month, min(soon.day, 28)), ("Chloé", 1992, 2, 29), ("田中 美咲", 1979, 11, 3))
    items = []
    for number, (name, year, month, day_number) in enumerate(people):
        day = dt.date(year, month, day_number)
        one = event(
            uid(f"birthday-{number}"), day, day + DAY, f"🎂 {name}", rule="FREQ=YEARLY", free=True,
            categories=["Birthday"], alarm="PT9H", stamp=week.stamp,
        )  # fmt: skip
        items.append(_put(ANNA, f"birthday-{number}", calendar(one), "birthdays"))
    return items


def _tasks(week: _Week) -> list[Item]:
    stamp, done = week.stamp, dt.datetime.combine(week.today - DAY, dt.time(15, 20), tzinfo=dt.UTC)
    rows = (
        (ANNA, "order-rye", task(
            uid("order-rye"), "Order rye flour", due=week.at(4, "12:00"), priority=1, alarm="-PT2H", stamp=stamp)),
        (ANNA, "feed-starter", task(
            uid("feed-starter"), "Feed the sourdough", start=week.day(0), due=week.day(1), rule="FREQ=DAILY",
            stamp=stamp)),
        (ANNA, "recipe-book", task(
            uid("recipe-book"), "Write down the recipes", percent=40, text="Seven of eighteen are done.",
            categories=["Projects"], stamp=stamp)),
        (ANNA, "oven-log", task(
            uid("oven-log"), "Copy the oven log", due=week.today - DAY, completed=done, stamp=stamp)),
        (BEN, "insurance", task(
            uid("insurance"), "Insurance for the second shop", due=week.today - 2 * DAY, priority=5,
            categories=["Business"], stamp=stamp)),
        (BEN, "water-plants", task(
            uid("water-plants"), "Water the plants 🌿", start=week.at(0, "08:00", weeks=-1),
            due=week.at(0, "08:30", weeks=-1), rule="FREQ=WEEKLY;BYDAY=MO,TH", stamp=stamp)),
        (CHLOE, "keys", task(uid("keys"), "Have three keys made", due=week.day(4), stamp=stamp)),
        (CHLOE, "some-day", task(uid("some-day"), "A bench in front of the window", stamp=stamp)),
    )  # fmt: skip
    return [_put(owner, slug, calendar(one)) for owner, slug, one in rows]
