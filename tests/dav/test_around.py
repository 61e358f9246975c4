"""Every deed passes what stands around writes once, whichever way it comes; it may refuse, and costs no statement."""

from __future__ import annotations

import pytest

from sogo.errors import Forbidden
from sogo.model.folder import Written
from sogo.service.around import NothingAround, ObjectWrite, Outcome, Place, Plain
from sogo.service.bus import Origin
from tests.support.house import Answer, Client, House, card, event

CAL = "/SOGo/dav/anna/Calendar/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
Told = tuple[str, str, str, str]


def name(place: Place | None) -> str:
    return f"{place.owner.user_id}/{place.folder.name}/{place.name}" if place else ""


class Watching:
    """Notes what passes: before or after, actor, source, target."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.writes: list[ObjectWrite] = []
        self.written: list[Written | None] = []
        self.looks = self.refuses = self.replaces = False

    async def write(self, write: ObjectWrite, seen: frozenset[str], plain: Plain) -> Outcome:
        deed = (write.actor.user_id, name(write.source), name(write.target))
        self.told.append(("before", *deed))
        self.writes.append(write)
        if self.looks:
            await write.former.load()
        if self.refuses:
            raise Forbidden("Not with me.", right="bind")
        written = await plain(seen)
        self.told.append(("after", *deed))
        self.written.append(written)
        return Outcome(written, is_as_given=not self.replaces, schedule_tag="t" if self.replaces else "")

    def once(self, source: str = "", target: str = "", *, actor: str = "anna") -> ObjectWrite:
        """What passed since the last call was this deed, before and after, and nothing else."""
        told, writes = self.told, self.writes
        self.told, self.writes = [], []
        assert told == [("before", actor, source, target), ("after", actor, source, target)]
        return writes[0]


@pytest.fixture
def around(house: House) -> Watching:
    watching = Watching()
    object.__setattr__(house.site, "around", watching)
    return watching


@pytest.fixture
async def work(anna: Client) -> str:
    assert (await anna("MKCALENDAR", CAL + "work/")).status == 201
    return CAL + "work/"


def done(answer: Answer) -> Answer:
    assert answer.status in (201, 204, 207), answer.text
    return answer


async def test_an_upload_passes_once_with_what_was_and_what_will_be(
    house: House, around: Watching, anna: Client
) -> None:
    done(await anna.put(CAL + "personal/a.ics", event("a")))
    first = around.once(target="anna/personal/a.ics")
    assert first.after is not None
    assert (first.after.uid, first.after.component, first.after.text) == ("a", "vevent", event("a"))
    assert first.after.calendar is not None
    assert first.after.calendar.master is not None
    assert first.origin is Origin.USER
    changed = event("a", "20260602T100000Z")
    around.looks = True
    done(await anna.put(CAL + "personal/a.ics", changed))
    second = around.once(target="anna/personal/a.ics")
    was = await second.former.load()
    assert was is not None
    assert (was.content, second.after and second.after.text) == (event("a"), changed)
    assert [one and one.created for one in around.written] == [True, False]


async def test_who_does_not_look_costs_no_statement(house: House, around: Watching, anna: Client) -> None:
    costs: list[int] = []
    for looks in (False, False, True):
        around.looks = looks
        before = house.statements
        done(await anna.put(CAL + "personal/a.ics", event("a", f"2026060{len(costs) + 1}T100000Z")))
        costs.append(house.statements - before)
    object.__setattr__(house.site, "around", NothingAround())
    before = house.statements
    done(await anna.put(CAL + "personal/a.ics", event("a")))
    assert costs[1:] == [house.statements - before] * 2  # the object came with its text


async def test_a_new_object_was_nothing_before(around: Watching, anna: Client) -> None:
    around.looks = True
    done(await anna.put(CAL + "personal/a.ics", event("a")))
    assert await around.once(target="anna/personal/a.ics").former.load() is None


async def test_move_copy_and_delete_pass_once(around: Watching, anna: Client, work: str) -> None:
    done(await anna.put(CAL + "personal/a.ics", event("a")))
    around.once(target="anna/personal/a.ics")
    done(await anna("MOVE", CAL + "personal/a.ics", Destination=work + "b.ics"))
    moved = around.once("anna/personal/a.ics", "anna/work/b.ics")
    was = await moved.former.load()
    assert (was and was.content) == (moved.after and moved.after.text) == event("a")
    done(await anna("COPY", work + "b.ics", Destination=CAL + "personal/c.ics"))
    around.once(target="anna/personal/c.ics")
    around.looks = True
    done(await anna("DELETE", work + "b.ics"))
    removed = around.once("anna/work/b.ics")
    was = await removed.former.load()
    assert (was and was.content, removed.after) == (event("a"), None)
    assert around.written[-1] is None


async def test_whose_folder_and_who_acts(around: Watching, root: Client) -> None:
    done(await root.put(CAL + "personal/a.ics", event("a")))
    around.once(target="anna/personal/a.ics", actor="root")
    done(await root("DELETE", CAL + "personal/a.ics"))
    around.once("anna/personal/a.ics", actor="root")


async def test_imports_pass_once_for_each_object(around: Watching, anna: Client) -> None:
    two = event("a").replace("END:VCALENDAR\r\n", "") + event("b").split("PRODID:-//tests//EN\r\n")[1]
    done(await anna("POST", CAL + "personal/", two, Content_Type="text/calendar"))
    told = [("before", "anna", "", "anna/personal/a.ics"), ("after", "anna", "", "anna/personal/a.ics")]
    assert around.told == [*told, *((when, who, "", "anna/personal/b.ics") for when, who, _, _ in told)]
    assert {write.origin for write in around.writes} == {Origin.IMPORT}
    around.told.clear()
    done(await anna("POST", BOOK, card("c", "Zoë"), Content_Type="text/vcard"))
    [one] = [write for write in around.writes if write.after and write.after.component == "vcard"]
    assert (one.after and one.after.calendar) is None
    assert len(around.told) == 2


async def test_a_refusal_leaves_everything_as_it_was(around: Watching, anna: Client, work: str) -> None:
    done(await anna.put(CAL + "personal/a.ics", event("a")))
    around.refuses = True
    around.told.clear()
    answers = [
        await anna.put(CAL + "personal/a.ics", event("a", "20260602T100000Z")),
        await anna.put(CAL + "personal/b.ics", event("b")),
        await anna("MOVE", CAL + "personal/a.ics", Destination=work + "a.ics"),
        await anna("COPY", CAL + "personal/a.ics", Destination=work + "a.ics"),
        await anna("DELETE", CAL + "personal/a.ics"),
    ]
    assert [answer.status for answer in answers] == [403] * 5
    assert {told[0] for told in around.told} == {"before"}
    assert (await anna("GET", CAL + "personal/a.ics")).text == event("a")
    assert (await anna("GET", CAL + "personal/b.ics")).status == 404
    assert (await anna.propfind(work, "D:getetag", depth="1")).hrefs == [work]


async def test_what_is_refused_by_others_does_not_come_so_far(around: Watching, anna: Client, ben: Client) -> None:
    done(await anna.put(CAL + "personal/a.ics", event("a")))
    around.told.clear()
    for answer in (
        await ben.put(CAL + "personal/a.ics", event("a")),
        await ben("DELETE", CAL + "personal/a.ics"),
        await anna.put(CAL + "personal/a.ics", "no calendar"),
        await anna("MOVE", CAL + "personal/a.ics", Destination=BOOK + "a.vcf"),
    ):
        assert answer.status >= 400
    assert around.told == []
    assert (await anna.put(CAL + "personal/a.ics", event("a"), **{"If-Match": '"gcs99999999"'})).status == 412
    assert "after" not in {told[0] for told in around.told}


async def test_what_was_stored_instead_is_not_what_the_client_has(around: Watching, anna: Client) -> None:
    assert "ETag" in (await anna.put(CAL + "personal/a.ics", event("a"))).headers
    around.replaces = True
    answer = await anna.put(CAL + "personal/a.ics", event("a", "20260602T100000Z"))
    assert (answer.status, "ETag" in answer.headers, answer.headers["Schedule-Tag"]) == (204, False, '"t"')
