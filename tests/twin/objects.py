"""Objects of every sort, by the dozen: the uploads of the vectors under a UID of their own, and made ones.

A text depends on its seed only. Nobody in it is a user of the site, so that no server sends or files an invitation.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tests.model import test_quick_card, test_quick_event
from tests.model.quick_vectors import FOLDER

NO_ROW = test_quick_event.NOT_STORED.keys() | test_quick_event.REFUSED | test_quick_event.LOST | test_quick_card.REFUSED
"""Vectors that one of the two does not take."""

LEFT_OUT = NO_ROW | {"029-before-1970", "031-after-2038", "068-exrule"}
"""The original fails when it has to change an object into one of the first two, or to read an EXRULE that it has not
written itself (it breaks what it writes)."""

MARK, LIST_MARK = "X-TWIN:", "twin:"
"""A property with the seed of its text, in all but lists; and what precedes that in the name of a list."""

UID_LINE = re.compile(r"(?m)^UID:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
NAME_LINE = re.compile(r"(?m)^FN:.*?(?=\r?$)")
WORDS = (
    "Meeting", "Frühstück", "Планёрка", "会議", "اجتماع الفريق", "פגישת צוות", "Ünïcödé", "a; b, c\\d", "Naïve café", "ไทย", "हिन्दी",
)  # fmt: skip
SHORT_WORDS = (*WORDS, "🎉 party 👩‍👩‍👧")
"""What lies beyond the BMP stays off long lines: where the original folds one inside such a character, the object is lost."""

RULES = (
    "FREQ=DAILY;COUNT=5", "FREQ=DAILY;INTERVAL=3;UNTIL=20280301T000000Z", "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;COUNT=10", "FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20280301T000000Z",
    "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY", "FREQ=YEARLY;COUNT=4", "FREQ=WEEKLY;INTERVAL=2;COUNT=8",
)  # fmt: skip
STATES = ("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED")
BERLIN = """
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
""".strip().splitlines()


@dataclass(frozen=True)
class Sent:
    """A text to be sent; `label` is the name of its vector, or says that it was made. `mark` is its seed, which
    `mark_of` finds in it again."""

    label: str
    text: str
    mark: str = ""


def make(kind: str, uid: str, seed: str) -> Sent:
    """A text of a kind: event, task, card or list. The seed is in it, so that no two are the same."""
    dice = random.Random(f"{kind} {seed}")
    vectors = _vectors()[kind]
    if dice.random() < 0.5:
        label, text = dice.choice(vectors)
    else:
        label, text = "made", "".join(line + "\r\n" for line in MAKERS[kind](dice, uid, seed))
    mark = "" if kind == "list" else f"\r\n{MARK}{seed}"
    text = UID_LINE.sub(lambda _: f"UID:{uid}{mark}", text)
    if kind == "list":
        text = NAME_LINE.sub(lambda found: f"{found[0]} {LIST_MARK}{seed}", text)
    return Sent(label, text, seed)


@lru_cache
def _vectors() -> dict[str, list[tuple[str, str]]]:
    """kind -> (name, text), of the vectors with one UID that both servers take."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix not in (".ics", ".vcf") or path.stem in LEFT_OUT:
            continue
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        # The original refuses a SEQUENCE lower than before, so that whatever follows one with a number could fail.
        if len(set(UID_LINE.findall(text))) == 1 and _is_text(text) and "\nSEQUENCE:" not in text:
            found.setdefault(_kind(text), []).append((path.stem, text))
    return found


def _is_text(text: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in text)


def _kind(text: str) -> str:
    for name, kind in (("BEGIN:VLIST", "list"), ("BEGIN:VCARD", "card"), ("BEGIN:VTODO", "task")):
        if name in text:
            return kind
    return "event"


# --- made ones --------------------------------------------------------------------------------------------------------


def _words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(count))


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _fold(line: str) -> list[str]:
    """A content line in pieces of 70 characters."""
    return [(" " if at else "") + line[at : at + 70] for at in range(0, len(line), 70)]


