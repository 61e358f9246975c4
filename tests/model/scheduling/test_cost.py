"""What a decision costs follows the number of attendees, not its square: calls are counted, never time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject, check
from sogo.model.scheduling import decide, inquire
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.plan import Plan
from tests.model.scheduling.world import UTC, World, event, user
from tests.support.calls import counted

FEW, MANY = 40, 120
MOST = 50_000_000
MOST_AN_ENTRY = 90
"""For each entry of each copy, where every copy is another text: all entries are looked at, some of C's calls each."""


class Crew:
    """uma invites `number` people."""

    def __init__(self, number: int) -> None:
        self.world = World()
        self.uma = self.world.add(user("uma"))
        self.crew = [self.world.add(user(f"p{one:03}")) for one in range(number)]
        self.sent = event(
            "UID:m\nDTSTAMP:20270101T000000Z\nDTSTART:20270112T100000Z\nDTEND:20270112T110000Z\nSUMMARY:One\n"
            "ORGANIZER;CN=uma:mailto:uma@example.org\n"
            + "\n".join(
                f"ATTENDEE;CN={one.cn};PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{one.address}" for one in self.crew
            )
        )

    def invited(self) -> Crew:
        self.world.put(self.uma, "m", self.sent)
        return self

    def with_alarms(self) -> Crew:
        """Every copy is another text."""
        for place, one in enumerate(self.crew):
            stored = self.world.stored(one, "m")
            assert stored is not None
            draft = check(stored.object.text)
            alarm = Component("VALARM", [Line("ACTION", "DISPLAY"), Line("TRIGGER", f"-PT{place + 1}M")])
            draft.components[0].items.append(alarm)
            stored.object = check(draft.document.render())
        return self

    def text(self, who: Person) -> str:
        stored = self.world.stored(who, "m")
        assert stored is not None
        return stored.object.text

    def decided(self, owner: Person, new: str | None) -> tuple[Plan, int]:
        """The plan, and how many calls it took."""
        stored = self.world.stored(owner, "m")
        old: CalendarObject | None = stored.object if stored is not None else None
        after = check(new) if new is not None else None
        asked = inquire(old, after, now=self.world.now, zone=UTC)
        facts = self.world.facts(owner, "m", asked.uid, asked.window)
        with counted(MOST) as calls:
            plan = decide(old, after, facts)
            return plan, calls()


def created(crew: Crew) -> tuple[Plan, int]:
    return crew.decided(crew.uma, crew.sent)


def moved(crew: Crew) -> tuple[Plan, int]:
    return crew.decided(crew.uma, crew.text(crew.uma).replace("T1", "T2"))


def renamed(crew: Crew) -> tuple[Plan, int]:
    return crew.decided(crew.uma, crew.text(crew.uma).replace("SUMMARY:One", "SUMMARY:Two"))


def removed(crew: Crew) -> tuple[Plan, int]:
    return crew.decided(crew.uma, None)


def answered(crew: Crew) -> tuple[Plan, int]:
    one = crew.crew[3]
    said = crew.text(one).replace(f"CN={one.cn};PARTSTAT=NEEDS-ACTION", f"CN={one.cn};PARTSTAT=ACCEPTED")
    return crew.decided(one, said)


Deed = Callable[[Crew], tuple[Plan, int]]
later: list[Deed] = [moved, renamed, removed, answered]


@pytest.mark.parametrize("deed", [created, *later])
def test_thrice_the_people_cost_thrice_as_much(deed: Deed) -> None:
    few, many = (Crew(number) if deed is created else Crew(number).invited() for number in (FEW, MANY))
    (_, less), (plan, more) = deed(few), deed(many)
    assert len(plan.copies) == MANY
    assert more < less * MANY / FEW * 1.2


@pytest.mark.parametrize("deed", [created, moved, renamed, answered])
def test_copies_that_are_equal_are_written_once(deed: Deed) -> None:
    crew = Crew(FEW) if deed is created else Crew(FEW).invited()
    plan, _ = deed(crew)
    of_others = [write.after for write in plan.copies if write.person is not crew.uma]
    assert len({id(after) for after in of_others}) == 1


@pytest.mark.parametrize("deed", later)
def test_copies_that_are_all_different_cost_a_look_at_each_entry(deed: Deed) -> None:
    plan, calls = deed(Crew(MANY).invited().with_alarms())
    assert len(plan.copies) == MANY
    assert calls < MOST_AN_ENTRY * MANY * MANY
