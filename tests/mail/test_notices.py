"""What mails say, in each language, and that nothing in them does more than be read."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from sogo.codec.contentline import Component
from sogo.codec.mime.headers import Mailbox
from sogo.mail.about import MAX_PEOPLE, About, Reader
from sogo.mail.advisories import Advisory, Granting, advisory_notice, advisory_part
from sogo.mail.invitations import notice_of
from sogo.mail.letter import MAX_ATTACHED_BYTES, CalendarText, Letter, render
from sogo.mail.notice import MAX_TEXT_CHARS, Notice, to_html, to_text
from sogo.mail.receipts import Action, Receipt, folder_notice, receipt_notice
from sogo.mail.reminders import URGENT_FIELDS, reminder_notice
from sogo.model.scheduling.plan import Correspondent, MailKind
from sogo.texts.catalogue import available, words_of
from tests.support.mails import ANN, PARIS, UMA, event, part, plan_mail, read, text_of

TAGS = sorted(available())
SENDER, RECIPIENT = Mailbox("Uma", "uma@example.org"), Mailbox("Ann", "ann@example.org")
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
HOSTILE = [
    "<script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "a\r\nBcc: x@y.z\r\n\r\nb",
    "\u202egnp.exe\u202c", "\u2066\u2067\u2068x", "a\x00b\x1bc", "x" * 10_000, "é" * 10_000, "javascript:alert(1)",
    "https://ok.example/\"onmouseover=alert(1)", "https://ok.example/<script>", "&lt;b&gt; &amp;", "{organizer} %s {0}", "\ud800",
    "=?utf-8?q?x?=", "", "\n" * 500, "://" * 3000, "\u2028x\u2029y",
]  # fmt: skip


def reader(tag: str = "en", zone: str | None = None) -> Reader:
    return Reader(words_of(tag), ZoneInfo(zone) if zone else None, ZoneInfo("Europe/Berlin"))


def message(notice: Notice, **more: object):  # type: ignore[no-untyped-def]
    return read(render(Letter(notice, SENDER, RECIPIENT, NOW, "abcdef0123", **more)))  # type: ignore[arg-type]


def seen(notice: Notice) -> str:
    """What a person sees of the HTML."""
    return html.fromstring(to_html(notice)).find("body").text_content()  # type: ignore[no-any-return,union-attr]


def all_notices(tag: str, summary: str = "Budget", text: str = "Room") -> list[Notice]:
    who = Correspondent("x@y.example", text, ANN.person, "OPT-PARTICIPANT", "sec@example.org")
    more = (
        f"LOCATION:{text}",
        f"DESCRIPTION:{text}",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "ATTENDEE;CN=Ann:mailto:ann@example.org",
    )
    more = tuple(re.sub(r"[\r\n\x00]", " ", line) for line in more)
    new, old = event(summary, PARIS, *more), event("Former")
    component, asks = new.components("VEVENT")[0], reader(tag)
    mails = [
        plan_mail(MailKind.INVITATION, new, sender=who),
        plan_mail(MailKind.UPDATE, new, old, changed=("SUMMARY", "LOCATION", "RRULE", "DESCRIPTION"), sender=who),
        plan_mail(MailKind.CANCELLATION, new, sender=who),
        *(
            plan_mail(MailKind.REPLY, new, sender=who, answer=answer, delegate="d@example.org")
            for answer in ("ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION")
        ),
    ]
    receipts = [
        receipt_notice(Receipt(action, component, new, text, text, [(text, "a@b.example")]), asks) for action in Action
    ]
    advisories = [
        advisory_notice(Advisory(granting, text, text, kind, "https://s.example/x"), asks)
        for granting in Granting
        for kind in ("Calendar", "Contacts")
    ]
    folders = [
        folder_notice(action, folder=text, kind="Calendar", actor=text, reader=asks)
        for action in (Action.CREATED, Action.DELETED)
    ]
    return [
        *(notice_of(mail, asks) for mail in mails),
        *receipts,
        *advisories,
        *folders,
        reminder_notice(component, new, text, asks),
    ]


@pytest.mark.parametrize("tag", TAGS)
def test_text_and_html_say_the_same(tag: str) -> None:
    for notice in all_notices(tag):
        shown = re.sub(r"[\s:]+", "", seen(notice))
        for line in to_text(notice).splitlines():
            said = re.sub(r"[\s:\u2066-\u2069]+", "", line).removeprefix("--")
            assert said in shown, line


@pytest.mark.parametrize("tag", TAGS)
def test_html_is_written_in_the_direction_of_its_language(tag: str) -> None:
    for notice in all_notices(tag):
        root = html.fromstring(to_html(notice))
        assert (root.get("lang"), root.get("dir")) == (tag, "rtl" if tag == "ar" else "ltr")


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_nothing_a_calendar_says_is_more_than_text(number: int) -> None:
    for notice in all_notices("en", HOSTILE[number], HOSTILE[number]):
        document = to_html(notice)
        root = html.fromstring(document)
        tags = {element.tag for element in root.iter()}
        assert tags <= {
            "html", "head", "meta", "title", "style", "body", "main", "h1", "p", "table", "tr", "th", "td", "bdi", "div", "s", "a", "footer"
        }  # fmt: skip
        for element in root.iter():
            assert not [
                name for name in element.attrib if name.startswith("on") or name in ("src", "style", "background")
            ]
            if element.tag == "a":
                assert element.get("href") == element.text_content()
                assert element.get("href", "").startswith(("https://", "http://"))
        assert not re.search(r"url\(|@import|<link", document)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", document + to_text(notice))
        assert len(document) < 80_000
        found = message(notice)
        assert found.keys() == [
            "Date", "From", "To", "Subject", "Message-ID", "Content-Language", "Auto-Submitted", "MIME-Version", "Content-Type"
        ]  # fmt: skip


def test_links_lead_where_they_say() -> None:
    calendar = event(
        "x", PARIS, "LOCATION:https://meet.example/a?b=1&c=2.", "DESCRIPTION:(see http://x.example/y)\\, end"
    )
    root = html.fromstring(to_html(notice_of(plan_mail(calendar=calendar), reader())))
    assert [link.get("href") for link in root.iter("a")] == ["https://meet.example/a?b=1&c=2", "http://x.example/y"]


def test_colours_are_there_for_light_and_dark() -> None:
    document = to_html(all_notices("en")[0])
    assert '<meta name="color-scheme" content="light dark">' in document
    assert "@media (prefers-color-scheme: dark)" in document


# --- subjects, as the original's (scheduling.md §8.2) -----------------------------------------------------------------


def test_subjects_are_those_people_have_filters_for() -> None:
    former = event()
    subjects = {
        'Event Invitation: "Budget"': plan_mail(),
        'The appointment "Budget" for the May 4, 2026 at 10:00 AM has changed': plan_mail(
            MailKind.UPDATE, former=former
        ),
        'Event Cancelled: "Budget"': plan_mail(MailKind.CANCELLATION),
        'Accepted invitation: "Budget"': plan_mail(MailKind.REPLY, answer="ACCEPTED"),
        'Declined invitation: "Budget"': plan_mail(MailKind.REPLY, answer="declined"),
        'Delegated invitation: "Budget"': plan_mail(MailKind.REPLY, answer="DELEGATED"),
        'Not yet decided on invitation: "Budget"': plan_mail(MailKind.REPLY, answer="TENTATIVE"),
    }
    for subject, mail in subjects.items():
        assert notice_of(mail, reader()).subject.replace("\u202f", " ") == subject


def test_an_update_of_a_day_has_no_time_and_one_without_start_no_date() -> None:
    day = event("Budget", "DTSTART;VALUE=DATE:20260504")
    notice = notice_of(plan_mail(MailKind.UPDATE, event(), day), reader())
    assert notice.subject == 'The appointment "Budget" for the May 4, 2026 has changed'
    undated = event("Budget", "")
    assert (
        notice_of(plan_mail(MailKind.UPDATE, undated, undated), reader()).subject
        == 'The appointment "Budget" has changed'
    )


def test_receipts_and_advisories_have_the_original_s_subjects() -> None:
    task = event("T", "DUE:20260504T100000Z", kind="VTODO")
    receipt = Receipt(Action.UPDATED, task.components("VTODO")[0], task, "Bea", "Personal")
    assert receipt_notice(receipt, reader()).subject == 'The task "T" was updated'
    assert advisory_notice(Advisory(Granting.ADD, "Uma", "P", "Calendar", "u"), reader()).subject == "Uma has added you"
    folder = folder_notice(Action.DELETED, folder="P", kind="Calendar", actor="Uma", reader=reader())
    assert folder.subject == '"P" has been deleted'
    calendar = event()
    reminder = reminder_notice(calendar.components("VEVENT")[0], calendar, "Personal", reader())
    assert reminder.subject.replace("\u202f", " ") == 'Reminder: "Budget" - May 4, 2026, 10:00 AM'


# --- what is said -----------------------------------------------------------------------------------------------------


def test_an_update_tells_what_was_and_what_is() -> None:
    new = event(
        "Budget",
        "DTSTART;TZID=Europe/Paris:20260504T110000\r\nDTEND;TZID=Europe/Paris:20260504T120000",
        "LOCATION:Room 2",
    )
    mail = plan_mail(
        MailKind.UPDATE, new, event("Budget", PARIS, "LOCATION:Room 1"), changed=("DTSTART", "DTEND", "LOCATION")
    )
    text = to_text(notice_of(mail, reader())).replace("\u202f", " ")
    assert "What has changed:" in text
    assert "When: Monday, May 4, 2026, 11:00 AM – 12:00 PM (Central European Summer Time)\n" in text
    assert "    before: Monday, May 4, 2026, 10:00 AM – 11:30 AM (Central European Summer Time)\n" in text
    assert "Where: Room 2\n    before: Room 1\n" in text
    assert text.count("When:") == 1
    assert "Please accept or decline the changes." in text


def test_another_title_or_place_asks_nobody_for_another_answer() -> None:
    new, old = event("New", PARIS, "LOCATION:X"), event("Old", PARIS)
    renamed = plan_mail(MailKind.UPDATE, new, old, changed=("SUMMARY", "LOCATION"))
    for tag in TAGS:
        assert notice_of(renamed, reader(tag)).closing == ()
    moved = plan_mail(MailKind.UPDATE, new, old, changed=("DTSTART", "SUMMARY"))
    assert notice_of(moved, reader()).closing != ()
    informed = Correspondent("x@y.example", "X", ANN.person, "NON-PARTICIPANT")
    moved = plan_mail(MailKind.UPDATE, new, old, changed=("DTSTART",), recipient=informed)
    assert notice_of(moved, reader()).closing == ()


def test_each_line_of_a_value_has_a_direction_of_its_own() -> None:
    people = ("ATTENDEE;CN=ليلى:mailto:layla@example.org", "ATTENDEE;CN=Ann:mailto:ann@example.org")
    shown = html.fromstring(to_html(notice_of(plan_mail(calendar=event("B", PARIS, *people)), reader("ar"))))
    assert {"ليلى <layla@example.org>", "Ann <ann@example.org>"} <= {one.text_content() for one in shown.iter("bdi")}


def test_what_is_gone_and_what_came_is_said_as_none() -> None:
    mail = plan_mail(
        MailKind.UPDATE,
        event("B", PARIS, "RRULE:FREQ=DAILY"),
        event("B", PARIS, "LOCATION:X"),
        changed=("LOCATION", "RRULE"),
    )
    text = to_text(notice_of(mail, reader()))
    assert "Where: none\n    before: X\n" in text
    assert "Repeats: every day\n    before: none\n" in text


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("REQ-PARTICIPANT", "Your participation is required."),
        ("OPT-PARTICIPANT", "Your participation is optional."),
        ("NON-PARTICIPANT", "You need not take part: this is for your information."),
        ("CHAIR", "You are asked to chair."),
        ("", "Your participation is required."),
    ],
)
def test_an_invitation_tells_what_is_expected(role: str, said: str) -> None:
    recipient = Correspondent(ANN.address, "Ann", ANN.person, role)
    assert said in to_text(notice_of(plan_mail(recipient=recipient), reader()))


def test_whoever_acts_for_somebody_is_named() -> None:
    sender = Correspondent("uma@example.org", "Uma Org", UMA.person, sent_by="sec@example.org")
    text = to_text(notice_of(plan_mail(sender=sender), reader()))
    assert text.startswith("Uma Org (sent by sec@example.org) invites you to the event “Budget”.")
    delegated = plan_mail(
        MailKind.REPLY,
        event("B", PARIS, "ATTENDEE;CN=Dora:MAILTO:dora@example.org"),
        answer="DELEGATED",
        delegate="dora@example.org",
    )
    assert "Dora <dora@example.org> is to take part instead." in to_text(notice_of(delegated, reader()))


def about(calendar: Component, zone: str | None = None, tag: str = "en") -> About:
    return About(calendar.components("VEVENT", "VTODO")[0], calendar, reader(tag, zone))


@pytest.mark.parametrize(
    ("times", "zone", "said"),
    [
        (PARIS, None, "Monday, May 4, 2026, 10:00 AM – 11:30 AM (Central European Summer Time)"),
        (PARIS, "America/New_York", "Monday, May 4, 2026, 4:00 AM – 5:30 AM (Eastern Daylight Time)"),
        (PARIS, "Asia/Kolkata", "Monday, May 4, 2026, 1:30 PM – 3:00 PM (GMT+05:30)"),
        ("DTSTART:20260104T100000Z", None, "Sunday, January 4, 2026, 11:00 AM (Central European Standard Time)"),
        ("DTSTART:20260104T100000Z", "UTC", "Sunday, January 4, 2026, 10:00 AM (UTC)"),
        ("DTSTART:20260104T233000Z\nDTEND:20260105T003000Z", "UTC",
         "Sunday, January 4, 2026, 11:30 PM – Monday, January 5, 2026, 12:30 AM (UTC)"),
        ("DTSTART;VALUE=DATE:20260504", "Asia/Tokyo", "Monday, May 4, 2026"),
        ("DTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260505", None, "Monday, May 4, 2026"),
        ("DTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260507", None, "Monday, May 4, 2026 – Wednesday, May 6, 2026"),
        ("DTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260501", None, "Monday, May 4, 2026"),
        ("DTSTART:20260504T100000\nDURATION:PT1H", None, "Monday, May 4, 2026, 10:00 AM – 11:00 AM (Central European Summer Time)"),
        ("DTSTART;TZID=Nowhere:20260504T100000", None, "Monday, May 4, 2026, 10:00 AM (Central European Summer Time)"),
        ("DTSTART:nonsense", None, ""),
        ("", None, ""),
    ],
)  # fmt: skip
def test_when_is_told_by_the_reader_s_clock_or_the_event_s(times: str, zone: str | None, said: str) -> None:
    assert about(event("x", times), zone).when.replace("\u202f", " ") == said


@pytest.mark.parametrize(
    "times", ["DTSTART:99991231T235959Z\nDURATION:P1W", "DTSTART:00010101T000000Z", "DTSTART;VALUE=DATE:00010101"]
)
def test_the_ends_of_time_are_told_somehow(times: str) -> None:
    for zone in ("Pacific/Kiritimati", "America/Adak"):
        assert about(event("x", times), zone).when


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("RRULE:FREQ=DAILY", "every day"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=10", "every 2 weeks, 10 times"),
        ("RRULE:FREQ=MONTHLY;UNTIL=20261231T000000Z", "every month, until December 31, 2026"),
        ("RRULE:FREQ=YEARLY;COUNT=1", "every year, once"),
        ("RRULE:FREQ=HOURLY", "several times"),
        ("RRULE:FREQ=DAILY\nEXDATE:20260505T080000Z,20260506T080000Z", "every day, with 2 exceptions"),
        ("RDATE:20260505T080000Z", "several times"),
        ("RRULE:FREQ=DAILY;INTERVAL=0;COUNT=99999999999999;UNTIL=x", "every day"),
        ("RRULE:FREQ=DAILY;INTERVAL=99999999", "every 100000 days"),
        ("RRULE:nonsense", "several times"),
        ("SUMMARY:x", ""),
    ],
)
def test_a_rule_is_told_as_far_as_it_is_plain(lines: str, said: str) -> None:
    assert about(event("x", PARIS, *lines.splitlines())).repeats == said


def test_of_many_people_the_first_are_named() -> None:
    people = [f"ATTENDEE;CN=P{number}:mailto:p{number}@example.org" for number in range(300)]
    lines = about(event("x", PARIS, *people)).people.splitlines()
    assert lines[0] == "P0 <p0@example.org>"
    assert lines[MAX_PEOPLE:] == [f"and {300 - MAX_PEOPLE} more"]


def test_long_texts_are_cut_and_empty_ones_left_out() -> None:
    found = about(event("", PARIS, f"DESCRIPTION:{'y' * 50_000}"))
    assert found.summary == "Untitled"
    assert len(found.description) == MAX_TEXT_CHARS
    assert [row.label for row in found.rows("when", "where", "description")] == ["label.when", "label.description"]


def test_arabic_keeps_other_scripts_apart() -> None:
    text = to_text(notice_of(plan_mail(calendar=event("Budget", PARIS, "LOCATION:Room 1")), reader("ar")))
    assert "«\u2068Budget\u2069»" in text
    assert "أين: \u2068Room 1\u2069" in text
    assert "\u2068" not in to_text(notice_of(plan_mail(), reader("en")))
    assert "“\u2068اجتماع\u2069”" in to_text(notice_of(plan_mail(calendar=event("اجتماع")), reader("en")))


# --- letters ----------------------------------------------------------------------------------------------------------


def test_a_letter_of_scheduling_is_what_mail_programs_look_for() -> None:
    calendar = event()
    mail = plan_mail(calendar=calendar)
    text = CalendarText(calendar.render(), "REQUEST", "VEVENT")
    found = message(
        notice_of(mail, reader()), calendar=text, kind="calendar:invitation", agent=Mailbox("", "sec@example.org")
    )
    assert [one.get_content_type() for one in found.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"
    ]  # fmt: skip
    ics = part(found, "text/calendar")
    assert dict(ics["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST", "component": "VEVENT"}
    assert ics["Content-Class"] == "urn:content-classes:calendarmessage"
    assert text_of(found, "text/calendar") == calendar.render().replace("\r\n", "\n")
    attached = part(found, "application/ics")
    assert (attached.get_filename(), attached.get_content_disposition()) == ("invite.ics", "attachment")
    assert attached.get_payload(decode=True) == calendar.render().encode()
    assert found["X-SOGo-Message-Type"] == "calendar:invitation"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Sender"] == "sec@example.org"
    assert found["From"] == "Uma <uma@example.org>"
    assert found["Message-ID"] == "<abcdef0123@example.org>"
    assert found["Date"].datetime == NOW


def test_a_large_calendar_is_there_once() -> None:
    text = CalendarText(event("x" * MAX_ATTACHED_BYTES).render(), "REQUEST", "VEVENT")
    found = message(notice_of(plan_mail(), reader()), calendar=text)
    assert [one.get_content_type() for one in found.walk()][-1] == "text/calendar"


def test_an_advisory_has_what_the_original_s_reader_subscribes_by() -> None:
    advisory = Advisory(Granting.ADD, "Uma", "Work", "Calendar", "https://s.example/SOGo/dav/uma/Calendar/work/")
    found = message(advisory_notice(advisory, reader("fr")), extra_parts=(advisory_part(advisory),))
    assert found.get_content_type() == "multipart/alternative"
    own = part(found, "application/x-sogo-notification")
    assert dict(own["Content-Type"].params) == {"method": "add", "type": "Appointment", "charset": "utf-8"}
    assert own.get_payload(decode=True) == advisory.url.encode()
    assert advisory.url in text_of(found)
    contacts = advisory_part(Advisory(Granting.REMOVE, "Uma", "W", "Contacts", "u"))
    assert contacts.parameters == (("method", "remove"), ("type", "Contact"), ("charset", "utf-8"))


def test_a_reminder_is_urgent() -> None:
    calendar = event()
    notice = reminder_notice(calendar.components("VEVENT")[0], calendar, "Personal", reader())
    found = message(notice, extra_fields=URGENT_FIELDS)
    assert [found[name] for name in ("User-Agent", "Importance", "X-Priority")] == [
        "SOGo Alarms Notifier/1.0",
        "high",
        "1",
    ]
