"""Dates of IMAP: INTERNALDATE (RFC 9051 §9 date-time), and the days that SEARCH asks for. Months are English ones."""

from __future__ import annotations

import datetime as dt
import re

from sogo.errors import CodecError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE_TIME = re.compile(
    r" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{1,2}):(\d\d):(\d\d)(?: ?([+-])(\d\d)(\d\d)| (?:UTC|GMT|Z))?", re.ASCII
)


def parse_date_time(text: str) -> dt.datetime:
    """A moment with its offset; one without is taken as UTC. Raises CodecError."""
    match = _DATE_TIME.fullmatch(text.strip('"'))
    try:
        if match is None:
            raise ValueError
        day, name, year, hour, minute, second, sign, hours, minutes = match.groups()
        month = _MONTHS.index(name.capitalize()) + 1
        offset = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        zone = dt.timezone(-offset if sign == "-" else offset)
        return dt.datetime(int(year), month, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)
    except ValueError:
        raise CodecError("No date and time of a message.", excerpt=ascii(text)[:60]) from None


def render_date_time(moment: dt.datetime) -> str:
    """Without quotes: `11-Jan-2027 09:00:00 +0000`."""
    offset = moment.strftime("%z")[:5] or "+0000"
    return f"{moment.day:02}-{_MONTHS[moment.month - 1]}-{moment.year:04} {moment:%H:%M:%S} {offset}"


def render_day(day: dt.date) -> str:
    """`11-Jan-2027`"""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"
