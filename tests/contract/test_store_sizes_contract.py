"""How much folders hold, on every database and layout."""

from __future__ import annotations

from sogo.model.folder import Folder, FolderKind
from tests.support.stores import Site, event_row

TEXT = "BEGIN:VCALENDAR\r\nDESCRIPTION:grüße 日本 😀\r\nEND:VCALENDAR\r\n"


async def test_octets_of_what_is_there_are_counted_for_each_folder(site: Site) -> None:
    store, owner = site.store.folders, site.fresh_owner()
    first, second, empty = [
        await store.create_folder(owner, FolderKind.CALENDAR, name, name) for name in ("personal", "b", "c")
    ]
    await store.save(first, "a.ics", TEXT, event_row())
    await store.save(first, "b.ics", TEXT * 3, event_row())
    await store.save(second, "a.ics", TEXT * 2, event_row())
    await store.save(second, "gone.ics", TEXT * 50, event_row())
    await store.remove(second, "gone.ics")
    octets = len(TEXT.encode())
    sizes = await store.used_bytes([first, second, empty])
    assert {path: size for path, size in sizes.items() if size} == {first.path: 4 * octets, second.path: 2 * octets}
    assert await store.used_bytes([]) == {}


async def test_a_folder_that_is_gone_holds_nothing(site: Site) -> None:
    store = site.store.folders
    folder: Folder = await site.fresh_folder()
    await store.save(folder, "a.ics", TEXT, event_row())
    await store.remove_folder(folder)
    assert not (await store.used_bytes([folder])).get(folder.path)
