"""Advisories of rights and of folders: who gets which, and what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.auth.interface import User
from sogo.errors import StoreUnavailable
from sogo.model.folder import Folder, FolderKind
from sogo.service.notices import Action, NoticeService
from sogo.store.interface import Profile
from sogo.store.mails import QueuedMail
from tests.support.house import House, body, open_house
from tests.support.mails import part, read, text_of

HOME = "/SOGo/dav/anna/Calendar/personal"
WISHES = {
    "SOGoACLsSendEMailNotifications": "YES", "SOGoFoldersSendEMailNotifications": "YES",
    "WOApplicationRedirectURL": "https://sogo.example/",
}  # fmt: skip


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for one in open_house(tmp_path, **WISHES):
        yield one


async def mails(house: House) -> list[QueuedMail]:
    """All of them, the first of each thread before the next."""
    found: list[QueuedMail] = []
    while due := await house.site.post.mails.due(100):
        for seen in due:
            mail = await house.site.post.mails.claim(seen, "test")
            assert mail is not None
            found.append(mail)
            await house.site.post.mails.sent(seen.id, "test")
    return found


async def personal(house: House) -> Folder:
    await house.client("anna").propfind(f"{HOME}/", "D:displayname")
    (state,) = await house.site.folders.folders("anna", FolderKind.CALENDAR)
    return state.folder


async def user(house: House, name: str) -> User:
    found = await house.site.directory.find_user(name)
    assert found is not None
    return found


def grant(*who: str) -> str:
    inner = "".join(
        f"<D:ace><D:principal>{one}</D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace>"
        for one in who
    )
    return body("D:acl", inner)


BEN = "<D:href>/SOGo/dav/ben/</D:href>"


async def test_whoever_is_given_rights_by_acl_is_told_in_the_own_language(house: House) -> None:
    def french(profile: Profile) -> None:
        profile.defaults |= {"SOGoLanguage": "French"}

    await house.site.profiles.update("ben", french)
    await personal(house)
    anna = house.client("anna")
    for wanted in (grant(BEN), grant(BEN), grant()):
        answer = await anna("ACL", f"{HOME}/", wanted)
        assert answer.status == 200, answer.text
    added, removed = await mails(house)
    assert (added.sender, added.recipient, added.kind) == ("anna@example.org", "ben@example.org", "acl:advisory")
    found, gone = read(added.message), read(removed.message)
    assert str(found["Subject"]) == "Anna Bell vous a donné accès"
    assert str(gone["Subject"]) == "Anna Bell vous a retiré l’accès"
    url = f"https://sogo.example{HOME}/"
    assert found.get_content_type() == "multipart/alternative"
    own = part(found, "application/x-sogo-notification")
    assert dict(own["Content-Type"].params) == {"method": "add", "type": "Appointment", "charset": "utf-8"}
    assert own.get_payload(decode=True) == url.encode()
    assert f"Adresse\u00a0: {url}" in text_of(found)
    assert url not in text_of(gone)


async def test_everybody_and_groups_are_told_nothing(house: House) -> None:
    anna, folder = await user(house, "anna"), await personal(house)
    after = {
        "<default>": {"PublicViewer"},
        "@staff": {"PublicViewer"},
        "anonymous": {"PublicViewer"},
        "gone": {"PublicViewer"},
    }
    await NoticeService(house.site).shared(anna, folder, {}, after)
    assert await mails(house) == []


@pytest.mark.parametrize(
    ("before", "after", "subject"),
    [
        (set(), {"PublicViewer"}, "Anna Bell has added you"),
        ({"None"}, {"PublicViewer"}, "Anna Bell has added you"),
        ({"PublicViewer"}, {"PublicViewer", "ObjectCreator"}, "Anna Bell has modified the access rights"),
        ({"PublicViewer"}, {"None"}, "Anna Bell has removed you"),
        ({"PublicViewer"}, {"PublicViewer"}, None),
        (set(), {"None"}, None),
    ],
)
async def test_what_is_told_is_what_changed(
    house: House, before: set[str], after: set[str], subject: str | None
) -> None:
    anna, folder = await user(house, "anna"), await personal(house)
    rows = {"ben": frozenset(before)} if before else {}
    await NoticeService(house.site).shared(anna, folder, rows, {"ben": after})
    assert [str(read(one.message)["Subject"]) for one in await mails(house)] == ([subject] if subject else [])


async def test_without_a_configured_base_no_host_is_named(tmp_path: Path) -> None:
    """What a request calls this server is a client's word."""
    async for house in open_house(tmp_path, SOGoACLsSendEMailNotifications="YES"):
        anna, folder = await user(house, "anna"), await personal(house)
        await NoticeService(house.site).shared(anna, folder, {}, {"ben": {"PublicViewer"}})
        (queued,) = await mails(house)
        found = read(queued.message)
        own = part(found, "application/x-sogo-notification")
        assert own.get_payload(decode=True) == f"{HOME}/".encode()
        assert "address" not in text_of(found)


async def test_an_owner_is_told_of_folders(house: House) -> None:
    anna, ben, folder = await user(house, "anna"), await user(house, "ben"), await personal(house)
    for action in (Action.CREATED, Action.DELETED):
        await NoticeService(house.site).folder_changed(action, actor=ben, owner=anna, folder=folder)
    found = [read(one.message) for one in await mails(house)]
    assert [str(one["Subject"]) for one in found] == [
        '"Personal Calendar" has been created',
        '"Personal Calendar" has been deleted',
    ]
    assert "Ben has deleted the calendar “Personal Calendar”." in text_of(found[1])


async def test_nobody_is_advised_where_the_site_does_not_want_it(tmp_path: Path) -> None:
    async for house in open_house(tmp_path):
        anna, folder = await user(house, "anna"), await personal(house)
        notices = NoticeService(house.site)
        await notices.shared(anna, folder, {}, {"ben": {"PublicViewer"}})
        await notices.folder_changed(Action.CREATED, actor=anna, owner=anna, folder=folder)
        assert await mails(house) == []


async def test_a_queue_that_is_away_does_not_undo_what_was_granted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> list[str]:
        raise StoreUnavailable("gone")

    folder = await personal(house)
    monkeypatch.setattr(type(house.site.post.mails), "put", away)
    assert (await house.client("anna")("ACL", f"{HOME}/", grant(BEN))).status == 200
    assert "ben" in await house.site.acl.roles(folder)
