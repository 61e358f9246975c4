"""Receipts of changes, advisories of rights and folders: who gets which, and what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.errors import StoreUnavailable
from sogo.model import folder_settings
from sogo.model.folder import Folder, FolderKind
from sogo.store.interface import Profile
from sogo.store.mails import QueuedMail
from tests.support.house import House, event, open_house, todo
from tests.support.mails import read, text_of

HOME = "/SOGo/dav/anna/Calendar/personal"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for one in open_house(tmp_path):
        yield one


async def mails(house: House) -> list[QueuedMail]:
    found = [await house.site.post.mails.claim(seen, "test") for seen in await house.site.post.mails.due(100)]
    for one in found:
        assert one is not None
    for seen in await house.site.post.mails.due(100):
        await house.site.post.mails.sent(seen.id, "test")
    return [one for one in found if one is not None]


async def personal(house: House) -> Folder:
    assert (await house.client("anna").propfind(f"{HOME}/", "D:displayname")).status == 207
    (state,) = await house.site.folders.folders("anna", FolderKind.CALENDAR)
    return state.folder


async def choose(house: House, **switches: object) -> None:
    folder = await personal(house)

    def edit(profile: Profile) -> None:
        for key, value in switches.items():
            if isinstance(value, str):
                folder_settings.set_text(profile.settings, key, folder, value)
            else:
                folder_settings.set_switch(profile.settings, key, folder, bool(value))

    await house.site.profiles.update("anna", edit)


# --- receipts ---------------------------------------------------------------------------------------------------------


async def test_nobody_is_told_unless_somebody_wants_it(house: House) -> None:
    await house.client("anna").put(f"{HOME}/a.ics", event("a"))
    assert await mails(house) == []


async def test_an_owner_is_told_of_what_is_made_changed_and_removed(house: House) -> None:
    await choose(house, NotifyOnPersonalModifications=True)
    anna = house.client("anna")
    await anna.put(f"{HOME}/a.ics", event("a"))
    await anna.put(f"{HOME}/a.ics", event("a", "20260601T100000Z", "LAST-MODIFIED:20260601T000000Z"))
    await anna.put(f"{HOME}/a.ics", event("a", "20260601T110000Z", "LOCATION:Room 1"))
    await anna("DELETE", f"{HOME}/a.ics")
    subjects = [str(read(one.message)["Subject"]) for one in await in_order(house)]
    assert subjects == [
        'The event "Event a" was created',
        'The event "Event a" was updated',
        'The event "Event a" was deleted',
    ]


async def in_order(house: House) -> list[QueuedMail]:
    """Receipts about one object between the same two are a thread: each waits for the one before."""
    found: list[QueuedMail] = []
    while batch := await mails(house):
        found += batch
    return found


async def test_a_receipt_says_who_did_what_where(house: House) -> None:
    await choose(house, NotifyOnPersonalModifications=True)
    await house.client("anna").put(f"{HOME}/t.ics", todo("t", "LOCATION:Desk"))
    (queued,) = await mails(house)
    assert (queued.sender, queued.recipient, queued.kind) == (
        "anna@example.org",
        "anna@example.org",
        "calendar:receipt",
    )
    found = read(queued.message)
    assert found.get_content_type() == "multipart/alternative"
    assert 'The task "Event t" was created' in str(found["Subject"])
    assert "Anna Bell has created the task “Event t”." in text_of(found)
    assert "Calendar: Personal Calendar\n" in text_of(found)
    assert "Where: Desk\n" in text_of(found)


async def test_somebody_the_owner_named_is_told_of_the_owner_s_changes(house: House) -> None:
    await choose(house, NotifyUserOnPersonalModifications=True, NotifiedUserOnPersonalModifications="ben@example.org")
    await house.client("anna").put(f"{HOME}/a.ics", event("a"))
    assert [one.recipient for one in await mails(house)] == ["ben@example.org"]


async def test_an_owner_is_told_of_others_apart_from_the_own_changes(house: House) -> None:
    await choose(house, NotifyOnExternalModifications=True)
    await house.client("anna").put(f"{HOME}/a.ics", event("a"))
    assert await mails(house) == []
    answer = await house.client("root").put(f"{HOME}/b.ics", event("b"))
    assert answer.status == 201
    (queued,) = await mails(house)
    assert (queued.sender, queued.recipient) == ("root@example.org", "anna@example.org")
    assert "Root has created the event" in text_of(read(queued.message))


async def test_the_domain_says_what_a_calendar_does_not(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoNotifyOnPersonalModifications="YES"):
        await house.client("anna").put(f"{HOME}/a.ics", event("a"))
        assert [one.recipient for one in await mails(house)] == ["anna@example.org"]
        await choose(house, NotifyOnPersonalModifications=False)
        await house.client("anna").put(f"{HOME}/b.ics", event("b"))
        assert await mails(house) == []


async def test_a_queue_that_is_away_does_not_fail_a_write(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> list[str]:
        raise StoreUnavailable("gone")

    await choose(house, NotifyOnPersonalModifications=True)
    monkeypatch.setattr(type(house.site.post.mails), "put", away)
    assert (await house.client("anna").put(f"{HOME}/a.ics", event("a"))).status == 201
