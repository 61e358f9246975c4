"""What mails of scheduling say: invitation, update, cancellation, reply (scheduling.md §8.2)."""

from __future__ import annotations

from sogo.codec.contentline import Component
from sogo.codec.mime.headers import one_line
from sogo.mail.about import ALL_LABELS, About, Reader, named
from sogo.mail.notice import Notice, Row, Section
from sogo.model.scheduling.plan import Correspondent, Mail, MailKind
from sogo.texts.catalogue import Phrase

_LABELS = {
    "SUMMARY": "summary", "DTSTART": "when", "DTEND": "when", "DURATION": "when", "DUE": "due", "RRULE": "repeats",
    "RDATE": "repeats", "EXDATE": "repeats", "EXRULE": "repeats", "LOCATION": "where", "STATUS": "status",
    "DESCRIPTION": "description", "ORGANIZER": "organizer",
}  # fmt: skip
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "DUE", "RRULE", "RDATE", "EXDATE", "EXRULE"})
_BARE = {
    MailKind.INVITATION: ("invitation.subject", "invitation.lead"),
    MailKind.UPDATE: ("update.subject.undated", "update.lead"),
    MailKind.CANCELLATION: ("cancellation.subject", "cancellation.lead"),
    MailKind.REPLY: ("reply.subject", "reply.lead"),
}


def notice_of(mail: Mail, reader: Reader) -> Notice:
    """What a mail of the plan says to its recipient."""
    about = About(mail.component, mail.vcalendar, reader)
    match mail.kind:
        case MailKind.INVITATION:
            return _invitation(mail, about)
        case MailKind.UPDATE:
            return _update(mail, about)
        case MailKind.CANCELLATION:
            return _cancellation(mail, about)
        case MailKind.REPLY:
            return _reply(mail, about)


def bare_notice_of(mail: Mail, reader: Reader) -> Notice:
    """What can be said of any mail: who, what and of which title."""
    about = About(mail.component, mail.vcalendar, reader)
    subject, lead = _BARE[mail.kind]
    values = _answer(mail, about) if mail.kind is MailKind.REPLY else _organizer(mail, about)
    return Notice(reader.words, reader.say(subject, **values), Phrase(lead, values))


def _invitation(mail: Mail, about: About) -> Notice:
    return Notice(
        about.reader.words,
        about.reader.say("invitation.subject", summary=about.summary),
        Phrase("invitation.lead", _organizer(mail, about)),
        notes=(_role(mail.recipient),),
        sections=(Section(about.rows(*ALL_LABELS)),),
    )


def _update(mail: Mail, about: About) -> Notice:
    changes = _changes(mail, about)
    told = {row.label.removeprefix("label.") for row in changes}
    rest = about.rows(*(label for label in ALL_LABELS if label not in told))
    sections = [Section(changes, Phrase("update.changes"))] if changes else []
    return Notice(
        about.reader.words,
        _update_subject(About(mail.former, mail.vcalendar, about.reader) if mail.former is not None else about, about),
        Phrase("update.lead", _organizer(mail, about)),
        notes=(_role(mail.recipient),),
        sections=(*sections, Section(rest)),
        closing=(Phrase("update.please"),) if _asks_again(mail) else (),
    )


def _asks_again(mail: Mail) -> bool:
    """Another title or place asks nobody for another answer."""
    is_asked = mail.recipient.role.upper() != "NON-PARTICIPANT"
    return is_asked and (not mail.changed or not _TIMES.isdisjoint(mail.changed))


def _update_subject(former: About, about: About) -> str:
    """It names the meeting by the time people know it by."""
    start, dates = former.start, former.reader.dates
    if start is None:
        return about.reader.say("update.subject.undated", summary=about.summary)
    date = dates.short_day(start)
    if former.is_all_day:
        return about.reader.say("update.subject.day", summary=about.summary, date=date)
    return about.reader.say("update.subject", summary=about.summary, date=date, time=dates.time(start))


def _changes(mail: Mail, about: About) -> tuple[Row, ...]:
    """What is new, each with what it was."""
    if mail.former is None:
        return ()
    former = About(mail.former, mail.vcalendar, about.reader)
    labels = dict.fromkeys(_LABELS[name] for name in mail.changed if name in _LABELS)
    rows = []
    for label in labels:
        new, old = (str(getattr(one, label)) for one in (about, former))
        if new != old:
            rows.append(Row(f"label.{label}", new, old))
    return tuple(rows)


def _cancellation(mail: Mail, about: About) -> Notice:
    return Notice(
        about.reader.words,
        about.reader.say("cancellation.subject", summary=about.summary),
        Phrase("cancellation.lead", _organizer(mail, about)),
        sections=(Section(about.rows("when", "due", "repeats", "where", "organizer")),),
    )


def _reply(mail: Mail, about: About) -> Notice:
    answer = mail.answer.upper()
    notes: tuple[Phrase, ...] = ()
    if answer == "DELEGATED" and mail.delegate:
        notes = (Phrase("reply.delegate", {"delegate": _delegate(mail.component, mail.delegate)}),)
    return Notice(
        about.reader.words,
        about.reader.say("reply.subject", answer=answer, summary=about.summary),
        Phrase("reply.lead", _answer(mail, about)),
        notes=notes,
        sections=(Section(about.rows("when", "due", "repeats", "where")),),
    )


def _answer(mail: Mail, about: About) -> dict[str, str | int]:
    return {"answer": mail.answer.upper(), "attendee": _name(mail.sender, about.reader), "summary": about.summary}


def _delegate(component: Component, address: str) -> str:
    for line in component.all("ATTENDEE"):
        if line.value.strip().lower().removeprefix("mailto:") == address.lower():
            return named(line.param("CN") or "", address)
    return address


def _organizer(mail: Mail, about: About) -> dict[str, str | int]:
    name = _name(mail.sender, about.reader)
    return {"organizer": name, "component": about.kind, "summary": about.summary}


def _name(who: Correspondent, reader: Reader) -> str:
    name = one_line(who.cn, 200) or who.address
    return reader.say("person.sent_by", name=name, sender=who.sent_by) if who.sent_by else name


def _role(recipient: Correspondent) -> Phrase:
    return Phrase("role", {"role": recipient.role.upper().replace("-", "_")})
