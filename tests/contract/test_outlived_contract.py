"""What we keep beside the original's tables does not outlive what it belongs to, on every database and layout."""

from __future__ import annotations

import itertools

from sogo.errors import InvalidSyncToken
from sogo.model.folder import Folder, FolderKind
from sogo.model.locks import FOLDER, Depth, Lock, Scope
from sogo.store.sql.tables import DAV_LOCK_NAME, DAV_PROPERTY_NAME
from tests.support.stores import Site, event_row

_numbers = itertools.count(1)


async def keep(site: Site, folder: Folder, *names: str) -> None:
    """A property with the folder and with each name in it, and a lock."""
    for path in (folder.path, *(f"{folder.path}/{name}" for name in names)):
        await site.store.properties.update(path, store={"{urn:x}d": path})
        await site.store.properties.update(path, user_id="ben", store={"{urn:x}d": path})
    now = site.clock.seconds
    one = Lock(f"urn:o:{next(_numbers)}", folder.path, FOLDER, Scope.SHARED, Depth.ZERO, "", "anna", now, now + 600)
    await site.store.locks.lock(folder, one)


async def kept(site: Site, *folders: Folder) -> int:
    """The rows of ours that name these folders or something in them."""
    found = 0
    for folder in folders:
        for table, column in ((DAV_PROPERTY_NAME, "c_path"), (DAV_LOCK_NAME, "c_folder_path")):
            rows = await site.engine.fetch(f"SELECT {column} AS path FROM {table}")
            paths = [row["path"] for row in rows]
            found += sum(path == folder.path or path.startswith(folder.path + "/") for path in paths)
    return found


async def removed_by_the_original(site: Site, folder: Folder) -> None:
    await site.engine.execute(
        f"DELETE FROM {site.settings.folder_info_url.table} WHERE c_path = :path", path=folder.path
    )


async def siblings(site: Site) -> list[Folder]:
    """Folders whose names begin alike, or differ in what LIKE takes for alike."""
    owner = site.fresh_owner()
    names = ["a_b", "a_b2", "axb", "a%"]
    if site.database != "mariadb":  # which knows one spelling of a path
        names.append("A_B")
    return [await site.store.folders.create_folder(owner, FolderKind.CALENDAR, name, name) for name in names]


async def test_what_we_kept_goes_with_a_folder_that_the_original_removes(site: Site) -> None:
    gone, *others = await siblings(site)
    for folder in (gone, *others):
        await keep(site, folder, "one.ics", "é 😀.ics")
    of_one = await kept(site, gone)
    assert of_one == 7
    await removed_by_the_original(site, gone)
    by_trigger = site.tracked and site.database != "sqlite"
    assert await kept(site, gone) == (0 if by_trigger else of_one)
    again = await site.store.folders.create_folder(gone.owner, gone.kind, gone.name, "new")
    assert again.id != gone.id
    assert await kept(site, gone) == 0
    assert await kept(site, *others) == of_one * len(others)


async def test_what_we_kept_goes_with_a_folder_that_we_remove(site: Site) -> None:
    gone, *others = await siblings(site)
    for folder in (gone, *others):
        await keep(site, folder, "one.ics")
    await site.store.folders.remove_folder(gone)
    assert await kept(site, gone) == 0
    assert await kept(site, *others) == 5 * len(others)


async def test_folders_come_and_go_where_a_site_keeps_none_of_it(site: Site) -> None:
    first, second = await site.fresh_folder(), await site.fresh_folder()
    for table in (DAV_PROPERTY_NAME, DAV_LOCK_NAME):
        await site.engine.run(f"DROP TABLE {table}")
    try:
        await removed_by_the_original(site, first)
        await site.store.folders.create_folder(first.owner, first.kind, first.name, "new")
        await site.store.folders.remove_folder(second)
        assert await site.store.folders.find_folder(second.owner, second.kind, second.name) is None
    finally:
        await site.store.start()


async def test_a_token_is_no_good_for_the_next_folder_of_the_name(site: Site) -> None:
    """Both made by the original, and full before we ever saw them."""
    registry, folders = site.store.folders.registry, site.store.folders
    owner = site.fresh_owner()

    async def made(names: list[str]) -> Folder:
        folder = await registry.create(Folder(0, owner, FolderKind.CALENDAR, "work", "Work"))
        for name in names:
            await folders.save(folder, name, "text", event_row(name))
        return folder

    first = await made(["a", "b"])
    point = (await folders.changes(first, None)).point
    await removed_by_the_original(site, first)
    site.clock.sleep(1)
    second = await made(["c", "d", "e"])
    try:
        told = {entry.name for entry in (await folders.changes(second, point)).changed}
    except InvalidSyncToken:
        told = {entry.name for entry in (await folders.changes(second, None)).changed}
    assert told == {"c", "d", "e"}


async def test_revisions_of_folders_that_are_gone_are_dropped_and_no_others(site: Site) -> None:
    folders = site.store.folders
    gone, there = await site.fresh_folder(), await site.fresh_folder()
    for folder in (gone, there):
        await folders.save(folder, "a", "text", event_row("a"))
    point = await folders.point(there)
    await folders.remove(there, "a")
    await folders.save(there, "b", "text", event_row("b"))
    await removed_by_the_original(site, gone)
    dropped = await site.store.tidy_tracking()
    assert dropped >= int(site.tracked)
    assert await site.store.tidy_tracking() == 0
    changes = await folders.changes(there, point)
    assert ({entry.name for entry in changes.changed}, set(changes.removed)) == ({"b"}, {"a"})
    if site.tracked:
        for table in ("sogo_object_revision", "sogo_folder_revision"):
            query = f"SELECT c_folder_id FROM {table} WHERE c_folder_id = :folder"
            assert await site.engine.fetch(query, folder=gone.id) == []
            assert await site.engine.fetch(query, folder=there.id) != []
