"""What `interface.FolderStore` promises about openings: all that a request begins with, read at once."""

from __future__ import annotations

import pytest

from sogo.model.folder import Folder, FolderKind
from sogo.model.listing import Noted
from sogo.store.interface import Opening
from sogo.store.sql.counting import counted_statements
from tests.support.stores import Site, card_row, event_row

pytestmark = pytest.mark.asyncio(loop_scope="session")

ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def fill(site: Site, owner: str) -> list[Folder]:
    """Two calendars with an object, properties, documents; the store has met the second."""
    folders = [
        await site.store.folders.create_folder(owner, FolderKind.CALENDAR, name, name) for name in ("personal", "Work")
    ]
    await site.store.folders.save(folders[1], "ä.ics", ICS, event_row("ü"))
    await site.store.properties.update(folders[1].path, store={"{urn:x}a": "<a/>"})
    await site.store.properties.update(f"/Users/{owner}/Calendar", store={"{urn:x}b": ""})
    await site.store.profiles.update(owner, lambda profile: profile.defaults.update(a="ß"))
    return folders


async def opened(site: Site, folder: Folder, name: str | None = "ä.ics", **more: bool) -> Opening:
    users = [folder.owner, "nobody-" + folder.owner]
    return await site.store.folders.open_folder(
        folder.owner, folder.kind, folder.name, users=users, object_name=name, **more
    )


async def test_a_home_is_opened_with_all_that_belongs_to_it(site: Site) -> None:
    owner = site.fresh_owner()
    folders = await fill(site, owner)
    opening = await site.store.folders.open_home(owner, FolderKind.CALENDAR, users=[owner, "nobody"])
    assert opening.folders == await site.store.folders.folders(owner, FolderKind.CALENDAR)
    assert opening.profiles[owner].defaults == {"a": "ß"}
    assert opening.profiles["nobody"].defaults == {}
    assert opening.properties == {
        f"/Users/{owner}/Calendar": {"{urn:x}b": ""}, folders[0].path: {}, folders[1].path: {"{urn:x}a": "<a/>"}
    }  # fmt: skip
    assert opening.entry is None


async def test_a_folder_is_opened_with_an_object(site: Site) -> None:
    _, folder = await fill(site, site.fresh_owner())
    for _ in range(2):  # the second time its tables are known
        opening = await opened(site, folder)
        assert opening.folders == [await site.store.folders.find_folder(folder.owner, folder.kind, folder.name)]
        assert opening.properties == {folder.path: {"{urn:x}a": "<a/>"}, f"{folder.path}/ä.ics": {}}
        assert opening.profiles[folder.owner].defaults == {"a": "ß"}
        entry = await site.store.folders.load(folder, "ä.ics")
        assert entry is not None
        assert opening.entry is not None
        assert (opening.entry.etag, opening.entry.content, opening.entry.size_bytes) == (entry.etag, ICS, len(ICS))
        assert (opening.entry.component, opening.entry.modified) == ("vevent", entry.modified)
        assert opening.entry.quick is not None
        assert opening.entry.quick["c_uid"] == "ü"


async def test_numbers_are_numbers_where_the_original_made_the_tables(site: Site) -> None:
    """Its c_folder_id is unsigned on MySQL, and a UNION with what is signed has decimals."""
    if site.database == "mariadb":
        await site.engine.execute(
            "ALTER TABLE sogo_folder_info MODIFY c_folder_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"
        )
    _, folder = await fill(site, site.fresh_owner())
    await site.store.folders.save(folder, "ä.ics", ICS, event_row("ü"))
    for _ in range(2):
        opening = await opened(site, folder)
        entry = await site.store.folders.load(folder, "ä.ics", quick=True)
        assert entry is not None
        assert opening.entry is not None
        assert (opening.entry.version, opening.entry.created) == (1, entry.created)
        assert {type(number) for number in (opening.entry.version, opening.folders[0].folder.id)} == {int}


async def test_of_an_object_its_text_may_be_left_out(site: Site) -> None:
    _, folder = await fill(site, site.fresh_owner())
    await opened(site, folder)
    entry = (await opened(site, folder, content=False)).entry
    assert entry is not None
    assert (entry.size_bytes, entry.content) == (len(ICS), None)


async def test_properties_of_an_object_come_with_it(site: Site) -> None:
    _, folder = await fill(site, site.fresh_owner())
    path = f"{folder.path}/ä.ics"
    await site.store.properties.update(path, store={"{urn:x}d": "<d/>"})
    for _ in range(2):
        assert (await opened(site, folder)).properties[path] == {"{urn:x}d": "<d/>"}


