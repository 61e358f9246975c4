"""The quick row of an event, task or journal: what `sogo_quick_appointment` holds for listings, free/busy, searches and
reminders (store.md §7).

Another server reads these columns too, so they are those of SOGo 5, oddities included; where we differ on purpose,
`tests/model/test_quick_event.py` names the case and the reason. Every object has a row: what cannot be read is empty,
what is too long is cut, what is out of range is the nearest that fits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sogo.codec.contentline import Component, Line, split_value, unescape
from sogo.errors import InvalidData
from sogo.model.alarm import next_alarm
from sogo.model.caltime import ZoneLookup
from sogo.model.cycle import cycle_end, cycle_info, is_recurring
from sogo.model.quick_value import TEXT_OCTETS, TITLE_WIDTH, cut, cut_text, epoch, whole
from sogo.model.span import Span, moment, span, time_of
from sogo.model.timezone import lookup

QuickRow = dict[str, int | str | None]

INDEXED = ("VEVENT", "VTODO", "VJOURNAL")

_CLASSES = {"PRIVATE": 1, "CONFIDENTIAL": 2}
_EVENT_STATES = {"TENTATIVE": 2, "CANCELLED": 0}
_TASK_STATES = {"COMPLETED": 1, "IN-PROCESS": 2, "CANCELLED": 3, "NEEDS-ACTION": 4}
_PARTSTATES = {
    "": -1, "NEEDS-ACTION": 0, "ACCEPTED": 1, "DECLINED": 2, "TENTATIVE": 3, "DELEGATED": 4, "COMPLETED": 5,
    "IN-PROCESS": 6,
}  # fmt: skip


People = dict[tuple[Line, ...], QuickRow]
"""What is said of people, by their lines."""


def quick_row(
    calendar: Component, *, default_zone: dt.tzinfo, now: dt.datetime, people: People | None = None
) -> QuickRow:
    """Every column of quick_appointment but c_folder_id and c_name, for a VCALENDAR.

    `default_zone` is the owner's; it decides when alarms of dates and floating times ring, and nothing else. `now`
    decides the next alarm of a series; `people` remembers, see `quick_rows`. Raises InvalidData only when there is
    nothing to index.
    """
    components = calendar.components(*INDEXED)
    if not components:
        raise InvalidData("There is no event, task or journal.", rule="supported-calendar-component")
    master = next((item for item in components if item.first("RECURRENCE-ID") is None), components[0])
    zones = lookup(calendar)
    overrides = [item for item in components if item is not master]
    return {
        **_texts(master),
        **_codes(master),
        **_times(master, zones),
        **(_people(master) if people is None else _known_people(master, people)),
        "c_cycleenddate": cycle_end(master, overrides, zones=zones, default_zone=default_zone),
        "c_cycleinfo": cycle_info(master, zones),
        "c_nextalarm": next_alarm(master, components, zones=zones, default_zone=default_zone, now=now),
    }


def quick_rows(objects: Iterable[tuple[Component, dt.tzinfo] | None], *, now: dt.datetime) -> list[QuickRow]:
    """The rows of objects with the zones of their owners, empty for None. What a hundred copies of a meeting share is
    made once."""
    rows: dict[tuple[int, dt.tzinfo], QuickRow] = {}
    people: People = {}
    found: list[QuickRow] = []
    for one in objects:
        if one is None:
            found.append({})
            continue
        key = (id(one[0]), one[1])
        if key not in rows:
            rows[key] = quick_row(one[0], default_zone=one[1], now=now, people=people)
        found.append(rows[key])
    return found


def _texts(master: Component) -> QuickRow:
    return {
        "c_uid": cut(master.text("UID").strip()),
        "c_title": cut(master.text("SUMMARY"), TITLE_WIDTH),
        "c_location": cut(master.text("LOCATION")),
        "c_description": cut_text(master.text("DESCRIPTION")),
        "c_category": _category(master.first("CATEGORIES")),
    }


def _category(line: Line | None) -> str | None:
    if line is None:
        return None
    return cut(",".join(unescape(value) for value in split_value(line.value, ","))) or None


def _codes(master: Component) -> QuickRow:
    task = master.name == "VTODO"
    detached = not task and master.first("RECURRENCE-ID") is not None
    return {
        "c_component": master.name.lower(),
        "c_classification": _CLASSES.get(_word(master, "CLASS"), 0),
        "c_isopaque": int(not task and _word(master, "TRANSP") != "TRANSPARENT"),
        "c_status": _task_status(master) if task else _EVENT_STATES.get(_word(master, "STATUS"), 1),
        "c_priority": whole(master.value("PRIORITY") or ""),
        "c_sequence": whole(master.value("SEQUENCE") or ""),
        "c_iscycle": int(is_recurring(master) or detached),
    }


def _word(component: Component, name: str) -> str:
    return (component.value(name) or "").strip().upper()


def _task_status(task: Component) -> int:
    if task.first("COMPLETED") is not None:
        return _TASK_STATES["COMPLETED"]
    return _TASK_STATES.get(_word(task, "STATUS"), 0)


def _times(master: Component, zones: ZoneLookup) -> QuickRow:
    if master.name == "VTODO":
        start, due = (time_of(master, name, zones) for name in ("DTSTART", "DUE"))
        return {
            "c_startdate": epoch(moment(start)) if start is not None else None,
            "c_enddate": epoch(moment(due)) if due is not None else None,
            "c_isallday": 0,
        }
    times = span(master, zones)
    if times is None:
        return {"c_startdate": None, "c_enddate": None, "c_isallday": 0}
    return {
        "c_startdate": epoch(times.begin),
        "c_enddate": epoch(_last_second(times)),
        "c_isallday": int(times.start.is_date),
    }


def _last_second(times: Span) -> dt.datetime:
    """Days end one second before midnight, times when they end."""
    return times.end - dt.timedelta(seconds=1) if times.start.is_date else times.end


def _people(master: Component) -> QuickRow:
    """Organizer and attendees. The three attendee columns always have equally many lines; attendees that do not fit
    are left out of all three."""
    names: list[str] = []
    mails: list[str] = []
    states: list[str] = []
    used = [0, 0, 0]
    for line in master.all("ATTENDEE"):
        entry = (_one_line(line.param("CN") or ""), _address(line), str(_partstate(line)))
        used = [octets + len(text.encode("utf-8", "replace")) + 1 for octets, text in zip(used, entry, strict=True)]
        if max(used) > TEXT_OCTETS:
            break
        for column, text in zip((names, mails, states), entry, strict=True):
            column.append(text)
    organizer = master.first("ORGANIZER")
    return {
        "c_orgmail": cut(_address(organizer)) if organizer is not None else "",
        "c_participants": _joined(names, master),
        "c_partmails": _joined(mails, master),
        "c_partstates": "\n".join(states),
    }


def _known_people(master: Component, known: People) -> QuickRow:
    lines = tuple(item for item in master.items if item.name in ("ATTENDEE", "ORGANIZER") and isinstance(item, Line))
    if lines not in known:
        known[lines] = _people(master)
    return known[lines]


def _joined(texts: Sequence[str], master: Component) -> str | None:
    """The original leaves these columns of a task without attendees NULL, those of an event empty."""
    return "\n".join(texts) if texts or master.name != "VTODO" else None


def _address(line: Line) -> str:
    """The calendar address without its scheme, case kept."""
    value = line.value.strip()
    return _one_line(value.partition(":")[2] if ":" in value else value)


def _one_line(text: str) -> str:
    return text.replace("\0", "").replace("\r", " ").replace("\n", " ")


def _partstate(line: Line) -> int:
    """A code of store.md §7.1: 7 for X-…, 8 for any other word."""
    state = (line.param("PARTSTAT") or "").strip().upper()
    return _PARTSTATES.get(state, 7 if state.startswith("X-") else 8)
