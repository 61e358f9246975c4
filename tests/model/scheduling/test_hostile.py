"""Objects nobody means well with: crowds, loops, strange addresses, mangled lines. The work stays within bounds, and
nothing comes out but plans and refusals."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import Component, Line
from sogo.errors import SchedulingConflict, SchedulingRefused, SogoError
from sogo.model.calendar_object import Limits, check
from sogo.model.caltime import UTC
from sogo.model.scheduling import decide, inquire, receive
from sogo.model.scheduling.addresses import bare
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.delegation import chain
from sogo.model.scheduling.facts import Booking, Facts
from sogo.model.scheduling.groups import MAX_MEMBERS, members
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.people import Kind, Person
from sogo.model.scheduling.resources import MAX_OCCURRENCES, occurrences, window_of
from sogo.model.scheduling.view import CROWD
from tests.model.scheduling.world import NOW, World, event, group, stranger, user

UMA = user("uma")
HEAD = "UID:m\nDTSTAMP:20270101T000000Z\nDTSTART:20270112T100000Z\nDTEND:20270112T110000Z\nORGANIZER:mailto:uma@example.org\n"


def facts(**more: object) -> Facts:
    values: dict[str, object] = {
        "now": NOW,
        "actor": UMA,
        "owner": UMA,
        "people": {},
        "sends_mail": True,
        "name": "m.ics",
    }
    return Facts(**{**values, **more})  # type: ignore[arg-type]


def invited(count: int, *, domain: str = "elsewhere.test") -> str:
    return "\n".join(f"ATTENDEE:mailto:p{number}@{domain}" for number in range(count))


# --- crowds -----------------------------------------------------------------------------------------------------------


def test_of_a_crowd_everybody_is_shown_himself_so_that_all_texts_together_grow_with_their_number() -> None:
    sizes = []
    for count in (CROWD * 2, CROWD * 4):
        people = [user(f"p{number}") for number in range(count)]
        known = {person.address: person for person in people}
        text = event(HEAD + invited(count, domain="example.org"))
        plan = decide(None, check(text, limits=Limits(attendees=count)), facts(people=known))
        assert len(plan.copies) == len(plan.mails) == count
        for write, mail in zip(plan.copies, plan.mails, strict=True):
            assert write.after is not None
            assert write.after.text.count("ATTENDEE") == 1
            assert write.person.address in write.after.text
            assert mail.calendar.count("ATTENDEE") == 1
        sizes.append(sum(len(write.after.text) for write in plan.copies if write.after is not None))
    assert sizes[1] < sizes[0] * 2.2


def test_a_crowd_that_answers_writes_the_organizers_object_only() -> None:
    world = World()
    uma = world.add(user("uma"))
    for number in range(CROWD + 1):
        world.add(user(f"p{number}"))
    world.put(uma, "m", event(HEAD + invited(CROWD + 1, domain="example.org")))
    one = world.people["p7"]
    mine = world.stored(one, "m")
    assert mine is not None
    plan = world.put(one, "m", mine.object.text.replace("NEEDS-ACTION", "ACCEPTED"))
    assert [write.person.cn for write in plan.copies] == ["uma"]
    stored = world.stored(uma, "m")
    assert stored is not None
    assert stored.object.text.count("PARTSTAT=ACCEPTED") == 1


def test_more_attendees_than_an_instance_may_have_are_refused() -> None:
    obj = check(event(HEAD + invited(10_000)), limits=Limits(attendees=10_000))
    assert len(inquire(None, obj, now=NOW, zone=UTC).addresses) == 10_001
    with pytest.raises(SchedulingRefused) as refused:
        decide(None, obj, facts())
    assert refused.value.rule == "max-attendees-per-instance"


def test_a_group_beyond_that_is_refused_too() -> None:
    staff = group("staff", *(stranger(f"p{number}") for number in range(6_000)))
    obj = check(event(HEAD + "ATTENDEE:mailto:staff@example.org"))
    with pytest.raises(SchedulingRefused, match="attendees"):
        decide(None, obj, facts(people={staff.address: staff}))


def test_many_exceptions_and_many_who_join_do_not_multiply() -> None:
    """200 exceptions and 500 who join would be a hundred thousand entries."""
    days = [dt.date(2027, 1, 12) + dt.timedelta(days=number) for number in range(200)]
    exceptions = [
        f"UID:m\nDTSTAMP:20270101T000000Z\nRECURRENCE-ID:{day:%Y%m%d}T100000Z\nDTSTART:{day:%Y%m%d}T120000Z\n"
        "ORGANIZER:mailto:uma@example.org\nATTENDEE:mailto:first@elsewhere.test"
        for day in days
    ]
    series = f"{HEAD}RRULE:FREQ=DAILY\nATTENDEE:mailto:first@elsewhere.test\n"
    old = check(event(series, *exceptions))
    new = check(event(series + invited(500), *exceptions))
    plan = decide(old, new, facts())
    assert plan.after is not None
    assert len(plan.after.text) < 2 * len(new.text)


def test_an_attendee_cannot_make_the_organizers_object_grow_without_end() -> None:
    world = World()
    uma = world.add(user("uma"))
    for number in range(20):
        world.add(user(f"p{number}"))
    world.put(uma, "m", event(f"{HEAD}RRULE:FREQ=DAILY\n{invited(20, domain='example.org')}"))
    one = world.people["p1"]
    mine = world.stored(one, "m")
    assert mine is not None
    days = [dt.date(2027, 1, 13) + dt.timedelta(days=number) for number in range(1_000)]
    skipped = ",".join(f"{day:%Y%m%d}T100000Z" for day in days)
    with pytest.raises(SchedulingRefused, match="answers at once"):
        world.put(one, "m", mine.object.text.replace("RRULE:", f"EXDATE:{skipped}\r\nRRULE:"))


# --- series -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]
)
def test_of_a_dense_series_the_beginning_is_compared_with_bookings(rule: str) -> None:
    room = user("room", kind=Kind.ROOM, bookings=1)
    text = event(f"{HEAD}RRULE:{rule}\nATTENDEE:mailto:room@example.org".replace("T110000Z", "T100030Z"))
    obj = check(text)
    window = window_of(obj, NOW, UTC)
    assert window is not None
    times = occurrences(Parts(obj, UTC), window, frozenset({MASTER}))
    assert 1 <= len(times) <= MAX_OCCURRENCES
    first = dt.datetime(2027, 1, 12, 10, tzinfo=UTC)
    taken = {"room": (Booking("other", first, first + dt.timedelta(minutes=1), "Taken"),)}
    with pytest.raises(SchedulingConflict, match="Taken"):
        decide(None, obj, facts(people={room.address: room}, bookings=taken))


def test_bookings_at_the_end_of_time() -> None:
    room = user("room", kind=Kind.ROOM, bookings=1)
    text = HEAD.replace("20270112", "99971231") + "RRULE:FREQ=YEARLY\nATTENDEE:mailto:room@example.org"
    plan = decide(None, check(event(text)), facts(people={room.address: room}))
    assert len(plan.copies) == 1


# --- loops ------------------------------------------------------------------------------------------------------------


def test_groups_in_circles_come_to_an_end() -> None:
    ann, bob = user("ann"), user("bob")
    inner = group("inner", ann, Person("outer@example.org", "outer", kind=Kind.GROUP, members=(bob,)))
    outer = group("outer", inner, bob, ann)
    assert [person.cn for person in members(outer)] == ["ann", "bob"]


def test_a_group_is_looked_at_so_far_and_no_further() -> None:
    empty = Person("empty@example.org", "empty", kind=Kind.GROUP)
    endless = group("endless", *([empty] * (MAX_MEMBERS * 2)), user("last"))
    assert [person.cn for person in members(endless)] == ["empty"]


def test_delegation_in_a_circle_ends() -> None:
    lines = "".join(
        f'ATTENDEE;DELEGATED-TO="mailto:p{(number + 1) % 50}@x.test";DELEGATED-FROM="mailto:p{(number - 1) % 50}@x.test"'
        f":mailto:p{number}@x.test\n"
        for number in range(50)
    )
    obj = check(event(HEAD + lines))
    circle = Circle(facts())
    found = chain(circle.seats(obj.components[0]), "p0@x.test", circle)
    assert len(found) == len(set(found)) == 49


def test_a_circle_of_delegation_survives_a_new_time() -> None:
    world = World()
    uma, ann, bob = (world.add(user(name)) for name in ("uma", "ann", "bob"))
    circle = (
        'ATTENDEE;DELEGATED-TO="mailto:bob@example.org";DELEGATED-FROM="mailto:bob@example.org":mailto:ann@example.org\n'
        'ATTENDEE;DELEGATED-TO="mailto:ann@example.org";DELEGATED-FROM="mailto:ann@example.org":mailto:bob@example.org'
    )
    world.put(uma, "m", event(HEAD + circle))
    world.put(uma, "m", event(HEAD.replace("T10", "T12").replace("T11", "T13") + circle))
    assert world.stored(ann, "m") is None or world.stored(bob, "m") is None or world.plan.mails


# --- strange addresses ------------------------------------------------------------------------------------------------

STRANGE = (
    "mailto:", "mailto:@", ":", "", "urn:uuid:6c6f1b34", "/principals/users/ann/", "http://x.test/ann", "mailto:a@b@c",
    "MAILTO:\"ann\"@example.org", "mailto:ann@example.org?subject=x", "mailto:" + "a" * 5_000 + "@x.test", "mailto:\x00\x01",
    "mailto:a\\nATTENDEE:mailto:x@y.test", "mailto:ann%40example.org", "invalid:nomail", "mailto: ann @ example.org ",
    "mailto:ünïcödé@exämple.org", "mailto:‮gro.elpmaxe@nna",
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(STRANGE)))
@pytest.mark.parametrize("name", ["ATTENDEE", "ORGANIZER", "DELEGATED-TO", "SENT-BY"])
def test_a_strange_address_is_somebody_nobody_can_reach(name: str, number: int) -> None:
    value = STRANGE[number]
    line = f"ATTENDEE:{value}"
    if name == "ORGANIZER":
        line = f"ATTENDEE:mailto:ann@example.org\nORGANIZER:{value}"
    elif name != "ATTENDEE":
        quoted = value.replace('"', "")
        line = f'ATTENDEE;{name}="{quoted}":mailto:ann@example.org'
    body = HEAD.replace("ORGANIZER:mailto:uma@example.org\n", "") if name == "ORGANIZER" else HEAD
    try:
        obj = check(event(body + line))
        plan = decide(None, obj, facts())
    except SogoError:
        return
    for mail in plan.mails:
        assert "@" in mail.recipient.address
        assert not any(character < " " for character in mail.recipient.address)
        check(mail.calendar.replace(f"METHOD:{mail.method.value}\r\n", ""))


@pytest.mark.parametrize("evil", ["x\r\nBcc: all@x.test", "x\r\nATTENDEE:mailto:b@x.test", 'a"b', "^n^'", "\r", "\n\n"])
def test_names_with_line_ends_stay_in_their_line(evil: str) -> None:
    ann = Person("ann@example.org", evil, "ann", frozenset({"ann@example.org"}))
    staff = Person("staff@example.org", evil, None, frozenset({"staff@example.org"}), Kind.GROUP, members=(ann,))
    boss = Person("uma@example.org", evil, "uma", frozenset({"uma@example.org"}))
    obj = check(event(HEAD + "ATTENDEE:mailto:staff@example.org"))
    people = {person.address: person for person in (ann, staff, boss)}
    plan = decide(None, obj, facts(people=people, owner=boss, actor=boss))
    assert plan.after is not None
    read = check(plan.after.text)
    assert [bare(line.value) for line in read.components[0].all("ATTENDEE")] == ["ann@example.org"]
    assert not any(line.name == "" for line in read.components[0].lines)


# --- whatever comes ---------------------------------------------------------------------------------------------------

names = st.sampled_from((
    "ATTENDEE", "ORGANIZER", "RECURRENCE-ID", "RRULE", "EXDATE", "RDATE", "DTSTART", "DTEND", "DURATION", "SEQUENCE",
    "STATUS", "METHOD", "DTSTAMP", "X-SOGO-SEND-APPOINTMENT-NOTIFICATIONS", "DUE", "UID",
))  # fmt: skip
values = st.one_of(
    st.sampled_from(
        (
            "mailto:uma@example.org",
            "mailto:ann@example.org",
            "mailto:rex@elsewhere.test",
            "20270112T100000Z",
            "20270113",
            "20270114T100000",
            "FREQ=DAILY",
            "FREQ=SECONDLY;COUNT=9999",
            "PT1H",
            "-P1D",
            "99999999999999999999",
            "CANCELLED",
            "20270112T100000Z,20270113T100000Z/PT1H",
            "REQUEST",
        )
    ),
    st.text(max_size=12),
)
params = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "PARTSTAT",
                "RSVP",
                "ROLE",
                "DELEGATED-TO",
                "DELEGATED-FROM",
                "SENT-BY",
                "SCHEDULE-AGENT",
                "RANGE",
                "TZID",
                "SCHEDULE-FORCE-SEND",
                "SCHEDULE-STATUS",
                "CUTYPE",
                "EMAIL",
                "VALUE",
            )
        ),
        st.one_of(
            st.sampled_from(
                (
                    "ACCEPTED",
                    "DECLINED",
                    "DELEGATED",
                    "TRUE",
                    "NON-PARTICIPANT",
                    "CLIENT",
                    "THISANDFUTURE",
                    "REQUEST",
                    "REPLY",
                    "mailto:ann@example.org",
                    "mailto:rex@elsewhere.test",
                    "Europe/Berlin",
                    "Nowhere/Land",
                    "DATE",
                )
            ),
            st.text(max_size=8),
        ).map(lambda value: (value,)),
    ),
    max_size=3,
)
lines = st.builds(lambda name, value, params: Line(name, value, params=tuple(params)), names, values, params)
texts = st.lists(st.lists(lines, max_size=8), min_size=1, max_size=3)


def _text(components: list[list[Line]], kind: str) -> str:
    bodies = []
    for place, items in enumerate(components):
        own = [Line("UID", "m"), Line("DTSTAMP", "20270101T000000Z"), *items]
        if not any(line.name == "DTSTART" for line in own):
            own.append(Line("DTSTART", "20270112T100000Z"))
        if place and not any(line.name == "RECURRENCE-ID" for line in own):
            own.append(Line("RECURRENCE-ID", f"202701{12 + place}T100000Z"))
        bodies.append(Component(kind, own))
    calendar = Component("VCALENDAR", [Line("VERSION", "2.0"), Line("PRODID", "x"), *bodies])
    return Component("", [calendar]).render()


@settings(deadline=None)
@given(texts, texts, st.sampled_from(("VEVENT", "VTODO")), st.sampled_from(("uma", "ann")), st.booleans())
def test_whatever_is_written_over_whatever_only_plans_and_refusals_come(
    one: list[list[Line]], other: list[list[Line]], kind: str, owner: str, forced: bool
) -> None:
    ann = user("ann")
    people = {"uma@example.org": UMA, "ann@example.org": ann}
    me = UMA if owner == "uma" else ann
    known = facts(owner=me, actor=me, people=people, forced=forced, disable_organizer_check=True)
    try:
        old, new = check(_text(one, kind)), check(_text(other, kind))
    except SogoError:
        return
    for before, after in ((None, new), (old, new), (old, None)):
        inquire(before, after, now=NOW, zone=UTC)
        try:
            plan = decide(before, after, known)
        except SogoError:
            continue
        if plan.after is not None:
            check(plan.after.text)
        for mail in plan.mails:
            check(mail.calendar.replace(f"METHOD:{mail.method.value}\r\n", ""))


@settings(deadline=None)
@given(
    texts, st.one_of(st.none(), texts), st.sampled_from(("REQUEST", "REPLY", "CANCEL", "ADD", "REFRESH", "COUNTER", "PUBLISH", "x")),
    st.sampled_from(("rex@elsewhere.test", "ann@example.org", "uma@example.org", "", "\r\n@")),
)  # fmt: skip
def test_whatever_comes_by_mail_only_plans_and_refusals_come(
    message: list[list[Line]], there: list[list[Line]] | None, method: str, sender: str
) -> None:
    try:
        sent = check(_text(message, "VEVENT").replace("VERSION:2.0", f"VERSION:2.0\r\nMETHOD:{method}", 1))
        stored = check(_text(there, "VEVENT")) if there is not None else None
        plan = receive(sent, stored, sender, facts(people={"ann@example.org": user("ann")}))
    except SogoError:
        return
    if plan.after is not None:
        check(plan.after.text)
