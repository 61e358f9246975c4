"""What holds of every decision, whatever is written in whatever order: calendars of a small world, written at random."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import SogoError
from sogo.model.calendar_object import check
from sogo.model.scheduling.addresses import address_of, partstat
from sogo.model.scheduling.people import Person
from tests.model.scheduling.world import World, component_at, event, stranger, user, with_

NAMES = ("ann", "bob", "cyd")
OCCURRENCES = ("20270113T100000Z", "20270114T100000Z")
PARTSTATS = ("ACCEPTED", "DECLINED", "TENTATIVE")
_HOURS = ("09", "10", "14")

Step = tuple[str, ...]
people = st.sampled_from((*NAMES, "rex"))
places = st.sampled_from(("", *OCCURRENCES))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), places, st.sampled_from(_HOURS)),
        st.tuples(st.just("name"), places, st.sampled_from(("One", "Two"))),
        st.tuples(st.just("invite"), places, people),
        st.tuples(st.just("dismiss"), places, people),
        st.tuples(st.just("exclude"), st.just(""), st.sampled_from(OCCURRENCES)),
        st.tuples(st.just("revert"), st.sampled_from(OCCURRENCES), st.just("")),
        st.tuples(st.just("answer"), places, st.sampled_from(NAMES), st.sampled_from(PARTSTATS)),
        st.tuples(st.just("delegate"), st.just(""), st.sampled_from(NAMES), people),
        st.tuples(st.just("skip"), st.just(""), st.sampled_from(NAMES), st.sampled_from(OCCURRENCES)),
        st.tuples(st.just("leave"), st.just(""), st.sampled_from(NAMES)),
        st.tuples(st.just("alarm"), places, st.sampled_from(NAMES)),
    ),
    max_size=8,
)


class Company:
    """uma organizes a series that ann and bob attend; cyd and rex may come later."""

    def __init__(self) -> None:
        self.world = World()
        self.uma = self.world.add(user("uma"))
        for name in NAMES:
            self.world.add(user(name))
        self.world.add(stranger("rex"))
        self.world.put(self.uma, "m", event(self._series()))

    def _series(self) -> str:
        return (
            "UID:m\nDTSTAMP:20270101T000000Z\nDTSTART:20270112T100000Z\nDTEND:20270112T110000Z\n"
            "RRULE:FREQ=DAILY;COUNT=5\nORGANIZER:mailto:uma@example.org\n"
            "ATTENDEE:mailto:ann@example.org\nATTENDEE:mailto:bob@example.org"
        )

    def person(self, name: str) -> Person:
        return self.world.people[name]

    def do(self, step: Step) -> bool:
        """Whether the step was possible and not refused."""
        try:
            return bool(getattr(self, f"_{step[0]}")(*step[1:]))
        except SogoError:
            return False

    # --- the organizer ------------------------------------------------------------------------------------------------

    def _move(self, at: str, hour: str) -> bool:
        def change(component: Component) -> None:
            day = (at or "20270112")[:8]
            component.set(Line("DTSTART", f"{day}T{hour}0000Z"))
            component.set(Line("DTEND", f"{day}T{hour}3000Z"))

        return self._edit(self.uma, at, change)

    def _name(self, at: str, text: str) -> bool:
        return self._edit(self.uma, at, lambda component: component.set(Line("SUMMARY", text)))

    def _invite(self, at: str, name: str) -> bool:
        address = self.person(name).address

        def change(component: Component) -> None:
            if not any(address_of(line) == address for line in component.all("ATTENDEE")):
                component.append_line(Line("ATTENDEE", f"mailto:{address}"))
                component.set(Line("ORGANIZER", "mailto:uma@example.org"))

        return self._edit(self.uma, at, change)

    def _dismiss(self, at: str, name: str) -> bool:
        address = self.person(name).address

        def change(component: Component) -> None:
            kept = [
                i
                for i in component.items
                if not (isinstance(i, Line) and i.name == "ATTENDEE" and address_of(i) == address)
            ]
            component.items = kept

        return self._edit(self.uma, at, change)

    def _exclude(self, at: str, occurrence: str) -> bool:
        return self._edit(self.uma, at, lambda component: component.append_line(Line("EXDATE", occurrence)))

    def _revert(self, at: str, _: str) -> bool:
        stored = self.world.stored(self.uma, "m")
        assert stored is not None
        document = parse(stored.object.text)
        calendar = document.children[0]
        calendar.items = [
            i for i in calendar.items if not (isinstance(i, Component) and (i.value("RECURRENCE-ID") or "") == at)
        ]
        self.world.put(self.uma, "m", document.render())
        return True

    # --- attendees ----------------------------------------------------------------------------------------------------

    def _answer(self, at: str, name: str, answer: str) -> bool:
        return self._say(name, at, lambda line: line.with_param("PARTSTAT", answer))

    def _delegate(self, at: str, name: str, to: str) -> bool:
        target = f"mailto:{self.person(to).address}"
        return self._say(
            name, at, lambda line: line.with_param("PARTSTAT", "DELEGATED").with_param("DELEGATED-TO", target)
        )

    def _skip(self, at: str, name: str, occurrence: str) -> bool:
        return self._edit(self.person(name), at, lambda component: component.append_line(Line("EXDATE", occurrence)))

    def _leave(self, _: str, name: str) -> bool:
        if self.world.stored(self.person(name), "m") is None:
            return False
        self.world.delete(self.person(name), "m")
        return True

    def _alarm(self, at: str, name: str) -> bool:
        alarm = Component("VALARM", [Line("ACTION", "DISPLAY"), Line("TRIGGER", "-PT5M"), Line("DESCRIPTION", name)])
        return self._edit(self.person(name), at, lambda component: component.items.append(alarm))

    def _say(self, name: str, at: str, change: Callable[[Line], Line]) -> bool:
        person = self.person(name)

        def edit(component: Component) -> None:
            for line in component.all("ATTENDEE"):
                if person.has(address_of(line)):
                    component.replace(line, change(line))

        return self._edit(person, at, edit)

    def _edit(self, owner: Person, at: str, change: Callable[[Component], object]) -> bool:
        stored = self.world.stored(owner, "m")
        component = component_at(stored.object, at) if stored is not None else None
        if stored is None or (component is None and (not at or stored.object.master is None)):
            return False
        document = parse(stored.object.text)
        chosen = component_at(check(document.render()), at)
        calendar = document.children[0]
        if chosen is None:
            master = next(c for c in calendar.components("VEVENT") if c.first("RECURRENCE-ID") is None)
            chosen = master.copy()
            chosen.remove("RRULE", "EXDATE")
            for name, value in (("RECURRENCE-ID", at), ("DTSTART", at), ("DTEND", at.replace("T10", "T11"))):
                chosen.set(Line(name, value))
            calendar.items.append(chosen)
        else:
            chosen = next(c for c in calendar.components("VEVENT") if (c.value("RECURRENCE-ID") or "") == at)
        change(chosen)
        self.world.put(owner, "m", document.render())
        return True


@settings(deadline=None)
@given(steps)
def test_whatever_is_written_nothing_is_told_twice_and_every_copy_can_be_read(done: list[Step]) -> None:
    """The world looks after each write: the same write again tells nobody anything."""
    company = Company()
    for step in done:
        company.do(step)


@settings(deadline=None)
@given(steps)
def test_everybody_sees_the_answers_the_organizer_has(done: list[Step]) -> None:
    company = Company()
    for step in done:
        company.do(step)
    mine = company.world.stored(company.uma, "m")
    assert mine is not None
    for name in NAMES:
        copy = company.world.stored(company.person(name), "m")
        for component in copy.object.components if copy is not None else ():
            at = component.value("RECURRENCE-ID") or ""
            original = component_at(mine.object, at)
            if original is not None:
                assert _answers(component) == _answers(original), (name, at, done)


@settings(deadline=None)
@given(steps, st.sampled_from(NAMES[:2]), st.sampled_from(PARTSTATS))
def test_no_write_of_the_organizer_that_moves_nothing_loses_an_answer(done: list[Step], name: str, answer: str) -> None:
    company = Company()
    if not company.do(("answer", "", name, answer)):
        return
    for step in done:
        if step[0] in ("name", "invite", "alarm") and step[2] != name:
            company.do(step)
    mine = company.world.stored(company.uma, "m")
    assert mine is not None
    assert mine.object.master is not None
    assert _answers(mine.object.master)[f"{name}@example.org"] == answer


@settings(deadline=None)
@given(steps)
def test_who_is_invited_has_a_copy_or_threw_it_away_and_nobody_else_has(done: list[Step]) -> None:
    company = Company()
    for step in done:
        company.do(step)
    mine = company.world.stored(company.uma, "m")
    assert mine is not None
    for name in NAMES:
        invited = [
            partstat(line)
            for component in mine.object.components
            for line in component.all("ATTENDEE")
            if address_of(line) == f"{name}@example.org"
        ]
        copy = company.world.stored(company.person(name), "m")
        if not invited:
            assert copy is None, (name, done)
        elif copy is None:
            assert "DECLINED" in invited or "DELEGATED" in invited or ("leave", "", name) in done, (name, done)


@settings(deadline=None)
@given(steps, st.sampled_from(NAMES[:2]))
def test_alarms_stay_with_whoever_set_them(done: list[Step], name: str) -> None:
    company = Company()
    company.do(("alarm", "", name))
    for step in done:
        if step[0] in ("move", "name", "invite", "answer") and step[2] != name:
            company.do(step)
    for other in ("uma", *NAMES):
        copy = company.world.stored(company.person(other), "m")
        for alarm in (a for c in copy.object.components for a in c.children) if copy is not None else ():
            assert alarm.value("DESCRIPTION") == other
    copy = company.world.stored(company.person(name), "m")
    assert copy is not None
    assert copy.object.master is not None
    assert [alarm.value("DESCRIPTION") for alarm in copy.object.master.children] == [name]


def _answers(component: Component) -> dict[str, str]:
    return {address_of(line): partstat(line) for line in component.all("ATTENDEE")}


def test_a_world_without_people_costs_nothing() -> None:
    world = World()
    uma = world.add(with_(user("uma"), cn="uma"))
    plan = world.put(uma, "m", event("UID:m\nDTSTAMP:20270101T000000Z\nDTSTART:20270112T100000Z"))
    assert plan.after is not None
    assert plan.is_verbatim
    assert not plan.copies
