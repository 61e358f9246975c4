"""Alarms of ACTION:EMAIL (RFC 5545 §3.6.6): when the next one rings, of which occurrence, and whom it tells.

As in the original an alarm counts whose ATTENDEEs are the calendar's owner among others, or nobody at all; what a web
client has shown (`X-WEBSTATUS=triggered`) does not ring. Unlike there every such alarm of a component counts, also
beside one that is seen or heard, and what is done with or called off rings no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line
from sogo.codec.mime.addresses import bare_address
from sogo.errors import DomainError
from sogo.model.alarm import HORIZONS, MAX_OCCURRENCES, NOT_BEFORE, bounds, read_trigger
from sogo.model.caltime import CalTime, Window, ZoneLookup
from sogo.model.series import Occurrence, Series, expand
from sogo.model.span import DAY

MAX_RECIPIENTS = 20
REACH = 32 * DAY
"""How long before or after an occurrence its alarms may ring to be found."""
_OVER = frozenset({"COMPLETED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Ring:
    """One ringing at `moment` (UTC) of alarm `number` among all of its component. `component` is what it reminds of,
    with the times of its occurrence; `recurrence_id` is that of the occurrence, None of what happens once. `addresses`
    are those of the alarm, lower case, none for the owner alone."""

    moment: dt.datetime
    number: int
    component: Component
    recurrence_id: dt.datetime | None
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ringing:
    """The components of one UID in the zones of their VCALENDAR; `owner` are the owner's addresses, lower case, `zone`
    that of dates and floating times."""

    components: Sequence[Component]
    zones: ZoneLookup
    zone: dt.tzinfo
    owner: Collection[str]

    def next_after(self, moment: dt.datetime) -> Ring | None:
        """The first one later than a moment, of a series later than a minute after it and within two years; None when
        nobody can tell."""
        if not any(_alarms(component) for component in self.components):
            return None
        try:
            series = Series.of(list(self.components), self.zones, self.zone)
            if not (series.recurs or series.overrides.all):
                return min((ring for ring in self._of_one() if ring.moment > moment), key=_moment, default=None)
            return self._next_of_series(series, moment + NOT_BEFORE)
        except (DomainError, ArithmeticError, ValueError):
            return None

    def at(self, moment: dt.datetime) -> Ring | None:
        """The one that rings in this very second."""
        try:
            series = Series.of(list(self.components), self.zones, self.zone)
            if not (series.recurs or series.overrides.all):
                found = list(self._of_one())
            else:
                window = Window(moment - REACH, moment + REACH)
                found = [ring for one in expand(series, window, limit=MAX_OCCURRENCES) for ring in self._of(one)]
        except (DomainError, ArithmeticError, ValueError):
            return None
        second = moment.replace(microsecond=0)
        return next((ring for ring in found if ring.moment.replace(microsecond=0) == second), None)

    def _next_of_series(self, series: Series, after: dt.datetime) -> Ring | None:
        for horizon in HORIZONS:
            window = Window(after - REACH, after + horizon)
            found = expand(series, window, limit=MAX_OCCURRENCES)
            rings = [ring for one in found for ring in self._of(one) if after < ring.moment <= window.end]
            if rings:
                return min(rings, key=_moment)
        return None

    def _of_one(self) -> Iterator[Ring]:
        for component in self.components:
            start, end = bounds(component, self.zones, self.zone)
            yield from self._rings(component, component, start, end, None)

    def _of(self, one: Occurrence) -> Iterator[Ring]:
        if not _alarms(one.component):
            return
        recurrence_id = one.recurrence_id.instant(self.zone) if one.recurrence_id is not None else None
        told = _at_its_time(one)
        yield from self._rings(
            one.component, told, one.start.instant(self.zone), one.end.instant(self.zone), recurrence_id
        )

    def _rings(
        self,
        component: Component,
        told: Component,
        start: dt.datetime | None,
        end: dt.datetime | None,
        recurrence_id: dt.datetime | None,
    ) -> Iterator[Ring]:
        if (component.value("STATUS") or "").strip().upper() in _OVER or component.first("COMPLETED") is not None:
            return
        for number, alarm in enumerate(component.components("VALARM")):
            if not _is_email(alarm) or not self._is_for_owner(alarm):
                continue
            trigger = read_trigger(alarm, self.zone)
            moment = trigger.rings(start, end) if trigger is not None and not trigger.shown else None
            if moment is not None:
                yield Ring(moment, number, told, recurrence_id, tuple(_addresses(alarm)))

    def _is_for_owner(self, alarm: Component) -> bool:
        addresses = _addresses(alarm)
        return not addresses or any(address in self.owner for address in addresses)


def _moment(ring: Ring) -> dt.datetime:
    return ring.moment


def _is_email(alarm: Component) -> bool:
    return (alarm.value("ACTION") or "").strip().upper() == "EMAIL"


def _alarms(component: Component) -> list[Component]:
    return [alarm for alarm in component.components("VALARM") if _is_email(alarm)]


def _addresses(alarm: Component) -> list[str]:
    """Those that mail can be sent to, each once, the first ones."""
    found = (bare_address(line.value) for line in alarm.all("ATTENDEE"))
    return list(dict.fromkeys(address.lower() for address in found if address is not None))[:MAX_RECIPIENTS]


def _at_its_time(one: Occurrence) -> Component:
    """The component with the times of an occurrence instead of those of its series."""
    told = one.component.copy()
    told.remove("RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION")
    end = "DUE" if told.name == "VTODO" else "DTEND"
    for name, time in (("DTSTART", one.start), (end, one.end)):
        if told.first(name) is not None or (name == end and told.name == "VEVENT"):
            told.set(_line(name, time))
    return told


def _line(name: str, time: CalTime) -> Line:
    params = (("VALUE", ("DATE",)),) if time.is_date else (("TZID", (time.tzid,)),) if time.tzid else ()
    return Line(name, str(time), params=params)
