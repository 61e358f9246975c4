"""iCalendar as XML: xCal (RFC 6321).

    Component("VEVENT", [Line("DTSTART", "20260601T100000Z")])
      -> <vevent><properties><dtstart><date-time>2026-06-01T10:00:00Z</date-time></dtstart></properties></vevent>

Text to text, one component at a time, so that a long calendar can be written as it comes. What does not have the form
its type wants is written as it stands; only what XML has no name for is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sogo.codec.contentline import Component, Line, split_value, unescape
from sogo.codec.davxml.writer import DECLARATION, escape

NAMESPACE = "urn:ietf:params:xml:ns:icalendar-2.0"
TAIL = "</components></vcalendar></icalendar>"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*$", re.ASCII)
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)$", re.ASCII)
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$", re.ASCII)
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(Z?)$", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?$", re.ASCII)

_TYPES = {
    **dict.fromkeys(
        ("COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "EXDATE", "LAST-MODIFIED", "RDATE",
         "RECURRENCE-ID", "ACKNOWLEDGED", "TZUNTIL"), "date-time",
    ),
    **dict.fromkeys(("ATTENDEE", "ORGANIZER", "CALENDAR-ADDRESS"), "cal-address"),
    **dict.fromkeys(("ATTACH", "TZURL", "URL", "SOURCE", "IMAGE", "CONFERENCE"), "uri"),
    **dict.fromkeys(("PERCENT-COMPLETE", "PRIORITY", "REPEAT", "SEQUENCE"), "integer"),
    **dict.fromkeys(("TZOFFSETFROM", "TZOFFSETTO"), "utc-offset"),
    **dict.fromkeys(("RRULE", "EXRULE"), "recur"),
    **dict.fromkeys(("DURATION", "TRIGGER", "REFRESH-INTERVAL"), "duration"),
    **dict.fromkeys(
        ("ACTION", "CALSCALE", "CATEGORIES", "CLASS", "COLOR", "COMMENT", "CONTACT", "DESCRIPTION", "LOCATION",
         "METHOD", "NAME", "PRODID", "RELATED-TO", "RESOURCES", "STATUS", "SUMMARY", "TRANSP", "TZID", "TZNAME",
         "UID", "VERSION"),
        "text",
    ),
    "FREEBUSY": "period",
    "GEO": "geo",
    "REQUEST-STATUS": "request-status",
}  # fmt: skip
"""RFC 5545 §8.3.2 and RFC 7986: the type of a property without VALUE. Others are of unknown type (RFC 6321 §5)."""
_LISTS = frozenset({"CATEGORIES", "RESOURCES", "FREEBUSY", "EXDATE", "RDATE"})
_PARAMETER_TYPES = {
    **dict.fromkeys(("ALTREP", "DIR"), "uri"),
    **dict.fromkeys(("DELEGATED-FROM", "DELEGATED-TO", "MEMBER", "SENT-BY"), "cal-address"),
    "RSVP": "boolean",
}
_RECUR_DATES = frozenset({"until"})


def head(properties: Iterable[Line]) -> str:
    """Everything before the first component, for a calendar of these properties; TAIL ends it."""
    return (
        f'{DECLARATION}<icalendar xmlns="{NAMESPACE}"><vcalendar>'
        f"<properties>{''.join(map(_property, properties))}</properties><components>"
    )


def component(item: Component) -> str:
    """A component with all it holds; "" for one XML has no name for."""
    if not _NAME.match(item.name):
        return ""
    name = item.name.lower()
    properties = "".join(map(_property, item.lines))
    inner = "".join(map(component, item.children))
    return (
        f"<{name}>"
        + (f"<properties>{properties}</properties>" if properties else "")
        + (f"<components>{inner}</components>" if inner else "")
        + f"</{name}>"
    )


def _property(line: Line) -> str:
    if not _NAME.match(line.name):
        return ""
    name = line.name.lower()
    return f"<{name}>{_parameters(line)}{''.join(_values(line))}</{name}>"


def _parameters(line: Line) -> str:
    written = "".join(
        f"<{key.lower()}>{_typed_all(_PARAMETER_TYPES.get(key, 'text'), values)}</{key.lower()}>"
        for key, values in line.params
        if key != "VALUE" and _NAME.match(key)
    )
    return f"<parameters>{written}</parameters>" if written else ""


def _typed_all(kind: str, values: Iterable[str]) -> str:
    return "".join(_typed(kind, value.lower() if kind == "boolean" else value) for value in values)


def _typed(kind: str, text: str) -> str:
    return f"<{kind}>{escape(text)}</{kind}>"


def _values(line: Line) -> Iterator[str]:
    named = (line.param("VALUE") or "").lower()
    kind = named if _NAME.match(named) else _TYPES.get(line.name, "unknown")
    parts = split_value(line.value, ",") if line.name in _LISTS else [line.value]
    write = _WRITERS.get(kind)
    for part in parts:
        yield write(part) if write is not None else _typed(kind, part)


def _text(value: str) -> str:
    return _typed("text", unescape(value))


def _date(value: str) -> str:
    return _typed("date", _extended(value))


def _date_time(value: str) -> str:
    """A DTSTART that is a date without saying so is a date all the same."""
    return _typed("date" if _DATE.match(value) else "date-time", _extended(value))


def _time(value: str) -> str:
    match = _TIME.match(value)
    return _typed("time", "{}:{}:{}{}".format(*match.groups()) if match else value)


def _extended(value: str) -> str:
    """A date or date-time as XML Schema writes it."""
    if match := _DATE_TIME.match(value):
        return "{}-{}-{}T{}:{}:{}{}".format(*match.groups())
    match = _DATE.match(value)
    return "-".join(match.groups()) if match else value


def _trigger(value: str) -> str:
    """A duration; of old clients also a time without VALUE=DATE-TIME."""
    return _date_time(value) if _DATE_TIME.match(value) else _typed("duration", value)


def _period(value: str) -> str:
    start, slash, end = value.partition("/")
    if not slash:
        return _date_time(value)
    last = _typed("end", _extended(end)) if end[:1].isdigit() else _typed("duration", end)
    return f"<period>{_typed('start', _extended(start))}{last}</period>"


def _offset(value: str) -> str:
    match = _OFFSET.match(value)
    if match is None:
        return _typed("utc-offset", value)
    sign, hours, minutes, seconds = match.groups()
    return _typed("utc-offset", f"{sign}{hours}:{minutes}" + (f":{seconds}" if seconds else ""))


def _recur(value: str) -> str:
    return f"<recur>{''.join(_recur_parts(unescape(value)))}</recur>"


def _recur_parts(rule: str) -> Iterator[str]:
    for part in rule.split(";"):
        key, equals, value = part.partition("=")
        key = key.strip().lower()
        if equals and _NAME.match(key):
            for one in value.split(","):
                yield _typed(key, _extended(one) if key in _RECUR_DATES else one)


def _geo(value: str) -> str:
    latitude, _, longitude = unescape(value).partition(";")
    return _typed("latitude", latitude) + _typed("longitude", longitude)


def _request_status(value: str) -> str:
    code, description, *data = [unescape(part) for part in split_value(value, ";")] + [""] * (";" not in value)
    more = _typed("data", ";".join(data)) if any(data) else ""
    return _typed("code", code) + _typed("description", description) + more


_WRITERS: dict[str, Callable[[str], str]] = {
    "text": _text, "date": _date, "date-time": _date_time, "time": _time, "period": _period, "duration": _trigger,
    "utc-offset": _offset, "recur": _recur, "geo": _geo, "request-status": _request_status,
}  # fmt: skip