def _event(dice: random.Random, uid: str, seed: str) -> list[str]:
    start = dt.datetime(2027, 1, 4, 8) + dt.timedelta(days=dice.randrange(330), minutes=15 * dice.randrange(40))
    form = dice.choice(["utc", "zone", "zone", "day"])
    length = dt.timedelta(days=dice.randint(1, 3)) if form == "day" else dt.timedelta(minutes=30 * dice.randint(1, 6))
    rule = dice.choice(RULES) if dice.random() < 0.4 else None
    master = [
        f"DTSTART{_time(form, start)}",
        *([f"DTEND{_time(form, start + length)}"] if dice.random() < 0.9 else [f"DURATION:{_duration(length)}"]),
        *_fold(f"SUMMARY:{_text(_words(dice, dice.randint(1, 4)))} {seed}"),
        *_extras(dice),
        *_people(dice),
    ]
    overrides: list[list[str]] = []
    if rule:
        master.append(f"RRULE:{rule}")
        if dice.random() < 0.4:
            master.append(f"EXDATE{_time(form, start + dt.timedelta(days=7))}")
        if dice.random() < 0.4 and rule.startswith("FREQ=DAILY;COUNT"):
            moved = start + dt.timedelta(days=2, hours=0 if form == "day" else 3)
            overrides.append([
                f"RECURRENCE-ID{_time(form, start + dt.timedelta(days=2))}",
                f"DTSTART{_time(form, moved)}", f"DTEND{_time(form, moved + length)}", f"SUMMARY:Moved {seed}",
            ])  # fmt: skip
    master += _alarm(dice)
    return _calendar("VEVENT", uid, [master, *overrides], zone=form == "zone")


def _task(dice: random.Random, uid: str, seed: str) -> list[str]:
    due = dt.datetime(2027, 2, 1, 9) + dt.timedelta(days=dice.randrange(300))
    lines = [*_fold(f"SUMMARY:{_text(_words(dice, 2))} {seed}"), f"PRIORITY:{dice.randrange(10)}"]
    if dice.random() < 0.5:
        lines.append(f"DTSTART{_time('utc', due - dt.timedelta(days=2))}")
    if dice.random() < 0.8:
        lines.append(f"DUE{_time('utc', due)}")
    state = dice.choice(["", "NEEDS-ACTION", "IN-PROCESS", "COMPLETED", "CANCELLED"])
    if state:
        lines += [f"STATUS:{state}", f"PERCENT-COMPLETE:{100 if state == 'COMPLETED' else dice.randrange(100)}"]
    if state == "COMPLETED":
        lines.append(f"COMPLETED{_time('utc', due)}")
    return _calendar("VTODO", uid, [lines + _extras(dice)], zone=False)


def _calendar(name: str, uid: str, components: list[list[str]], *, zone: bool) -> list[str]:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//twin//EN", *(BERLIN if zone else [])]
    for inner in components:
        lines += [f"BEGIN:{name}", f"UID:{uid}", "DTSTAMP:20261101T120000Z", *inner, f"END:{name}"]
    return [*lines, "END:VCALENDAR"]


def _time(form: str, moment: dt.datetime) -> str:
    if form == "day":
        return f";VALUE=DATE:{moment:%Y%m%d}"
    return f";TZID=Europe/Berlin:{moment:%Y%m%dT%H%M%S}" if form == "zone" else f":{moment:%Y%m%dT%H%M%SZ}"


def _duration(length: dt.timedelta) -> str:
    return f"P{length.days}D" if length.days else f"PT{length.seconds // 60}M"


def _extras(dice: random.Random) -> list[str]:
    lines = []
    if dice.random() < 0.4:
        lines += _fold(f"DESCRIPTION:{_text(_words(dice, dice.choice([3, 30, 300])))}\\n2nd line")
    if dice.random() < 0.4:
        lines += _fold(f"LOCATION:{_text(_words(dice, 2))}")
    if dice.random() < 0.4:
        lines.append("CATEGORIES:" + ",".join(_text(dice.choice(SHORT_WORDS)) for _ in range(dice.randint(1, 3))))
    if dice.random() < 0.4:
        lines.append(f"CLASS:{dice.choice(['PUBLIC', 'PRIVATE', 'CONFIDENTIAL'])}")
    if dice.random() < 0.2:
        lines += _fold("X-TWIN-LONG:" + "0123456789" * dice.choice([10, 1000]))
    return lines


