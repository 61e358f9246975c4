"""What an alarm of ACTION:EMAIL says (scheduling.md §12, RFC 5545 §3.6.6)."""

from __future__ import annotations

from sogo.codec.contentline import Component
from sogo.codec.mime.headers import text_field
from sogo.mail.about import About, Reader
from sogo.mail.notice import Notice, Row, Section
from sogo.texts.catalogue import Phrase

URGENT_FIELDS = (
    text_field("User-Agent", "SOGo Alarms Notifier/1.0"),
    text_field("Importance", "high"),
    text_field("X-Priority", "1"),
)


def reminder_notice(component: Component, vcalendar: Component, calendar: str, reader: Reader) -> Notice:
    """`component` is the occurrence that is reminded of, at its own time."""
    about = About(component, vcalendar, reader)
    rows = (
        *about.rows("when", "due", "where"),
        Row("label.calendar", calendar),
        *about.rows("organizer", "description"),
    )
    return Notice(
        reader.words,
        _subject(about),
        Phrase("alarm.lead", {"component": about.kind, "summary": about.summary}),
        sections=(Section(rows),),
    )


def _subject(about: About) -> str:
    start, dates = about.start, about.reader.dates
    if start is None:
        return about.reader.say("alarm.subject.undated", summary=about.summary)
    when = dates.short_day(start)
    if not about.is_all_day:
        when = about.reader.say("time.moment", day=when, time=dates.time(start))
    return about.reader.say("alarm.subject", summary=about.summary, start=when)
