"""What `interface.FolderStore` promises about rights: those of a reader come along with what a request begins with."""

from __future__ import annotations

import pytest

from sogo.model.folder import Folder, FolderKind
from sogo.model.rights import ANONYMOUS, ANYBODY
from sogo.store.interface import Opening
from sogo.store.sql.counting import counted_statements
from tests.support.stores import Site, event_row

pytestmark = pytest.mark.asyncio(loop_scope="session")

ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
ROWS = {
    "ben": {"PublicViewer", "ObjectCreator"},
    "carl": {"PublicModifier"},
    "@staff": {"PrivateViewer"},
    ANYBODY: {"PublicDAndTViewer"},
    ANONYMOUS: {"PublicViewer"},
}
FOR_BEN = {name: frozenset(ROWS[name]) for name in ("ben", "@staff", ANYBODY)}


async def shared_folder(site: Site, name: str = "personal") -> Folder:
    folder = await site.store.folders.create_folder(site.fresh_owner(), FolderKind.CALENDAR, name, name)
    for uid, roles in ROWS.items():
        await site.store.acl.set_roles(folder, uid, roles)
    return folder


async def opened(site: Site, folder: Folder, reader: str | None, name: str | None = None) -> Opening:
    return await site.store.folders.open_folder(
        folder.owner, folder.kind, folder.name, users=[folder.owner], object_name=name, reader=reader
    )


@pytest.mark.parametrize("name", [None, "a.ics", "nowhere.ics"])
async def test_a_folder_is_opened_with_the_rights_of_its_reader(site: Site, name: str | None) -> None:
    folder = await shared_folder(site)
    await site.store.folders.save(folder, "a.ics", ICS, event_row("u") | {"c_classification": 2})
    for _ in range(2):  # the second time its tables are known
        opening = await opened(site, folder, "ben", name)
        assert opening.rights == {folder.path: FOR_BEN}
        assert (opening.entry is not None) == (name == "a.ics")
        if opening.entry is not None:
            quick = opening.entry.quick or {}
            assert (quick["c_uid"], quick["c_classification"]) == ("u", 2)
    assert (await opened(site, folder, ANONYMOUS, name)).rights == {folder.path: {ANONYMOUS: {"PublicViewer"}}}
    assert (await opened(site, folder, None, name)).rights == {}


async def test_rights_cost_no_statement_once_the_tables_of_a_folder_are_known(site: Site) -> None:
    folder = await shared_folder(site)
    costs = []
    for reader in (None, "ben", "ben"):
        with counted_statements() as count:
            await opened(site, folder, reader)
        costs.append(count.value)
    assert costs[0] == costs[2]
    assert costs[1] == costs[0] + (0 if site.single else 1)


async def test_rights_are_those_of_now(site: Site) -> None:
    folder = await shared_folder(site)
    await opened(site, folder, "ben")
    await site.store.acl.remove(folder, ["ben", "@staff"])
    assert (await opened(site, folder, "ben")).rights[folder.path].keys() == {ANYBODY}
    await site.store.acl.set_roles(folder, "ben", ())
    assert (await opened(site, folder, "ben")).rights[folder.path]["ben"] == {"None"}


async def test_a_folder_made_again_has_the_rights_it_has_now(site: Site) -> None:
    folder = await shared_folder(site)
    for _ in range(2):
        await opened(site, folder, "ben", "a.ics")
    await site.store.folders.remove_folder(folder)
    assert (await opened(site, folder, "ben", "a.ics")).rights == {}
    again = await site.store.folders.create_folder(folder.owner, folder.kind, folder.name, "Again")
    assert (await opened(site, folder, "ben", "a.ics")).rights == {}
    await site.store.acl.set_roles(again, "ben", {"ObjectEraser"})
    assert (await opened(site, folder, "ben", "a.ics")).rights == {folder.path: {"ben": {"ObjectEraser"}}}


async def test_somebody_elses_home_is_opened_with_the_rights_on_all_of_it(site: Site) -> None:
    folder = await shared_folder(site)
    closed = await site.store.folders.create_folder(folder.owner, folder.kind, "closed", "Closed")
    for _ in range(2):
        opening = await site.store.folders.open_home(folder.owner, folder.kind, users=["ben"], reader="ben")
        assert [state.folder.name for state in opening.folders] == ["personal", closed.name]
        assert opening.rights == {folder.path: FOR_BEN}


async def test_ones_own_home_is_opened_with_folders_of_others(site: Site) -> None:
    one, two = await shared_folder(site, "zoo"), await shared_folder(site, "ant")
    own = await site.store.folders.create_folder(site.fresh_owner(), FolderKind.CALENDAR, "personal", "Mine")
    await site.store.properties.update(two.path, store={"{urn:x}a": "<a/>"})
    wanted = [one.path, two.path, f"/Users/{own.owner}/Calendar/nowhere"]
    opening = await site.store.folders.open_home(own.owner, own.kind, users=[own.owner], reader="ben", also=wanted)
    assert [state.folder for state in opening.folders] == [own]
    assert list(opening.others) == [
        await site.store.folders.find_folder(folder.owner, folder.kind, folder.name) for folder in (two, one)
    ]
    assert opening.rights == {one.path: FOR_BEN, two.path: FOR_BEN}
    assert opening.properties[two.path] == {"{urn:x}a": "<a/>"}


async def test_many_folders_of_others_cost_no_more_than_few(site: Site) -> None:
    """One statement; where each folder has a table of its own, one more for a hundred of them."""
    folders = [await shared_folder(site) for _ in range(12)]
    for number in (1, 12):
        paths = [folder.path for folder in folders[:number]]
        costs = []
        for reader in (None, "ben"):
            with counted_statements() as count:
                opening = await site.store.folders.open_home(
                    "ben", FolderKind.CALENDAR, users=["ben"], reader=reader, also=paths
                )
            costs.append(count.value)
        assert opening.rights == dict.fromkeys(paths, FOR_BEN)
        assert costs[1] - costs[0] == (0 if site.single else 1)
        assert costs[0] == 1 or not site.tracked


async def test_a_table_of_rights_that_is_gone_hides_no_other_folder(site: Site) -> None:
    if site.single:
        return
    lost, kept = await shared_folder(site), await shared_folder(site)
    await site.engine.execute(f"DROP TABLE {site.store.folders.registry.layout.tables(lost).acl}")
    paths = [lost.path, kept.path]
    opening = await site.store.folders.open_home("ben", FolderKind.CALENDAR, users=["ben"], reader="ben", also=paths)
    assert {state.folder.path for state in opening.others} == set(paths)
    assert opening.rights == {kept.path: FOR_BEN}
    assert (await opened(site, lost, "ben")).rights == {}


async def test_all_rows_of_many_folders_are_read_at_once(site: Site) -> None:
    one, two, bare = await shared_folder(site), await shared_folder(site), await site.fresh_folder()
    found = await site.store.acl.roles_on([one, two, bare])
    assert found == {folder.path: {uid: frozenset(roles) for uid, roles in ROWS.items()} for folder in (one, two)}


async def test_rows_are_replaced_together(site: Site) -> None:
    folder, other = await shared_folder(site), await shared_folder(site)
    await site.store.acl.replace(folder, {"ben": {"ObjectEraser"}, "dora": ()}, ["carl", "@staff", "nobody"])
    assert await site.store.acl.roles(folder) == {
        "ben": {"ObjectEraser"}, "dora": {"None"}, ANYBODY: ROWS[ANYBODY], ANONYMOUS: ROWS[ANONYMOUS],
    }  # fmt: skip
    assert await site.store.acl.roles(other) == ROWS