async def test_what_is_not_there_is_not_opened(site: Site) -> None:
    _, folder = await fill(site, site.fresh_owner())
    assert (await opened(site, folder, "b.ics")).entry is None
    await site.store.folders.remove(folder, "ä.ics")
    assert (await opened(site, folder)).entry is None
    nothing = await site.store.folders.open_folder(
        folder.owner, folder.kind, "nowhere", users=[folder.owner], object_name="ä.ics"
    )
    assert (list(nothing.folders), nothing.entry) == ([], None)
    assert nothing.profiles[folder.owner].defaults == {"a": "ß"}


async def test_cards_are_opened_too(site: Site) -> None:
    folder = await site.fresh_folder(FolderKind.CONTACTS)
    await site.store.folders.save(folder, "a.vcf", "BEGIN:VCARD\r\nEND:VCARD\r\n", card_row())
    for _ in range(2):
        entry = (await opened(site, folder, "a.vcf")).entry
        assert entry is not None
        assert entry.component == "vcard"


async def test_a_folder_made_again_under_its_name_is_opened_as_what_it_is(site: Site) -> None:
    _, folder = await fill(site, site.fresh_owner())
    assert (await opened(site, folder)).entry
    assert (await opened(site, folder)).entry
    await site.store.folders.remove_folder(folder)
    assert not (await opened(site, folder)).folders
    again = await site.store.folders.create_folder(folder.owner, folder.kind, folder.name, "Work")
    opening = await opened(site, folder)
    assert (opening.folders[0].folder.id, opening.entry, opening.properties) == (
        again.id,
        None,
        {again.path: {}, f"{again.path}/ä.ics": {}},
    )
    await site.store.folders.save(again, "ä.ics", ICS, event_row("other"))
    entry = (await opened(site, folder)).entry
    assert entry is not None
    assert entry.quick is not None
    assert entry.quick["c_uid"] == "other"


async def test_a_principal_is_opened_without_folders(site: Site) -> None:
    owner = site.fresh_owner()
    await fill(site, owner)
    await site.store.properties.update(f"/Users/{owner}", store={"{urn:x}c": "<c/>"})
    opening = await site.store.folders.open_principal(owner, users=[owner])
    assert opening.profiles[owner].defaults == {"a": "ß"}
    assert opening.properties == {
        f"/Users/{owner}": {"{urn:x}c": "<c/>"},
        f"/Users/{owner}/Calendar": {"{urn:x}b": ""},
        f"/Users/{owner}/Contacts": {},
    }
    assert not opening.folders


async def test_locks_that_have_not_expired_are_counted_with_their_folder(site: Site) -> None:
    folders = await fill(site, site.fresh_owner())
    for number, seconds in enumerate((60, 600, -60)):
        await site.engine.execute(
            "INSERT INTO sogo_dav_lock (c_token, c_folder_path, c_name, c_scope, c_depth, c_uid, c_created, c_expires) "
            "VALUES (:token, :path, '', 'exclusive', '0', 'x', 0, :expires)",
            token=f"{folders[1].path}{number}", path=folders[1].path, expires=site.clock.seconds + seconds,
        )  # fmt: skip
    home = await site.store.folders.open_home(folders[0].owner, FolderKind.CALENDAR, users=[])
    assert [state.locks for state in home.folders] == [0, 2]
    assert (await opened(site, folders[1])).folders[0].locks == 2


async def test_an_opening_is_one_statement(site: Site) -> None:
    owner = site.fresh_owner()
    _, folder = await fill(site, owner)
    await opened(site, folder)
    if not (site.tracked or site.single):
        # Each folder's clock is in a table of its own.
        return
    with counted_statements() as count:
        await opened(site, folder)
        await opened(site, folder, None)
        await site.store.folders.open_home(owner, FolderKind.CALENDAR, users=[owner])
        await site.store.folders.open_principal(owner, users=[owner])
    assert count.value == 4


@pytest.mark.parametrize("text", ["'; DROP TABLE sogo_store; --", "%", "", "a" * 5000, "\x00", "\ud800"])
async def test_odd_names_open_nothing(site: Site, text: str) -> None:
    _, folder = await fill(site, site.fresh_owner())
    await opened(site, folder)
    if text == "\ud800":
        with pytest.raises(Exception, match="cannot hold"):
            await opened(site, folder, text)
        return
    assert (await opened(site, folder, text)).entry is None


async def test_what_was_noted_of_a_home_comes_with_its_listing(site: Site) -> None:
    owner = site.fresh_owner()
    await fill(site, owner)
    path = f"/Users/{owner}/Calendar"
    present = {"personal": "a" * 32, "ö": "b" * 32}
    noted = await site.store.home_notes.note(path, "ben", Noted(), present)
    assert noted is not None
    home = await site.store.folders.open_home(owner, FolderKind.CALENDAR, users=[owner], noted_for="ben")
    assert home.noted == noted == await site.store.home_notes.load(path, "ben")
    for user_id, expected in ((owner, Noted()), (None, None)):
        opening = await site.store.folders.open_home(owner, FolderKind.CALENDAR, users=[owner], noted_for=user_id)
        assert opening.noted == expected