def _people(dice: random.Random) -> list[str]:
    if dice.random() < 0.3:
        return [f"TRANSP:{dice.choice(['OPAQUE', 'TRANSPARENT'])}", f"STATUS:{dice.choice(['TENTATIVE', 'CONFIRMED'])}"]
    if dice.random() < 0.6:
        return []
    lines = ["ORGANIZER;CN=Olga Boss:mailto:olga@elsewhere.test"]
    for number in range(dice.randint(1, 6)):
        line = f"ATTENDEE;CN=Guest {number} é;PARTSTAT={dice.choice(STATES)};ROLE=REQ-PARTICIPANT:mailto:guest{number}@elsewhere.test"
        lines += _fold(line)
    return lines


def _alarm(dice: random.Random) -> list[str]:
    if dice.random() < 0.6:
        return []
    trigger = dice.choice(["TRIGGER:-PT15M", "TRIGGER:-P1D", "TRIGGER;VALUE=DATE-TIME:20270104T070000Z"])
    return ["BEGIN:VALARM", f"ACTION:{dice.choice(['DISPLAY', 'AUDIO'])}", trigger, "DESCRIPTION:ring", "END:VALARM"]


def _card(dice: random.Random, uid: str, seed: str) -> list[str]:
    family, given = dice.choice(WORDS), dice.choice(SHORT_WORDS)
    lines = [f"N:{_text(family)};{_text(given)};;;", f"FN:{_text(given)} {_text(family)} {seed}"]
    lines += [
        f"EMAIL;TYPE={dice.choice(['home', 'work', 'pref', 'INTERNET'])}:mail{number}@elsewhere.test"
        for number in range(dice.randrange(4))
    ]
    lines += [
        f"TEL;TYPE={dice.choice(['home', 'work', 'cell', 'fax'])}:+49 30 {number}{dice.randrange(9999)}"
        for number in range(dice.randrange(3))
    ]
    if dice.random() < 0.5:
        lines += _fold(f"ADR;TYPE={dice.choice(['home', 'work'])}:;;Hauptstr. 1;{_text(dice.choice(WORDS))};;10115;DE")
    if dice.random() < 0.5:
        lines.append(f"ORG:{_text(dice.choice(WORDS))};{_text(dice.choice(WORDS))}")
    if dice.random() < 0.3:
        lines.append("CATEGORIES:" + ",".join(_text(dice.choice(SHORT_WORDS)) for _ in range(dice.randint(1, 3))))
    if dice.random() < 0.3:
        lines += _fold(f"NOTE:{_text(_words(dice, dice.choice([3, 300])))}")
    if dice.random() < 0.25:
        photo = base64.b64encode(dice.randbytes(dice.choice([2_000, 40_000]))).decode()
        lines += _fold(f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}")
    if dice.random() < 0.3:
        lines.append(f"BDAY:19{dice.randrange(50, 99)}-0{dice.randrange(1, 9)}-1{dice.randrange(9)}")
    return ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", *lines, "END:VCARD"]


def _list(dice: random.Random, uid: str, _seed: str) -> list[str]:
    members = [
        f"CARD;EMAIL=mail{number}@elsewhere.test;FN=Member {number}:{uid}-{number}.vcf"
        for number in range(dice.randrange(6))
    ]
    return ["BEGIN:VLIST", f"UID:{uid}", "VERSION:1.0", f"FN:{_text(dice.choice(WORDS))}", "DESCRIPTION:All",
            *members, "END:VLIST"]  # fmt: skip


MAKERS: dict[str, Callable[[random.Random, str, str], list[str]]] = {
    "event": _event, "task": _task, "card": _card, "list": _list,
}  # fmt: skip
