"""Whatever is done through DAV is announced once, by its kind, when it is committed; what is refused is not."""

from __future__ import annotations

from sogo.model.change import Home, What
from sogo.model.folder import FolderKind
from sogo.service.bus import Origin
from tests.support.house import Client, House, body, event

HOME = "/SOGo/dav/anna/Calendar/"
NAME = "<D:displayname>Labour</D:displayname>"
COLOUR = "<ICAL:calendar-color>#112233FF</ICAL:calendar-color>"


def patch(inner: str) -> str:
    return body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")


async def test_every_deed_is_announced_once_with_its_kind(house: House, anna: Client) -> None:
    async with house.site.bus.watch(Home("anna", FolderKind.CALENDAR)) as queue:

        def told() -> list[tuple[str, str, What]]:
            changes = [queue.get_nowait() for _ in range(queue.qsize())]
            assert {change.origin for change in changes} <= {Origin.USER}
            return [(change.folder.name, change.name, change.what) for change in changes]

        await anna.propfind(HOME, "D:displayname", depth="1")
        assert told() == [("personal", "", What.CREATED)]
        await anna("MKCALENDAR", HOME + "work/")
        assert told() == [("work", "", What.CREATED)]
        await anna.put(HOME + "work/a.ics", event("a"))
        await anna.put(HOME + "work/a.ics", event("a", "20260602T100000Z"))
        assert told() == [("work", "a.ics", What.WRITTEN)] * 2
        await anna("MOVE", HOME + "work/a.ics", Destination=HOME + "personal/b.ics")
        assert told() == [("work", "a.ics", What.REMOVED), ("personal", "b.ics", What.WRITTEN)]
        await anna("COPY", HOME + "personal/b.ics", Destination=HOME + "work/c.ics")
        assert told() == [("work", "c.ics", What.WRITTEN)]
        await anna("PROPPATCH", HOME + "work/", patch(NAME))
        assert told() == [("work", "", What.RENAMED)]
        await anna("PROPPATCH", HOME + "work/", patch(COLOUR))
        assert told() == [("work", "", What.EDITED)]
        await anna("DELETE", HOME + "work/c.ics")
        await anna("DELETE", HOME + "work/")
        assert told() == [("work", "c.ics", What.REMOVED), ("work", "", What.GONE)]


async def test_what_is_refused_is_not_announced(house: House, anna: Client, ben: Client) -> None:
    await anna.put(HOME + "personal/a.ics", event("a"))
    async with house.site.bus.watch(Home("anna", FolderKind.CALENDAR)) as queue:
        answers = [
            await ben.put(HOME + "personal/a.ics", event("a")),
            await anna.put(HOME + "personal/a.ics", event("a"), **{"If-None-Match": "*"}),
            await anna.put(HOME + "personal/b.ics", event("a")),
            await anna.put(HOME + "personal/b.ics", "no calendar"),
            await anna("DELETE", HOME + "personal/"),
            await anna("DELETE", HOME + "personal/missing.ics"),
            await anna("PROPPATCH", HOME + "personal/", patch("<D:getetag>x</D:getetag>" + NAME)),
            await anna("MKCALENDAR", HOME + "personal/"),
        ]
        assert all(answer.status >= 207 for answer in answers)
        assert queue.empty()
