"""What changes while an answer is being made is shown as it was or as it is, never as it never was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sogo.model.folder import Item
from tests.support.house import C, Client, House, body, event

HOME = "/SOGo/dav/anna/Calendar/"
CAL = f"{HOME}personal/"
MONTH = '<C:time-range start="20260601T000000Z" end="20260701T000000Z"/>'
TEXT = '<C:prop-filter name="DESCRIPTION"><C:text-match>wanted</C:text-match></C:prop-filter>'
DATA = "<D:getetag/><C:calendar-data/>"


def query(inner: str, props: str) -> str:
    comps = f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{inner}</C:comp-filter></C:comp-filter>'
    return body("C:calendar-query", f"<D:prop>{props}</D:prop><C:filter>{comps}</C:filter>")


@pytest.fixture
def before_reading(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do something once, after it was chosen what to show and before the texts are read."""
    items = house.site.folders.items

    def once(deed: Callable[[], Any]) -> None:
        deeds = [deed]

        async def later(*args: Any, **kwargs: Any) -> list[Item]:
            if deeds:
                await deeds.pop()()
            return await items(*args, **kwargs)

        monkeypatch.setattr(house.site.folders, "items", later)

    return once


@pytest.mark.parametrize("inner", [MONTH, TEXT], ids=["month", "text"])
@pytest.mark.parametrize(("start", "text", "shown"), [
    ("20260612T100000Z", "wanted too", True), ("20260812T100000Z", "unloved", False),
], ids=["still wanted", "no longer"])  # fmt: skip
async def test_a_query_shows_no_object_that_does_not_match(
    anna: Client,
    before_reading: Callable[[Callable[[], Any]], None],
    inner: str,
    start: str,
    text: str,
    shown: bool,
) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    path = f"{CAL}a.ics"
    await anna.put(path, event("a", "20260611T100000Z", "DESCRIPTION:wanted"))
    assert (await anna.report(CAL, query(inner, "<D:getetag/>"))).hrefs == [path]
    changed = event("a", start, f"DESCRIPTION:{text}")
    before_reading(lambda: anna.put(path, changed))
    found = await anna.report(CAL, query(inner, DATA))
    assert found.hrefs == ([path] if shown else [])
    assert not shown or text in found.prop_text(path, C + "calendar-data")
    assert (await anna.report(CAL, query(inner, DATA))).hrefs == ([path] if shown else [])


async def test_a_listing_leaves_out_what_is_removed_meanwhile_and_a_client_that_follows_is_told(
    anna: Client, before_reading: Callable[[Callable[[], Any]], None]
) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    for name in "ab":
        await anna.put(f"{CAL}{name}.ics", event(name, "20260611T100000Z"))
    before_reading(lambda: anna("DELETE", f"{CAL}a.ics"))

    async def told(token: str) -> Any:
        inner = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop>{DATA}</D:prop>"
        return await anna.report(CAL, body("D:sync-collection", inner))

    first = await told("")
    assert first.hrefs == [f"{CAL}b.ics"]
    second = await told(first.xml.findtext("{DAV:}sync-token"))
    assert second.hrefs == [f"{CAL}a.ics"]
