"""What `interface.FolderStore` promises about folders and objects, on every database, layout and kind of change order."""

from __future__ import annotations

import asyncio

import pytest

from sogo.errors import (
    AlreadyExists,
    InvalidData,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    UidConflict,
)
from sogo.model.folder import Entry, Folder, FolderKind
from sogo.store.interface import Expect, PropertyEdits, QuickFilter
from sogo.store.sql.counting import counted_statements
from tests.support.stores import Site, card_row, event_row

CALENDAR, CONTACTS = FolderKind.CALENDAR, FolderKind.CONTACTS
ICS = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:uid\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

WEIRD_NAMES = [
    "it's.ics",
    'double"quote.ics',
    "100%_sure!.ics",
    "back\\slash.ics",
    "grüße 日本.ics",
    "emoji 😀.ics",
    "semi;colon--.ics",
    ":name.ics",
    "x" * 251 + ".ics",
    "é" * 251 + ".ics",
]


async def listed(site: Site, folder: Folder, **options: object) -> list[Entry]:
    return [entry async for page in site.store.folders.entries(folder, **options) for entry in page]  # type: ignore[arg-type]


async def names(site: Site, folder: Folder, **options: object) -> list[str]:
    return sorted(entry.name for entry in await listed(site, folder, **options))


# --- folders ----------------------------------------------------------------------------------------------------------


async def test_a_new_folder_is_found_and_is_empty(site: Site) -> None:
    owner = site.fresh_owner()
    made = await site.store.folders.create_folder(owner, CALENDAR, "personal", "Personal Calendar")
    state = await site.store.folders.find_folder(owner, CALENDAR, "personal")
    assert state is not None
    assert state.folder == made
    assert (made.id > 0, made.owner, made.kind, made.name) == (True, owner, CALENDAR, "personal")
    assert made.display_name == "Personal Calendar"
    assert state.modified == -1
    assert await listed(site, made) == []
    assert await site.store.folders.point(made) == state.point


async def test_folders_are_listed_personal_first_and_then_by_display_name_without_case(site: Site) -> None:
    owner = site.fresh_owner()
    for name, title in (("b", "beta"), ("personal", "Zoo"), ("a", "Alpha"), ("d", "Gamma"), ("c", "Été"), ("z", "zoo")):
        await site.store.folders.create_folder(owner, CALENDAR, name, title)
    await site.store.folders.create_folder(owner, CONTACTS, "personal", "Contacts")
    states = await site.store.folders.folders(owner, CALENDAR)
    assert [state.folder.name for state in states] == ["personal", "a", "b", "c", "d", "z"]
    assert [state.folder.name for state in await site.store.folders.folders(owner, CONTACTS)] == ["personal"]
    assert await site.store.folders.folders(site.fresh_owner(), CALENDAR) == []


async def test_listing_folders_again_takes_one_statement(site: Site) -> None:
    owner = site.fresh_owner()
    for number in range(3):
        await site.store.folders.create_folder(owner, CALENDAR, f"c{number}", "Title")
    with counted_statements() as count:
        states = await site.store.folders.folders(owner, CALENDAR)
    assert len(states) == 3
    assert count.value == (1 if site.single or site.tracked else 4)


async def test_a_folder_name_is_taken_once(site: Site) -> None:
    owner = site.fresh_owner()
    await site.store.folders.create_folder(owner, CALENDAR, "work", "Work")
    with pytest.raises(AlreadyExists):
        await site.store.folders.create_folder(owner, CALENDAR, "work", "Again")
    assert len(await site.store.folders.folders(owner, CALENDAR)) == 1


async def test_of_many_who_create_the_same_folder_one_succeeds(site: Site) -> None:
    owner = site.fresh_owner()
    tries = [site.store.folders.create_folder(owner, CALENDAR, "personal", f"P{number}") for number in range(6)]
    outcome = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Folder) for result in outcome) == 1
    assert sum(isinstance(result, AlreadyExists) for result in outcome) == 5
    state = await site.store.folders.find_folder(owner, CALENDAR, "personal")
    assert state is not None
    assert (await site.store.folders.save(state.folder, "a.ics", ICS, event_row())).created


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "NULL", "~root", "x" * 250, "nul\0"])
async def test_an_impossible_folder_name_is_refused(site: Site, name: str) -> None:
    with pytest.raises(InvalidRequest):
        await site.store.folders.create_folder(site.fresh_owner(), CALENDAR, name, "Title")


