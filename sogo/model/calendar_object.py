"""A calendar object as it comes in by PUT, import or a message: read, judged, mended.

    text --check--> CalendarObject --amend--> CalendarObject, the same one when nothing had to be rewritten

The rules are in `sogo.model.calendar_rules` (what is refused), the rewrites in `sogo.model.calendar_repairs`. The
decisions in short: not iCalendar, several calendars, mixed kinds, two UIDs, two masters, unreadable times or rules are
refused with the RFC's rule; a missing UID, start, VERSION or END, a METHOD, floating times, a reversed or empty span, a
rule with COUNT and UNTIL are mended; everything else is stored octet for octet.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.contentline import Component, Known, parse
from sogo.errors import CodecError, InvalidData
from sogo.model import calendar_rules as rules
from sogo.model.calendar_repairs import PutSettings, repair
from sogo.model.calendar_rules import Limits
from sogo.model.stored_text import printable

__all__ = ["CalendarObject", "Limits", "PutSettings", "amend", "check"]

NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, eq=False)
class CalendarObject:
    """`calendar` is the VCALENDAR in `document`; `kind` vevent, vtodo or vjournal; `uid` "" only between `check` and
    `amend`; `components` master and overrides in the order of the text; `master` None when there are overrides only.
    `text` is what to store. Treat the trees as values: copy before changing."""

    text: str
    document: Component
    calendar: Component
    kind: str
    uid: str
    components: tuple[Component, ...]
    master: Component | None

    def render(self) -> str:
        """The text to store: as sent, when nothing was amended."""
        return self.text


def check(text: str, *, limits: Limits = NO_LIMITS, known: Known | None = None) -> CalendarObject:
    """Read a calendar object; `known` as for `parse`. Raises InvalidData or UnsupportedData with the broken rule of RFC
    4791 §5.3.2.1."""
    rules.size(text, limits)
    try:
        document = parse(text, known=known)
    except CodecError as error:
        raise InvalidData(str(error), rule="valid-calendar-data") from error
    return _judged(text, document, limits)


def _judged(text: str, document: Component, limits: Limits) -> CalendarObject:
    calendar = rules.one_calendar(document)
    rules.version_2(calendar)
    components = rules.one_kind(calendar)
    rules.few_enough(components, limits)
    uid = rules.one_uid(components)
    master = rules.one_master(components)
    for component in components:
        rules.not_nested(component)
        rules.readable_times(component)
        rules.readable_rules(component)
    return CalendarObject(text, document, calendar, components[0].name.lower(), uid, components, master)


def amend(obj: CalendarObject, *, settings: PutSettings) -> CalendarObject:
    """The object as it shall be stored; the very same one when it is stored as sent, so that the face may answer with
    an ETag (RFC 4791 §5.3.4)."""
    text = printable(obj.text)
    sound = obj if text == obj.text else check(text)
    document = sound.document.copy()
    changed = repair(document.children[0], settings)
    if not changed and document.is_closed:
        return sound
    return _judged(document.render(), document, NO_LIMITS)
