"""A thousand calendar objects and cards of every kind: what the original stored, what the demo shows, and made ones."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sogo.demo.contacts import contact_items
from sogo.demo.content import calendar_items
from sogo.model.vtimezone import vtimezone
from tests.model.quick_vectors import load

PARIS = ZoneInfo("Europe/Paris")
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "W. Europe Standard Time",
)
WORDS = (
    "Planning",
    "Déjeuner",
    "Straße",
    "museum",
    "A, B; C",
    "line\\nbreak",
    "日本語",
    "percent 100%",
    "under_score",
    'quote"d',
)
RULES = (
    "FREQ=DAILY;COUNT=10", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260901T000000Z", "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5", "FREQ=DAILY;INTERVAL=3;UNTIL=20260315",
)  # fmt: skip


def calendar_texts(made: int = 900) -> dict[str, str]:
    """name -> text. Always the same. Without the one that is no calendar: a query for everything tells it all the same."""
    texts = {f"v-{vector.name}.ics": vector.stored or vector.sent for vector in load(".ics")}
    del texts["v-099-long-location-emoji.ics"]
    texts |= {f"d-{number}.ics": item.text for number, item in enumerate(_demo_calendar())}
    source = random.Random(20260601)
    return texts | {f"m-{number}.ics": _object(source, f"m-{number}") for number in range(made)}


def _demo_calendar() -> Iterator[object]:
    yield from (item for item in calendar_items(dt.date(2026, 6, 1), PARIS) if "BEGIN:VCALENDAR" in item.text)


def card_texts(made: int = 1000) -> dict[str, str]:
    """name -> text. Always the same."""
    texts = {f"v-{vector.name}.vcf": vector.stored or vector.sent for vector in load(".vcf")}
    texts |= {f"d-{number}.vcf": item.text for number, item in enumerate(contact_items())}
    source = random.Random(20260602)
    return texts | {f"m-{number}.vcf": _card(source, f"m-{number}") for number in range(made)}


# --- calendar objects -------------------------------------------------------------------------------------------------


def _object(source: random.Random, uid: str) -> str:
    kind = source.choices(["VEVENT", "VTODO", "VJOURNAL"], [6, 3, 1])[0]
    start = dt.datetime(2026, 1, 1) + dt.timedelta(minutes=15 * source.randrange(4 * 24 * 400))
    form = source.choice(["utc", "zoned", "zoned", "floating", "date"])
    tzid = source.choice(ZONES)
    uid = uid.upper() if source.random() < 0.3 else uid
    master = [f"UID:{uid}", "DTSTAMP:20260101T000000Z", *_texts(source)]
    has_start = kind == "VEVENT" or source.random() < 0.7
    if has_start:
        master.append(_time("DTSTART", start, form, tzid))
    master += _length(source, kind, start, form, tzid, has_start=has_start)
    if kind == "VTODO":
        master += _task(source, start)
    components = [_component(kind, master + _alarms(source, kind))]
    if has_start and source.random() < 0.35:
        master.append(f"RRULE:{source.choice(RULES)}")
        components = [
            _component(kind, master + _alarms(source, kind)),
            *_overrides(source, kind, uid, start, form, tzid),
        ]
        components[0] = _with_dates(source, components[0], start, form, tzid)
    zone = vtimezone(tzid)
    zones = [] if form != "zoned" or zone is None else [zone.render().rstrip("\r\n")]
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//corpus//EN", *zones, *components, "END:VCALENDAR", ""]
    )


def _component(kind: str, lines: list[str]) -> str:
    return "\r\n".join([f"BEGIN:{kind}", *lines, f"END:{kind}"])


def _time(name: str, moment: dt.datetime, form: str, tzid: str) -> str:
    value = f"{moment:%Y%m%dT%H%M%S}"
    return {
        "utc": f"{name}:{value}Z", "floating": f"{name}:{value}", "date": f"{name};VALUE=DATE:{moment:%Y%m%d}",
        "zoned": f"{name};TZID={tzid}:{value}",
    }[form]  # fmt: skip


def _length(
    source: random.Random, kind: str, start: dt.datetime, form: str, tzid: str, *, has_start: bool
) -> list[str]:
    choice = source.choice(["none", "end", "end", "end", "duration"])
    end = "DTEND" if kind == "VEVENT" else "DUE"
    if kind == "VJOURNAL" or choice == "none":
        return []
    if choice == "duration":
        return [source.choice(["DURATION:PT90M", "DURATION:P2D", "DURATION:PT0S"])] if has_start else []
    longer = (
        dt.timedelta(days=source.choice([1, 1, 3]))
        if form == "date"
        else dt.timedelta(minutes=source.choice([0, 30, 60, 3000]))
    )
    return [_time(end, start + longer, form, tzid)]


def _texts(source: random.Random) -> list[str]:
    lines = [f"SUMMARY:{source.choice(WORDS)} {source.choice(WORDS)}"]
    if source.random() < 0.3:
        lines.append(f"LOCATION;LANGUAGE=en:{source.choice(WORDS)}")
    if source.random() < 0.3:
        lines.append(f"CATEGORIES:{','.join(source.sample(['Work', 'Travel', 'Home'], 2))}")
    if source.random() < 0.3:
        lines.append(
            f"ATTENDEE;CN={source.choice(['Ada', 'Bo'])};PARTSTAT={source.choice(['ACCEPTED', 'DECLINED'])}:mailto:ada@example.com"
        )
    if source.random() < 0.3:
        lines.append(f"CLASS:{source.choice(['PUBLIC', 'PRIVATE', 'CONFIDENTIAL'])}")
    if source.random() < 0.4:
        lines.append(source.choice(["STATUS:CANCELLED", "STATUS:TENTATIVE", "STATUS:CONFIRMED", "TRANSP:TRANSPARENT"]))
    return lines


def _task(source: random.Random, start: dt.datetime) -> list[str]:
    lines = []
    if source.random() < 0.3:
        lines.append(f"COMPLETED:{start + dt.timedelta(days=source.randrange(10)):%Y%m%dT%H%M%S}Z")
    if source.random() < 0.3:
        lines.append(f"CREATED:{start - dt.timedelta(days=source.randrange(40)):%Y%m%dT%H%M%S}Z")
    return lines


def _alarms(source: random.Random, kind: str) -> list[str]:
    if kind == "VJOURNAL" or source.random() > 0.2:
        return []
    trigger = source.choice(["TRIGGER:-PT15M", "TRIGGER;RELATED=END:PT1H", "TRIGGER;VALUE=DATE-TIME:20260601T080000Z"])
    return ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:ring", trigger, "END:VALARM"]


def _overrides(source: random.Random, kind: str, uid: str, start: dt.datetime, form: str, tzid: str) -> list[str]:
    if source.random() < 0.6:
        return []
    moved = start + dt.timedelta(days=source.randrange(-5, 90))
    lines = [
        f"UID:{uid}",
        _time("RECURRENCE-ID", start, form, tzid),
        _time("DTSTART", moved, form, tzid),
        f"SUMMARY:moved {source.choice(WORDS)}",
    ]
    return [_component(kind, lines)]


def _with_dates(source: random.Random, component: str, start: dt.datetime, form: str, tzid: str) -> str:
    lines = []
    if source.random() < 0.3:
        lines.append(_time("EXDATE", start, form, tzid))
    if source.random() < 0.3:
        lines.append(_time("RDATE", start + dt.timedelta(days=100), form, tzid))
    head, end = component.rsplit("\r\n", 1)
    return "\r\n".join([head, *lines, end])


# --- cards ------------------------------------------------------------------------------------------------------------


def _card(source: random.Random, uid: str) -> str:
    version = source.choice(["2.1", "3.0", "3.0", "4.0"])
    given, family = source.choice(["Ada", "Zoë", "Bo", "STRASSE"]), source.choice(["Müller", "Li", "O'Neil, Jr", "ﬁne"])
    lines = [f"FN:{given} {family}".replace(",", "\\,"), f"N:{family};{given};;;".replace(",", "\\,")]
    if version == "2.1" and source.random() < 0.5:
        lines[0] = "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + "".join(
            f"={octet:02X}" for octet in f"{given} {family}".encode()
        )
    for _ in range(source.randrange(4)):
        kind = source.choice(
            ["TYPE=home", "TYPE=work,pref", 'TYPE="home,cell"', "X-ABLABEL=odd"]
            if version != "2.1"
            else ["HOME", "WORK;PREF"]
        )
        value = source.choice(
            ["EMAIL;{}:ada@example.com", "EMAIL;{}:BO@EXAMPLE.ORG", "TEL;{}:+49 30 1234", "ADR;{}:;;1 St;Town;;1;Land"]
        )
        lines.append(value.format(kind))
    if source.random() < 0.5:
        lines.append(f"item1.NOTE:{source.choice(WORDS)}")
    if source.random() < 0.3:
        lines.append("ORG:Example\\, Inc.;Labs")
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", *lines, "END:VCARD", ""])