async def test_a_folder_row_is_what_the_original_would_have_written(site: Site) -> None:
    owner = site.fresh_owner()
    made = await site.store.folders.create_folder(owner, CONTACTS, "1A2B-3C-1-4D", "Bücher '😀'")
    row = await site.engine.fetch_one("SELECT * FROM sogo_folder_info WHERE c_folder_id = :id", id=made.id)
    assert row is not None
    assert (row["c_path1"], row["c_path2"], row["c_path3"], row["c_path4"]) == (
        "Users",
        owner,
        "Contacts",
        "1A2B-3C-1-4D",
    )
    assert row["c_path"] == f"/Users/{owner}/Contacts/1A2B-3C-1-4D"
    assert row["c_folder_type"] == "Contact"
    assert row["c_foldername"] == "Bücher '😀'"
    assert row["c_location"].startswith(f"{site.base}/sogo{owner[:8]}")
    assert row["c_quick_location"] == row["c_location"] + "_quick"
    assert row["c_acl_location"] == row["c_location"] + "_acl"


async def test_a_renamed_folder_keeps_everything_else(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    await site.store.editor.apply(PropertyEdits(rename=(folder, "x" * 300)))
    state = await site.store.folders.find_folder(folder.owner, CALENDAR, "personal")
    assert state is not None
    assert state.folder.id == folder.id
    assert state.folder.display_name == "x" * 255
    assert await names(site, folder) == ["a.ics"]


async def test_a_removed_folder_takes_its_objects_rights_and_properties_along(site: Site) -> None:
    folder = await site.fresh_folder()
    other = await site.fresh_folder()
    for each in (folder, other):
        await site.store.folders.save(each, "a.ics", ICS, event_row())
        await site.store.acl.set_roles(each, "bob", ["PublicViewer"])
        await site.store.properties.update(each.path, store={"{x:}y": "<y/>"})
        await site.store.properties.update(each.path + "/a.ics", store={"{x:}y": "<y/>"})
    await site.store.folders.remove_folder(folder)
    assert await site.store.folders.find_folder(folder.owner, CALENDAR, "personal") is None
    assert await site.store.properties.load([folder.path, folder.path + "/a.ics"]) == {}
    assert set(await site.store.properties.load([other.path, other.path + "/a.ics"])) == {
        other.path,
        other.path + "/a.ics",
    }
    assert await site.store.acl.roles(folder) == {}
    assert await names(site, other) == ["a.ics"]
    if site.single:
        for table in ("sogo_store", "sogo_quick_appointment", "sogo_acl"):
            assert await site.engine.fetch(f"SELECT * FROM {table} WHERE c_folder_id = :id", id=folder.id) == []
    if site.tracked:
        for table in ("sogo_folder_revision", "sogo_object_revision"):
            assert await site.engine.fetch(f"SELECT * FROM {table} WHERE c_folder_id = :id", id=folder.id) == []
    await site.store.folders.remove_folder(folder)


async def test_a_folder_made_again_under_the_same_name_starts_empty_with_another_id(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    await site.store.folders.remove_folder(folder)
    again = await site.store.folders.create_folder(folder.owner, CALENDAR, "personal", "Personal")
    assert again.id > folder.id
    assert await listed(site, again) == []


# --- objects ----------------------------------------------------------------------------------------------------------


async def test_an_object_comes_back_as_it_was_saved(site: Site) -> None:
    folder = await site.fresh_folder()
    written = await site.store.folders.save(folder, "a.ics", ICS, event_row(c_title="Größe"))
    assert (written.version, written.created, written.etag) == (0, True, "gcs00000000")
    entry = await site.store.folders.load(folder, "a.ics", quick=True)
    assert entry is not None
    assert (entry.content, entry.component, entry.size_bytes) == (ICS, "vevent", len(ICS))
    assert (entry.version, entry.created, entry.modified) == (0, site.clock.seconds, site.clock.seconds)
    assert entry.quick is not None
    assert entry.quick["c_title"] == "Größe"
    assert entry.quick["c_startdate"] == 1_800_000_000
    assert entry.quick["c_cycleinfo"] is None


async def test_saving_again_raises_the_version_and_keeps_the_creation_time(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    site.clock.sleep(10)
    written = await site.store.folders.save(folder, "a.ics", ICS + "x", event_row(c_title="New"))
    assert (written.version, written.created) == (1, False)
    entry = await site.store.folders.load(folder, "a.ics", quick=True)
    assert entry is not None
    assert (entry.version, entry.content, entry.modified - entry.created) == (1, ICS + "x", 10)
    assert entry.quick is not None
    assert entry.quick["c_title"] == "New"
    state = await site.store.folders.find_folder(folder.owner, CALENDAR, folder.name)
    assert state is not None
    assert state.modified == site.clock.seconds


async def test_a_clock_that_went_back_does_not_take_times_back(site: Site) -> None:
    folder = await site.fresh_folder()
    first = await site.store.folders.save(folder, "a.ics", ICS, event_row())
    site.clock.sleep(-50)
    second = await site.store.folders.save(folder, "a.ics", ICS, event_row())
    site.clock.sleep(50)
    assert second.modified == first.modified


async def test_a_removed_object_leaves_a_tombstone_and_no_index_record(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    site.clock.sleep(5)
    assert await site.store.folders.remove(folder, "a.ics") == site.clock.seconds
    assert await site.store.folders.load(folder, "a.ics") is None
    store, quick = await site.rows(folder, "a.ics")
    assert store is not None
    assert (store["c_deleted"], store["c_content"], store["c_version"]) == (1, ICS, 0)
    assert store["c_lastmodified"] == site.clock.seconds
    assert quick is None
    with pytest.raises(NotFound):
        await site.store.folders.remove(folder, "a.ics")


async def test_an_object_made_again_continues_its_versions(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    await site.store.folders.remove(folder, "a.ics")
    written = await site.store.folders.save(folder, "a.ics", ICS + "2", event_row(), expect=Expect(absent=True))
    assert (written.version, written.created) == (1, True)
    store, quick = await site.rows(folder, "a.ics")
    assert store is not None
    assert (store["c_deleted"], store["c_content"]) == (None, ICS + "2")
    assert quick is not None


async def test_what_a_writer_expects_is_checked(site: Site) -> None:
    save, remove = site.store.folders.save, site.store.folders.remove
    folder = await site.fresh_folder()
    for expect in (Expect(present=True), Expect(version=0)):
        with pytest.raises(PreconditionFailed):
            await save(folder, "a.ics", ICS, event_row(), expect=expect)
    assert await site.rows(folder, "a.ics") == (None, None)
    await save(folder, "a.ics", ICS, event_row(), expect=Expect(absent=True))
    with pytest.raises(PreconditionFailed):
        await save(folder, "a.ics", "lost", event_row(c_title="lost"), expect=Expect(absent=True))
    with pytest.raises(PreconditionFailed):
        await save(folder, "a.ics", "lost", event_row(c_title="lost"), expect=Expect(version=1))
    with pytest.raises(PreconditionFailed):
        await remove(folder, "a.ics", expect=Expect(version=7))
    store, quick = await site.rows(folder, "a.ics")
    assert store is not None
    assert quick is not None
    assert (store["c_content"], quick["c_title"]) == (ICS, "Title")
    await save(folder, "a.ics", ICS, event_row(), expect=Expect(version=0))
    await remove(folder, "a.ics", expect=Expect(version=1))
    with pytest.raises(PreconditionFailed):
        await save(folder, "a.ics", ICS, event_row(), expect=Expect(version=1))


async def test_of_two_writers_who_saw_the_same_version_one_is_refused(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    expect = Expect(version=0)
    tries = [
        site.store.folders.save(folder, "a.ics", f"text {number}", event_row(c_title=f"{number}"), expect=expect)
        for number in range(6)
    ]
    outcome = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, PreconditionFailed) for result in outcome) == 5
    winner = next(number for number, result in enumerate(outcome) if not isinstance(result, BaseException))
    store, quick = await site.rows(folder, "a.ics")
    assert store is not None
    assert quick is not None
    assert (store["c_content"], quick["c_title"], store["c_version"]) == (f"text {winner}", str(winner), 1)


async def test_writers_without_expectations_all_count(site: Site) -> None:
    folder = await site.fresh_folder()
    tries = [site.store.folders.save(folder, "a.ics", f"t{n}", event_row(c_title=f"t{n}")) for n in range(12)]
    versions = sorted(written.version for written in await asyncio.gather(*tries))
    assert versions == list(range(12))
    store, quick = await site.rows(folder, "a.ics")
    assert store is not None
    assert quick is not None
    assert store["c_content"] == quick["c_title"]


async def test_a_uid_lives_under_one_name(site: Site) -> None:
    folder = await site.fresh_folder()
    save = site.store.folders.save
    await save(folder, "a.ics", ICS, event_row("u1"), unique_uid="u1")
    with pytest.raises(UidConflict) as refused:
        await save(folder, "b.ics", ICS, event_row("u1"), unique_uid="u1")
    assert refused.value.name == "a.ics"
    assert await site.rows(folder, "b.ics") == (None, None)
    await save(folder, "a.ics", ICS, event_row("u1"), unique_uid="u1")
    await site.store.folders.remove(folder, "a.ics")
    await save(folder, "b.ics", ICS, event_row("u1"), unique_uid="u1")


async def test_a_uid_of_a_card_lives_under_one_name(site: Site) -> None:
    folder = await site.fresh_folder(CONTACTS)
    uid = "x" * 90 + "%_"
    text = f"BEGIN:VCARD\r\nFN:A\r\nUID:{uid[:70]}\r\n {uid[70:]}\r\nEND:VCARD\r\n"
    await site.store.folders.save(folder, "a.vcf", text, card_row(), unique_uid=uid)
    with pytest.raises(UidConflict):
        await site.store.folders.save(folder, "b.vcf", text, card_row(), unique_uid=uid)
    note = text.replace("UID:", "NOTE:")
    await site.store.folders.save(folder, "a.vcf", note, card_row(), unique_uid=None)
    await site.store.folders.save(folder, "b.vcf", text, card_row(), unique_uid=uid)


async def test_of_two_who_bring_one_uid_under_two_names_one_is_refused(site: Site) -> None:
    folder = await site.fresh_folder()
    for round_number in range(3):
        uid = f"race-{round_number}"
        tries = [
            site.store.folders.save(folder, f"{uid}-{number}.ics", ICS, event_row(uid), unique_uid=uid)
            for number in range(4)
        ]
        outcome = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(result, UidConflict) for result in outcome) == 3
    assert len(await listed(site, folder)) == 3


@pytest.mark.parametrize("name", WEIRD_NAMES, ids=range(len(WEIRD_NAMES)))
async def test_any_name_is_kept(site: Site, name: str) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, name, ICS, event_row())
    await site.store.folders.save(folder, name, ICS + "2", event_row())
    assert await names(site, folder) == [name]
    assert await names(site, folder, names=[name, "missing"]) == [name]
    point = await site.store.folders.point(folder)
    await site.store.folders.remove(folder, name)
    assert (await site.store.folders.changes(folder, point)).removed == [name]


async def test_a_name_the_column_cannot_hold_is_refused(site: Site) -> None:
    folder = await site.fresh_folder()
    for name in ("", "x" * 256):
        with pytest.raises(InvalidRequest):
            await site.store.folders.save(folder, name, ICS, event_row())
    assert await site.store.folders.load(folder, "x" * 300) is None


async def test_any_text_is_kept_but_nul_octets(site: Site) -> None:
    folder = await site.fresh_folder()
    text = "tab\t quote' \" \\ \\n 100% :name $1 ? é 😀 " + "x" * 200_000
    await site.store.folders.save(folder, "a.ics", text[:5] + "\0" + text[5:], event_row(c_title="a\0b😀"))
    entry = await site.store.folders.load(folder, "a.ics", quick=True)
    assert entry is not None
    assert entry.content == text
    assert entry.size_bytes == len(text.encode())
    assert entry.quick is not None
    assert entry.quick["c_title"] == "ab😀"


async def test_text_that_is_no_text_is_refused_as_bad_data(site: Site) -> None:
    folder = await site.fresh_folder()
    with pytest.raises(InvalidData) as refused:
        await site.store.folders.save(folder, "a.ics", "lone surrogate \ud800", event_row())
    assert refused.value.rule == "valid-calendar-data"
    assert await site.rows(folder, "a.ics") == (None, None)


async def test_index_columns_are_cut_to_what_the_table_holds(site: Site) -> None:
    folder = await site.fresh_folder()
    record = event_row("u" * 400, c_title="é" * 1500, c_location="x" * 300, c_startdate=2**40, c_category="c" * 999)
    record["c_description"] = "😀" * 40_000
    record["c_unheard_of"] = "from a later version"
    await site.store.folders.save(folder, "a.ics", ICS, record, unique_uid="u" * 400)
    _, quick = await site.rows(folder, "a.ics")
    assert quick is not None
    assert (len(quick["c_uid"]), len(quick["c_title"]), len(quick["c_location"])) == (255, 1000, 255)
    assert quick["c_startdate"] == 2**31 - 1
    assert len(quick["c_category"]) == 255
    assert set(quick["c_description"]) == {"😀"}
    with pytest.raises(UidConflict):
        await site.store.folders.save(folder, "b.ics", ICS, record, unique_uid="u" * 400)


async def test_an_object_without_index_record_is_still_listed(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    tables = site.tables(folder)
    await tables.quick_engine.execute(
        f"DELETE FROM {tables.quick} WHERE {tables.of_folder()}c_name = 'a.ics'", folder=folder.id
    )
    (entry,) = await listed(site, folder, quick=True, where=QuickFilter(uid="other", start=0, end=1))
    assert (entry.name, entry.component, entry.quick) == ("a.ics", "", None)


async def test_rows_of_older_versions_count_as_live_unless_marked(site: Site) -> None:
    folder = await site.fresh_folder()
    for name in ("null", "zero", "one"):
        await site.store.folders.save(folder, name, ICS, event_row(name))
    tables = site.tables(folder)
    for name, mark in (("zero", 0), ("one", 1)):
        await tables.store_engine.execute(
            f"UPDATE {tables.store} SET c_deleted = :mark WHERE {tables.of_folder()}c_name = :name",
            folder=folder.id,
            name=name,
            mark=mark,
        )
    assert await names(site, folder) == ["null", "zero"]
    assert (await site.store.folders.save(folder, "zero", ICS, event_row("zero"))).version == 1
    assert (await site.store.folders.save(folder, "one", ICS, event_row("one"))).created


# --- listing ----------------------------------------------------------------------------------------------------------


async def test_a_large_folder_comes_in_bounded_pages_without_gaps(site: Site) -> None:
    folder = await site.fresh_folder()
    wanted = sorted(f"{number:03d}.ics" for number in range(57))
    await asyncio.gather(*(site.store.folders.save(folder, name, ICS, event_row(name)) for name in wanted))
    pages = [page async for page in site.store.folders.entries(folder, batch=10, content=True)]
    assert max(len(page) for page in pages) == 10
    assert [entry.name for page in pages for entry in page] == wanted
    assert all(entry.content == ICS for page in pages for entry in page)
    assert all(entry.content is None for entry in await listed(site, folder))
    asked = wanted[::2] + [f"no-{number}" for number in range(3000)]
    assert await names(site, folder, names=asked) == wanted[::2]
    assert await listed(site, folder, names=[]) == []


async def test_a_listing_can_be_left_early(site: Site) -> None:
    folder = await site.fresh_folder()
    for number in range(5):
        await site.store.folders.save(folder, f"{number}.ics", ICS, event_row(str(number)))
    for _ in range(30):
        async for page in site.store.folders.entries(folder, batch=2):
            assert len(page) == 2
            break
    assert len(await listed(site, folder)) == 5


async def test_a_window_keeps_all_that_may_lie_in_it(site: Site) -> None:
    folder = await site.fresh_folder()
    day, save = 86_400, site.store.folders.save
    base = 1_700_000_000
    await save(folder, "inside", ICS, event_row("1", c_startdate=base, c_enddate=base + 60))
    await save(folder, "long", ICS, event_row("2", c_startdate=base - 90 * day, c_enddate=base + 90 * day))
    await save(folder, "before", ICS, event_row("3", c_startdate=base - 9 * day, c_enddate=base - 8 * day))
    await save(folder, "after", ICS, event_row("4", c_startdate=base + 8 * day, c_enddate=base + 9 * day))
    await save(folder, "undated", ICS, event_row("5", c_startdate=None, c_enddate=None, c_component="vtodo"))
    endless = event_row("6", c_startdate=base - 900 * day, c_enddate=base - 900 * day, c_iscycle=1)
    await save(folder, "endless", ICS, endless | {"c_cycleenddate": 2**31 - 1})
    await save(folder, "ended", ICS, endless | {"c_uid": "7", "c_cycleenddate": base - 30 * day})
    # A day before the window by its UTC numbers, inside it for somebody at UTC-10.
    await save(folder, "allday", ICS, event_row("8", c_startdate=base - day, c_enddate=base - 1, c_isallday=1))
    window = QuickFilter(start=base, end=base + day)
    assert await names(site, folder, where=window) == ["allday", "endless", "inside", "long", "undated"]
    assert await names(site, folder, where=QuickFilter(start=base + 100 * day)) == ["endless", "undated"]
    assert "after" not in await names(site, folder, where=QuickFilter(end=base))
    assert len(await names(site, folder, where=QuickFilter(start=-(2**40), end=2**40))) == 8
    todos = QuickFilter(components=frozenset({"vtodo", "vjournal"}))
    assert await names(site, folder, where=todos) == ["undated"]
    assert await names(site, folder, where=QuickFilter(components=frozenset())) == []


async def test_an_object_may_do_without_an_index_record(site: Site) -> None:
    """Nothing is known of it, so that every filter keeps it; its UID is found all the same."""
    folder = await site.fresh_folder()
    save = site.store.folders.save
    journal = ICS.replace("VEVENT", "VJOURNAL").replace("UID:uid", "UID:j-1")
    await save(folder, "j.ics", journal, {}, unique_uid="j-1")
    stored, index = await site.rows(folder, "j.ics")
    assert (stored is not None, index) == (True, None)
    assert await names(site, folder, where=QuickFilter(components=frozenset({"vevent"}), start=0, end=1)) == ["j.ics"]
    with pytest.raises(UidConflict):
        await save(folder, "k.ics", journal, {}, unique_uid="j-1")
    await save(folder, "k.ics", ICS, event_row("k"), unique_uid="k")
    await save(folder, "k.ics", journal.replace("j-1", "j-2"), {}, unique_uid="j-2")
    assert (await site.rows(folder, "k.ics"))[1] is None
    changes = await site.store.folders.changes(folder, None, content=False, limit=None)
    assert sorted((entry.name, entry.component) for entry in changes.changed) == [("j.ics", ""), ("k.ics", "")]
    await site.store.folders.remove(folder, "j.ics")
    assert await names(site, folder) == ["k.ics"]


async def test_filters_by_uid_and_classification(site: Site) -> None:
    folder = await site.fresh_folder()
    for number in range(3):
        row = event_row(f"u{number}", c_classification=number)
        await site.store.folders.save(folder, f"{number}.ics", ICS, row)
    assert await names(site, folder, where=QuickFilter(uid="u1")) == ["1.ics"]
    public = QuickFilter(classifications=frozenset({0, 2}))
    assert await names(site, folder, where=public) == ["0.ics", "2.ics"]


async def test_cards_are_searched_without_case_in_any_of_the_columns(site: Site) -> None:
    folder = await site.fresh_folder(CONTACTS)
    save = site.store.folders.save
    await save(folder, "a.vcf", "A", card_row(c_cn="Zoé Müller", c_mail="z@example.com"))
    await save(folder, "b.vcf", "B", card_row(c_cn="Bob", c_mail="BOB_100%@example.com"))
    await save(folder, "c.vcf", "C", card_row(c_cn="Carl", c_mail=None))

    async def search(text: str) -> list[str]:
        return await names(site, folder, where=QuickFilter(contains=(("c_cn", text), ("c_mail", text))))

    assert await search("zoÉ mÜLL") == ["a.vcf"]
    assert await search("bob_100%") == ["b.vcf"]
    assert await search("_100%x") == []
    assert await search("CAR") == ["c.vcf"]
    assert await search("example") == ["a.vcf", "b.vcf"]


async def test_a_filter_that_makes_no_sense_for_cards_keeps_them(site: Site) -> None:
    folder = await site.fresh_folder(CONTACTS)
    await site.store.folders.save(folder, "a.vcf", "A", card_row())
    where = QuickFilter(uid="x", start=0, end=1, classifications=frozenset({1}))
    assert await names(site, folder, where=where) == ["a.vcf"]
    assert await names(site, folder, where=QuickFilter(components=frozenset({"vlist"}))) == []


async def test_a_folder_removed_meanwhile_holds_nothing(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    await site.store.folders.remove_folder(folder)
    with pytest.raises(NotFound):
        await site.store.folders.remove(folder, "a.ics")
    if site.single:
        assert await site.store.folders.load(folder, "a.ics") is None
        return
    with pytest.raises(NotFound):
        await site.store.folders.load(folder, "a.ics")
    with pytest.raises(NotFound):
        await site.store.folders.save(folder, "a.ics", ICS, event_row())
    with pytest.raises(NotFound):
        await site.store.folders.changes(folder, None)


# --- moving -----------------------------------------------------------------------------------------------------------


async def test_a_moved_object_is_gone_here_and_there_at_once(site: Site) -> None:
    source, target = await site.fresh_folder(), await site.fresh_folder()
    move = site.store.folders.move
    await site.store.folders.save(source, "a.ics", ICS, event_row("m"))
    old, new = await site.store.folders.point(source), await site.store.folders.point(target)
    written = await move(source, "a.ics", target, "b.ics", content=ICS + "m", quick=event_row("m"), unique_uid="m")
    assert (written.version, written.created) == (0, True)
    assert await names(site, source) == []
    (entry,) = await listed(site, target, content=True)
    assert (entry.name, entry.content, entry.component) == ("b.ics", ICS + "m", "vevent")
    assert (await site.store.folders.changes(source, old)).removed == ["a.ics"]
    assert [e.name for e in (await site.store.folders.changes(target, new)).changed] == ["b.ics"]


async def test_a_move_within_a_folder_is_a_rename(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row("m"))
    await site.store.folders.move(
        folder, "a.ics", folder, "b.ics", content=ICS, quick=event_row("m"), unique_uid="m", expect=Expect(version=0)
    )
    assert await names(site, folder) == ["b.ics"]


async def test_a_refused_move_changes_nothing(site: Site) -> None:
    source, target = await site.fresh_folder(), await site.fresh_folder()
    move, save = site.store.folders.move, site.store.folders.save
    await save(source, "a.ics", ICS, event_row("m"))
    await save(target, "b.ics", "there", event_row("t", c_title="there"))
    await save(target, "c.ics", "same uid", event_row("m"))
    moved = {"content": ICS, "quick": event_row("m")}
    with pytest.raises(NotFound):
        await move(source, "missing", target, "n.ics", **moved)  # type: ignore[arg-type]
    with pytest.raises(PreconditionFailed):
        await move(source, "a.ics", target, "n.ics", expect=Expect(version=5), **moved)  # type: ignore[arg-type]
    with pytest.raises(PreconditionFailed):
        await move(source, "a.ics", target, "b.ics", target_expect=Expect(absent=True), **moved)  # type: ignore[arg-type]
    with pytest.raises(UidConflict):
        await move(source, "a.ics", target, "n.ics", unique_uid="m", **moved)  # type: ignore[arg-type]
    assert await names(site, source) == ["a.ics"]
    assert await names(site, target) == ["b.ics", "c.ics"]
    _, quick = await site.rows(target, "b.ics")
    assert quick is not None
    assert quick["c_title"] == "there"
    written = await move(source, "a.ics", target, "b.ics", target_expect=Expect(version=0), **moved)  # type: ignore[arg-type]
    assert (written.version, written.created) == (1, False)


async def test_opposite_moves_do_not_block_each_other(site: Site) -> None:
    one, two = await site.fresh_folder(), await site.fresh_folder()
    for number in range(6):
        await site.store.folders.save(one, f"1-{number}", ICS, event_row(f"1-{number}"))
        await site.store.folders.save(two, f"2-{number}", ICS, event_row(f"2-{number}"))
    move = site.store.folders.move
    forth = [move(one, f"1-{n}", two, f"1-{n}", content=ICS, quick=event_row(f"1-{n}")) for n in range(6)]
    back = [move(two, f"2-{n}", one, f"2-{n}", content=ICS, quick=event_row(f"2-{n}")) for n in range(6)]
    await asyncio.gather(*forth, *back)
    assert await names(site, one) == [f"2-{n}" for n in range(6)]
    assert await names(site, two) == [f"1-{n}" for n in range(6)]
