"""Objects of many folders are written together or not at all, on every database, layout and kind of change order."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sogo.errors import Overtaken, ResourceLocked, UidConflict
from sogo.model.folder import Folder, FolderKind, FolderState
from sogo.model.locks import Depth, Lock, Scope
from sogo.store.interface import BatchWrite, Expect, InboxItem, Stamp
from sogo.store.mails import MailState, QueuedMail, mail_key
from sogo.store.sql.counting import counted_statements
from tests.support.stores import Site, event_row

STATEMENTS_AT_ONCE = 2
"""PostgreSQL: one that writes all, one that looks for UIDs under other names. BEGIN and COMMIT are not counted."""


def ics(uid: str = "u", title: str = "Title") -> str:
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def put(folder: Folder, title: str, *, uid: str = "u", name: str = "a.ics", **more: object) -> BatchWrite:
    return BatchWrite(folder, name, ics(uid, title), event_row(uid, c_title=title), **more)  # type: ignore[arg-type]


async def title(site: Site, folder: Folder, name: str = "a.ics") -> str | None:
    """What the index says, after a look whether the object says the same."""
    store, quick = await site.rows(folder, name)
    live = store is not None and store["c_deleted"] != 1
    assert live == (quick is not None)
    if store is None or quick is None:
        return None
    assert f"SUMMARY:{quick['c_title']}\r\n" in store["c_content"]
    return str(quick["c_title"])


async def state(site: Site, folder: Folder) -> FolderState:
    found = await site.store.folders.find_folder(folder.owner, folder.kind, folder.name)
    assert found is not None
    return found


async def stamp(site: Site, folder: Folder) -> Stamp:
    return (await site.store.folders.stamps([await state(site, folder)]))[0]


async def folders(site: Site, number: int) -> list[Folder]:
    return [await site.fresh_folder() for _ in range(number)]


async def test_many_folders_are_written_and_each_tells_of_its_change(site: Site) -> None:
    three = await folders(site, 3)
    await site.store.folders.save(three[2], "a.ics", ics("u", "old"), event_row("u", c_title="old"))
    before = [(await state(site, folder)).point for folder in three]
    written = await site.store.folders.write_all([put(folder, "new", unique_uid="u") for folder in reversed(three)])
    assert [(one.version, one.created) for one in written] == [(1, False), (0, True), (0, True)]
    assert [await title(site, folder) for folder in three] == ["new"] * 3
    for folder, point in zip(three, before, strict=True):
        changes = await site.store.folders.changes(folder, point)
        assert [entry.name for entry in changes.changed] == ["a.ics"]


async def test_an_object_is_removed_and_made_again_with_the_others(site: Site) -> None:
    one, two = await folders(site, 2)
    await site.store.folders.write_all([put(one, "first"), put(two, "first")])
    site.clock.sleep(5)
    written = await site.store.folders.write_all([BatchWrite(one, "a.ics", None), put(two, "second")])
    assert [(entry.version, entry.created, entry.modified) for entry in written] == [
        (0, False, site.clock.seconds),
        (1, False, site.clock.seconds),
    ]
    assert [await title(site, folder) for folder in (one, two)] == [None, "second"]
    (again,) = await site.store.folders.write_all([put(one, "third", expect=Expect(absent=True))])
    assert (again.version, again.created) == (1, True)
    store, _ = await site.rows(one, "a.ics")
    assert store is not None
    assert store["c_creationdate"] == site.clock.seconds


@pytest.mark.parametrize("expect", [Expect(version=3), Expect(absent=True)], ids=["version", "absent"])
async def test_one_that_is_not_as_expected_gives_up_all(site: Site, expect: Expect) -> None:
    one, two = await folders(site, 2)
    await site.store.folders.write_all([put(two, "before")])
    with pytest.raises(Overtaken):
        await site.store.folders.write_all([put(one, "new"), put(two, "new", expect=expect)])
    assert [await title(site, folder) for folder in (one, two)] == [None, "before"]
    assert (await site.rows(one, "a.ics")) == (None, None)


@pytest.mark.parametrize("content", [None, "text"], ids=["removed", "changed"])
async def test_what_is_not_there_gives_up_all(site: Site, content: str | None) -> None:
    one, two = await folders(site, 2)
    missing = BatchWrite(two, "a.ics", content, event_row() if content else {}, Expect(present=content is not None))
    with pytest.raises(Overtaken):
        await site.store.folders.write_all([put(one, "new"), missing])
    assert (await site.rows(one, "a.ics")) == (None, None)
    assert (await site.rows(two, "a.ics")) == (None, None)


async def test_a_uid_under_another_name_gives_up_all(site: Site) -> None:
    one, two = await folders(site, 2)
    await site.store.folders.write_all([put(two, "theirs", name="b.ics")])
    with pytest.raises(UidConflict) as refused:
        await site.store.folders.write_all([put(one, "new", unique_uid="u"), put(two, "new", unique_uid="u")])
    assert refused.value.name == "b.ics"
    assert [await title(site, folder) for folder in (one, two)] == [None, None]
    await site.store.folders.remove(two, "b.ics")
    await site.store.folders.write_all([put(one, "new", unique_uid="u"), put(two, "new", unique_uid="u")])


async def test_a_folder_that_stands_elsewhere_by_now_gives_up_all(site: Site) -> None:
    one, room = await folders(site, 2)
    seen = await stamp(site, room)
    await site.store.folders.save(room, "other.ics", ics("v"), event_row("v"))
    with pytest.raises(Overtaken):
        await site.store.folders.write_all([put(one, "new"), put(room, "new")], unchanged=[seen])
    with pytest.raises(Overtaken):
        await site.store.folders.write_all([put(one, "new")], unchanged=[seen])
    assert [await title(site, folder) for folder in (one, room)] == [None, None]
    fresh = await stamp(site, room)
    await site.store.folders.write_all([put(one, "new"), put(room, "new")], unchanged=[fresh])
    removed = await stamp(site, room)
    await site.store.folders.remove(room, "other.ics")
    with pytest.raises(Overtaken):
        await site.store.folders.write_all([put(one, "newer")], unchanged=[removed])


async def test_one_of_many_who_book_a_room_wins(site: Site) -> None:
    room, *rest = await folders(site, 9)
    seen = await stamp(site, room)

    async def book(number: int, folder: Folder) -> bool:
        uid = f"u{number}"
        writes = [put(folder, "mine", uid=uid), put(room, "mine", uid=uid, name=f"{number}.ics")]
        try:
            await site.store.folders.write_all(writes, unchanged=[seen])
        except Overtaken:
            return False
        return True

    won = await asyncio.gather(*(book(number, folder) for number, folder in enumerate(rest)))
    assert sum(won) == 1
    assert [await title(site, folder) for folder in rest] == ["mine" if one else None for one in won]
    assert [await title(site, room, f"{number}.ics") for number in range(8)] == ["mine" if one else None for one in won]


async def test_opposite_batches_do_not_hinder_each_other(site: Site) -> None:
    six = await folders(site, 6)

    async def write(number: int) -> None:
        order = six if number % 2 else list(reversed(six))
        await site.store.folders.write_all([put(folder, f"by {number}") for folder in order])

    await asyncio.gather(*(write(number) for number in range(8)))
    titles = {await title(site, folder) for folder in six}
    assert len(titles) == 1
    versions = {(await site.rows(folder, "a.ics"))[0]["c_version"] for folder in six}  # type: ignore[index]
    assert versions == {7}


async def test_batches_and_single_writes_of_the_same_objects_leave_index_and_store_in_agreement(site: Site) -> None:
    one, two = await folders(site, 2)
    await site.store.folders.write_all([put(one, "0"), put(two, "0")])

    async def batch(number: int) -> None:
        await site.store.folders.write_all([put(two, f"batch {number}"), put(one, f"batch {number}")])

    async def single(number: int) -> None:
        folder, text = (one, two)[number % 2], f"single {number}"
        await site.store.folders.save(folder, "a.ics", ics("u", text), event_row("u", c_title=text), unique_uid="u")

    await asyncio.gather(*(batch(number) for number in range(6)), *(single(number) for number in range(6)))
    for folder in (one, two):
        await title(site, folder)
        assert (await site.rows(folder, "a.ics"))[0]["c_version"] == 9  # type: ignore[index]


async def test_a_lock_that_was_not_seen_gives_up_all(site: Site) -> None:
    one, two = await folders(site, 2)
    await site.store.folders.write_all([put(one, "before")])
    now = site.clock.seconds
    lock = Lock("opaquelocktoken:x", one.path, "a.ics", Scope.EXCLUSIVE, Depth.ZERO, "", one.owner, now, now + 600)
    await site.store.locks.lock(one, lock)
    with pytest.raises(ResourceLocked):
        await site.store.folders.write_all([put(one, "new", seen=frozenset()), put(two, "new")])
    assert [await title(site, folder) for folder in (one, two)] == ["before", None]
    await site.store.folders.write_all([put(one, "new", seen=frozenset({lock.token})), put(two, "new")])
    assert [await title(site, folder) for folder in (one, two)] == ["new", "new"]


async def test_what_is_told_is_told_with_the_write_or_not_at_all(site: Site) -> None:
    one = await site.fresh_folder()
    item = InboxItem(one.owner, "x.ics", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n")
    key = mail_key(["invitation", one.owner], ["REQUEST"])
    mail = QueuedMail(
        key=key, sender="a@example.com", recipient=f"{one.owner}@example.com", message=b"Subject: x\r\n", kind="x"
    )

    async def waiting() -> list[str]:
        listed = await site.store.mails.listed(MailState.WAITING, 10_000)
        return [one.recipient for one in listed if one.recipient == mail.recipient]

    with pytest.raises(Overtaken):
        await site.store.folders.write_all([put(one, "x", expect=Expect(version=5))], inbox=[item], mails=[mail])
    assert await site.store.inbox.items(one.owner) == []
    assert await waiting() == []
    await site.store.folders.write_all([put(one, "x")], inbox=[item], mails=[mail])
    assert await site.store.inbox.items(one.owner) == [replace(item, created=site.clock.seconds)]
    assert await waiting() == [mail.recipient]
    await site.store.inbox.remove(one.owner, "x.ics")
    assert await site.store.inbox.items(one.owner) == []


async def test_texts_of_all_kinds_come_back_as_they_were_given(site: Site) -> None:
    one, two = await folders(site, 2)
    hostile = "\\u0000 \\ \"quoted\" 'single' 🙂 \t é ; DROP TABLE x; -- :name %s"
    nul = put(two, "plain")
    await site.store.folders.write_all([put(one, hostile, uid=hostile), replace(nul, content=f"a\0b{nul.content}")])
    assert await title(site, one) == hostile
    entry = await site.store.folders.load(two, "a.ics")
    assert entry is not None
    assert entry.content == f"ab{nul.content}"


async def test_an_object_without_index_record_is_written_too(site: Site) -> None:
    one, two = await folders(site, 2)
    await site.store.folders.write_all([BatchWrite(one, "j.ics", "journal"), put(two, "x")])
    store, quick = await site.rows(one, "j.ics")
    assert store is not None
    assert (store["c_content"], quick) == ("journal", None)


async def test_a_batch_does_not_write_an_object_twice(site: Site) -> None:
    one = await site.fresh_folder()
    with pytest.raises(ValueError, match="once"):
        await site.store.folders.write_all([put(one, "x"), put(one, "y")])


async def test_a_kept_schedule_tag_ends_with_the_next_write(site: Site) -> None:
    one, two = await folders(site, 2)

    async def tags() -> list[str]:
        found = []
        for folder in (one, two):
            entry = await site.store.folders.load(folder, "a.ics")
            assert entry is not None
            found.append((await site.store.folders.schedule_tags(folder, [entry]))["a.ics"])
        return found

    await site.store.folders.write_all([put(one, "0"), put(two, "0")])
    first = await tags()
    await site.store.folders.write_all([put(one, "1", keeps_tag=first[0]), put(two, "1")])
    second = await tags()
    assert second[0] == first[0]
    assert second[1] != first[1]
    held = await site.store.folders.holdings([one.owner], "u", "a.ics")
    assert [found.schedule_tag for found in held[one.owner].objects] == [first[0]]
    await site.store.folders.write_all([put(one, "2", keeps_tag=second[0])])
    assert (await tags())[0] == first[0]
    await site.store.folders.save(one, "a.ics", ics("u", "3"), event_row("u", c_title="3"))
    assert (await tags())[0] != first[0]


async def test_what_a_batch_costs_does_not_grow_with_its_size(site: Site) -> None:
    if site.database != "postgresql" or not site.tracked:
        return  # the others write row by row
    for number in (2, 21):
        some = await folders(site, number)
        # A worker that meets tables of a folder for the first time looks at their columns and begins to follow them.
        await site.store.folders.write_all([put(one, "x", name="first.ics", uid="first") for one in some])
        items = [InboxItem(folder.owner, "x.ics", "text") for folder in some]
        with counted_statements() as count:
            await site.store.folders.write_all([put(one, "x", unique_uid="u") for one in some], inbox=items)
        assert count.value == STATEMENTS_AT_ONCE


# --- what users have --------------------------------------------------------------------------------------------------


async def test_copies_are_found_by_uid_and_by_name_in_all_own_calendars(site: Site) -> None:
    mine, theirs = await folders(site, 2)
    second = await site.store.folders.create_folder(mine.owner, FolderKind.CALENDAR, "work", "Work")
    await site.store.folders.write_all([put(second, "copy", name="other.ics"), put(mine, "in the way", uid="x")])
    await site.store.folders.write_all([put(theirs, "no copy", uid="x", name="b.ics"), put(theirs, "gone")])
    await site.store.folders.remove(theirs, "a.ics")
    await site.store.profiles.update(theirs.owner, lambda profile: profile.settings.update(a=1))
    nobody = site.fresh_owner()
    found = await site.store.folders.holdings([mine.owner, theirs.owner, nobody], "u", "a.ics")
    assert set(found) == {mine.owner, theirs.owner, nobody}
    assert [state.folder.name for state in found[mine.owner].folders] == ["personal", "work"]
    objects = {(held.folder.name, held.entry.name, held.uid) for held in found[mine.owner].objects}
    assert objects == {("work", "other.ics", "u"), ("personal", "a.ics", "x")}
    (copy,) = [held for held in found[mine.owner].objects if held.uid == "u"]
    loaded = await site.store.folders.load(second, "other.ics")
    assert loaded is not None
    assert (copy.entry.content, copy.entry.version, copy.entry.etag) == (loaded.content, 0, loaded.etag)
    assert found[theirs.owner].objects == []
    assert found[theirs.owner].profile.settings == {"a": 1}
    assert found[nobody].folders == []
    point = (await state(site, mine)).point
    assert found[mine.owner].folders[0].point == point


async def test_what_many_have_is_asked_at_once(site: Site) -> None:
    some = await folders(site, 20)
    await site.store.folders.write_all([put(folder, "x") for folder in some])
    await site.store.folders.holdings([some[0].owner], "u", "a.ics")
    with counted_statements() as count:
        found = await site.store.folders.holdings([folder.owner for folder in some], "u", "a.ics")
    assert all(len(holding.objects) == 1 for holding in found.values())
    by_the_clock = 0 if site.single or site.tracked else len(some)  # where each folder stands is asked apart
    assert count.value == (1 if site.single else 2) + by_the_clock


async def test_a_uid_that_differs_in_case_is_another_one(site: Site) -> None:
    one = await site.fresh_folder()
    await site.store.folders.write_all([put(one, "x", uid="Meeting")])
    found = await site.store.folders.holdings([one.owner], "meeting", "none.ics")
    assert found[one.owner].objects == []
